// The keys that open and close the conversation beside any page. JavaScript because they are told from typing within a third of a second.
import { useEffect } from "react";
import { areKeysOff } from "$/public/keys.jsx";

const ARMED_MS = 1500, ALONE_MS = 350;
/** "/" and then "a" opens the conversation beside the page, Escape closes it; an "a" that more letters follow is the beginning of a search. */
export function PanelKeys({ onToggle, onClose }) {
  useEffect(() => {
    const leave = (event) => {
      const panel = document.querySelector("[data-chat-panel]"), { activeElement: at } = document;
      if (event.key !== "Escape" || event.defaultPrevented || !panel || !(panel.contains(at) || at === document.body)) return;
      if (!document.querySelector("dialog[open], [popover]:popover-open") && !panel.querySelector("[aria-busy=true]")) onClose();
    };
    addEventListener("keydown", leave);
    return () => removeEventListener("keydown", leave);
  }, []);
  useEffect(() => {
    let armed = 0, timer = null, box = null;
    const type = () => { clearTimeout(timer); timer = null; if (document.activeElement === box) document.execCommand("insertText", false, "a"); };
    const press = (event) => {
      if (timer) { type(); return; }
      if (event.key === "/") { armed = performance.now(); return; }
      if (areKeysOff()) return;
      const isAlone = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (event.key !== "a" || !isAlone || performance.now() - armed > ARMED_MS) { armed = 0; return; }
      const { activeElement: at } = document;
      if (at?.tagName === "INPUT" && (at.type !== "search" || at.value)) return;
      if (at?.tagName === "TEXTAREA") return;
      event.preventDefault(); event.stopPropagation();
      armed = 0; box = at;
      timer = setTimeout(() => { timer = null; box?.blur?.(); onToggle(); }, ALONE_MS);
    };
    addEventListener("keydown", press, true);
    return () => { removeEventListener("keydown", press, true); clearTimeout(timer); };
  }, []);
  return null;
}
