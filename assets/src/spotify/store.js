// @ts-check
// Polls playback at Spotify while somebody looks, and sends commands, which show before they are answered. JavaScript
// because a tap must show at once, and because a slow answer must not hold up the tab's other events.
import { call } from "./api.js";
import { CHANGED, CONNECTED, openChannel } from "./channel.js";
import {
  addChange,
  backoffSeconds,
  current,
  isOver,
  problemAfterPoll,
  progress,
  revertChange,
  showProblem,
  update,
} from "./state.js";

const POLL_PLAYING_MS = 5000;
const POLL_IDLE_MS = 15_000;
const MAX_POLL_MS = 60_000;
const STALE_MS = 20_000;
const SLIDER_DEBOUNCE_MS = 250;
/** Spotify reports what it has just done with a delay. */
export const SETTLE_MS = 350;
const LATE_SKIP_MS = 1000;
const TRACK_END_MARGIN_MS = 500;
const FORCED_POLL = "current-track?refresh=true"; // past the server's cache

/** @typedef {import("./state.js").Change} Change */
/** @typedef {{ body?: object, change?: Change["values"] }} Command */

let viewers = 0;
let failures = 0; // polls in a row
let commandsInFlight = 0;
let generation = 0; // raised by every command and poll: the answer of an older poll is outdated
/** @type {Promise<unknown>} Commands are sent one after the other. */
let commandQueue = Promise.resolve();
/** @type {{ monotonic: number, wall: number } | null} */
let answeredAt = null;
/** @type {BroadcastChannel | null} */
let channel = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/**
 * @type {Record<string, { change: Change, send: () => void, timer: any }>} Slider values that are not sent yet, by
 * path.
 */
const unsent = {};

// --- Polling ---------------------------------------------------------------------------------------------------------

/**
 * Milliseconds since the last answer. By both clocks: the monotonic one stops while a machine sleeps, the other may be
 * set.
 */
const answerAge = () =>
  answeredAt ? Math.max(performance.now() - answeredAt.monotonic, Date.now() - answeredAt.wall) : Infinity;
const isStale = () => answerAge() > STALE_MS;
const canPoll = () => viewers > 0 && !document.hidden && !isOver();

/** Whether a poll after a skip still has the track that was left: it is repeated once and then believed. */
function isBeforeSkip(/** @type {import("./state.js").Playback} */ polled) {
  const skip = current().changes.findLast((change) => change.isDone && change.values.isSkipping);
  if (!skip || skip.isChecked) return false;
  skip.isChecked = true;
  const { uri, ms } = skip.from;
  return Boolean(uri) && polled.item?.uri === uri && polled.progress_ms > ms - SETTLE_MS;
}

function pollAfter(/** @type {number} */ milliseconds, path = "current-track") {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (!isOver()) poll(path);
  }, milliseconds);
}

async function poll(path = "current-track") {
  clearTimeout(timer);
  if (!viewers || document.hidden) return;
  const ownGeneration = ++generation;
  const { playback, age_ms: age, problem } = await call("GET", path);
  if (ownGeneration !== generation) return;
  failures = problem ? failures + 1 : 0;
  if (problem) showProblem({ ...problem, isFromPoll: true }, isStale());
  else if (isBeforeSkip(playback)) return pollAfter(LATE_SKIP_MS, FORCED_POLL);
  else {
    answeredAt = { monotonic: performance.now(), wall: Date.now() };
    update({
      polled: { ...playback, at: performance.now() - age },
      changes: current().changes.filter((change) => !change.isDone),
      backoffUntil: 0,
      isStale: false,
      hasEnded: false,
      isDisconnected: false,
      isSignedOut: false,
      problem: problemAfterPoll(playback),
    });
  }
  scheduleNextPoll();
}

function scheduleNextPoll() {
  clearTimeout(timer);
  if (canPoll()) pollAfter(backoffSeconds() * 1000 || Math.min(pollInterval() * 2 ** failures, MAX_POLL_MS));
}
/** Polls follow the music: soon after the end of a track, rarely while nothing plays. */
function pollInterval() {
  const { polled } = current();
  if (!polled?.is_playing) return POLL_IDLE_MS;
  const rest = (polled.item?.duration_ms ?? 0) - progress();
  return rest > 0 ? Math.min(POLL_PLAYING_MS, rest + TRACK_END_MARGIN_MS) : POLL_PLAYING_MS;
}

/** The tab is visible again, or online. */
function wake() {
  if (document.hidden) return clearTimeout(timer);
  // Meanwhile the member may have got Premium, or connected on another device.
  if (isStale()) update({ isStale: Boolean(current().polled), needsPremium: false });
  if (isOver() || answerAge() > POLL_PLAYING_MS) poll();
  else scheduleNextPoll();
}

/** Another tab has sent a command or connected. */
function onTabMessage(/** @type {MessageEvent} */ { data }) {
  if (data === CONNECTED) update({ needsPremium: false, problem: null });
  if (document.hidden) answeredAt = null;
  else if (data === CONNECTED) poll();
  else pollSoon();
}
function pollSoon() {
  if (!commandsInFlight) pollAfter(SETTLE_MS);
}
const notifyTabs = () => channel?.postMessage(CHANGED);

/**
 * Poll while at least one component shows playback.
 * @param {{ hasEnded: boolean }} connection As the server has just described it.
 */
export function watch({ hasEnded }) {
  viewers += 1;
  if (viewers === 1) {
    update({ hasEnded, isDisconnected: false, isSignedOut: false });
    document.addEventListener("visibilitychange", wake);
    addEventListener("online", wake);
    channel = openChannel(onTabMessage);
    if (!isOver()) poll();
  }
  return () => {
    viewers -= 1;
    if (viewers) return;
    document.removeEventListener("visibilitychange", wake);
    removeEventListener("online", wake);
    channel?.close();
    channel = null;
    clearTimeout(timer);
  };
}

// --- Commands --------------------------------------------------------------------------------------------------------

/**
 * Send a command. Its change shows at once and is reverted if Spotify refuses it.
 * @param {string} method
 * @param {string} path
 * @param {Command} [options]
 * @returns {Promise<boolean>} Whether Spotify did it.
 */
export function command(method, path, { body, change: values = {} } = {}) {
  if (backoffSeconds() > 0) return Promise.resolve(false);
  flushSliders(Boolean(values.isSkipping));
  generation += 1;
  commandsInFlight += 1;
  clearTimeout(timer);
  update({ problem: null });
  const change = addChange(values);
  const send = async () => {
    const { problem } = await call(method, path, body);
    commandsInFlight -= 1;
    generation += 1;
    if (problem) {
      revertChange(change);
      showProblem({ ...problem, command: { method, path, body, change: values } }, isStale());
    } else {
      change.isDone = true;
      notifyTabs();
    }
    if (!problem || commandsInFlight) pollSoon();
    else if (!isOver()) poll();
    return !problem;
  };
  const sent = commandQueue.then(send);
  commandQueue = sent;
  return sent;
}

/** Send the command again that has failed. */
export function retry(failed = current().problem?.command) {
  const { method, path, ...options } = failed;
  return command(method, path, options);
}

/**
 * Send the command again that found no device, on this one: a "play" directly; others once the music is there.
 * @param {string} device
 */
export async function retryOn(device) {
  const failed = current().problem?.command;
  if (failed.path === "play") return retry({ ...failed, body: { ...failed.body, device_id: device } });
  const hasMoved = await command("PUT", "transfer", {
    body: { device_id: device, play: true },
    change: { is_playing: true },
  });
  const isDone = ["pause", "transfer"].includes(failed.path); // nothing to pause on a device that has just started
  return hasMoved && !isDone ? retry(failed) : hasMoved;
}

/**
 * Command for a slider: every value shows at once, the last one is sent when the slider rests.
 * @param {string} path
 * @param {object} body
 * @param {Change["values"]} values
 */
export function commandLater(path, body, values) {
  generation += 1;
  clearTimeout(timer);
  dropUnsent(path);
  const change = addChange(values);
  const send = () => {
    dropUnsent(path);
    command("PUT", path, { body, change: values });
  };
  unsent[path] = { change, send, timer: setTimeout(send, SLIDER_DEBOUNCE_MS) };
}
/** Send what sliders hold back, before another command; a position in a track that is skipped is dropped. */
function flushSliders(/** @type {boolean} */ isSkipping) {
  if (isSkipping) dropUnsent("seek");
  Object.keys(unsent).forEach((path) => unsent[path]?.send());
}
function dropUnsent(/** @type {string} */ path) {
  if (!unsent[path]) return;
  clearTimeout(unsent[path].timer);
  revertChange(unsent[path].change);
  delete unsent[path];
}

export function togglePlay() {
  const isPlaying = !current().playback?.is_playing;
  const change = { is_playing: isPlaying, progress_ms: progress() };
  return command("PUT", isPlaying ? "play" : "pause", { change });
}

export async function disconnect() {
  const { problem } = await call("DELETE", "connection");
  if (problem) return showProblem(problem, isStale());
  notifyTabs();
  update({ isDisconnected: true });
}
