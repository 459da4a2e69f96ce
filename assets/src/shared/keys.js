// @ts-check
// Single-key shortcuts: inactive while a text field has the focus, and switched off in the settings.
import { readText } from "./storage.js";

const EDITABLE = "input, textarea, select, [contenteditable], [role=slider], dialog[open], [popover]:popover-open";

/** @param {EventTarget | null} target */
const isTyping = (target) => Boolean(/** @type {Element | null} */ (target)?.closest?.(EDITABLE));
export const areShortcutsOff = () => readText("keys") === "off";

/** @param {KeyboardEvent} event */
export const hasModifier = (event) => event.ctrlKey || event.metaKey || event.altKey;

/**
 * The key of an event that may act as a shortcut, letters in lower case; null while typing or with a modifier.
 * @param {KeyboardEvent} event
 */
export function singleKey(event) {
  if (event.defaultPrevented || hasModifier(event) || isTyping(event.target)) return null;
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}
