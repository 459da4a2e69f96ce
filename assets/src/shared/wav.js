// @ts-check
// The one writer of WAV files: 16-bit PCM.

const HEADER_BYTES = 44;
const SAMPLE_BYTES = 2;

/**
 * @param {{ dataBytes: number, channels: number, rate: number }} format
 * @returns {ArrayBuffer}
 */
export function wavHeader({ dataBytes, channels, rate }) {
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  const frameBytes = channels * SAMPLE_BYTES;
  let offset = 0;
  const text = (/** @type {string} */ word) =>
    [...word].forEach((letter) => header.setUint8(offset++, letter.charCodeAt(0)));
  const uint16 = (/** @type {number} */ value) => {
    header.setUint16(offset, value, true);
    offset += 2;
  };
  const uint32 = (/** @type {number} */ value) => {
    header.setUint32(offset, value, true);
    offset += 4;
  };
  text("RIFF");
  uint32(HEADER_BYTES - 8 + dataBytes);
  text("WAVEfmt ");
  uint32(16); // length of the format chunk
  uint16(1); // PCM
  uint16(channels);
  uint32(rate);
  uint32(rate * frameBytes);
  uint16(frameBytes);
  uint16(SAMPLE_BYTES * 8);
  text("data");
  uint32(dataBytes);
  return header.buffer;
}

/**
 * Convert samples from -1 to 1 to 16 bits, channels interleaved; a channel shorter than `length` repeats its last
 * sample.
 * @param {Float32Array[]} channels
 * @param {number} length Frames to write.
 */
export function toPcm16(channels, length) {
  const pcm = new Int16Array(length * channels.length);
  channels.forEach((samples, channel) => {
    const last = samples.length - 1;
    for (let frame = 0; frame < length; frame++) {
      const sample = samples[Math.min(frame, last)];
      pcm[frame * channels.length + channel] = Math.max(-1, Math.min(1, sample)) * 32767;
    }
  });
  return pcm;
}

/**
 * A WAV file that holds the same frames `repeats` times; the browser stores the shared part once.
 * @param {Int16Array<ArrayBuffer>} pcm
 * @param {{ channels: number, rate: number, repeats?: number }} format
 */
export function wavBlob(pcm, { channels, rate, repeats = 1 }) {
  const header = wavHeader({ dataBytes: pcm.byteLength * repeats, channels, rate });
  return new Blob([header, ...Array(repeats).fill(pcm)], { type: "audio/wav" });
}
