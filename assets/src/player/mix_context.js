// @ts-check
// The audio context of two sounds that play together. It has to be opened within the user's gesture, before the rest of
// the code has loaded.
const RATE_HZ = 44_100; // that of most previews, so that their loops have whole numbers of samples

/** @type {AudioContext | null} */
let context = null;

/** Open the context, or resume the open one. @returns {boolean} False where the browser has none. */
export function openContext() {
  if (!("AudioContext" in globalThis)) return false;
  context ??= new AudioContext({ sampleRate: RATE_HZ, latencyHint: "playback" });
  context.resume();
  return true;
}

/** The open context; the caller closes it. */
export function takeContext() {
  const taken = context;
  context = null;
  return taken;
}
