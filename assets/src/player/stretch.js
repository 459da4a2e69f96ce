// @ts-check
// Changes tempo and pitch with Signalsmith Stretch, faster than real time: what plays afterwards is an ordinary buffer,
// so a slow machine cannot make it stutter. JavaScript because the user hears the result at once.
import workletUrl from "signalsmith-stretch?url";

const LEAD_SECONDS = 0.3; // the stretcher needs its window filled before the first sample that counts
const SEAM_SECONDS = 0.03; // the continuation is faded into the start, so that the loop has no seam
const READY_MS = 8000;

/** @type {Promise<(context: BaseAudioContext, options: AudioWorkletNodeOptions) => Promise<any>> | null} */
let library = null;

/** The file is served as it is: an audio worklet loads it by its address, and our policy allows no blob as a script. */
async function loadLibrary() {
  const { default: createNode } = await import(/* @vite-ignore */ workletUrl);
  createNode.moduleUrl = workletUrl;
  return createNode;
}

/** Load the library ahead of the first sound. */
export const preload = () => {
  if (isAvailable()) loadOnce().catch(() => {});
};

function loadOnce() {
  library ??= loadLibrary();
  library.catch(() => (library = null)); // the next sound retries
  return library;
}

/** Whether this browser has what the stretcher needs; without a secure context it has no worklets. */
export const isAvailable = () => "AudioWorkletNode" in globalThis && "WebAssembly" in globalThis;

/**
 * Repeat a loop from before its start to behind its end.
 * @param {Float32Array} loop
 * @param {number} before Frames before the start.
 * @param {number} length
 */
function repeat(loop, before, length) {
  const repeated = new Float32Array(length);
  const phase = (loop.length - (before % loop.length)) % loop.length;
  for (let at = 0, from = phase; at < length; from = 0) {
    const part = loop.subarray(from, from + Math.min(loop.length - from, length - at));
    repeated.set(part, at);
    at += part.length;
  }
  return repeated;
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
function withTimeout(promise) {
  const late = new Promise((_, reject) => setTimeout(reject, READY_MS, new Error("the stretcher did not start")));
  return Promise.race([promise, /** @type {Promise<T>} */ (late)]);
}

/**
 * Stretch and transpose a loop so that it still repeats without a seam.
 * @param {Float32Array[]} channels One turn of the loop.
 * @param {{ frames: number, semitones: number, rate: number }} target Length of one turn, transposition, sample rate.
 * @returns {Promise<Float32Array[]>}
 */
export async function stretchLoop(channels, { frames, semitones, rate }) {
  const createNode = await loadOnce();
  const seam = Math.min(Math.round(SEAM_SECONDS * rate), frames);
  const lead = Math.round(LEAD_SECONDS * rate);
  const speed = channels[0].length / frames;
  const before = Math.ceil(lead * speed);
  const context = new OfflineAudioContext(channels.length, lead + frames + seam, rate);
  const node = await withTimeout(
    createNode(context, { numberOfInputs: 0, numberOfOutputs: 1, outputChannelCount: [channels.length] }),
  );
  const inputLength = before + channels[0].length + Math.ceil((seam + lead) * speed);
  await node.addBuffers(channels.map((channel) => repeat(channel, before, inputLength)));
  await node.schedule({ active: true, output: 0, input: (before - lead * speed) / rate, rate: speed, semitones });
  node.connect(context.destination);
  const rendered = await context.startRendering();
  node.disconnect();
  return channels.map((_, index) => closeLoop(rendered.getChannelData(index).subarray(lead), frames, seam));
}

/**
 * Fade what follows the end into the start.
 * @param {Float32Array} rendered
 * @param {number} frames
 * @param {number} seam
 */
function closeLoop(rendered, frames, seam) {
  const loop = rendered.slice(0, frames);
  for (let frame = 0; frame < seam; frame++) {
    const share = frame / seam;
    loop[frame] = loop[frame] * share + rendered[frames + frame] * (1 - share);
  }
  return loop;
}
