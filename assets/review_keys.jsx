// A moderator goes through the queue with one hand on the keys. JavaScript because each key must act at once, or not at all while
// a reason is being typed.
import { useEffect, useRef, useState } from "react";
import * as engine from "$/public/player_engine.jsx";
import { areKeysOff, singleKey } from "$/public/keys.jsx";

const LOOK_MS = 500; // a pack has to have been on the screen before a key can decide on it
const HINTS = [["J", "next"], ["K", "previous"], ["Space", "play or pause"], ["A", "approve"], ["R", "send back"]];
const entries = () => [...document.querySelectorAll("[data-review-entry]")];
const openAt = () => entries().findIndex((entry) => entry.getAttribute("aria-current") === "true");
const sounds = () => [...document.querySelectorAll("[data-review-sounds] [data-track]")];

function step(offset) {
  const all = entries(), entry = all[openAt() + offset];
  entry?.click();
  entry?.scrollIntoView({ block: "nearest" });
}

/** Play or pause what is loaded if it is of the open pack, or else its first sound. */
function playBeside() {
  const buttons = sounds(), loaded = engine.current().track?.id;
  if (buttons.some((button) => JSON.parse(button.dataset.track).id === loaded)) return engine.toggle();
  if (buttons.length) engine.play(JSON.parse(buttons[0].dataset.track), engine.queueAround(buttons[0]));
}

/** Send back what has a reason; ask for one first. */
function sendBack(reasonId) {
  const reason = document.getElementById(reasonId);
  if (reason?.value.trim()) document.querySelector("[data-review-send-back]")?.click();
  else reason?.focus();
}

export function ReviewKeys({ openId, openTitle, reasonId, className }) {
  const shown = useRef({ id: "", at: 0, isDecided: false }), [said, setSaid] = useState(""), [isOff, setOff] = useState(false);
  useEffect(() => { setOff(areKeysOff()); }, []);
  useEffect(() => {
    shown.current = { id: openId, at: performance.now(), isDecided: false };
    setSaid(openId ? `${openAt() + 1} of ${entries().length}: ${openTitle}` : "");
  }, [openId]);
  useEffect(() => {
    const decide = (act) => {
      if (shown.current.isDecided || performance.now() - shown.current.at < LOOK_MS) return;
      act();
    };
    const approve = () => { shown.current.isDecided = true; document.querySelector("[data-review-approve]")?.click(); };
    const acts = { j: () => step(1), k: () => step(-1), " ": playBeside, a: () => decide(approve), r: () => decide(() => sendBack(reasonId)) };
    const press = (event) => {
      const act = acts[singleKey(event)], control = event.target?.closest?.("button, a, summary, label");
      // Space presses what has the focus; only the entry that is open already has no use for it.
      if (!act || event.repeat || areKeysOff() || (event.key === " " && control && control.getAttribute("aria-current") !== "true")) return;
      event.preventDefault();
      act();
    };
    // Before the player, which would go on with a sound of another pack.
    addEventListener("keydown", press, true);
    return () => removeEventListener("keydown", press, true);
  }, [reasonId]);
  return <div className={className}>
    {isOff ? <p>Single keys are switched off in your settings.</p> : <dl className="flex flex-wrap gap-x-5 gap-y-1" aria-label="Keys">
      {HINTS.map(([key, what]) => <div key={key} className="flex items-center gap-2">
        <dt><kbd className="fact border border-control rounded-[4px] px-1.5 py-0.5 text-text-1">{key}</kbd></dt><dd>{what}</dd></div>)}
    </dl>}
    <p role="status" className="sr-only">{said}</p>
  </div>;
}
