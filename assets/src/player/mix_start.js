// @ts-check
// Starts and stops two sounds that play together; the audio code loads with the first pair. JavaScript because sound
// has to start within the user's gesture.
import { openContext } from "./mix_context.js";
import { IDLE, mixStore } from "./mix_store.js";

/** @typedef {import("./track.js").Track} Track */

const loadMix = () => import("./mix.js");

/**
 * @param {Track} reference
 * @param {Track} partner
 * @param {import("./mix_plan.js").Match} match
 */
export async function playTogether(reference, partner, match) {
  mixStore.set({ ...IDLE, reference, partner, match, isPreparing: true });
  if (!openContext()) {
    return mixStore.set({ isPreparing: false, error: "This browser cannot play two sounds together." });
  }
  try {
    const mix = await loadMix();
    // Of several quick presses the last one counts.
    if (mixStore.get().partner === partner) await mix.start(reference, partner, match);
  } catch {
    if (mixStore.get().partner === partner) {
      mixStore.set({ isPreparing: false, error: "Playing together needs a connection. Try again." });
    }
  }
}

/** Load the code when a press is likely, unless the user saves data. */
export function prepareTogether() {
  if (/** @type {any} */ (navigator).connection?.saveData) return;
  loadMix()
    .then((mix) => mix.preload())
    .catch(() => {});
}

export async function stopTogether() {
  if (!mixStore.get().partner) return;
  const mix = await loadMix().catch(() => null);
  if (mix) mix.stop();
  else mixStore.set(IDLE);
}
