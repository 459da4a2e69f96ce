// @ts-check
// What the buttons of the reference cards play: parsed from their attributes, and scheduled on an audio context.
const MAX_CHORDS = 32;
const MAX_NOTES = 8;
const LEVEL = 0.22;
const RELEASE_SECONDS = 0.25;

/** @param {number} midi */
export const hertz = (midi) => 440 * 2 ** ((midi - 69) / 12);

/**
 * Read a list of chords; an empty list if the text is none.
 * @param {string | null | undefined} text
 * @returns {number[][]}
 */
export function parseChords(text) {
  try {
    const chords = JSON.parse(text ?? "[]");
    if (!Array.isArray(chords) || chords.length > MAX_CHORDS) return [];
    const isChord = (/** @type {unknown} */ chord) =>
      Array.isArray(chord) && chord.length <= MAX_NOTES && chord.every((midi) => midi >= 0 && midi <= 140);
    return chords.every(isChord) ? chords : [];
  } catch {
    return [];
  }
}

/**
 * Schedule chords one after another.
 * @param {AudioContext} context
 * @param {AudioNode} output
 * @param {number[][]} chords
 * @param {number} beat seconds from one chord to the next
 */
export function schedule(context, output, chords, beat) {
  const start = context.currentTime + 0.02;
  chords.forEach((chord, place) => {
    const at = start + place * beat;
    const length = chords.length === 1 ? 1.2 : beat;
    for (const midi of chord) {
      const voice = context.createOscillator();
      const gain = context.createGain();
      voice.type = "triangle";
      voice.frequency.value = hertz(midi);
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(LEVEL / Math.sqrt(chord.length), at + 0.01);
      gain.gain.setTargetAtTime(0, at + length * 0.8, RELEASE_SECONDS / 3);
      voice.connect(gain).connect(output);
      voice.start(at);
      voice.stop(at + length + RELEASE_SECONDS * 2);
    }
  });
}
