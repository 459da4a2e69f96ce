import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MAX_SECONDS, describeMatch, faderGains, planMix, timeRatio } from "../../assets/src/player/mix_plan.js";

const BOTH = { isTempoMatched: true, isKeyMatched: true };
const loop = (beats, bpm) => ({ seconds: (beats * 60) / bpm, isLoop: true });
const match = (bpm, own, values = {}) => ({ semitones: 0, stretch: bpm / own, octave: 1, bpm, ...values });
const near = (actual, expected, tolerance = 1e-9) =>
  assert.ok(Math.abs(actual - expected) < tolerance, `${actual} is not ${expected}`);

describe("lengths", () => {
  test("a loop is stretched to the beats of the reference", () => {
    const { reference, partner } = planMix(loop(16, 120), loop(16, 126), match(120, 126), BOTH);
    near(reference.seconds, 8);
    near(partner.seconds, 8);
    near(timeRatio(partner), 126 / 120);
  });
  test("loops of different lengths keep a common beat", () => {
    const { partner } = planMix(loop(16, 120), loop(8, 100), match(120, 100), BOTH);
    near(partner.seconds, 4);
  });
  test("rounded tempos and lengths become whole beats, so that nothing drifts", () => {
    const reference = { seconds: 7.3846, isLoop: true }; // 16 beats at 129.999 BPM
    const partner = { seconds: 7.5594, isLoop: true }; // 16 beats at 126.99 BPM
    const plan = planMix(reference, partner, match(130, 127), BOTH);
    near(plan.partner.seconds, plan.reference.seconds);
  });
  test("half and double tempo", () => {
    const half = match(140, 70, { stretch: 1, octave: 2 });
    near(planMix(loop(16, 140), loop(8, 70), half, BOTH).partner.seconds, (16 * 60) / 140);
    const double = match(70, 140, { stretch: 1, octave: 0.5 });
    near(timeRatio(planMix(loop(16, 70), loop(16, 140), double, BOTH).partner), 1);
  });
  test("a sound without whole beats is filled up to a bar", () => {
    const shot = { seconds: 0.7, isLoop: false };
    const { partner } = planMix(loop(16, 120), shot, match(120, 120), BOTH);
    near(partner.seconds, 2);
    near(partner.sourceSeconds, 2);
    near(timeRatio(planMix(loop(16, 120), shot, match(120, 100), BOTH).partner), 100 / 120);
  });
  test("a long track is cut to whole bars within the bound", () => {
    const track = { seconds: 200, isLoop: false };
    const { reference, partner } = planMix(track, track, match(120, 120), BOTH);
    near(reference.seconds, 40);
    assert.ok(partner.seconds <= MAX_SECONDS);
    near(timeRatio(partner), 1);
  });
  test("without tempos both play as they are", () => {
    const unknown = match(null, 1, { stretch: null, bpm: null, semitones: 2 });
    const { reference, partner } = planMix({ seconds: 3, isLoop: false }, loop(7, 90), unknown, BOTH);
    near(reference.seconds, 3);
    near(timeRatio(partner), 1);
    assert.equal(partner.semitones, 2);
  });
  test("what is not to be matched stays", () => {
    const change = match(120, 126, { semitones: 3 });
    const plain = planMix(loop(16, 120), loop(16, 126), change, { isTempoMatched: false, isKeyMatched: false });
    near(timeRatio(plain.partner), 1);
    assert.equal(plain.partner.semitones, 0);
    assert.equal(planMix(loop(16, 120), loop(16, 126), change, BOTH).partner.semitones, 3);
  });
});

describe("words", () => {
  const words = (own, values, choice = {}) => {
    const full = { ...BOTH, isAvailable: true, ...choice };
    const change = match(120, own, values);
    return describeMatch(planMix(loop(16, 120), loop(16, own), change, full).partner, change, full);
  };
  test("say what is done", () => {
    assert.equal(words(124, { semitones: 1 }), "+1 semitone, 3% slower");
    assert.equal(words(116, { semitones: -2 }), "-2 semitones, 3% faster");
    assert.equal(words(120, {}), "No change");
    assert.equal(words(60, { stretch: 1, octave: 2 }), "half tempo");
    assert.equal(words(124, { semitones: 1 }, { isKeyMatched: false }), "3% slower");
  });
  test("say what cannot be done", () => {
    const noTempo = { stretch: null, bpm: null };
    assert.equal(words(124, { semitones: null }), "3% slower, key unknown");
    assert.equal(words(124, { ...noTempo, semitones: 1 }), "Tempo unknown: +1 semitone");
    assert.equal(words(124, { ...noTempo, semitones: 0 }), "Tempo unknown: plays unmatched");
    assert.equal(words(124, { ...noTempo, semitones: null }), "Tempo and key unknown: plays unmatched");
    assert.equal(words(124, {}, { isAvailable: false }), "This browser cannot match: plays unmatched");
  });
});

test("the fader keeps the power", () => {
  assert.deepEqual(faderGains(0), { reference: 1, partner: 0 });
  for (const fader of [0.2, 0.5, 0.9]) {
    const { reference, partner } = faderGains(fader);
    near(reference ** 2 + partner ** 2, 1);
  }
});
