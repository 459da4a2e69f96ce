// @ts-check
// Records the microphone as a WAV file: every browser's own recorder writes another format, and none that all can read.
import { toPcm16, wavBlob } from "../shared/wav.js";

const BUFFER_FRAMES = 4096;

/**
 * Start recording; `stop` resolves with the file, `cancel` discards it. Rejects without a microphone, and if `signal`
 * was aborted while the user was asked for it.
 * @param {{ maxSeconds: number, signal: AbortSignal, onSecond: (seconds: number) => void, onFull: () => void }} options
 */
export async function recordWav({ maxSeconds, signal, onSecond, onFull }) {
  const unprocessed = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: unprocessed });
  if (signal.aborted) {
    stream.getTracks().forEach((track) => track.stop());
    throw signal.reason;
  }
  const context = new AudioContext();
  const source = context.createMediaStreamSource(stream);
  const tap = context.createScriptProcessor(BUFFER_FRAMES, 1, 1);
  /** @type {Float32Array[]} */
  const chunks = [];
  let length = 0;
  let isFull = false;
  tap.onaudioprocess = ({ inputBuffer }) => {
    if (isFull) return;
    chunks.push(new Float32Array(inputBuffer.getChannelData(0)));
    length += inputBuffer.length;
    onSecond(length / context.sampleRate);
    if (length < maxSeconds * context.sampleRate) return;
    isFull = true;
    onFull();
  };
  source.connect(tap);
  tap.connect(context.destination);
  const close = () => {
    tap.disconnect();
    source.disconnect();
    stream.getTracks().forEach((track) => track.stop());
    context.close();
  };
  const stop = async () => {
    close();
    if (!length) return null;
    const samples = new Float32Array(length);
    chunks.reduce((offset, chunk) => (samples.set(chunk, offset), offset + chunk.length), 0);
    return wavBlob(toPcm16([samples], length), { channels: 1, rate: context.sampleRate });
  };
  return { stop, cancel: close };
}
