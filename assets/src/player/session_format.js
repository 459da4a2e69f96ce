// @ts-check
// The stored form of a session and of the recently played sounds. What is read may be old, damaged or edited: it is
// validated value by value, and an unknown version is ignored.
import { EMPTY } from "./queue.js";

/** @typedef {import("./track.js").Track} Track */
/** @typedef {{ track: Track, queue: import("./queue.js").Queue, seconds: number }} Session */

export const VERSION = 1;
export const MAX_RECENT = 50;
const MAX_LISTED = 100;
const MAX_SECONDS = 86_400;
const MAX_TEXT = 300;
const ID = /^(pack:)?[\w-]{1,100}$/;
const COVER = /^[\w-]{0,100}$/;
const PEAKS = /^[\w-]{0,2000}$/;
const HREF = /^\/(?!\/)[\w/.~%-]{0,300}$/; // within the site

/** @param {unknown} value */
const isText = (value) => typeof value === "string" && value.length <= MAX_TEXT;
/** @param {unknown} value @param {RegExp} pattern */
const fits = (value, pattern) => typeof value === "string" && pattern.test(value);
/** @param {unknown} value @param {number} most */
const isNumber = (value, most) => typeof value === "number" && value >= 0 && value <= most;

/**
 * @param {any} value
 * @returns {Track | null}
 */
export function readTrack(value) {
  if (typeof value !== "object" || value === null) return null;
  const { id, title, subtitle, href, seconds, price, cover, peaks, lufs, isLoop, bpm = "-", key = "-" } = value;
  const isLiked = value.isLiked === true;
  const isValid =
    fits(id, ID) &&
    fits(href, HREF) &&
    fits(cover, COVER) &&
    fits(peaks, PEAKS) &&
    [title, subtitle, price, bpm, key].every(isText) &&
    isNumber(seconds, MAX_SECONDS) &&
    (lufs === null || isNumber(Math.abs(lufs), 200)) &&
    typeof isLoop === "boolean";
  return isValid ? { id, title, subtitle, href, seconds, price, cover, peaks, lufs, isLoop, bpm, key, isLiked } : null;
}

/**
 * @param {unknown} value
 * @param {number} most
 * @returns {Track[]}
 */
function readTracks(value, most) {
  /** @type {Map<string, Track>} */
  const tracks = new Map();
  for (const one of Array.isArray(value) ? value.slice(0, most) : []) {
    const track = readTrack(one);
    if (track && !tracks.has(track.id)) tracks.set(track.id, track);
  }
  return [...tracks.values()];
}

/**
 * @param {any} stored
 * @returns {Session | null}
 */
export function readStoredSession(stored) {
  const track = stored?.version === VERSION ? readTrack(stored.track) : null;
  if (!track) return null;
  const upcoming = readTracks(stored.upcoming, MAX_LISTED).filter(({ id }) => id !== track.id);
  const count = isNumber(stored.addedCount, upcoming.length) ? Math.floor(stored.addedCount) : 0;
  const seconds = isNumber(stored.seconds, track.seconds) ? stored.seconds : 0;
  const past = readTracks(stored.past, MAX_LISTED);
  return { track, seconds, queue: { ...EMPTY, past, upcoming, addedCount: count, isAdded: stored.isAdded === true } };
}

/** @param {Session} session */
export const storedForm = ({ track, queue, seconds }) => ({
  version: VERSION,
  track,
  seconds: Math.round(seconds * 100) / 100,
  past: queue.past.slice(-MAX_LISTED),
  upcoming: queue.upcoming.slice(0, MAX_LISTED),
  addedCount: Math.min(queue.addedCount, MAX_LISTED),
  isAdded: queue.isAdded,
});

/** @param {any} stored */
export const readRecent = (stored) => (stored?.version === VERSION ? readTracks(stored.tracks, MAX_RECENT) : []);

/**
 * Put a track first among the recently played ones; each is there once.
 * @param {Track[]} tracks
 * @param {Track} track
 */
export const remember = (tracks, track) => [track, ...tracks.filter(({ id }) => id !== track.id)].slice(0, MAX_RECENT);
