import assert from "node:assert/strict";
import { beforeEach, describe, mock, test } from "node:test";
import * as browser from "./support/browser.js";
import { advance } from "./support/browser.js";
import { player, preview, sound } from "./support/player.js";

const engine = await import("../../assets/src/player/engine.js");
await import("../../assets/src/player/loop_source.js"); // the engine loads it by itself, in real time
const { enter } = await import("../../assets/src/analytics/visit.js");

const [one, two, three] = ["1", "2", "3"].map((id) => sound(id));
const state = engine.current;
let requests;
let beacons;

let audio;

beforeEach(async () => {
  requests = browser.serve(() => ({ status: 404 }));
  beacons = [];
  navigator.sendBeacon = (url, blob) => beacons.push({ url, blob });
  engine.play(sound("0"), []);
  engine.pause();
  audio = player.audio;
  if (!state().isLooping) engine.toggleLoop();
  await advance(20);
  beacons.length = 0;
});

describe("playing", () => {
  test("a sound starts from its preview", async () => {
    engine.play(one, [one, two]);
    assert.equal(state().isWaiting, true);
    await advance(20);
    assert.equal(audio.src, preview("1"));
    assert.equal(state().isPlaying, true);
    assert.equal(state().isWaiting, false);
  });
  test("a pack's preview mix has an address of its own", () => {
    engine.play(sound("pack:tiled-pool"));
    assert.equal(audio.src, "http://test.local/api/v1/packs/tiled-pool/preview");
  });
  test("toggling the loaded sound pauses and resumes without loading it again", async () => {
    engine.play(one);
    await advance(20);
    audio.currentTime = 4;
    engine.toggleTrack(one);
    assert.equal(state().isPlaying, false);
    engine.toggleTrack(one);
    await advance(20);
    assert.equal(audio.currentTime, 4);
    assert.equal(state().isPlaying, true);
  });
  test("a preview that cannot be loaded says so and is loaded again at the next press", async () => {
    engine.play(one);
    audio.error = { code: 2 };
    audio.fire("error");
    assert.equal(state().error, "This preview could not be loaded.");
    audio.currentTime = 3;
    engine.toggleTrack(one);
    await advance(20);
    assert.equal(state().error, "");
    assert.equal(audio.currentTime, 0);
    assert.equal(state().isPlaying, true);
  });
  test("a browser that refuses to play is reported, an aborted load is not", async () => {
    engine.play(one);
    await advance(20);
    audio.refusal = new DOMException("not allowed", "NotAllowedError");
    engine.play(two);
    await advance(20);
    assert.equal(state().error, "This preview could not be played.");
    audio.refusal = new DOMException("aborted", "AbortError");
    engine.play(three);
    await advance(20);
    assert.equal(state().error, "");
    audio.refusal = null;
  });
  test("playing in another tab pauses this one, and this one pauses the others", async () => {
    engine.play(one);
    await advance(20);
    assert.deepEqual(browser.sentMessages.at(-1), ["askchopper.player", "play"]);
    browser.receiveMessage("askchopper.player", "play");
    assert.equal(state().isPlaying, false);
  });
  test("a sound that is bought loses its price", () => {
    engine.play(one);
    engine.updateTrack({ ...one, price: "" });
    assert.equal(state().track.price, "");
    engine.updateTrack({ ...two, price: "9" });
    assert.equal(state().track.id, "1");
  });
});

describe("the queue", () => {
  beforeEach(async () => {
    engine.play(two, [one, two, three]);
    await advance(20);
  });

  test("next and previous follow the list", () => {
    assert.equal(engine.next(), true);
    assert.equal(state().track.id, "3");
    assert.equal(engine.next(), false);
    engine.previous();
    assert.equal(state().track.id, "2");
  });
  test("previous restarts a sound that has played for a while", () => {
    audio.currentTime = 4;
    engine.previous();
    assert.equal(state().track.id, "2");
    assert.equal(audio.currentTime, 0);
  });
  test("previous restarts the first sound", () => {
    engine.play(one);
    audio.currentTime = 2;
    engine.previous();
    assert.equal(state().track.id, "1");
    assert.equal(audio.currentTime, 0);
  });
  test("the next sound plays when one ends; after the last one it is over", async () => {
    audio.end();
    await advance(20);
    assert.equal(state().track.id, "3");
    assert.equal(state().isPlaying, true);
    audio.end();
    assert.equal(state().isPlaying, false);
    assert.equal(audio.currentTime, 0);
  });
  test("neighbours are fetched ahead, unless the user saves data", () => {
    assert.deepEqual(
      requests.map(({ url }) => url),
      ["/api/v1/files/3/preview", "/api/v1/files/1/preview"],
    );
    requests.length = 0;
    navigator.connection = { saveData: true };
    engine.play(three);
    delete navigator.connection;
    assert.deepEqual(requests, []);
  });
});

describe("seeking and volume", () => {
  test("seeking stays within the sound and draws a frame", () => {
    const frames = [];
    const stop = engine.onFrame((seconds) => frames.push(seconds));
    engine.play(one);
    engine.seek(5);
    assert.equal(engine.position(), 5);
    engine.seek(-3);
    assert.equal(engine.position(), 0);
    engine.seek(99);
    assert.equal(engine.position(), 9.99);
    stop();
    engine.seek(1);
    assert.deepEqual(frames.slice(-3), [5, 0, 9.99]);
  });
  test("loud sounds are turned down to the target, quiet ones are not turned up", () => {
    engine.setVolume(1);
    engine.play(sound("loud", { lufs: -8 }));
    assert.ok(Math.abs(audio.volume - 10 ** (-10 / 20)) < 1e-9);
    engine.play(sound("quiet", { lufs: -30 }));
    assert.equal(audio.volume, 1);
  });
  test("volume and mute are remembered", () => {
    engine.setVolume(0.5);
    engine.toggleMute();
    assert.equal(audio.volume, 0);
    const stored = JSON.parse(localStorage.getItem("askchopper.player"));
    assert.deepEqual([stored.volume, stored.isMuted], [0.5, true]);
    engine.setVolume(0);
    assert.equal(state().isMuted, true);
    engine.setVolume(0.8);
    assert.equal(state().isMuted, false);
  });
  test("unmuting after the slider was drawn to silence is heard again", () => {
    engine.setVolume(0.8);
    engine.setVolume(0);
    assert.equal(audio.volume, 0);
    engine.toggleMute();
    assert.equal(state().volume, 0.8);
    assert.ok(audio.volume > 0);
  });
});

describe("loops", () => {
  const loop = sound("loop", { isLoop: true, seconds: 2 });

  test("a loop starts over at its end, without a pause in between", async () => {
    engine.play(loop, [loop, one]);
    await advance(20);
    const changes = [];
    const unsubscribe = engine.store.subscribe(() => changes.push(state().isPlaying));
    audio.end();
    await advance(20);
    unsubscribe();
    assert.ok(!changes.includes(false));
    assert.equal(state().track.id, "loop");
    assert.equal(state().isPlaying, true);
  });
  test("a loop that is set to play once ends, and the next sound plays", async () => {
    engine.play(loop, [loop, one]);
    await advance(20);
    engine.toggleLoop();
    audio.end();
    assert.equal(state().track.id, "1");
  });
  test("a gapless file keeps the position in the loop; turning repeats off returns to the original", async () => {
    const gapless = "blob:loop";
    mock.method(URL, "createObjectURL", () => gapless);
    globalThis.OfflineAudioContext = class {
      decodeAudioData = async () => ({ numberOfChannels: 1, getChannelData: () => new Float32Array(88_200) });
    };
    const answer = { ok: true, arrayBuffer: async () => new ArrayBuffer(8) };
    globalThis.fetch = async () => answer;
    const other = sound("other-loop", { isLoop: true, seconds: 2 });
    engine.play(other);
    for (let tries = 0; tries < 50 && audio.src !== gapless; tries++) {
      await advance(20);
      audio.end();
    }
    assert.equal(audio.src, gapless);
    audio.currentTime = 9.5;
    assert.equal(engine.position(), 1.5);
    engine.toggleLoop();
    assert.equal(audio.src, preview("other-loop"));
    assert.equal(audio.currentTime, 1.5);
  });
});

describe("reports of plays", () => {
  /** The report without the page it came from, which has a test of its own. */
  const report = async () => {
    const { page: _page, via: _via, position: _position, ...rest } = JSON.parse(await beacons[0].blob.text());
    return rest;
  };

  test("what was listened to is reported when another sound is loaded", async () => {
    engine.play(one);
    audio.playOn(4);
    engine.play(two);
    assert.equal(beacons[0].url, "/api/v1/plays");
    assert.deepEqual(await report(), { file: "1", seconds: 4 });
  });
  test("a play says where it was started, and where it was stopped", async () => {
    enter("/browse?q=dusty");
    engine.play(one);
    audio.playOn(4);
    enter("/library");
    engine.play(two);
    const { page, position } = JSON.parse(await beacons[0].blob.text());
    assert.deepEqual({ page, position }, { page: "/browse?q=dusty", position: 4 });
  });
  test("seeking is not listening", async () => {
    engine.play(one);
    audio.playOn(2);
    engine.seek(8);
    audio.fire("timeupdate");
    engine.play(two);
    assert.deepEqual(await report(), { file: "1", seconds: 2 });
  });
  test("less than a second is passing by", () => {
    engine.play(one);
    audio.playOn(0.75);
    engine.play(two);
    assert.deepEqual(beacons, []);
  });
  test("a pack's preview is reported by its slug, also when the page is left", async () => {
    engine.play(sound("pack:tiled-pool"));
    audio.playOn(3);
    browser.firePageEvent("pagehide");
    assert.deepEqual(await report(), { pack: "tiled-pool", seconds: 3 });
    browser.firePageEvent("pagehide");
    assert.equal(beacons.length, 1);
  });
});
