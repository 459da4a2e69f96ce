// @ts-check
// Decoded previews and their matched versions for two sounds that play together; few of them are kept. JavaScript
// because the browser decodes and plays them.
import { MAX_SECONDS, timeRatio } from "./mix_plan.js";
import { stretchLoop } from "./stretch.js";
import { sourceUrl } from "./track.js";

export const RATE_HZ = 44_100;
const PREVIEW_BYTES_PER_SECOND = 16_000; // media/previews/encoding.py: constant 128 kbit/s
const MAX_CACHED = 3; // of each kind
const EDGE_SECONDS = 0.004; // what is cut out of a longer sound fades in and out

/** @typedef {import("./track.js").Track} Track */
/** @typedef {import("./mix_plan.js").Part} Part */

/** @type {Map<string, Promise<any>>} Least recently used first. */
const decoded = new Map();
/** @type {Map<string, Promise<any>>} */
const matched = new Map();

/**
 * @template T
 * @param {Map<string, Promise<T>>} cache
 * @param {string} key
 * @param {() => Promise<T>} make
 */
function cached(cache, key, make) {
  const entry = cache.get(key) ?? make();
  cache.delete(key);
  cache.set(key, entry);
  entry.catch(() => cache.get(key) === entry && cache.delete(key));
  if (cache.size > MAX_CACHED) cache.delete(/** @type {string} */ (cache.keys().next().value));
  return entry;
}

/** @param {Track} track */
async function decode(track) {
  const isLong = track.seconds > MAX_SECONDS;
  const range = `bytes=0-${(MAX_SECONDS + 1) * PREVIEW_BYTES_PER_SECOND}`;
  const answer = await fetch(sourceUrl(track), isLong ? { headers: { Range: range } } : {});
  if (!answer.ok) throw new Error(`preview: ${answer.status}`);
  const context = new OfflineAudioContext(2, 1, RATE_HZ); // needs no user gesture
  const buffer = await context.decodeAudioData(await answer.arrayBuffer());
  return Array.from({ length: Math.min(2, buffer.numberOfChannels) }, (_, index) => buffer.getChannelData(index));
}

/**
 * The first frames of a sound; silence where it is shorter.
 * @param {Float32Array} channel
 * @param {number} frames
 * @param {boolean} isCut
 */
function cut(channel, frames, isCut) {
  const part = new Float32Array(frames);
  part.set(channel.subarray(0, frames));
  const edge = Math.round(EDGE_SECONDS * RATE_HZ);
  if (isCut && frames > 2 * edge) for (let frame = 0; frame < edge; frame++) part[frames - 1 - frame] *= frame / edge;
  return part;
}

/** Load and decode a sound. @param {Track} track */
export const sourceOf = (track) => cached(decoded, track.id, () => decode(track));

/**
 * One turn of a sound as it plays in the mix.
 * @param {Track} track
 * @param {Part} part
 * @returns {Promise<Float32Array[]>}
 */
export async function turnOf(track, part) {
  const source = await sourceOf(track);
  const key = `${track.id} ${part.sourceSeconds} ${part.seconds} ${part.semitones}`;
  return cached(matched, key, async () => {
    const frames = Math.round(part.sourceSeconds * RATE_HZ);
    const isCut = source[0].length > frames + EDGE_SECONDS * RATE_HZ;
    const turn = source.map((/** @type {Float32Array} */ channel) => cut(channel, frames, isCut));
    if (timeRatio(part) === 1 && !part.semitones) return turn;
    const target = { frames: Math.round(part.seconds * RATE_HZ), semitones: part.semitones, rate: RATE_HZ };
    return stretchLoop(turn, target);
  });
}
