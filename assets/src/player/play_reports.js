// @ts-check
// Reports how long a sound was played. JavaScript because a beacon is sent even while the page unloads.
import { API_PLAYS } from "../constants.js";
import { isDemo, packSlug } from "./track.js";

// Below three seconds a play does not count, but tells that a member skipped the sound. Less is passing by.
const MIN_SECONDS = 1;

/**
 * @param {import("./track.js").Track | null} track
 * @param {number} seconds
 */
export function reportPlay(track, seconds) {
  const rounded = Math.round(seconds * 10) / 10;
  if (!track || isDemo(track) || rounded < MIN_SECONDS) return;
  const play = packSlug(track) ? { pack: packSlug(track), seconds: rounded } : { file: track.id, seconds: rounded };
  navigator.sendBeacon(API_PLAYS, new Blob([JSON.stringify(play)], { type: "application/json" }));
}
