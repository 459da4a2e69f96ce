// The Spotify store with a simulated account.
import { afterEach, beforeEach } from "node:test";
import * as browser from "./browser.js";

export const state = await import("../../../assets/src/spotify/state.js");
export const remote = await import("../../../assets/src/spotify/store.js");
const { advance, delay } = browser;

const TRACKS = ["The Long Way Down", "Paper Lanterns", "Slow Machines"];
export const DURATION_MS = 221_000;
const INITIAL = state.current();
export const POLL = "/api/v1/spotify/current-track";

/** A simulated account at Spotify behind our API; every test starts with a new one that plays. */
export let spotify;
export let requests;
let stopWatching;
/** Answer requests differently from here to the end of the test. */
export function answerWith(responder) {
  requests = browser.serve(responder);
}
export const watch = () => (stopWatching = remote.watch({ hasEnded: false }));
export const unwatch = () => stopWatching();

function newAccount() {
  return { index: 0, playing: true, shuffle: false, volume: 55, position: 30_000, kind: "track", age: 0, faults: {} };
}
export function playback() {
  const { index, playing, shuffle, volume, position, kind } = spotify;
  return {
    kind,
    is_playing: playing,
    is_shuffled: shuffle,
    repeat: "off",
    progress_ms: position,
    item: kind === "ad" ? null : { uri: `track${index}`, title: TRACKS[index], duration_ms: DURATION_MS },
    device: { id: "device1", name: "Studio monitors", volume_percent: volume },
    blocked: kind === "ad" ? { next: "Not during an advert." } : {},
  };
}
const COMMANDS = {
  play: () => (spotify.playing = true),
  pause: () => (spotify.playing = false),
  next: () => Object.assign(spotify, { index: (spotify.index + 1) % TRACKS.length, position: 0 }),
  shuffle: ({ state: isOn }) => (spotify.shuffle = isOn),
  volume: ({ volume_percent: percent }) => (spotify.volume = percent),
  seek: ({ position_ms: ms }) => (spotify.position = ms),
  transfer: () => (spotify.playing = true),
};
export async function respond({ url, body }) {
  const path = url.replace("/api/v1/spotify/", "").replace(/\?.*/, "");
  if (spotify.latency) await delay(spotify.latency);
  const fault = spotify.faults[path];
  if (fault) {
    if (!fault.isLasting) delete spotify.faults[path];
    return fault.status ? { status: fault.status, json: { detail: fault.kind, ...fault } } : new TypeError("offline");
  }
  if (path === "current-track") return { json: { playback: playback(), age_ms: spotify.age } };
  COMMANDS[path]?.(body ?? {});
  return { status: 204 };
}
export const polls = () => requests.filter(({ url }) => url.startsWith(POLL));
export const commands = () => requests.filter(({ method }) => method !== "GET").map(({ url }) => url.split("/").at(-1));
export const shown = () => state.current().playback;
export const skip = () => remote.command("POST", "next", { change: { isSkipping: true, progress_ms: 0 } });
export const shuffle = () => remote.command("PUT", "shuffle", { body: { state: true }, change: { is_shuffled: true } });

beforeEach(async () => {
  spotify = newAccount();
  requests = browser.serve(respond);
  browser.setVisible(true);
  watch();
  await advance(20);
});
afterEach(async () => {
  stopWatching();
  spotify.latency = 0;
  await advance(3000);
  state.update(INITIAL);
});
