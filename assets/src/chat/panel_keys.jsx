// @ts-check
// Shortcuts of the chat panel: "/" and then "a" opens it, Escape closes it. JavaScript because a shortcut is told apart
// from typing by its timing. "/" focuses the search box, so an "a" after it may also begin a search word: it is held
// back for a moment and, if another key follows, typed after all.
import { useEffect, useRef } from "react";
import { areShortcutsOff, hasModifier, isComposing } from "../shared/keys.js";

const SEQUENCE_MS = 1500; // between "/" and "a"
const HOLD_MS = 350; // how long an "a" waits for another key
const OVERLAY = "dialog[open], [popover]:popover-open";

/**
 * Whether an "a" may be the shortcut where the focus is: nowhere to type, or in an empty search box.
 * @param {Element | null} element
 */
function isFreeForShortcut(element) {
  if (element instanceof HTMLTextAreaElement) return false;
  return !(element instanceof HTMLInputElement) || (element.type === "search" && !element.value);
}

/**
 * Type a letter as the user would have: the field fires its input event.
 * @param {Element | null} element
 * @param {string} letter
 */
function typeInto(element, letter) {
  if (document.activeElement === element) document.execCommand("insertText", false, letter);
}

/**
 * Call back on "/" followed by "a" and then no other key.
 * @param {() => void} onOpen
 */
function useOpenShortcut(onOpen) {
  useEffect(() => {
    let slashAt = -Infinity;
    /** @type {{ timer: ReturnType<typeof setTimeout>, element: Element | null } | null} */
    let held = null; // while an "a" is held back
    const open = () => {
      const element = held?.element;
      held = null;
      if (element instanceof HTMLElement) element.blur();
      onOpen();
    };
    const press = (/** @type {KeyboardEvent} */ event) => {
      if (held) {
        clearTimeout(held.timer);
        typeInto(held.element, "a");
        held = null;
      } else if (event.key === "/") {
        slashAt = performance.now();
      } else if (!areShortcutsOff()) {
        const isInTime = performance.now() - slashAt <= SEQUENCE_MS;
        const element = document.activeElement;
        if (event.key === "a" && isInTime && !hasModifier(event)) {
          if (!isFreeForShortcut(element)) return;
          event.preventDefault();
          event.stopPropagation();
          held = { element, timer: setTimeout(open, HOLD_MS) };
        }
        slashAt = -Infinity;
      }
    };
    addEventListener("keydown", press, true);
    return () => {
      removeEventListener("keydown", press, true);
      clearTimeout(held?.timer);
    };
  }, []);
}

/**
 * Call back on Escape in the panel, or with the focus nowhere; a running answer or an open dialog gets the key first.
 * @param {() => void} onClose
 */
function useCloseShortcut(onClose) {
  useEffect(() => {
    const press = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape" || isComposing(event) || event.defaultPrevented || document.querySelector(OVERLAY))
        return;
      const panel = document.querySelector("[data-chat-panel]");
      const { activeElement } = document;
      const isFocused = panel && (panel.contains(activeElement) || activeElement === document.body);
      if (isFocused && !panel.querySelector("[aria-busy=true]")) onClose();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

/** @param {{ onToggle: () => void, onClose: () => void }} props */
export function PanelKeys({ onToggle, onClose }) {
  const latest = useRef({ onToggle, onClose });
  latest.current = { onToggle, onClose };
  useOpenShortcut(() => latest.current.onToggle());
  useCloseShortcut(() => latest.current.onClose());
  return null;
}
