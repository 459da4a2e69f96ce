// @ts-check
// Values that stay in this browser. Without storage (private mode) nothing is remembered and nothing fails.

const PREFIX = "askchopper.";

/**
 * @param {string} name
 * @returns {string} Empty when nothing is stored.
 */
export function readText(name) {
  try {
    return localStorage.getItem(PREFIX + name) ?? "";
  } catch {
    return "";
  }
}

/**
 * @param {string} name
 * @param {string} text Empty removes the entry.
 */
export function writeText(name, text) {
  try {
    if (text) localStorage.setItem(PREFIX + name, text);
    else localStorage.removeItem(PREFIX + name);
  } catch {
    // private mode, or full
  }
}

/**
 * @template T
 * @param {string} name
 * @param {T} fallback
 * @returns {T}
 */
export function readJson(name, fallback) {
  try {
    return JSON.parse(readText(name)) || fallback;
  } catch {
    return fallback;
  }
}

/**
 * @param {string} name
 * @param {unknown} value
 */
export const writeJson = (name, value) => writeText(name, JSON.stringify(value));

/** Whether what is written can be read again. */
export function isStorageAvailable() {
  writeText("probe", "1");
  const isAvailable = readText("probe") === "1";
  writeText("probe", "");
  return isAvailable;
}
