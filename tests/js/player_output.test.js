import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import * as browser from "./support/browser.js";
import { advance } from "./support/browser.js";
import { player, preview, sound } from "./support/player.js";

const engine = await import("../../assets/src/player/engine.js");
const { store } = await import("../../assets/src/player/player_store.js");

const [one, two, three] = ["1", "2", "3"].map((id) => sound(id));
const state = engine.current;
let requests;
let audio;

beforeEach(async () => {
  requests = browser.serve(() => ({ status: 404 }));
  engine.play(sound("0"), []);
  engine.pause();
  audio = player.audio;
  await advance(20);
});

describe("a restored session", () => {
  const queue = { past: [one], upcoming: [three], addedCount: 0, isAdded: false };
  const fresh = () => {
    store.set({ track: null, isPlaying: false });
    engine.restore({ track: two, queue, seconds: 4 });
    requests.length = 0;
  };

  test("is shown paused at its position, without loading anything", async () => {
    fresh();
    assert.equal(state().track.id, "2");
    assert.equal(engine.position(), 4);
    assert.equal(state().isPlaying, false);
    assert.deepEqual(requests, []);
  });
  test("plays from its position", async () => {
    fresh();
    engine.toggle();
    assert.equal(audio.src, preview("2"));
    assert.equal(audio.currentTime, 4);
    await advance(20);
    assert.equal(state().isPlaying, true);
  });
  test("can be moved in before it plays", async () => {
    fresh();
    engine.seek(7);
    assert.equal(engine.position(), 7);
    engine.play();
    assert.equal(audio.currentTime, 7);
  });
  test("continues with its queue", async () => {
    fresh();
    engine.next();
    assert.equal(state().track.id, "3");
    assert.equal(engine.position(), 0);
  });
  test("does not replace a sound that was loaded meanwhile", async () => {
    engine.play(one);
    engine.restore({ track: two, queue, seconds: 4 });
    assert.equal(state().track.id, "1");
  });
});

describe("addresses that expire", () => {
  test("a sound that has played is loaded again where it stopped", async () => {
    engine.play(one);
    await advance(20);
    audio.playOn(4);
    const position = audio.currentTime;
    audio.error = { code: 2 };
    audio.fire("error");
    assert.equal(audio.currentTime, position);
    await advance(20);
    assert.equal(state().isPlaying, true);
    assert.equal(state().error, "");
  });
  test("a second failure is reported", async () => {
    engine.play(one);
    await advance(20);
    audio.error = { code: 2 };
    audio.fire("error");
    audio.error = { code: 2 };
    audio.fire("error");
    assert.equal(state().error, "This preview could not be loaded.");
  });
});

describe("the added queue", () => {
  test("plays before the rest of the list; an added sound is not added twice", async () => {
    engine.play(one, [one, two]);
    engine.enqueue(three);
    engine.enqueue(three);
    engine.enqueue(one);
    engine.next();
    assert.equal(state().track.id, "3");
    engine.next();
    assert.equal(state().track.id, "2");
    assert.equal(engine.next(), false);
  });
});

describe("another output", () => {
  const output = () => {
    const calls = [];
    const note = (name) => (value) => calls.push(value === undefined ? name : [name, value]);
    const names = ["play", "pause", "seek", "setVolume", "release"];
    return { calls, position: () => 2.5, ...Object.fromEntries(names.map((name) => [name, note(name)])) };
  };

  test("plays the loaded sound in place of the element until it is removed", async () => {
    engine.play(one);
    await advance(20);
    const other = output();
    engine.setOutput(other);
    assert.equal(audio.paused, true);
    assert.equal(state().isPlaying, true);
    assert.equal(engine.position(), 2.5);
    engine.seek(1);
    engine.toggle();
    assert.deepEqual(other.calls.slice(-2), [["seek", 1], "pause"]);
    engine.reportOutput(true);
    engine.removeOutput();
    assert.equal(audio.currentTime, 2.5);
    await advance(20);
    assert.equal(audio.paused, false);
  });
  test("is released when another sound is loaded", async () => {
    engine.play(one);
    await advance(20);
    const other = output();
    engine.setOutput(other);
    engine.play(two);
    assert.equal(other.calls.at(-1), "release");
    await advance(20);
    assert.equal(state().isPlaying, true);
  });
});
