// @ts-check
// Stores what plays, where, and what comes next, so that a reload continues. JavaScript because it stays in the
// browser.
import { createStore } from "../shared/store.js";
import { readJson, readText, writeJson } from "../shared/storage.js";
import * as engine from "./engine.js";
import { VERSION, readRecent, readStoredSession, remember, storedForm } from "./session_format.js";
import { SESSION } from "./session_loader.js";

const RECENT = "recent";
const SAVE_MS = 1000; // the position is at most this old after a crash

export const recent = createStore({ tracks: readRecent(readJson(RECENT, null)) });

export const readSession = () => readStoredSession(readJson(SESSION, null));

let isStored = false;

function save() {
  const { track, queue } = engine.current();
  const isCleared = isStored && !readText(SESSION); // signing out clears the storage before the page is left
  if (!track || isCleared) return;
  writeJson(SESSION, storedForm({ track, queue, seconds: engine.position() }));
  isStored = true;
}

/** @param {import("./track.js").Track} track */
function addRecent(track) {
  if (recent.get().tracks[0]?.id === track.id) return;
  // Another tab may have played something since.
  recent.set({ tracks: remember(readRecent(readJson(RECENT, null)), track) });
  writeJson(RECENT, { version: VERSION, tracks: recent.get().tracks });
}

export function clearRecent() {
  recent.set({ tracks: [] });
  writeJson(RECENT, { version: VERSION, tracks: [] });
}

/** Store the session at every change, and the position while it moves. */
export function keep() {
  /** @type {ReturnType<typeof setTimeout> | null} */
  let timer = null;
  const saveSoon = () => {
    timer ??= setTimeout(() => {
      timer = null;
      save();
      if (engine.current().isPlaying) saveSoon();
    }, SAVE_MS);
  };
  const onChange = () => {
    const { track, isPlaying } = engine.current();
    if (track && isPlaying) addRecent(track);
    saveSoon();
  };
  engine.store.subscribe(onChange);
  onChange();
  addEventListener("pagehide", save);
}
