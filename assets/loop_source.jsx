// A loop in the form in which an audio element repeats it without a gap: decoded once, written as a WAV that holds it many
// times over. An element that jumps back to its start pauses for some hundredths of a second, enough to break the groove;
// Web Audio would not, but it leaves the lock screen's controls and, on a phone, obeys the mute switch.
const LEAST_SECONDS = 120, KEPT = 6, HEADER_BYTES = 44, MPEG_RATES_HZ = [44_100, 48_000, 32_000];
const kept = new Map(); // url -> {made: promise, address}, the latest used last

/** The address if `repeated` has made it already. */
export const ready = (url) => kept.get(url)?.address ?? null;

/** Make a WAV that repeats a loop of exactly `seconds`; its address, or null where the browser cannot. */
export function repeated(url, seconds) {
  const loop = kept.get(url) ?? started(url, seconds);
  kept.delete(url);
  kept.set(url, loop);
  if (kept.size > KEPT) drop(kept.keys().next().value);
  return loop.made;
}

function started(url, seconds) {
  const loop = { address: null };
  loop.made = make(url, seconds).catch(() => null).then((address) => {
    loop.address = address;
    if (!address && kept.get(url) === loop) kept.delete(url); // the next one tries again
    return address;
  });
  return loop;
}

async function drop(url) {
  const { made } = kept.get(url);
  kept.delete(url);
  const address = await made;
  if (address) URL.revokeObjectURL(address);
}

async function make(url, seconds) {
  const answer = await fetch(url, { priority: "low" });
  if (!answer.ok) return null;
  const bytes = await answer.arrayBuffer(), rate = rateOf(bytes);
  const decoder = new OfflineAudioContext(2, 1, rate); // needs no gesture, unlike one that sounds
  const sound = await decoder.decodeAudioData(bytes), length = Math.round(seconds * rate);
  // Copies of the same part: the browser keeps one. The period is rounded once, not once a turn.
  const turn = interleaved(sound, length), turns = Math.ceil(LEAST_SECONDS / seconds);
  const parts = [header(turn.byteLength * turns, sound.numberOfChannels, rate), ...Array(turns).fill(turn)];
  return URL.createObjectURL(new Blob(parts, { type: "audio/wav" }));
}

/** Rate of an MP3, from its first frame: at another one the length would not come out even, and the turn would tick. */
const rateOf = (bytes) => MPEG_RATES_HZ[(new Uint8Array(bytes, 2, 1)[0] >> 2) & 3] ?? MPEG_RATES_HZ[0];

function interleaved(sound, length) {
  const count = sound.numberOfChannels, out = new Int16Array(length * count);
  for (let channel = 0; channel < count; channel++) {
    const samples = sound.getChannelData(channel), last = samples.length - 1;
    for (let at = 0; at < length; at++) out[at * count + channel] = Math.max(-1, Math.min(1, samples[Math.min(at, last)])) * 32767;
  }
  return out;
}

function header(dataBytes, channels, rate) {
  const bytes = new DataView(new ArrayBuffer(HEADER_BYTES));
  const write = (at, word) => [...word].forEach((letter, index) => bytes.setUint8(at + index, letter.charCodeAt(0)));
  write(0, "RIFF"); bytes.setUint32(4, 36 + dataBytes, true); write(8, "WAVEfmt "); bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true); bytes.setUint16(22, channels, true); bytes.setUint32(24, rate, true);
  bytes.setUint32(28, rate * channels * 2, true); bytes.setUint16(32, channels * 2, true); bytes.setUint16(34, 16, true);
  write(36, "data"); bytes.setUint32(40, dataBytes, true);
  return bytes.buffer;
}
