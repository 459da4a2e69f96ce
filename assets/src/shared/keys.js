// @ts-check
// Single-key shortcuts: inactive while a text field has the focus, and switched off in the settings.
import { readText } from "./storage.js";

const INPUT_METHOD_KEY_CODE = 229;
const EDITABLE = "input, textarea, select, [contenteditable], [role=slider], dialog[open], [popover]:popover-open";

/** @param {EventTarget | null} target */
const isTyping = (target) => Boolean(/** @type {Element | null} */ (target)?.closest?.(EDITABLE));
export const areShortcutsOff = () => readText("keys") === "off";

/**
 * Whether a key belongs to an input method: it confirms or cancels Japanese, Chinese or Korean text and means nothing
 * else. Safari ends the composition before the key that confirms it, which then only has the code 229:
 * https://bugs.webkit.org/show_bug.cgi?id=165004
 * @param {{ isComposing?: boolean, keyCode?: number, nativeEvent?: KeyboardEvent }} event From the browser or React.
 */
export function isComposing(event) {
  const { isComposing: isOpen, keyCode } = event.nativeEvent ?? event;
  return Boolean(isOpen) || keyCode === INPUT_METHOD_KEY_CODE;
}

/** @param {{ ctrlKey: boolean, metaKey: boolean, altKey: boolean }} event */
export const hasModifier = (event) => event.ctrlKey || event.metaKey || event.altKey;

/**
 * The key of an event that may act as a shortcut, letters in lower case; null while typing or with a modifier.
 * @param {KeyboardEvent} event
 */
export function singleKey(event) {
  if (event.defaultPrevented || isComposing(event) || hasModifier(event) || isTyping(event.target)) return null;
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}
