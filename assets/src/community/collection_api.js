// @ts-check
import { API_COLLECTIONS, API_MY_COLLECTIONS } from "../constants.js";
import { packSlug } from "../player/track.js";

/** @typedef {{ slug: string, title: string, visibility: string, item_count: number, item_id: string | null }} Listed */
/** @typedef {import("../player/track.js").Track} Track */

/**
 * @param {Track} track
 * @returns {Record<string, string>}
 */
const reference = (track) => {
  const pack = packSlug(track);
  return pack ? { pack } : { file: track.id };
};

/**
 * @param {string} method
 * @param {string} url
 * @param {object} [body]
 * @returns {Promise<any>} The answer, or an object with `problem` and `status`.
 */
async function call(method, url, body) {
  try {
    const answer = await fetch(url, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body && JSON.stringify(body),
    });
    if (answer.status === 204) return {};
    const content = await answer.json().catch(() => ({}));
    if (answer.ok) return content;
    return { problem: content.detail || "That did not work. Try again.", status: answer.status };
  } catch {
    return { problem: "The server cannot be reached. Nothing was changed.", status: 0 };
  }
}

/** @param {Track} track */
export const listFor = (track) => call("GET", `${API_MY_COLLECTIONS}?${new URLSearchParams(reference(track))}`);
/** @param {string} title */
export const create = (title) => call("POST", API_COLLECTIONS, { title, visibility: "private" });
/** @param {string} slug @param {Track} track */
export const add = (slug, track) => call("POST", `${API_COLLECTIONS}/${slug}/items`, reference(track));
/** @param {string} slug @param {string} itemId */
export const remove = (slug, itemId) => call("DELETE", `${API_COLLECTIONS}/${slug}/items/${itemId}`);
