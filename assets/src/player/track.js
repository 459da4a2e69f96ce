// @ts-check
// A track of the player, as the server writes it into the play buttons of the page.
import { filePreview, packPreview } from "../shared/links.js";

const PACK_PREFIX = "pack:";

/**
 * @typedef {object} Track
 * @property {string} id A file id, or "pack:<slug>" for a pack's preview mix.
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
 */

/**
 * The slug of the pack whose preview mix a track is; empty for a sound.
 * @param {Track} track
 */
export const packSlug = (track) => (track.id.startsWith(PACK_PREFIX) ? track.id.slice(PACK_PREFIX.length) : "");
/** @param {Track} track */
export const sourceUrl = (track) => (packSlug(track) ? packPreview(packSlug(track)) : filePreview(track.id));

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
