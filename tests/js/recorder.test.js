// The microphone of the search with a sound.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import "./support/browser.js";
import { recordWav } from "../../assets/src/search/recorder.js";

let allow;
let stopped;
let closed;

class FakeContext {
  sampleRate = 48_000;
  destination = {};
  createMediaStreamSource = () => ({ connect() {}, disconnect() {} });
  createScriptProcessor = () => ({ connect() {}, disconnect() {} });
  close = async () => void (closed += 1);
}

beforeEach(() => {
  [stopped, closed] = [0, 0];
  globalThis.AudioContext = FakeContext;
  const stream = { getTracks: () => [{ stop: () => (stopped += 1) }] };
  navigator.mediaDevices = {
    getUserMedia: () => new Promise((resolve) => (allow = () => resolve(stream))),
  };
});

const start = (signal) => recordWav({ maxSeconds: 30, signal, onSecond: () => {}, onFull: () => {} });

test("is switched off when the recording is cancelled", async () => {
  const starting = start(new AbortController().signal);
  allow();
  (await starting).cancel();
  assert.deepEqual([stopped, closed], [1, 1]);
});

test("is switched off at once if the dialog was closed before the user allowed it", async () => {
  const dialog = new AbortController();
  const starting = start(dialog.signal);
  dialog.abort();
  allow();
  await assert.rejects(starting);
  assert.equal(stopped, 1);
});
