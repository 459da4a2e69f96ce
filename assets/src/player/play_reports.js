// @ts-check
// Reports how long a sound was played. JavaScript because a beacon is sent even while the page unloads.
import { visit } from "../analytics/visit.js";
import { API_PLAYS } from "../constants.js";
import { isDemo, packSlug } from "./track.js";

// Below three seconds a play does not count, but tells that a member skipped the sound. Less is passing by.
const MIN_SECONDS = 1;

/** @type {ReturnType<typeof visit> | null} The page on which the loaded track was started */
let startedOn = null;

/** A track was loaded: its play belongs to this page, wherever it ends. */
export function markStart() {
  startedOn = visit();
}

/**
 * @param {import("./track.js").Track | null} track
 * @param {number} seconds
 * @param {number} [position] Where it was stopped, in seconds from the start.
 */
export function reportPlay(track, seconds, position) {
  const rounded = Math.round(seconds * 10) / 10;
  if (!track || isDemo(track) || rounded < MIN_SECONDS) return;
  const item = packSlug(track) ? { pack: packSlug(track) } : { file: track.id };
  const play = { ...item, seconds: rounded, position, ...(startedOn ?? visit()) };
  navigator.sendBeacon(API_PLAYS, new Blob([JSON.stringify(play)], { type: "application/json" }));
}
