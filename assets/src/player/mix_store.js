// @ts-check
// What plays together with the loaded sound. Apart from the audio code, which loads when two sounds first play
// together: every row shows this state.
import { createStore } from "../shared/store.js";

export const EQUAL = 0.5;

/**
 * @typedef {object} MixState
 * @property {import("./track.js").Track | null} reference
 * @property {import("./track.js").Track | null} partner
 * @property {import("./mix_plan.js").Match | null} match
 * @property {boolean} isPreparing
 * @property {string} error
 * @property {string} change What is done to the partner, and what cannot be matched.
 * @property {number} fader 0: only the reference, 1: only the partner.
 * @property {boolean} isTempoMatched
 * @property {boolean} isKeyMatched
 */

export const IDLE = {
  reference: null,
  partner: null,
  match: null,
  isPreparing: false,
  error: "",
  change: "",
};
export const mixStore = createStore(
  /** @type {MixState} */ ({ ...IDLE, fader: EQUAL, isTempoMatched: true, isKeyMatched: true }),
);
