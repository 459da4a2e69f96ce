// Record the microphone as a WAV file of 16 bits. JavaScript because the microphone is in the browser; WAV because every
// browser's own recorder writes another format, and none that all of them share.

function wavOf(chunks, rate) {
  const count = chunks.reduce((sum, chunk) => sum + chunk.length, 0), view = new DataView(new ArrayBuffer(44 + count * 2));
  const text = (at, word) => [...word].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  text(0, "RIFF"); view.setUint32(4, 36 + count * 2, true); text(8, "WAVEfmt "); view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); view.setUint16(22, 1, true); view.setUint32(24, rate, true); view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true); view.setUint16(34, 16, true); text(36, "data"); view.setUint32(40, count * 2, true);
  let at = 44;
  for (const chunk of chunks) for (const sample of chunk) { view.setInt16(at, Math.max(-1, Math.min(1, sample)) * 32767, true); at += 2; }
  return new Blob([view], { type: "audio/wav" });
}

/** Begin recording; `stop` gives the file, `cancel` throws it away. Throws where there is no microphone. */
export async function recordWav({ mostSeconds, onSecond, onFull }) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
  const context = new AudioContext(), source = context.createMediaStreamSource(stream), tap = context.createScriptProcessor(4096, 1, 1);
  const chunks = [];
  let length = 0, isFull = false;
  tap.onaudioprocess = ({ inputBuffer }) => {
    if (isFull) return;
    chunks.push(new Float32Array(inputBuffer.getChannelData(0)));
    length += inputBuffer.length;
    onSecond(length / context.sampleRate);
    if (length >= mostSeconds * context.sampleRate) { isFull = true; onFull(); }
  };
  source.connect(tap);
  tap.connect(context.destination);
  const end = () => { tap.disconnect(); source.disconnect(); stream.getTracks().forEach((track) => track.stop()); context.close(); };
  return { stop: async () => { end(); return chunks.length ? wavOf(chunks, context.sampleRate) : null; }, cancel: end };
}
