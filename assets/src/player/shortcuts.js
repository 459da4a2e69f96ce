// @ts-check
// Keyboard shortcuts of the player and the lists; the page lists them under "?".
import { useEffect } from "react";
import { find, findAll, openDialog } from "../shared/dom.js";
import { areShortcutsOff, singleKey } from "../shared/keys.js";
import { openPurchase } from "../shared/purchase.jsx";
import * as engine from "./engine.js";
import { listAround, trackOf } from "./track.js";

const SEEK_STEP_SECONDS = 5;
const REPEATABLE = ["ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft"]; // others would flip back and forth
const WITHOUT_TRACK = ["ArrowDown", "ArrowUp", "/", "?", "b", "f", "q"];

/** @param {number} offset */
function moveSelection(offset) {
  const buttons = findAll("main [data-queue] [data-track]");
  if (!buttons.length) return;
  const id = engine.current().track?.id;
  const index = buttons.findIndex((b) => trackOf(b).id === id);
  const target = buttons[Math.max(0, Math.min(buttons.length - 1, index < 0 ? 0 : index + offset))];
  engine.play(trackOf(target), listAround(target));
  target.focus({ preventScroll: true });
  target.closest("[data-row]")?.scrollIntoView({ block: "nearest" });
}

/** Buy the sound of the focused row, else the playing one, else the page's pack, else the loaded sound. */
function buyCurrent() {
  const focused = document.activeElement?.closest("[data-row]")?.querySelector("[data-track]");
  const { track, isPlaying } = engine.current();
  const pack = find("[data-buy]");
  if (focused) openPurchase(trackOf(focused).id);
  else if (track && isPlaying) openPurchase(track.id);
  else if (pack) pack.click();
  else if (track) openPurchase(track.id);
}

/** Like the sound of the focused row, else the loaded one, else the page's pack. */
function likeCurrent() {
  const focused = document.activeElement?.closest("[data-row]")?.querySelector("[data-like]");
  (focused ?? find("[data-player] [data-like]") ?? find("[data-page-like] [data-like]"))?.dispatchEvent(
    new MouseEvent("click", { bubbles: true }),
  );
}

/**
 * The row that the pointer or the focus was moved to last: a key after a click may mean either.
 * @type {Element | null}
 */
let chosenRow = null;
const chooseRow = (/** @type {Event} */ event) => {
  chosenRow = event.target instanceof Element ? event.target.closest("[data-row]") : null;
};

function queueChosen() {
  const row = chosenRow?.isConnected ? chosenRow : document.activeElement?.closest("[data-row]");
  /** @type {HTMLElement | null | undefined} */ (row?.querySelector("[data-add-to-queue]"))?.click();
}

export function useShortcuts() {
  useEffect(() => {
    /** @type {Record<string, () => void>} */
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
      b: buyCurrent,
      f: likeCurrent,
      q: queueChosen,
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
    const press = (/** @type {KeyboardEvent} */ event) => {
      const key = singleKey(event) ?? "";
      const isButton = event.target instanceof Element && event.target.closest("button, a, summary, label");
      if (!actions[key] || (isButton && (key === " " || key === "Enter"))) return;
      if (areShortcutsOff() && key !== "?") return;
      if (!engine.current().track && !WITHOUT_TRACK.includes(key)) return;
      event.preventDefault();
      if (!event.repeat || REPEATABLE.includes(key)) actions[key]();
    };
    addEventListener("keydown", press);
    addEventListener("pointerover", chooseRow);
    addEventListener("focusin", chooseRow);
    return () => {
      removeEventListener("keydown", press);
      removeEventListener("pointerover", chooseRow);
      removeEventListener("focusin", chooseRow);
    };
  }, []);
}
