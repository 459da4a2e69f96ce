// @ts-check
// Single-key shortcuts of the moderation queue. JavaScript because each key must act at once, and not at all while a
// reason is being typed.
import { useEffect, useRef, useState } from "react";
import * as engine from "../player/engine.js";
import { listAround, trackOf } from "../player/track.js";
import { find, findAll } from "../shared/dom.js";
import { areShortcutsOff, singleKey } from "../shared/keys.js";

const MIN_VIEW_MS = 500; // a pack must have been visible this long before a key can decide on it
const HINTS = [
  ["J", "next"],
  ["K", "previous"],
  ["Space", "play or pause"],
  ["A", "approve"],
  ["R", "return"],
  ["X", "select"],
];
const entries = () => findAll("[data-review-entry]");
const openAt = () => entries().findIndex((entry) => entry.getAttribute("aria-current") === "true");
const sounds = () => findAll("[data-review-sounds] [data-track]");

/** @param {number} offset */
function step(offset) {
  const all = entries();
  const entry = all[openAt() + offset];
  entry?.click();
  entry?.scrollIntoView({ block: "nearest" });
}

/** Play or pause what is loaded if it is of the open pack, or else its first sound. */
function toggleOpenPack() {
  const buttons = sounds();
  const loaded = engine.current().track?.id;
  if (buttons.some((button) => trackOf(button).id === loaded)) return engine.toggle();
  if (buttons.length) engine.play(trackOf(buttons[0]), listAround(buttons[0]));
}

/**
 * Return what has a reason, or needs none; else ask for one first.
 * @param {string} reasonId
 */
function sendBack(reasonId) {
  const reason = /** @type {HTMLTextAreaElement | null} */ (document.getElementById(reasonId));
  const button = find("[data-review-send-back]");
  if (button && (reason?.value.trim() || !button.getAttribute("data-needs-note"))) button.click();
  else reason?.focus();
}

/** Select the open item for a decision about several, or no longer. */
const select = () => entries()[openAt()]?.parentElement?.querySelector("input")?.click();

/** @param {{ openId: string, openTitle: string, reasonId: string, className: string }} props */
export function ReviewKeys({ openId, openTitle, reasonId, className }) {
  const shown = useRef({ id: "", at: 0, isDecided: false });
  const [announcement, setAnnouncement] = useState("");
  const [isOff, setOff] = useState(false);
  useEffect(() => {
    setOff(areShortcutsOff());
  }, []);
  useEffect(() => {
    shown.current = { id: openId, at: performance.now(), isDecided: false };
    setAnnouncement(openId ? `${openAt() + 1} of ${entries().length}: ${openTitle}` : "");
  }, [openId]);
  useEffect(() => {
    const decide = (/** @type {() => void} */ act) => {
      if (shown.current.isDecided || performance.now() - shown.current.at < MIN_VIEW_MS) return;
      act();
    };
    const approve = () => {
      shown.current.isDecided = true;
      find("[data-review-approve]")?.click();
    };
    /** @type {Record<string, () => void>} */
    const actions = {
      j: () => step(1),
      k: () => step(-1),
      x: select,
      " ": toggleOpenPack,
      a: () => decide(approve),
      r: () => decide(() => sendBack(reasonId)),
    };
    const press = (/** @type {KeyboardEvent} */ event) => {
      const act = actions[singleKey(event) ?? ""];
      const control = event.target instanceof Element ? event.target.closest("button, a, summary, label") : null;
      // Space presses what has the focus; only the entry that is open already has no use for it.
      if (
        !act ||
        event.repeat ||
        areShortcutsOff() ||
        (event.key === " " && control && control.getAttribute("aria-current") !== "true")
      )
        return;
      event.preventDefault();
      act();
    };
    // Before the player, which would resume a sound of another pack.
    addEventListener("keydown", press, true);
    return () => removeEventListener("keydown", press, true);
  }, [reasonId]);
  return (
    <div className={className}>
      {isOff ? (
        <p>Single keys are switched off in your settings.</p>
      ) : (
        <dl className="flex flex-wrap gap-x-5 gap-y-1" aria-label="Shortcuts">
          {HINTS.map(([key, what]) => (
            <div key={key} className="flex items-center gap-2">
              <dt>
                <kbd className="fact border border-control rounded-[4px] px-1.5 py-0.5 text-text-1">{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      )}
      <p role="status" className="sr-only">
        {announcement}
      </p>
    </div>
  );
}
