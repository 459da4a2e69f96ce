// @ts-check
// Files that are dropped on or pasted into the page, folders included. JavaScript because they exist only in the
// browser.
import { useEffect, useRef, useState } from "react";
import { readClipboard } from "./clipboard.js";

// Files of operating systems and audio programs that are no sounds.
const JUNK = /^(\..*|thumbs\.db|desktop\.ini|icon\r|.*\.(asd|reapeaks|sfk|pkf|sfl))$/i;
const MAX_ENTRIES = 2000;
/** @param {string} name */
export const isJunk = (name) => JUNK.test(name);

/**
 * Read the files of a drop, folders and all. The entries are taken at once: they are gone when the event is over.
 * @param {DataTransfer} transfer
 * @returns {Promise<File[]>}
 */
export async function filesOfDrop(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry != null);
  const plain = [...transfer.files];
  if (!entries.length) return plain;
  /** @type {(File | null)[]} */
  const files = [];
  for (let seen = 0; seen < MAX_ENTRIES; seen++) {
    const entry = entries.shift();
    if (!entry) break;
    if (JUNK.test(entry.name) || entry.name === "__MACOSX") continue;
    if (entry.isDirectory) entries.push(...(await entriesOf(/** @type {FileSystemDirectoryEntry} */ (entry))));
    else files.push(await fileOf(/** @type {FileSystemFileEntry} */ (entry)));
  }
  return files.filter((file) => file !== null);
}

/**
 * @param {FileSystemFileEntry} entry
 * @returns {Promise<File | null>} Null if it cannot be read.
 */
const fileOf = (entry) => new Promise((resolve) => entry.file(resolve, () => resolve(null)));

/**
 * List a folder; browsers hand its entries out in batches and end with an empty one.
 * @param {FileSystemDirectoryEntry} folder
 */
async function entriesOf(folder) {
  const reader = folder.createReader();
  /** @type {FileSystemEntry[]} */
  const found = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const batch = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!batch.length) return found.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    found.push(...batch);
  }
}

/**
 * Listen for files that are dropped on or pasted into the page, unless a part of it has taken them.
 * @param {object} options
 * @param {() => boolean} options.isActive
 * @param {(files: File[]) => void} options.onFiles
 * @param {(isNow: boolean) => void} options.onHover
 * @param {EventTarget} [page]
 * @returns {() => void} Stops.
 */
export function listenForFiles({ isActive, onFiles, onHover }, page = window) {
  const isOurs = (/** @type {Event} */ event) => !event.defaultPrevented && isActive();
  const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
  const over = (/** @type {DragEvent} */ event) => {
    if (event.dataTransfer && hasFiles(event) && isOurs(event)) {
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      onHover(true);
    }
  };
  const leave = (/** @type {DragEvent} */ event) => {
    if (!event.relatedTarget) onHover(false);
  };
  const drop = (/** @type {DragEvent} */ event) => {
    onHover(false);
    if (event.dataTransfer && hasFiles(event) && isOurs(event)) {
      event.preventDefault();
      filesOfDrop(event.dataTransfer).then(onFiles);
    }
  };
  const paste = (/** @type {ClipboardEvent} */ event) => {
    if (!event.clipboardData || !isOurs(event)) return;
    const { files } = readClipboard(event.clipboardData); // a spreadsheet's text stays text
    if (!files.length) return;
    event.preventDefault();
    onFiles(files);
  };
  /** @type {Record<string, (event: any) => void>} */
  const acts = { dragover: over, dragleave: leave, drop, paste };
  for (const [name, act] of Object.entries(acts)) page.addEventListener(name, act);
  return () => {
    for (const [name, act] of Object.entries(acts)) page.removeEventListener(name, act);
  };
}

const always = () => true;

/**
 * Call back with files that are dropped on or pasted into the page; returns whether files are dragged over it.
 * @param {(files: File[]) => void} onFiles
 * @param {() => boolean} [isActive] Whether this component takes files now.
 */
export function usePageDrop(onFiles, isActive = always) {
  const [isOver, setOver] = useState(false);
  const latest = useRef(onFiles);
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  latest.current = onFiles;
  useEffect(() => {
    const onHover = (/** @type {boolean} */ isNow) => {
      // no event tells of a drag that ends outside the window
      clearTimeout(timer.current);
      if (isNow) timer.current = setTimeout(() => setOver(false), 1000);
      setOver(isNow);
    };
    return listenForFiles({ isActive, onHover, onFiles: (files) => latest.current(files) });
  }, []);
  return isOver;
}
