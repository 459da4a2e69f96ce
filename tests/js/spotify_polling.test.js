import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as browser from "./support/browser.js";
import { advance } from "./support/browser.js";
import { DURATION_MS, polls, shown, shuffle, skip, spotify, state, unwatch, watch } from "./support/spotify.js";

describe("polling", () => {
  test("polls every five seconds while something plays", async () => {
    await advance(10_100);
    assert.equal(polls().length, 3);
  });
  test("polls every fifteen seconds while nothing plays", async () => {
    spotify.playing = false;
    await advance(5000);
    const before = polls().length;
    await advance(14_000);
    assert.equal(polls().length, before);
    await advance(1500);
    assert.equal(polls().length, before + 1);
  });
  test("a hidden tab polls nothing", async () => {
    browser.setVisible(false);
    const before = polls().length;
    await advance(30_000);
    assert.equal(polls().length, before);
  });
  test("nobody watching polls nothing", async () => {
    unwatch();
    const before = polls().length;
    await advance(30_000);
    assert.equal(polls().length, before);
    watch();
  });
  test("polls at the end of a track", async () => {
    spotify.position = DURATION_MS - 2500;
    await shuffle();
    await advance(400);
    const before = polls().length;
    await advance(2850); // the track ends 2.5 s after that poll; the next one comes half a second later
    assert.equal(polls().length, before);
    spotify.index = 1;
    spotify.position = 200;
    await advance(300);
    assert.equal(polls().length, before + 1);
    assert.equal(shown().item.title, "Paper Lanterns");
  });
  test("backs off while polls fail", async () => {
    spotify.faults["current-track"] = { status: 502, kind: "server", isLasting: true };
    await advance(5000);
    const before = polls().length;
    await advance(9000);
    assert.equal(polls().length, before);
    await advance(1500);
    assert.equal(polls().length, before + 1);
    delete spotify.faults["current-track"];
  });
  test("a problem of a poll ends with the next poll that succeeds", async () => {
    spotify.faults["current-track"] = { status: 502, kind: "server" };
    await advance(5000);
    assert.equal(state.current().problem.kind, "server");
    await advance(11_000);
    assert.equal(state.current().problem, null);
  });
  test("counts the age of the server's answer in", async () => {
    spotify.age = 2000;
    await advance(5000);
    assert.ok(Math.abs(state.progress() - 32_000) < 50);
  });
  test("a lost connection is a problem of its own", async () => {
    spotify.faults["current-track"] = {};
    await advance(5000);
    assert.equal(state.current().problem.kind, "offline");
  });
});

describe("clocks", () => {
  test("the position follows the local clock between polls", async () => {
    await advance(3000);
    assert.ok(Math.abs(state.progress() - 33_000) < 100);
  });
  test("a wrong or changed wall clock does not move the position", async () => {
    browser.setWallClock(Date.now() + 10_800_000);
    await advance(700);
    assert.ok(Math.abs(state.progress() - 30_700) < 100);
    browser.setWallClock(Date.now() - 21_600_000);
    await advance(700);
    assert.ok(Math.abs(state.progress() - 31_400) < 100);
    spotify.position = 0;
    await skip();
    await advance(1200);
    assert.ok(state.progress() < 2000);
  });
  test("after a sleep nothing stale is shown as current", async () => {
    browser.setVisible(false);
    browser.sleep(3_600_000);
    spotify.latency = 600;
    Object.assign(spotify, { index: 2, position: 10_000 });
    const before = polls().length;
    browser.setVisible(true);
    assert.equal(state.current().isStale, true);
    await advance(700);
    assert.equal(state.current().isStale, false);
    assert.equal(shown().item.title, "Slow Machines");
    assert.equal(polls().length, before + 1);
  });
  test("after a moment away the last answer is still good", async () => {
    const before = polls().length;
    browser.setVisible(false);
    await advance(1000);
    browser.setVisible(true);
    await advance(100);
    assert.equal(state.current().isStale, false);
    assert.equal(polls().length, before);
  });
});
