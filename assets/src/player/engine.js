// @ts-check
// The audio engine: what plays, the queue, and what the page needs to know of both. JavaScript because sound must
// start, seek and stop without a round trip, and must keep playing while pages change.
import { updateMediaSession } from "./media_session.js";
import { markStart, reportPlay } from "./play_reports.js";
import { current, level, loudnessGain, savePreferences, store } from "./player_store.js";
import * as queues from "./queue.js";
import { keepSession } from "./session_loader.js";
import { sourceUrl } from "./track.js";

export { current, store };

const RESTART_SECONDS = 3; // "Previous" returns to the start of a sound that has played longer than this
const END_MARGIN_SECONDS = 0.01;
const MAX_TIME_STEP_SECONDS = 1.5; // a larger step of the clock is a seek, not listening

/** @typedef {import("./track.js").Track} Track */
/** @typedef {import("./queue.js").Queue} Queue */
/** @typedef {import("./player_store.js").PlayerState} PlayerState */
/**
 * @typedef {object} Output Plays the loaded track in place of the audio element.
 * @property {() => number} position
 * @property {() => void} play
 * @property {() => void} pause
 * @property {(seconds: number) => void} seek
 * @property {(volume: number) => void} setVolume
 * @property {() => void} release Another track is loaded.
 */

/** @type {typeof import("./loop_source.js") | null} Makes gapless loops; loaded with the first loop. */
let loopSource = null;
async function prepareLoop(/** @type {Track} */ track) {
  loopSource ??= await import("./loop_source.js");
  return loopSource.prepareLoop(sourceUrl(track), track.seconds);
}

/** @type {HTMLAudioElement | null} */
let audio = null;
/** @type {Output | null} */
let output = null;
/** @type {BroadcastChannel | null} */
let channel = null;
/** @type {string | null} URL of the loaded loop as a gapless file, once that has been made */
let gaplessUrl = null;
/** @type {number | null} Where a restored track will start; nothing of it is loaded until then */
let restoredSeconds = null;
let hasPlayed = false;
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

const isGapless = () => Boolean(gaplessUrl) && audio?.src === gaplessUrl;
const shouldRepeat = () => Boolean(current().track?.isLoop && current().isLooping);

/** Seconds into the track; a gapless file holds the loop many times over. */
export function position() {
  if (output) return output.position();
  if (restoredSeconds !== null) return restoredSeconds;
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
  /**
   * While another output plays, the element is silent and its events mean nothing.
   * @param {string} name
   * @param {() => void} act
   */
  const listen = (name, act) => created.addEventListener(name, () => output || act());
  listen("playing", () => {
    hasPlayed = true;
    store.set({ isPlaying: true, isWaiting: false, error: "" });
    requestAnimationFrame(notifyFrame);
  });
  listen("pause", () => {
    if (created.ended && shouldRepeat()) return; // the loop starts over at once
    store.set({ isPlaying: false, isWaiting: false });
    notifyFrame();
  });
  listen("waiting", () => store.set({ isWaiting: true }));
  listen("durationchange", () => {
    const isKnown = !isGapless() && Number.isFinite(created.duration);
    store.set({ duration: isKnown ? created.duration : trackSeconds() });
  });
  listen("seeked", notifyFrame);
  listen("timeupdate", () => {
    addListened(created.currentTime - lastTime);
    lastTime = created.currentTime;
  });
  listen("ended", onEnded);
  listen("error", onError);
  channel = "BroadcastChannel" in window ? new BroadcastChannel("askchopper.player") : null;
  if (channel) channel.onmessage = () => pause(); // another tab has started to play
  addEventListener("pagehide", flushReport);
  return created;
}

function onEnded() {
  if (shouldRepeat()) return repeatFrom(0);
  if (next()) return;
  element().currentTime = 0;
  store.set({ isPlaying: false });
  notifyFrame();
}

/** The address of a stored preview expires; ours leads to a new one. */
function onError() {
  const { track, isPlaying, isWaiting } = current();
  if (!audio?.src || !track) return;
  if (hasPlayed && !isGapless()) {
    const seconds = lastTime;
    load(track);
    setTime(seconds);
    if (isPlaying || isWaiting) start();
  } else store.set({ isPlaying: false, isWaiting: false, error: "This preview could not be loaded." });
}

/** @param {number} seconds */
export function addListened(seconds) {
  if (seconds > 0 && seconds < MAX_TIME_STEP_SECONDS) listenedSeconds += seconds;
}
/** Tell the server how long the track was played. */
function flushReport() {
  const seconds = listenedSeconds;
  listenedSeconds = 0;
  reportPlay(current().track, seconds, Math.round(position() * 10) / 10);
}

function applyVolume() {
  element().volume = level() * loudnessGain(current().track);
  output?.setVolume(level());
  savePreferences();
}

/**
 * Load a track without starting it.
 * @param {Track} track
 */
function load(track) {
  flushReport();
  markStart();
  releaseOutput();
  restoredSeconds = null;
  hasPlayed = false;
  store.set({ track, error: "", isWaiting: true, duration: track.seconds });
  gaplessUrl = (shouldRepeat() && loopSource?.cachedLoop(sourceUrl(track))) || null;
  setSource(gaplessUrl ?? sourceUrl(track));
  applyVolume();
  updateMediaSession(track, {
    play: () => play(),
    pause,
    previoustrack: previous,
    nexttrack: next,
    seekto: ({ seekTime }) => seek(seekTime ?? 0),
  });
  notifyFrame();
  if (shouldRepeat()) prepareGapless(track);
  keepSession();
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

function start() {
  element()
    .play()
    .catch((error) => {
      if (error.name === "AbortError") return;
      store.set({ isPlaying: false, isWaiting: false, error: "This preview could not be played." });
    });
}

/**
 * Play a track, or resume the loaded one.
 * @param {Track} [track]
 * @param {Track[]} [list] The list that it is in; without one, its place in the queue.
 */
export function play(track, list) {
  const { track: loaded, queue } = current();
  const isOther = Boolean(track && track.id !== loaded?.id);
  if (track && list) store.set({ queue: queues.startList(queue, list, track) });
  else if (track && isOther) store.set({ queue: queues.goTo(queue, loaded, track) });
  if (track && isOther) load(track);
  else if (loaded && restoredSeconds !== null) loadRestored(loaded, restoredSeconds);
  else if (loaded && !output && audio?.error) load(loaded); // loading failed before; the network may be back
  if (!current().track) return;
  channel?.postMessage("play");
  if (output) output.play();
  else start();
  prefetchNeighbours();
}
export const pause = () => (output ? output.pause() : element().pause());
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
  if (track.id !== loaded?.id) return;
  if (track.price !== loaded.price || track.isLiked !== loaded.isLiked) store.set({ track });
}
/**
 * @param {Track} track
 * @param {Track[]} [list]
 */
export function toggleTrack(track, list) {
  const { track: loaded, queue } = current();
  if (track.id !== loaded?.id) return play(track, list);
  if (list) store.set({ queue: queues.startList(queue, list, track) });
  toggle();
}
/** @param {number} seconds */
export function seek(seconds) {
  const { track, duration } = current();
  if (!track) return;
  const target = Math.max(0, Math.min(seconds, (duration || track.seconds) - END_MARGIN_SECONDS));
  if (output) output.seek(target);
  else if (restoredSeconds !== null) restoredSeconds = target;
  else setTime(target);
  notifyFrame();
}
export function next() {
  const step = queues.advance(current().queue, current().track);
  if (step) play(step.track);
  return Boolean(step);
}
export function previous() {
  const step = position() > RESTART_SECONDS ? null : queues.goBack(current().queue, current().track);
  if (step) play(step.track);
  else seek(0);
}

/**
 * Change what comes next.
 * @param {(queue: Queue) => Queue} change
 */
export const changeQueue = (change) => store.set({ queue: change(current().queue) });
/**
 * Add a track to the queue; where nothing is loaded it is loaded, paused.
 * @param {Track} track
 */
export function enqueue(track) {
  if (!current().track) restore({ track, queue: current().queue, seconds: 0 });
  else if (current().track?.id !== track.id) changeQueue((queue) => queues.append(queue, track));
}

/** @param {number} volume */
export function setVolume(volume) {
  store.set(volume ? { volume, isMuted: false } : { isMuted: true }); // unmuting returns to the volume before
  applyVolume();
}
export function toggleMute() {
  store.set({ isMuted: !current().isMuted });
  applyVolume();
}
export function toggleLoop() {
  store.set({ isLooping: !current().isLooping });
  const { track, isPlaying } = current();
  if (restoredSeconds !== null) return applyVolume();
  if (track && shouldRepeat()) prepareGapless(track);
  else if (track && !output && isGapless()) {
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
  const { upcoming, past } = current().queue;
  for (const track of [upcoming[0], past.at(-1)]) {
    if (!track) continue;
    if (track.isLoop && current().isLooping) prepareLoop(track).catch(() => {});
    else fetch(sourceUrl(track), { priority: "low" }).catch(() => {});
  }
}

/**
 * Let another output play the loaded track from now on; the element pauses.
 * @param {Output} other
 */
export function setOutput(other) {
  output = other;
  audio?.pause();
  store.set({ isPlaying: true, isWaiting: false });
  applyVolume();
  requestAnimationFrame(notifyFrame);
}
/** Play the loaded track from the element again, where the other output is. */
export function removeOutput() {
  if (!output) return;
  const seconds = output.position();
  output = null;
  setTime(seconds);
  if (current().isPlaying) start();
}
function releaseOutput() {
  const released = output;
  output = null;
  released?.release();
}
/** Report that the other output has started or paused. */
export function reportOutput(/** @type {boolean} */ isPlaying) {
  store.set({ isPlaying });
  notifyFrame();
}

/**
 * Show a track as paused at a position; nothing is fetched until it plays.
 * @param {{ track: Track, queue: Queue, seconds: number }} session
 */
export function restore({ track, queue, seconds }) {
  if (current().track) return;
  restoredSeconds = seconds;
  store.set({ track, queue, duration: track.seconds });
  notifyFrame();
  keepSession();
}
/**
 * @param {Track} track
 * @param {number} seconds
 */
function loadRestored(track, seconds) {
  load(track);
  setTime(seconds);
}

// Browser tests read the player here.
if (typeof window !== "undefined") {
  const source = () => audio?.src ?? "";
  Object.assign(window, {
    chopperPlayer: { play, pause, toggle, seek, next, previous, current, position, source },
  });
}
