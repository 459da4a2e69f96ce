// Single keys that command something: they do nothing while somebody types, and can be switched off in the settings.

export const isTyping = (target) => target?.closest?.("input, textarea, select, [contenteditable], [role=slider], dialog[open], [popover]:popover-open");
export const areKeysOff = () => localStorage.getItem("askchopper.keys") === "off";

/** The name of a single key, letters in lower case; nothing where somebody types or holds a modifier. */
export function singleKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return null;
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}
