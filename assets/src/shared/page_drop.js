// @ts-check
// Files that are dropped on or pasted into the page, folders included. JavaScript because they exist only in the
// browser.
import { useEffect, useRef, useState } from "react";

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
 * Call back with files that are dropped on or pasted into the page; returns whether files are dragged over it.
 * @param {(files: File[]) => void} onFiles
 */
export function usePageDrop(onFiles) {
  const [isOver, setOver] = useState(false);
  const latest = useRef(onFiles);
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  latest.current = onFiles;
  useEffect(() => {
    const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
    const hover = (/** @type {boolean} */ isNow) => {
      // no event tells of a drag that ends outside the window
      clearTimeout(timer.current);
      if (isNow) timer.current = setTimeout(() => setOver(false), 1000);
      setOver(isNow);
    };
    const over = (/** @type {DragEvent} */ event) => {
      if (event.dataTransfer && hasFiles(event)) {
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
        hover(true);
      }
    };
    const leave = (/** @type {DragEvent} */ event) => {
      if (!event.relatedTarget) hover(false);
    };
    const drop = (/** @type {DragEvent} */ event) => {
      hover(false);
      if (event.dataTransfer && hasFiles(event)) {
        event.preventDefault();
        filesOfDrop(event.dataTransfer).then((files) => latest.current(files));
      }
    };
    const paste = (/** @type {ClipboardEvent} */ event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length) {
        event.preventDefault();
        latest.current(files);
      }
    };
    /** @type {Record<string, (event: any) => void>} */
    const acts = { dragover: over, dragleave: leave, drop, paste };
    for (const [name, act] of Object.entries(acts)) addEventListener(name, act);
    return () => {
      for (const [name, act] of Object.entries(acts)) removeEventListener(name, act);
    };
  }, []);
  return isOver;
}
