// What plays at Spotify as this tab knows it: one question every few seconds while somebody looks, a local clock between them,
// and commands that show before they are answered. JavaScript because a tap must be seen at once, and because a slow answer must
// not stand in the queue of the tab's other events. Other tabs are told of a command, so that they look anew too.
import { useSyncExternalStore } from "react";
import { CONNECTED, openChannel } from "$/public/spotify.jsx";

const API = "/api/v1/spotify", PLAYING_MS = 5000, IDLE_MS = 15_000, MOST_MS = 60_000, DEBOUNCE_MS = 250, ANSWER_MS = 15_000, OLD_MS = 20_000, READ_MS = 8000;
// Words that come with a way out stay until it is taken or something else plays.
const OFFERS = ["no_device", "not_listed", "scope"];
/** Spotify needs a moment before it tells of what it has just done. */
export const SETTLE_MS = 350;
const LATE_MS = 1000, END_MS = 500;
const listeners = new Set();
let state = { seen: null, now: null, changes: [], problem: null, until: 0, isFree: false, hasEnded: false, isGone: false, isSignedOut: false, isOld: false };
let viewers = 0, timer = 0, turn = 0, waiting = 0, failures = 0, chain = Promise.resolve(), answeredAt = null, tabs = null;
const delayed = {};

/** How long ago the last answer came. Two clocks: the page's stands still while a machine sleeps, the machine's may be set. */
const silence = () => answeredAt ? Math.max(performance.now() - answeredAt.page, Date.now() - answeredAt.machine) : Infinity;
/** Whether asking on is of no use until one connects, here or elsewhere. */
const isOver = () => state.hasEnded || state.isGone || state.isSignedOut;

function set(change) {
  state = { ...state, ...change };
  if (change.seen || change.changes) state.now = state.seen && Object.assign({}, state.seen, ...state.changes.map((one) => one.change));
  listeners.forEach((listen) => listen());
}
const subscribe = (listen) => { listeners.add(listen); return () => listeners.delete(listen); };
export const useSpotify = (select) => useSyncExternalStore(subscribe, () => select(state), () => select(state));
export const current = () => state;

/** What is shown: what was seen, with what was commanded since. */
export const shown = (s) => s.now;
export function progress(s = state) {
  const now = shown(s);
  if (!now?.item) return 0;
  const ms = now.progress_ms + (now.is_playing ? performance.now() - now.at : 0);
  return Math.max(0, Math.min(ms, now.item.duration_ms));
}
export const waitSeconds = (s = state) => Math.max(0, Math.ceil((s.until - performance.now()) / 1000));

async function call(method, path, body) {
  const stop = new AbortController(), tooLong = setTimeout(() => stop.abort(), ANSWER_MS);
  try {
    const answer = await fetch(`${API}/${path}`, { method, signal: stop.signal, headers: body ? { "Content-Type": "application/json" } : {}, body: body && JSON.stringify(body) });
    if (answer.status === 204) return {};
    const found = await answer.json();
    return answer.ok ? found : { problem: { sentence: found.detail, kind: found.kind ?? "", status: answer.status, ...found } };
  } catch {
    return { problem: { kind: "offline", sentence: "The server cannot be reached. Spotify plays on by itself." } };
  } finally { clearTimeout(tooLong); }
}

function fail(problem) {
  const seconds = problem.retry_after_seconds, isKnown = problem.status === 401 && state.isSignedOut; // who was told so stays told
  set({
    problem: isKnown ? state.problem : { ...problem, at: performance.now() }, until: seconds ? performance.now() + seconds * 1000 : state.until, isFree: state.isFree || problem.kind === "premium",
    hasEnded: state.hasEnded || problem.kind === "ended", isGone: state.isGone || problem.kind === "not_connected", isSignedOut: state.isSignedOut || problem.status === 401,
    isOld: Boolean(state.seen) && silence() > OLD_MS,
  });
}

/** What words were about: they are over when something else plays, or in another way. */
const matterOf = (seen) => JSON.stringify(seen && [seen.kind, seen.item?.uri, seen.is_playing, seen.device?.id, seen.blocked]);
function afterLook(problem, seen) {
  if (!problem || isOver()) return null;
  if (waitSeconds() > 0) return problem;
  if (problem.isPassing) return null;
  // A refusal is about what plays at the first look after it, which it brings about itself.
  problem.matter ??= matterOf(seen);
  const isRead = !OFFERS.includes(problem.kind) && performance.now() - problem.at > READ_MS;
  return isRead || problem.matter !== matterOf(seen) ? null : problem;
}

/** Whether the track that was left still plays at Spotify, which tells late of a skip at times. It is asked once more and then believed. */
function isBehind(playback) {
  const skip = state.changes.findLast((one) => one.isDone && one.change.isSkipping);
  if (!skip || skip.isDoubted) return false;
  skip.isDoubted = true;
  return Boolean(skip.left.uri) && playback.item?.uri === skip.left.uri && playback.progress_ms > skip.left.ms - SETTLE_MS;
}

const ask = (isAnew) => { if (!isOver()) look(isAnew); };
/** Ask what plays, and again when it is time; a tab that nobody sees asks nothing. */
async function look(isAnew = false) {
  clearTimeout(timer);
  if (!viewers || document.hidden) return;
  const asked = turn += 1;
  const { playback, age_ms: age, problem } = await call("GET", isAnew ? "current-track?anew=true" : "current-track");
  if (asked !== turn) return; // a command came in between, or a later question; that one's answer follows
  failures = problem ? failures + 1 : 0;
  // What a question came upon is over with the next one that is answered; what a command came upon stays to be read.
  if (problem) fail({ ...problem, isPassing: true });
  else if (isBehind(playback)) { timer = setTimeout(() => ask(true), LATE_MS); return; }
  else {
    answeredAt = { page: performance.now(), machine: Date.now() };
    set({ seen: { ...playback, at: performance.now() - age }, changes: state.changes.filter((one) => !one.isDone), until: 0, isOld: false, hasEnded: false, isGone: false, isSignedOut: false, problem: afterLook(state.problem, playback) });
  }
  schedule();
}
function schedule() {
  clearTimeout(timer);
  if (!viewers || document.hidden || isOver()) return;
  const rest = (state.seen?.item?.duration_ms ?? 0) - progress(), usual = !state.seen?.is_playing ? IDLE_MS : rest > 0 ? Math.min(PLAYING_MS, rest + END_MS) : PLAYING_MS;
  // A pause that Spotify asked for says itself when it is over; the controls are off until then.
  timer = setTimeout(ask, waitSeconds() * 1000 || Math.min(usual * 2 ** failures, MOST_MS));
}
/** Somebody looks again, or the line is back. What was seen long ago is not shown as if it were now; meanwhile one may have got
 *  Premium, or connected on another device. */
function wake() {
  if (document.hidden) return clearTimeout(timer);
  if (silence() > OLD_MS) set({ isOld: Boolean(state.seen), isFree: false });
  if (isOver() || silence() > PLAYING_MS) look(); else schedule();
}
function hear({ data }) {
  if (data === CONNECTED) set({ isFree: false, problem: null });
  if (document.hidden) answeredAt = null;
  else if (data === CONNECTED) look();
  else askSoon();
}
function askSoon() { if (!waiting) { clearTimeout(timer); timer = setTimeout(ask, SETTLE_MS); } }
const tellTabs = () => tabs?.postMessage("changed");

/** Show a change until its command fails or a look has come after it; a track goes on from where it is put at this moment. */
function show(change) {
  const entry = { change: "progress_ms" in change ? { ...change, at: performance.now() } : change, left: { uri: shown(state)?.item?.uri, ms: progress() }, isDone: false };
  set({ changes: [...state.changes, entry] });
  return entry;
}
const takeBack = (entry) => set({ changes: state.changes.filter((one) => one !== entry) });

/** Command something: `change` is shown at once, and taken back if Spotify does not do it. */
export function command(method, path, { body, change = {} } = {}) {
  if (waitSeconds() > 0) return Promise.resolve(false);
  sendWaiting(change.isSkipping);
  turn += 1;
  waiting += 1;
  clearTimeout(timer);
  set({ problem: null });
  const entry = show(change);
  const done = chain.then(() => call(method, path, body)).then(({ problem }) => {
    waiting -= 1;
    turn += 1;
    if (problem) { takeBack(entry); fail({ ...problem, command: { method, path, body, change } }); }
    else { entry.isDone = true; tellTabs(); }
    if (problem && !waiting) ask(); else askSoon();
    return !problem;
  });
  chain = done;
  return done;
}

/** Do once more what came upon the problem. */
export const again = ({ method, path, ...rest } = state.problem.command) => command(method, path, rest);
/** Do what found no device on this one: play there, or what it was once the music is there. A pause has then nothing left to do. */
export async function playOn(device) {
  const failed = state.problem.command;
  if (failed.path === "play") return again({ ...failed, body: { ...failed.body, device_id: device } });
  const isThere = await command("PUT", "transfer", { body: { device_id: device, play: true }, change: { is_playing: true } });
  return isThere && !["pause", "transfer"].includes(failed.path) ? again(failed) : isThere;
}

/** The same for a slider: shown at every step, sent when it rests. */
export function commandLater(path, body, change) {
  turn += 1;
  clearTimeout(timer);
  letGo(path);
  const entry = show(change), send = () => { letGo(path); return command("PUT", path, { body, change }); };
  delayed[path] = { entry, send, timer: setTimeout(send, DEBOUNCE_MS) };
}
/** What sliders have not sent yet goes before another command, or to another device; a place in a track that is left goes nowhere. */
function sendWaiting(isLeft) {
  if (isLeft) letGo("seek");
  Object.keys(delayed).forEach((path) => delayed[path]?.send());
}
/** Take back what a slider has not sent yet. */
function letGo(path) {
  if (!delayed[path]) return;
  clearTimeout(delayed[path].timer);
  takeBack(delayed[path].entry);
  delete delayed[path];
}

export const togglePlay = () => {
  const now = shown(state), isPlaying = !now?.is_playing;
  return command("PUT", isPlaying ? "play" : "pause", { change: { is_playing: isPlaying, progress_ms: progress() } });
};
export const read = (path) => call("GET", path);
/** Say something about what plays; a pause that Spotify asked for is said already, with its seconds. */
export const say = (sentence, kind = "said") => { if (waitSeconds() === 0) set({ problem: { kind, sentence, matter: matterOf(state.seen), at: performance.now() } }); };
export const dismiss = () => set({ problem: null });

export async function disconnect() {
  const { problem } = await call("DELETE", "connection");
  if (problem) return fail(problem);
  tellTabs();
  set({ isGone: true });
}

/** Take part in looking; the first one asks at once. */
export function watch({ hasEnded }) {
  viewers += 1;
  if (viewers === 1) {
    set({ hasEnded, isGone: false, isSignedOut: false }); // the server has just said how things stand
    document.addEventListener("visibilitychange", wake);
    addEventListener("online", wake);
    tabs = openChannel(hear);
    ask();
  }
  return () => {
    viewers -= 1;
    if (viewers) return;
    document.removeEventListener("visibilitychange", wake);
    removeEventListener("online", wake);
    tabs.close();
    tabs = null;
    clearTimeout(timer);
  };
}
