// @ts-check
// What the page needs to know of the player, and the preferences that stay in this browser.
import { createStore } from "../shared/store.js";
import { readJson, writeJson } from "../shared/storage.js";
import { EMPTY } from "./queue.js";

const PREFERENCES = "player";
const TARGET_LUFS = -18; // quiet enough that almost every sound is turned down, never up into clipping

/**
 * @typedef {object} PlayerState
 * @property {import("./track.js").Track | null} track
 * @property {import("./queue.js").Queue} queue
 * @property {boolean} isPlaying
 * @property {boolean} isWaiting Loading or buffering.
 * @property {string} error
 * @property {number} duration
 * @property {number} volume 0 to 1
 * @property {boolean} isMuted
 * @property {boolean} isLooping Whether loops repeat.
 */

const saved = readJson(PREFERENCES, /** @type {Partial<PlayerState>} */ ({}));
const DEFAULT_VOLUME = 0.8;
/** @param {unknown} value */
const isVolume = (value) => typeof value === "number" && value > 0 && value <= 1; // silence is `isMuted`

export const store = createStore(
  /** @type {PlayerState} */ ({
    track: null,
    queue: EMPTY,
    isPlaying: false,
    isWaiting: false,
    error: "",
    duration: 0,
    volume: isVolume(saved.volume) ? saved.volume : DEFAULT_VOLUME,
    isMuted: saved.isMuted === true,
    isLooping: saved.isLooping !== false,
  }),
);
export const current = store.get;

export function savePreferences() {
  const { volume, isMuted, isLooping } = current();
  writeJson(PREFERENCES, { volume, isMuted, isLooping });
}

/** The volume as a factor; squared, which is closer to how loudness is perceived. */
export const level = () => (current().isMuted ? 0 : current().volume ** 2);

/**
 * The factor that brings a track to the loudness that all have.
 * @param {import("./track.js").Track | null} track
 */
export const loudnessGain = (track) => (track?.lufs == null ? 1 : Math.min(1, 10 ** ((TARGET_LUFS - track.lufs) / 20)));
