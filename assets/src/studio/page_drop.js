// @ts-check
// Files that are dropped on or pasted into the page, folders included. JavaScript because they exist only in the
// browser.
import { useEffect, useRef, useState } from "react";

// Files of operating systems and audio programs that are no sounds.
const JUNK = /^(\..*|thumbs\.db|desktop\.ini|icon\r|.*\.(asd|reapeaks|sfk|pkf|sfl))$/i;
const MAX_ENTRIES = 2000;
export const isJunk = (name) => JUNK.test(name);

/** Read the files of a drop, folders and all. The entries are taken at once: they are gone when the event is over. */
export async function filesOfDrop(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const plain = [...transfer.files];
  if (!entries.length) return plain;
  const files = [];
  for (let seen = 0; entries.length && seen < MAX_ENTRIES; seen++) {
    const entry = entries.shift();
    if (JUNK.test(entry.name) || entry.name === "__MACOSX") continue;
    if (entry.isDirectory) entries.push(...(await entriesOf(entry)));
    else files.push(await new Promise((resolve) => entry.file(resolve, () => resolve(null))));
  }
  return files.filter(Boolean);
}
/** List a folder; browsers hand its entries out in batches and end with an empty one. */
async function entriesOf(folder) {
  const reader = folder.createReader();
  const found = [];
  for (;;) {
    const batch = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!batch.length) return found.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    found.push(...batch);
  }
}

/** Call back with files that are dropped on or pasted into the page; returns whether files are dragged over it. */
export function usePageDrop(onFiles) {
  const [isOver, setOver] = useState(false);
  const latest = useRef(onFiles);
  const timer = useRef(0);
  latest.current = onFiles;
  useEffect(() => {
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    const hover = (isNow) => {
      // no event tells of a drag that ends outside the window
      clearTimeout(timer.current);
      if (isNow) timer.current = setTimeout(() => setOver(false), 1000);
      setOver(isNow);
    };
    const over = (event) => {
      if (hasFiles(event)) {
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
        hover(true);
      }
    };
    const leave = (event) => {
      if (!event.relatedTarget) hover(false);
    };
    const drop = (event) => {
      hover(false);
      if (hasFiles(event)) {
        event.preventDefault();
        filesOfDrop(event.dataTransfer).then((files) => latest.current(files));
      }
    };
    const paste = (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length) {
        event.preventDefault();
        latest.current(files);
      }
    };
    const acts = { dragover: over, dragleave: leave, drop, paste };
    for (const [name, act] of Object.entries(acts)) addEventListener(name, act);
    return () => {
      for (const [name, act] of Object.entries(acts)) removeEventListener(name, act);
    };
  }, []);
  return isOver;
}
