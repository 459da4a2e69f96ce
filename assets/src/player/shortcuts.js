// @ts-check
// Keyboard shortcuts of the player and the lists; the page lists them under "?".
import { useEffect } from "react";
import { find, findAll, openDialog } from "../shared/dom.js";
import { areShortcutsOff, singleKey } from "../shared/keys.js";
import * as engine from "./engine.js";

const SEEK_STEP_SECONDS = 5;
const WITHOUT_TRACK = ["ArrowDown", "ArrowUp", "/", "?", "b"];

function moveSelection(offset) {
  const buttons = findAll("main [data-queue] [data-track]");
  if (!buttons.length) return;
  const id = engine.current().track?.id;
  const index = buttons.findIndex((b) => engine.trackOf(b).id === id);
  const target = buttons[Math.max(0, Math.min(buttons.length - 1, index < 0 ? 0 : index + offset))];
  engine.play(engine.trackOf(target), engine.queueAround(target));
  target.focus({ preventScroll: true });
  target.closest("[data-row]")?.scrollIntoView({ block: "nearest" });
}

export function useShortcuts() {
  useEffect(() => {
    const actions = {
      ArrowDown: () => moveSelection(1),
      ArrowUp: () => moveSelection(-1),
      " ": engine.toggle,
      Home: () => engine.seek(0),
      ArrowRight: () => engine.seek(engine.position() + SEEK_STEP_SECONDS),
      ArrowLeft: () => engine.seek(engine.position() - SEEK_STEP_SECONDS),
      s: () => find("[data-similar]")?.click(),
      l: engine.toggleLoop,
      m: engine.toggleMute,
      b: () => find("[data-buy]")?.click(),
      "/": () =>
        findAll("[data-search]")
          .find((box) => box.offsetParent)
          ?.focus(),
      "?": () => openDialog("keys"),
      Enter: () => {
        const { track } = engine.current();
        if (track) find(`a[href="${track.href}"]`)?.click();
      },
    };
    const press = (event) => {
      const key = singleKey(event);
      const isButton = event.target?.closest?.("button, a, summary, label");
      if (!actions[key] || (isButton && (key === " " || key === "Enter"))) return;
      if (areShortcutsOff() && key !== "?") return;
      if (!engine.current().track && !WITHOUT_TRACK.includes(key)) return;
      event.preventDefault();
      actions[key]();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
