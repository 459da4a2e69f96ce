// @ts-check
// A track of the player, as the server writes it into the play buttons of the page.
import { demoSound, filePreview, packPreview } from "../shared/links.js";

const PACK_PREFIX = "pack:";
const DEMO_PREFIX = "demo:";

/**
 * @typedef {object} Track
 * @property {string} id A file id, "pack:<slug>" for a pack's preview mix, or "demo:<name>" for a term's demonstration.
 * @property {string} title
 * @property {string} subtitle
 * @property {string} href
 * @property {number} seconds
 * @property {string} price
 * @property {string} cover
 * @property {string} peaks
 * @property {number | null} lufs
 * @property {boolean} isLoop
 * @property {string} [bpm]
 * @property {string} [key]
 * @property {boolean} [isLiked]
 */

/**
 * The slug of the pack whose preview mix a track is; empty for a sound.
 * @param {Track} track
 */
export const packSlug = (track) => (track.id.startsWith(PACK_PREFIX) ? track.id.slice(PACK_PREFIX.length) : "");
/**
 * Whether a track demonstrates a term: nobody sells it, so its plays are not counted.
 * @param {Track} track
 */
export const isDemo = (track) => track.id.startsWith(DEMO_PREFIX);
/** @param {Track} track */
export const sourceUrl = (track) => {
  if (isDemo(track)) return demoSound(track.id.slice(DEMO_PREFIX.length));
  return packSlug(track) ? packPreview(packSlug(track)) : filePreview(track.id);
};

/**
 * @param {Element} button
 * @returns {Track}
 */
export const trackOf = (button) => JSON.parse(button.getAttribute("data-track") ?? "null");

/**
 * All tracks of the list around an element, in the order of the page.
 * @param {Element | null} node
 * @returns {Track[]}
 */
export function listAround(node) {
  const list = node?.closest("[data-queue]") ?? document;
  return [...list.querySelectorAll("[data-track]")].map(trackOf);
}
