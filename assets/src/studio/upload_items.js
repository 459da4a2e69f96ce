// @ts-check
// The state of the upload queue, and which files it accepts.
import { SOUND_FORMATS, UPLOAD_EXTENSIONS, UPLOAD_MAX_BYTES } from "../constants.js";
import { createStore } from "../shared/store.js";

/**
 * An item is replaced, never changed, so that a row renders again only when its own item has changed.
 * @typedef {object} Item
 * @property {number} id
 * @property {string} pack
 * @property {File | null} file Null when it has to be chosen again.
 * @property {string} key Tells files apart.
 * @property {string} name
 * @property {number} size
 * @property {number} sent Bytes.
 * @property {number} [speed] Bytes per second; 0 when unknown.
 * @property {"waiting" | "sending" | "broken" | "paused" | "stopped" | "failed" | "stored"} status
 *   broken: waits for the connection; stopped: its file is not in this browser session.
 * @property {string | null} uploadId
 * @property {boolean} [isDirect] The store takes the file, not our server.
 * @property {Problem | null} problem
 * @property {boolean} [isReported] `onStored` has been called for it.
 * @property {boolean} [isListed] The page lists the file itself.
 */
/** @typedef {{ sentence: string, link: { href: string, text: string } | null, isFinal: boolean }} Problem */
/** @typedef {{ id: number, pack: string, reason: string, names: string[] }} Note Files that were left out. */

export const store = createStore({
  items: /** @type {Item[]} */ ([]),
  notes: /** @type {Note[]} */ ([]),
  announcement: "",
});
let lastId = 0;

export const items = () => store.get().items;
export const find = (/** @type {number} */ id) => items().find((item) => item.id === id);
export const isUnfinished = (/** @type {Item} */ item) => item.status !== "stored";
export const isBusy = (/** @type {Item} */ item) => ["waiting", "sending", "broken"].includes(item.status);

export const announce = (/** @type {string} */ announcement) => store.set({ announcement });

/**
 * @param {Partial<Item> & Pick<Item, "pack" | "name" | "size" | "status">} values
 * @returns {Item}
 */
export const newItem = (values) => ({
  id: ++lastId,
  file: null,
  key: "",
  sent: 0,
  uploadId: null,
  problem: null,
  ...values,
});

/**
 * @param {string} pack
 * @param {string} reason
 * @param {string[]} names
 * @returns {Note}
 */
export const newNote = (pack, reason, names) => ({ id: ++lastId, pack, reason, names });

/**
 * @param {string} pack
 * @param {string} reason
 * @param {string[]} names
 */
export function addNote(pack, reason, names) {
  const note = newNote(pack, reason, names);
  store.set({ notes: [...store.get().notes, note], announcement: `${names.join(", ")}: ${reason}` });
}
export const dismissNote = (/** @type {number} */ id) =>
  store.set({ notes: store.get().notes.filter((note) => note.id !== id) });

export const sameName = (/** @type {string} */ a, /** @type {string} */ b) =>
  a.normalize("NFC").trim() === b.normalize("NFC").trim();
export const keyOf = (/** @type {File} */ file) => `${file.name}/${file.size}/${file.lastModified}`;
const extensionOf = (/** @type {string} */ name) =>
  name.includes(".", 1) ? /** @type {string} */ (name.split(".").pop()).toLowerCase() : "";

/**
 * Why a file cannot be uploaded; empty if it can.
 * @param {File} file
 */
export function rejectionOf(file) {
  if (!UPLOAD_EXTENSIONS.includes(extensionOf(file.name))) return `Not a supported format. Upload ${SOUND_FORMATS}.`;
  if (file.size === 0) return "Empty. Export it again.";
  if (file.size > UPLOAD_MAX_BYTES) return `Larger than ${UPLOAD_MAX_BYTES / 2 ** 20} MB. Cut it into shorter sounds.`;
  return "";
}
