import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as browser from "./support/browser.js";
import { advance } from "./support/browser.js";
import {
  POLL,
  answerWith,
  commands,
  playback,
  polls,
  remote,
  requests,
  respond,
  shown,
  shuffle,
  skip,
  spotify,
  state,
} from "./support/spotify.js";

describe("commands", () => {
  test("a command shows before it is answered", async () => {
    spotify.latency = 1500;
    const sent = remote.togglePlay();
    assert.equal(shown().is_playing, false);
    assert.equal(spotify.playing, true);
    await advance(1600);
    assert.equal(await sent, true);
    assert.equal(spotify.playing, false);
  });
  test("a refused command is reverted and explained", async () => {
    spotify.faults.pause = { status: 403, kind: "restricted" };
    const sent = remote.togglePlay();
    await advance(100);
    assert.equal(await sent, false);
    assert.equal(shown().is_playing, true);
    assert.equal(state.current().problem.kind, "restricted");
  });
  test("a failed command reverts nothing but itself", async () => {
    spotify.latency = 700;
    spotify.faults.pause = { status: 502, kind: "server" };
    remote.togglePlay();
    shuffle();
    await advance(800);
    assert.equal(shown().is_playing, true);
    assert.equal(shown().is_shuffled, true);
    assert.equal(spotify.shuffle, false, "it is still in flight");
    await advance(2000);
    assert.equal(spotify.shuffle, true);
    assert.equal(shown().is_shuffled, true);
  });
  test("an accepted command stays when the poll after it fails", async () => {
    spotify.faults["current-track"] = { status: 502, kind: "server" };
    await remote.togglePlay();
    await advance(1000);
    assert.equal(state.current().problem.kind, "server");
    assert.equal(shown().is_playing, false);
    assert.equal(spotify.playing, false);
    await remote.togglePlay();
    assert.equal(spotify.playing, true);
  });
  test("quick taps are sent one after the other, in their order", async () => {
    spotify.latency = 200;
    remote.togglePlay();
    remote.togglePlay();
    skip();
    const last = skip();
    await advance(2000);
    await last;
    assert.deepEqual(commands(), ["pause", "play", "next", "next"]);
    assert.equal(shown().item.title, "Slow Machines");
    assert.equal(shown().is_playing, true);
    assert.equal(state.current().problem, null);
  });
  test("the answer of a poll from before a command is dropped", async () => {
    spotify.latency = 1000;
    await advance(5000); // a poll is on its way
    const sent = remote.togglePlay();
    await advance(1000);
    assert.equal(shown().is_playing, false);
    await advance(2000);
    await sent;
    assert.equal(shown().is_playing, false);
  });
  test("a poll that does not know of a skip yet is repeated once", async () => {
    const late = playback();
    let isLate = true;
    answerWith((request) => {
      if (!request.url.startsWith(POLL) || !isLate) return respond(request);
      isLate = false;
      return { json: { playback: { ...late, progress_ms: late.progress_ms + 10_000 }, age_ms: 0 } };
    });
    await skip();
    await advance(400);
    assert.equal(shown().isSkipping, true);
    await advance(1100);
    assert.equal(shown().item.title, "Paper Lanterns");
    assert.ok(!shown().isSkipping);
    assert.ok(polls().at(-1).url.includes("="), "it passes the server's cache");
  });
  test("a second poll that still has the old track is believed", async () => {
    const stuck = playback();
    answerWith((request) =>
      request.url.startsWith(POLL) ? { json: { playback: stuck, age_ms: 0 } } : respond(request),
    );
    await skip();
    await advance(1600);
    assert.equal(shown().item.title, "The Long Way Down");
    assert.ok(!shown().isSkipping);
  });
  test("a command is announced to other tabs, and one of theirs causes a poll", async () => {
    await remote.togglePlay();
    assert.deepEqual(browser.sentMessages.at(-1), ["askchopper.spotify", "changed"]);
    await advance(1000);
    const before = polls().length;
    spotify.index = 1;
    browser.receiveMessage("askchopper.spotify", "changed");
    await advance(400);
    assert.equal(polls().length, before + 1);
    assert.equal(shown().item.title, "Paper Lanterns");
  });
});

describe("sliders", () => {
  const setVolume = (percent) => remote.commandLater("volume", { volume_percent: percent }, { volume: percent });
  const seek = (ms) => remote.commandLater("seek", { position_ms: ms }, { progress_ms: ms });

  test("every step shows, the last one is sent when the slider rests", async () => {
    for (let percent = 54; percent >= 45; percent--) setVolume(percent);
    assert.equal(shown().volume, 45);
    assert.deepEqual(commands(), []);
    await advance(300);
    assert.deepEqual(commands(), ["volume"]);
    assert.equal(spotify.volume, 45);
  });
  test("a skip sends the volume first and drops the position in the track that is left", async () => {
    seek(190_000);
    setVolume(20);
    const sent = skip();
    await advance(600);
    await sent;
    assert.deepEqual(commands(), ["volume", "next"]);
    assert.equal(spotify.volume, 20);
    assert.equal(spotify.position, 0);
  });
  test("another command sends the position first", async () => {
    seek(190_000);
    await remote.togglePlay();
    assert.deepEqual(commands(), ["seek", "pause"]);
  });
});

describe("a command that found no device", () => {
  const noDevice = { status: 404, kind: "no_device", devices: [{ id: "device2", name: "Phone" }] };
  const playList = () =>
    remote.command("PUT", "play", { body: { context_uri: "list0" }, change: { isSkipping: true, progress_ms: 0 } });

  test("is sent again as it was", async () => {
    spotify.faults.next = noDevice;
    await skip();
    const sent = remote.retry();
    await advance(100);
    assert.equal(await sent, true);
    assert.deepEqual(commands(), ["next", "next"]);
  });
  test("plays the same list on the chosen device", async () => {
    spotify.faults.play = noDevice;
    await playList();
    assert.deepEqual(state.current().problem.devices, noDevice.devices);
    await remote.retryOn("device2");
    assert.deepEqual(requests.findLast(({ method }) => method === "PUT").body, {
      context_uri: "list0",
      device_id: "device2",
    });
    assert.equal(commands().includes("transfer"), false);
  });
  test("is repeated once the music is on the chosen device", async () => {
    spotify.faults.next = noDevice;
    await skip();
    await remote.retryOn("device2");
    assert.deepEqual(commands(), ["next", "transfer", "next"]);
    assert.equal(spotify.index, 1);
  });
  test("a pause has nothing left to do there", async () => {
    spotify.faults.pause = noDevice;
    await remote.togglePlay();
    await remote.retryOn("device2");
    assert.deepEqual(commands(), ["pause", "transfer"]);
  });
});
