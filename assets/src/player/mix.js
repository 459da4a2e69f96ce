// @ts-check
// Two sounds together: the loaded one, and one that is stretched and transposed to it. JavaScript because both play in
// the browser, on one clock, and react to the fader at once.
import * as engine from "./engine.js";
import { sourceOf, turnOf } from "./mix_buffers.js";
import { takeContext } from "./mix_context.js";
import { MixOutput } from "./mix_output.js";
import { describeMatch, planMix } from "./mix_plan.js";
import { EQUAL, IDLE, mixStore } from "./mix_store.js";
import { reportPlay } from "./play_reports.js";
import { level, loudnessGain } from "./player_store.js";
import { isAvailable, preload } from "./stretch.js";

const SETTLE_MS = 120; // of quick presses only the last one loads anything
const CLOCK_MS = 500;
const HANDOVER_SECONDS = 0.06; // until the audio element is heard again

/** @typedef {import("./track.js").Track} Track */
/** @typedef {import("./mix_plan.js").Match} Match */

/** @type {MixOutput | null} */
let output = null;
/** Number of the latest request; the work for an older one is dropped. */
let latest = 0;
/** @type {Promise<unknown>} The stretch that is running; one at a time. */
let rendering = Promise.resolve();
let canStretch = isAvailable();
let isStarting = false;
/** @type {ReturnType<typeof setInterval> | undefined} */
let clock;
/** @type {{ track: Track, seconds: number } | null} How long the partner was heard. */
let heard = null;

export { preload };

const pause = (/** @type {number} */ milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Play a sound together with a reference, which starts at once if it is not playing yet.
 * @param {Track} reference
 * @param {Track} partner
 * @param {Match} match
 */
export async function start(reference, partner, match) {
  const fader = output ? mixStore.get().fader : EQUAL;
  isStarting = true;
  if (engine.current().track?.id !== reference.id) engine.play(reference);
  else if (!engine.current().isPlaying) engine.play();
  isStarting = false;
  mixStore.set({ ...IDLE, reference, partner, match, isPreparing: true, fader });
  const request = ++latest;
  await pause(SETTLE_MS);
  if (request === latest) await prepare(request);
}

/** Match tempo and key, or one of them, or none. @param {Partial<import("./mix_plan.js").Choice>} choice */
export async function choose(choice) {
  mixStore.set({ ...choice, isPreparing: true });
  await prepare(++latest);
}

/** @param {number} fader */
export function setFader(fader) {
  mixStore.set({ fader });
  output?.setFader(fader);
}

/** Leave the mix: the loaded sound plays on alone. */
export function stop() {
  const leaving = leave();
  engine.removeOutput();
  leaving?.close(HANDOVER_SECONDS);
}

/** Drop the pair, and the work for it. The caller closes the output that is returned. */
function leave() {
  latest++;
  clearInterval(clock);
  reportPartner(null);
  mixStore.set(IDLE);
  if (!isStarting) takeContext()?.close(); // opened for a pair that never played
  const leaving = output;
  output = null;
  return leaving;
}

// Another sound is loaded while a pair is being prepared: there is no output yet that the engine could release.
engine.store.subscribe(() => {
  const { reference } = mixStore.get();
  if (reference && !isStarting && engine.current().track?.id !== reference.id) leave()?.close();
});

/** @param {number} request */
async function prepare(request) {
  const { reference, partner } = mixStore.get();
  if (!reference || !partner) return;
  const isStale = () => request !== latest || engine.current().track?.id !== reference.id;
  const isLoaded = await load(reference, partner, isStale);
  if (!isLoaded) return;
  await rendering.catch(() => {});
  if (isStale()) return;
  const work = renderPair(reference, partner);
  rendering = work;
  const pair = await work;
  if (isStale()) return;
  if (!pair) return fail("These sounds could not be matched.");
  begin(reference, partner, pair);
}

/**
 * @param {Track} reference
 * @param {Track} partner
 * @param {() => boolean} isStale
 */
async function load(reference, partner, isStale) {
  for (const track of [reference, partner]) {
    const source = await sourceOf(track).catch(() => null);
    if (isStale()) return false;
    if (!source) {
      fail(`The preview of ${track.title} could not be loaded.`);
      return false;
    }
  }
  return true;
}

/**
 * One turn of each; unmatched where this browser cannot stretch.
 * @param {Track} reference
 * @param {Track} partner
 */
async function renderPair(reference, partner) {
  const { match, isTempoMatched, isKeyMatched } = mixStore.get();
  if (!match) return null;
  for (;;) {
    const choice = { isTempoMatched: canStretch && isTempoMatched, isKeyMatched: canStretch && isKeyMatched };
    const plan = planMix(reference, partner, match, choice);
    try {
      const turns = await Promise.all([turnOf(reference, plan.reference), turnOf(partner, plan.partner)]);
      return { turns, change: describeMatch(plan.partner, match, { ...choice, isAvailable: canStretch }) };
    } catch {
      if (!canStretch) return null;
      canStretch = false;
    }
  }
}

/** @param {string} error */
function fail(error) {
  output?.removePartner();
  reportPartner(null);
  mixStore.set({ isPreparing: false, error });
  takeContext()?.close();
}

/**
 * @param {Track} reference
 * @param {Track} partner
 * @param {{ turns: Float32Array[][], change: string }} pair
 */
function begin(reference, partner, { turns, change }) {
  const { isPlaying, isWaiting } = engine.current();
  const isNew = !output;
  output ??= open();
  if (!output) return fail("This browser cannot play two sounds together.");
  if (isNew) output.start(turns[0], loudnessGain(reference), engine.position);
  output.setFader(mixStore.get().fader);
  output.setPartner(turns[1], loudnessGain(partner));
  if (isNew) takeOver(output, isPlaying || isWaiting);
  else takeContext()?.close(); // each press opens one, in case it is needed
  reportPartner(partner);
  mixStore.set({ isPreparing: false, error: "", change });
}

function open() {
  const context = takeContext();
  return context && new MixOutput(context);
}

/** @param {MixOutput} mix @param {boolean} isPlaying */
function takeOver(mix, isPlaying) {
  const setPlaying = (/** @type {boolean} */ isOn) => {
    if (isOn) mix.play();
    else mix.pause();
    engine.reportOutput(isOn);
  };
  engine.setOutput({
    position: () => mix.position(),
    play: () => setPlaying(true),
    pause: () => setPlaying(false),
    seek: (seconds) => mix.seek(seconds),
    setVolume: (volume) => mix.setVolume(volume),
    release: () => leave()?.close(),
  });
  mix.setVolume(level());
  if (!isPlaying) setPlaying(false);
  clearInterval(clock);
  clock = setInterval(() => {
    if (!mix.isRunning) return;
    engine.addListened(CLOCK_MS / 1000);
    if (heard) heard.seconds += CLOCK_MS / 1000;
  }, CLOCK_MS);
}

/** Report how long the partner was heard, and count for the next. @param {Track | null} following */
function reportPartner(following) {
  if (heard && heard.track.id !== following?.id) reportPlay(heard.track, heard.seconds);
  if (heard?.track.id !== following?.id) heard = following && { track: following, seconds: 0 };
}

// Browser tests hear both voices here.
if (typeof window !== "undefined") {
  Object.assign(window, { chopperMix: { state: mixStore.get, taps: () => output?.taps } });
}
