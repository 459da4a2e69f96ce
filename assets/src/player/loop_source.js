// @ts-check
// Gapless loops for an audio element: the loop is decoded once and written as a WAV file that repeats it for minutes.
// An element that seeks back to its start pauses for some hundredths of a second, enough to break the groove. Web Audio
// would not, but it loses the lock screen's controls and, on a phone, obeys the mute switch.
import { toPcm16, wavBlob } from "../shared/wav.js";

const MIN_SECONDS = 120;
const MAX_CACHED = 6;
const MPEG_RATES_HZ = [44_100, 48_000, 32_000];

/** @typedef {{ pending: Promise<string | null>, url: string | null }} Loop */
/** @type {Map<string, Loop>} Least recently used first. */
const cache = new Map();

/**
 * The object URL of a loop that `prepareLoop` has finished; null otherwise.
 * @param {string} url
 */
export const cachedLoop = (url) => cache.get(url)?.url ?? null;

/**
 * Make a WAV file that repeats a loop of exactly `seconds`.
 * @param {string} url
 * @param {number} seconds
 * @returns {Promise<string | null>} Its object URL; null where the browser cannot.
 */
export function prepareLoop(url, seconds) {
  const loop = cache.get(url) ?? start(url, seconds);
  cache.delete(url);
  cache.set(url, loop);
  if (cache.size > MAX_CACHED) evict(/** @type {string} */ (cache.keys().next().value));
  return loop.pending;
}

/**
 * @param {string} url
 * @param {number} seconds
 */
function start(url, seconds) {
  /** @type {Loop} */
  const loop = { url: null, pending: Promise.resolve(null) };
  loop.pending = make(url, seconds)
    .catch(() => null)
    .then((objectUrl) => {
      loop.url = objectUrl;
      if (!objectUrl && cache.get(url) === loop) cache.delete(url); // the next call retries
      return objectUrl;
    });
  return loop;
}

/** @param {string} url */
async function evict(url) {
  const loop = cache.get(url);
  cache.delete(url);
  const objectUrl = await loop?.pending;
  if (objectUrl) URL.revokeObjectURL(objectUrl);
}

/**
 * @param {string} url
 * @param {number} seconds
 */
async function make(url, seconds) {
  const response = await fetch(url, { priority: "low" });
  if (!response.ok) return null;
  const bytes = await response.arrayBuffer();
  const rate = mpegRate(bytes);
  const context = new OfflineAudioContext(2, 1, rate); // needs no user gesture, unlike an AudioContext
  const decoded = await context.decodeAudioData(bytes);
  const channels = Array.from({ length: decoded.numberOfChannels }, (_, index) => decoded.getChannelData(index));
  // The length is rounded once for all repetitions, not once for each.
  const pcm = toPcm16(channels, Math.round(seconds * rate));
  const repeats = Math.ceil(MIN_SECONDS / seconds);
  return URL.createObjectURL(wavBlob(pcm, { channels: channels.length, rate, repeats }));
}

/**
 * The sample rate in the first frame of an MP3: at another rate the loop would have no whole number of samples and
 * click.
 * @param {ArrayBuffer} bytes
 */
const mpegRate = (bytes) => MPEG_RATES_HZ[(new Uint8Array(bytes, 2, 1)[0] >> 2) & 3] ?? MPEG_RATES_HZ[0];
