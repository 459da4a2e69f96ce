// Notes of the reference cards: reading and scheduling.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hertz, parseChords, schedule } from "../../assets/src/learn/note_sounds.js";

test("notes have their frequencies", () => {
  assert.equal(hertz(69), 440);
  assert.ok(Math.abs(hertz(60) - 261.6256) < 1e-3);
});

test("only lists of chords are read", () => {
  assert.deepEqual(parseChords("[[57,60,64],[62]]"), [[57, 60, 64], [62]]);
  for (const text of [null, "", "x", "{}", "[1]", '[["a"]]', "[[200]]", JSON.stringify(Array(99).fill([60]))]) {
    assert.deepEqual(parseChords(text), []);
  }
});

test("chords follow each other at the beat", () => {
  const starts = [];
  const node = { connect: (next) => next, disconnect() {} };
  const parameter = { setValueAtTime() {}, linearRampToValueAtTime() {}, setTargetAtTime() {} };
  const context = {
    currentTime: 1,
    createGain: () => ({ ...node, gain: parameter }),
    createOscillator: () => ({ ...node, frequency: {}, start: (at) => starts.push(at), stop() {} }),
  };
  schedule(context, node, [[57, 60], [62]], 0.5);
  assert.deepEqual(starts, [1.02, 1.02, 1.52]);
});
