// @ts-check
// The audio engine: what plays, the queue, and what the page needs to know of both. JavaScript because sound must
// start, seek and stop without a round trip, and must keep playing while pages change.
import { API_PLAYS } from "../constants.js";
import { coverUrl, filePreview, packPreview } from "../shared/links.js";
import { createStore } from "../shared/store.js";
import { readJson, writeJson } from "../shared/storage.js";

const TARGET_LUFS = -18; // quiet enough that almost every sound is turned down, never up into clipping
const MIN_REPORT_SECONDS = 3;
const RESTART_SECONDS = 3; // "Previous" returns to the start of a sound that has played longer than this
const END_MARGIN_SECONDS = 0.01;
const MAX_TIME_STEP_SECONDS = 1.5; // a larger step of the clock is a seek, not listening
const PREFERENCES = "player";
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
 */
/**
 * @typedef {object} PlayerState
 * @property {Track | null} track
 * @property {Track[]} queue
 * @property {boolean} isPlaying
 * @property {boolean} isWaiting Loading or buffering.
 * @property {string} error
 * @property {number} duration
 * @property {number} volume 0 to 1
 * @property {boolean} isMuted
 * @property {boolean} isLooping Whether loops repeat.
 */

const saved = readJson(PREFERENCES, /** @type {Partial<PlayerState>} */ ({}));
export const store = createStore(
  /** @type {PlayerState} */ ({
    track: null,
    queue: [],
    isPlaying: false,
    isWaiting: false,
    error: "",
    duration: 0,
    volume: saved.volume ?? 0.8,
    isMuted: saved.isMuted ?? false,
    isLooping: saved.isLooping ?? true,
  }),
);
export const current = store.get;

/** @type {typeof import("./loop_source.js") | null} Makes gapless loops; loaded with the first loop. */
let loopSource = null;
async function prepareLoop(/** @type {Track} */ track) {
  loopSource ??= await import("./loop_source.js");
  return loopSource.prepareLoop(sourceUrl(track), track.seconds);
}

/** @type {HTMLAudioElement | null} */
let audio = null;
/** @type {BroadcastChannel | null} */
let channel = null;
/** @type {string | null} URL of the loaded loop as a gapless file, once that has been made */
let gaplessUrl = null;
let listenedSeconds = 0;
let lastTime = 0;
/** @type {Set<(seconds: number) => void>} */
const frameListeners = new Set();

/**
 * Call back on every animation frame while something plays, and once after each seek.
 * @param {(seconds: number) => void} listener
 */
export function onFrame(listener) {
  frameListeners.add(listener);
  return () => {
    frameListeners.delete(listener);
  };
}
function notifyFrame() {
  frameListeners.forEach((listener) => listener(position()));
  if (current().isPlaying) requestAnimationFrame(notifyFrame);
}

/**
 * The slug of the pack whose preview mix a track is; empty for a sound.
 * @param {Track} track
 */
export const packSlug = (track) => (track.id.startsWith(PACK_PREFIX) ? track.id.slice(PACK_PREFIX.length) : "");
/** @param {Track} track */
export const sourceUrl = (track) => (packSlug(track) ? packPreview(packSlug(track)) : filePreview(track.id));

const isGapless = () => Boolean(gaplessUrl) && audio?.src === gaplessUrl;
const shouldRepeat = () => Boolean(current().track?.isLoop && current().isLooping);

/** Seconds into the track; a gapless file holds the loop many times over. */
export function position() {
  if (!audio) return 0;
  return isGapless() ? audio.currentTime % trackSeconds() : audio.currentTime;
}
const trackSeconds = () => current().track?.seconds ?? 0;

function element() {
  audio ??= createElement();
  return audio;
}

function createElement() {
  const created = new Audio();
  created.preload = "auto";
  created.addEventListener("playing", () => {
    store.set({ isPlaying: true, isWaiting: false, error: "" });
    requestAnimationFrame(notifyFrame);
  });
  created.addEventListener("pause", () => {
    if (created.ended && shouldRepeat()) return; // the loop starts over at once
    store.set({ isPlaying: false, isWaiting: false });
    notifyFrame();
  });
  created.addEventListener("waiting", () => store.set({ isWaiting: true }));
  created.addEventListener("durationchange", () => {
    const isKnown = !isGapless() && Number.isFinite(created.duration);
    store.set({ duration: isKnown ? created.duration : trackSeconds() });
  });
  created.addEventListener("seeked", notifyFrame);
  created.addEventListener("timeupdate", () => {
    const step = created.currentTime - lastTime;
    if (step > 0 && step < MAX_TIME_STEP_SECONDS) listenedSeconds += step;
    lastTime = created.currentTime;
  });
  created.addEventListener("ended", () => {
    if (shouldRepeat()) return repeatFrom(0);
    if (next()) return;
    created.currentTime = 0;
    store.set({ isPlaying: false });
    notifyFrame();
  });
  created.addEventListener("error", () => {
    if (created.src) store.set({ isPlaying: false, isWaiting: false, error: "This preview could not be loaded." });
  });
  channel = "BroadcastChannel" in window ? new BroadcastChannel("askchopper.player") : null;
  if (channel) channel.onmessage = () => created.pause(); // another tab has started to play
  addEventListener("pagehide", reportPlay);
  return created;
}

/** Tell the server how long the track was played; a beacon is sent even while the page unloads. */
function reportPlay() {
  const { track } = current();
  const seconds = Math.round(listenedSeconds * 10) / 10;
  listenedSeconds = 0;
  if (!track || seconds < MIN_REPORT_SECONDS) return;
  const play = packSlug(track) ? { pack: packSlug(track), seconds } : { file: track.id, seconds };
  navigator.sendBeacon(API_PLAYS, new Blob([JSON.stringify(play)], { type: "application/json" }));
}

function applyVolume() {
  const { track, volume, isMuted, isLooping } = current();
  const gain = track?.lufs == null ? 1 : Math.min(1, 10 ** ((TARGET_LUFS - track.lufs) / 20));
  element().volume = isMuted ? 0 : volume ** 2 * gain; // squared: closer to how loudness is perceived
  writeJson(PREFERENCES, { volume, isMuted, isLooping });
}

/**
 * Load a track without starting it.
 * @param {Track} track
 */
function load(track) {
  reportPlay();
  store.set({ track, error: "", isWaiting: true, duration: track.seconds });
  gaplessUrl = (shouldRepeat() && loopSource?.cachedLoop(sourceUrl(track))) || null;
  setSource(gaplessUrl ?? sourceUrl(track));
  applyVolume();
  updateMediaSession(track);
  notifyFrame();
  if (shouldRepeat()) prepareGapless(track);
}

/** @param {string} url */
function setSource(url) {
  lastTime = 0;
  element().src = url;
}
/** @param {number} seconds */
function setTime(seconds) {
  element().currentTime = lastTime = seconds;
}

/**
 * Make the gapless file of a loop; the original plays meanwhile.
 * @param {Track} track
 */
async function prepareGapless(track) {
  const url = await prepareLoop(track).catch(() => null);
  if (current().track?.id === track.id) gaplessUrl = url;
}

/**
 * Repeat the loop: from the gapless file, or by seeking where there is none.
 * @param {number} seconds
 */
function repeatFrom(seconds) {
  const { track } = current();
  if (!track) return;
  const url = gaplessUrl ?? sourceUrl(track);
  if (element().src !== new URL(url, location.href).href) setSource(url);
  setTime(seconds);
  element()
    .play()
    .catch(() => store.set({ isPlaying: false }));
}

/**
 * Play a track, or resume the loaded one.
 * @param {Track} [track]
 * @param {Track[]} [queue]
 */
export function play(track, queue) {
  if (queue) store.set({ queue });
  const loaded = current().track;
  if (track && track.id !== loaded?.id) load(track);
  else if (loaded && audio?.error) load(loaded); // loading failed before; the network may be back
  if (!current().track) return;
  channel?.postMessage("play");
  element()
    .play()
    .catch((error) => {
      if (error.name === "AbortError") return;
      store.set({ isPlaying: false, isWaiting: false, error: "This preview could not be played." });
    });
  prefetchNeighbours();
}
export const pause = () => element().pause();
export function toggle() {
  const { isPlaying, isWaiting } = current();
  if (isPlaying || (isWaiting && !audio?.paused)) pause();
  else play();
}
/**
 * Take over a newer version of the loaded track: once it is bought it has no price any more.
 * @param {Track} track
 */
export function updateTrack(track) {
  const loaded = current().track;
  if (track.id === loaded?.id && track.price !== loaded.price) store.set({ track });
}
/**
 * @param {Track} track
 * @param {Track[]} [queue]
 */
export function toggleTrack(track, queue) {
  if (track.id !== current().track?.id) return play(track, queue);
  if (queue) store.set({ queue });
  toggle();
}
/** @param {number} seconds */
export function seek(seconds) {
  const { track, duration } = current();
  if (!track) return;
  setTime(Math.max(0, Math.min(seconds, (duration || track.seconds) - END_MARGIN_SECONDS)));
  notifyFrame();
}
/**
 * The track at an offset from the loaded one in the queue.
 * @param {number} offset
 */
function neighbour(offset) {
  const { track, queue } = current();
  const index = queue.findIndex((item) => item.id === track?.id);
  return index < 0 ? null : (queue[index + offset] ?? null);
}
export function next() {
  const track = neighbour(1);
  if (track) play(track);
  return Boolean(track);
}
export function previous() {
  const track = position() > RESTART_SECONDS ? null : neighbour(-1);
  if (track) play(track);
  else seek(0);
}
/** @param {number} volume */
export function setVolume(volume) {
  store.set({ volume, isMuted: volume === 0 });
  applyVolume();
}
export function toggleMute() {
  store.set({ isMuted: !current().isMuted });
  applyVolume();
}
export function toggleLoop() {
  store.set({ isLooping: !current().isLooping });
  const { track, isPlaying } = current();
  if (track && shouldRepeat()) prepareGapless(track);
  else if (track && isGapless()) {
    const seconds = position(); // the last repetition plays to its end
    setSource(sourceUrl(track));
    setTime(seconds);
    if (isPlaying)
      element()
        .play()
        .catch(() => {});
  }
  applyVolume();
}

/** Fetch the neighbours in the queue into the browser's cache, so that they start at once. */
function prefetchNeighbours() {
  if (/** @type {any} */ (navigator).connection?.saveData) return;
  for (const track of [neighbour(1), neighbour(-1)]) {
    if (!track) continue;
    if (track.isLoop && current().isLooping) prepareLoop(track).catch(() => {});
    else fetch(sourceUrl(track), { priority: "low" }).catch(() => {});
  }
}

/** @param {Track} track */
function updateMediaSession(track) {
  if (!("mediaSession" in navigator)) return;
  navigator.mediaSession.metadata = new MediaMetadata({
    title: track.title,
    artist: track.subtitle,
    album: "Ask Chopper",
    artwork: track.cover ? [{ src: coverUrl(track.cover, 320), sizes: "320x320", type: "image/webp" }] : [],
  });
  const { mediaSession } = navigator;
  mediaSession.setActionHandler("play", () => play());
  mediaSession.setActionHandler("pause", pause);
  mediaSession.setActionHandler("previoustrack", previous);
  mediaSession.setActionHandler("nexttrack", next);
  mediaSession.setActionHandler("seekto", ({ seekTime }) => seek(seekTime ?? 0));
}

/**
 * All tracks of the list around an element, in the order of the page.
 * @param {Element | null} node
 * @returns {Track[]}
 */
export function queueAround(node) {
  const list = node?.closest("[data-queue]") ?? document;
  return [...list.querySelectorAll("[data-track]")].map(trackOf);
}
/**
 * @param {Element} button
 * @returns {Track}
 */
export const trackOf = (button) => JSON.parse(button.getAttribute("data-track") ?? "null");

// Browser tests read the player here.
if (typeof window !== "undefined") {
  const source = () => audio?.src ?? "";
  Object.assign(window, {
    chopperPlayer: { play, pause, toggle, seek, next, previous, current, position, source },
  });
}
