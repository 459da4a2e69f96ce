// @ts-check
// The viewer's likes as this browser last changed them; for all else, what the page says holds.
import { API_FILES, API_PACKS } from "../constants.js";
import { packSlug } from "../player/track.js";
import { createStore } from "../shared/store.js";

/** @typedef {import("../player/track.js").Track} Track */
/** @typedef {{ status: number, sentence: string }} Problem */

/** @type {import("../shared/store.js").Store<{ marks: Record<string, boolean> }>} */
export const likes = createStore({ marks: {} });
/** @type {Set<string>} */
const sending = new Set();

/** @param {Track} track */
export const isLiked = (track) => likes.get().marks[track.id] ?? Boolean(track.isLiked);

/** @param {string} id @param {boolean} liked */
const mark = (id, liked) => likes.set({ marks: { ...likes.get().marks, [id]: liked } });

/** @param {Track} track */
const address = (track) => {
  const slug = packSlug(track);
  return `${slug ? `${API_PACKS}/${slug}` : `${API_FILES}/${track.id}`}/like`;
};

/**
 * @param {Track} track
 * @param {boolean} liked
 * @returns {Promise<Problem | null>}
 */
async function send(track, liked) {
  try {
    const answer = await fetch(address(track), { method: liked ? "PUT" : "DELETE" });
    if (answer.ok) return null;
    const { detail } = await answer.json().catch(() => ({ detail: "" }));
    return { status: answer.status, sentence: detail || "That did not work. Try again." };
  } catch {
    return { status: 0, sentence: "The server cannot be reached. Your like was not saved." };
  }
}

/**
 * Like a track, or take it back: marked at once, and marked back if the server refuses. Of several presses in a row
 * only the last state is sent after the running request.
 * @param {Track} track
 * @returns {Promise<Problem | null>}
 */
export async function toggleLike(track) {
  mark(track.id, !isLiked(track));
  if (sending.has(track.id)) return null;
  sending.add(track.id);
  try {
    for (;;) {
      const wanted = isLiked(track);
      const problem = await send(track, wanted);
      if (problem) mark(track.id, !wanted);
      if (problem || isLiked(track) === wanted) return problem;
    }
  } finally {
    sending.delete(track.id);
  }
}
