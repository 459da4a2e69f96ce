// The one audio engine of the app: what sounds, the queue, and what the page needs to know of them.
// JavaScript because sound must start, seek and stop without a trip to the server, and go on across pages.
import { useSyncExternalStore } from "react";
import { ready, repeated } from "$/public/loop_source.jsx";

const TARGET_LUFS = -18; // quiet enough that almost every sound is turned down, never up into clipping
const LEAST_LISTEN_SECONDS = 3;
const PREFERENCES = "askchopper.player";

const hasWindow = typeof window !== "undefined";
const saved = read(PREFERENCES) ?? {};
let state = {
  track: null, queue: [], isPlaying: false, isWaiting: false, error: "", duration: 0,
  volume: saved.volume ?? 0.8, isMuted: saved.isMuted ?? false, isLooping: saved.isLooping ?? true,
};
let audio = null, heardSeconds = 0, lastTime = 0, channel = null;
let turns = null; // address of the loaded loop as a file of many turns, once it is ready
const listeners = new Set(), frames = new Set();

function read(key) {
  try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
}
function write(key, value) {
  try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* private mode: nothing is remembered */ }
}
function set(change) {
  state = { ...state, ...change };
  listeners.forEach((listen) => listen());
}
const subscribe = (listen) => { listeners.add(listen); return () => listeners.delete(listen); };

/** Read one value of the player; the component renders again only when that value changes. */
export function usePlayer(select) {
  return useSyncExternalStore(subscribe, () => select(state), () => select(state));
}

/** Call back on every animation frame while something sounds, and once after each seek. */
export function onFrame(callback) { frames.add(callback); return () => frames.delete(callback); }

export const position = () => (isTurning() ? audio.currentTime % state.track.seconds : audio?.currentTime ?? 0);
export const current = () => state;
/** The address word of the pack whose preview mix a track is; empty for a sound. */
export const slugOf = (track) => (track.id.startsWith("pack:") ? track.id.slice(5) : "");
export const sourceOf = (track) =>
  slugOf(track) ? `/api/v1/packs/${slugOf(track)}/preview` : `/api/v1/files/${track.id}/preview`;

const isTurning = () => Boolean(turns) && audio?.src === turns;
const wantsTurns = () => Boolean(state.track?.isLoop && state.isLooping);

function paint() {
  frames.forEach((callback) => callback(position()));
  if (state.isPlaying) requestAnimationFrame(paint);
}

function element() {
  if (audio) return audio;
  audio = new Audio();
  audio.preload = "auto";
  audio.addEventListener("playing", () => { set({ isPlaying: true, isWaiting: false, error: "" }); requestAnimationFrame(paint); });
  audio.addEventListener("pause", () => {
    if (audio.ended && wantsTurns()) return; // the end of a turn is no pause
    set({ isPlaying: false, isWaiting: false });
    paint();
  });
  audio.addEventListener("waiting", () => set({ isWaiting: true }));
  audio.addEventListener("durationchange", () => set({ duration: !isTurning() && Number.isFinite(audio.duration) ? audio.duration : state.track?.seconds ?? 0 }));
  audio.addEventListener("seeked", paint);
  audio.addEventListener("timeupdate", () => {
    const step = audio.currentTime - lastTime;
    if (step > 0 && step < 1.5) heardSeconds += step; // a jump is a seek, not listening
    lastTime = audio.currentTime;
  });
  audio.addEventListener("ended", () => {
    if (wantsTurns()) return turnOver(0);
    if (!next()) { audio.currentTime = 0; set({ isPlaying: false }); paint(); }
  });
  audio.addEventListener("error", () => {
    if (audio.src) set({ isPlaying: false, isWaiting: false, error: "This preview could not be loaded." });
  });
  channel = "BroadcastChannel" in window ? new BroadcastChannel("askchopper.player") : null;
  if (channel) channel.onmessage = () => audio.pause(); // another tab has started to play
  addEventListener("pagehide", report);
  return audio;
}

/** Tell the server how long the sound was heard; a beacon survives leaving the page. */
function report() {
  const { track } = state;
  const seconds = Math.round(heardSeconds * 10) / 10;
  heardSeconds = 0;
  if (!track || seconds < LEAST_LISTEN_SECONDS) return;
  const play = slugOf(track) ? { pack: slugOf(track), seconds } : { file: track.id, seconds };
  navigator.sendBeacon("/api/v1/plays", new Blob([JSON.stringify(play)], { type: "application/json" }));
}

function applyVolume() {
  const gain = state.track?.lufs == null ? 1 : Math.min(1, 10 ** ((TARGET_LUFS - state.track.lufs) / 20));
  element().volume = state.isMuted ? 0 : state.volume ** 2 * gain; // squared: closer to how loudness is heard
  write(PREFERENCES, { volume: state.volume, isMuted: state.isMuted, isLooping: state.isLooping });
}

/** Load a sound without starting it. */
function load(track) {
  report();
  set({ track, error: "", isWaiting: true, duration: track.seconds });
  turns = wantsTurns() ? ready(sourceOf(track)) : null;
  source(turns ?? sourceOf(track));
  applyVolume();
  describe(track);
  paint();
  if (wantsTurns()) prepare(track);
}

function source(address) {
  lastTime = 0;
  element().src = address;
}

/** Make the loop's many turns ready; the first one plays meanwhile. */
async function prepare(track) {
  const address = await repeated(sourceOf(track), track.seconds);
  if (state.track?.id === track.id) turns = address;
}

/** Go on with the loop from a place in it: as a file of many turns, or by jumping back where there is none. */
function turnOver(seconds) {
  const address = turns ?? sourceOf(state.track);
  if (element().src !== new URL(address, location.href).href) source(address);
  element().currentTime = lastTime = seconds;
  element().play().catch(() => set({ isPlaying: false }));
}

/** Play a sound, or go on with it if it is the one that is loaded. */
export function play(track, queue) {
  if (queue) set({ queue });
  if (track && track.id !== state.track?.id) load(track);
  else if (audio?.error) load(state.track); // it failed before; the network may be back
  if (!state.track) return;
  channel?.postMessage("play");
  element().play().catch((error) => {
    if (error.name !== "AbortError") set({ isPlaying: false, isWaiting: false, error: "This preview could not be played." });
  });
  prefetch();
}
export const pause = () => element().pause();
export const toggle = () => (state.isPlaying || (state.isWaiting && !audio?.paused) ? pause() : play());
/** Take over what the page knows of the loaded sound by now: bought, it has no price any more. */
export function learn(track) { if (track.id === state.track?.id && track.price !== state.track.price) set({ track }); }
export function toggleTrack(track, queue) {
  if (track.id === state.track?.id) { if (queue) set({ queue }); toggle(); } else play(track, queue);
}
export function seek(seconds) {
  if (!state.track) return;
  const end = state.duration || state.track.seconds;
  element().currentTime = lastTime = Math.max(0, Math.min(seconds, end - 0.01));
  paint();
}
function step(offset) {
  const index = state.queue.findIndex((track) => track.id === state.track?.id);
  return index < 0 ? null : state.queue[index + offset] ?? null;
}
export function next() { const track = step(1); if (track) play(track); return Boolean(track); }
export function previous() {
  if (position() > 3) return seek(0);
  const track = step(-1);
  if (track) play(track); else seek(0);
}
export function setVolume(volume) { set({ volume, isMuted: volume === 0 }); applyVolume(); }
export function toggleMute() { set({ isMuted: !state.isMuted }); applyVolume(); }
export function toggleLoop() {
  set({ isLooping: !state.isLooping });
  if (wantsTurns()) prepare(state.track);
  else if (isTurning()) { // the last turn is played to its end, then the sound is over
    const at = position(), wasPlaying = state.isPlaying;
    source(sourceOf(state.track));
    element().currentTime = lastTime = at;
    if (wasPlaying) element().play().catch(() => {});
  }
  applyVolume();
}

/** Ask the browser to fetch the neighbours in the queue, so that the next press sounds at once. */
function prefetch() {
  if (navigator.connection?.saveData) return;
  for (const track of [step(1), step(-1)]) {
    if (track?.isLoop && state.isLooping) repeated(sourceOf(track), track.seconds);
    else if (track) fetch(sourceOf(track), { priority: "low" }).catch(() => {});
  }
}

function describe(track) {
  if (!("mediaSession" in navigator)) return;
  navigator.mediaSession.metadata = new MediaMetadata({
    title: track.title, artist: track.subtitle, album: "Ask Chopper",
    artwork: track.cover ? [{ src: `/media/covers/${track.cover}/320.webp`, sizes: "320x320", type: "image/webp" }] : [],
  });
  const actions = { play: () => play(), pause, previoustrack: previous, nexttrack: next, seekto: (d) => seek(d.seekTime) };
  for (const [name, act] of Object.entries(actions)) navigator.mediaSession.setActionHandler(name, act);
}

/** All sounds in the same list as an element, in the order they stand on the page. */
export function queueAround(node) {
  const list = node?.closest("[data-queue]") ?? document;
  return [...list.querySelectorAll("[data-track]")].map((item) => JSON.parse(item.dataset.track));
}

export const clock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds || 0));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};
export const spokenClock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds || 0));
  return `${Math.floor(whole / 60)} minutes ${whole % 60} seconds`;
};

if (hasWindow) window.chopperPlayer = { play, pause, toggle, seek, next, previous, current, position, source: () => audio?.src ?? "" };
