// @ts-check
// How two sounds fit on one grid of bars: lengths, stretch and transposition, without any audio. The server decides
// what has to change (services/search/compatible.py); here it becomes loops whose lengths have a common beat.
import { plural } from "../shared/format.js";

export const MAX_SECONDS = 40; // of each sound: bounds the memory of decoded audio
const BEATS_PER_BAR = 4;
const SECONDS_PER_MINUTE = 60;
const BEAT_TOLERANCE = 0.1; // a measured length this close to whole beats is meant to be whole
const RELATIVE_TOLERANCE = 0.01;

/**
 * @typedef {object} Match What the server computed for a sound and a reference.
 * @property {number | null} semitones To a compatible key; null if a key is unknown.
 * @property {number | null} stretch Ratio of the new tempo to the sound's own, after halving or doubling; null if a
 *   tempo is unknown.
 * @property {number} octave 2 if it plays at half the tempo of the reference, 0.5 at double, else 1.
 * @property {number | null} bpm Tempo of the reference.
 */
/** @typedef {{ seconds: number, isLoop: boolean }} Sound */
/** @typedef {{ isTempoMatched: boolean, isKeyMatched: boolean }} Choice */
/**
 * @typedef {object} Part
 * @property {number} sourceSeconds How much of the sound is used; longer than the sound: silence follows.
 * @property {number} seconds Length of one turn as it plays.
 * @property {number} semitones
 */
/** @typedef {{ reference: Part, partner: Part }} Plan */

/** The beats of a length if they are whole, as measured lengths and tempos are; else null. @param {number} beats */
function wholeBeats(beats) {
  const nearest = Math.max(1, Math.round(beats));
  return Math.abs(beats - nearest) <= Math.max(BEAT_TOLERANCE, RELATIVE_TOLERANCE * nearest) ? nearest : null;
}

/**
 * Beats of one turn: whole ones as they are, others filled up to a bar, too long ones cut to the bars that fit.
 * @param {number} beats
 * @param {number} beatSeconds
 */
function turnBeats(beats, beatSeconds) {
  const most = Math.floor(MAX_SECONDS / beatSeconds / BEATS_PER_BAR) * BEATS_PER_BAR;
  const whole = wholeBeats(beats) ?? Math.ceil(beats / BEATS_PER_BAR) * BEATS_PER_BAR;
  return Math.min(whole, most);
}

/**
 * Seconds of a beat on the grid. A loop of whole beats defines it better than its rounded tempo.
 * @param {Sound} reference
 * @param {number} bpm
 */
function gridBeat(reference, bpm) {
  const beats = (reference.seconds * bpm) / SECONDS_PER_MINUTE;
  const whole = reference.isLoop ? wholeBeats(beats) : null;
  return whole ? reference.seconds / whole : SECONDS_PER_MINUTE / bpm;
}

/** @param {number} seconds @param {number} semitones @returns {Part} */
const asItIs = (seconds, semitones) => {
  const used = Math.min(seconds, MAX_SECONDS);
  return { sourceSeconds: used, seconds: used, semitones };
};

/**
 * @param {Sound} reference
 * @param {Sound} partner
 * @param {Match} match
 * @param {Choice} choice
 * @returns {Plan}
 */
export function planMix(reference, partner, match, { isTempoMatched, isKeyMatched }) {
  const semitones = isKeyMatched ? (match.semitones ?? 0) : 0;
  if (!match.bpm) {
    return { reference: asItIs(reference.seconds, 0), partner: asItIs(partner.seconds, semitones) };
  }
  const beat = gridBeat(reference, match.bpm);
  const referenceSeconds = turnBeats(reference.seconds / beat, beat) * beat;
  return {
    reference: { sourceSeconds: referenceSeconds, seconds: referenceSeconds, semitones: 0 },
    partner: partnerPart(partner, beat, { speed: isTempoMatched ? match.stretch : null, semitones }),
  };
}

/**
 * @param {Sound} partner
 * @param {number} beat
 * @param {{ speed: number | null, semitones: number }} change
 * @returns {Part}
 */
function partnerPart(partner, beat, { speed, semitones }) {
  if (speed === null && partner.isLoop) return asItIs(partner.seconds, semitones);
  const ratio = speed ?? 1;
  const beats = partner.seconds / ratio / beat;
  const seconds = turnBeats(beats, beat) * beat;
  const isWhole = speed !== null && partner.isLoop && wholeBeats(beats) !== null;
  const isCut = seconds < (beats - BEATS_PER_BAR) * beat;
  return { sourceSeconds: isWhole && !isCut ? partner.seconds : seconds * ratio, seconds, semitones };
}

/** How much longer a part plays than its source. @param {Part} part */
export const timeRatio = (part) => part.seconds / part.sourceSeconds;

/**
 * What is done to the partner, as "+1 semitone, 3% slower".
 * @param {Part} part
 * @param {Match} match
 * @param {Choice} choice
 */
export function describeChange(part, match, { isTempoMatched }) {
  const percent = Math.round(100 * (1 / timeRatio(part) - 1));
  const isOctave = isTempoMatched && match.stretch !== null && match.octave !== 1;
  const { semitones } = part;
  const words = [
    semitones && `${semitones > 0 ? "+" : "-"}${plural(Math.abs(semitones), "semitone")}`,
    isOctave && (match.octave > 1 ? "half tempo" : "double tempo"),
    percent && `${Math.abs(percent)}% ${percent > 0 ? "faster" : "slower"}`,
  ].filter(Boolean);
  return words.join(", ") || "No change";
}

/**
 * What is done to the partner, and what cannot be matched.
 * @param {Part} part
 * @param {Match} match
 * @param {Choice & { isAvailable: boolean }} choice With whether this browser can change tempo and key.
 */
export function describeMatch(part, match, choice) {
  const { stretch, semitones } = match;
  if (stretch === null && semitones === null) return "Tempo and key unknown: plays unmatched";
  if (!choice.isAvailable) return "This browser cannot match: plays unmatched";
  const change = describeChange(part, match, choice);
  if (stretch === null) return semitones ? `Tempo unknown: ${change}` : "Tempo unknown: plays unmatched";
  return semitones === null ? `${change}, key unknown` : change;
}

/**
 * The levels of two voices of equal power.
 * @param {number} fader 0: only the reference, 1: only the partner.
 */
export const faderGains = (fader) => ({
  reference: Math.cos((fader * Math.PI) / 2),
  partner: Math.sin((fader * Math.PI) / 2),
});
