import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as browser from "./support/browser.js";
import { advance } from "./support/browser.js";
import { polls, remote, requests, shown, skip, spotify, state } from "./support/spotify.js";

describe("problems", () => {
  test("a refusal stays long enough to be read and then goes", async () => {
    spotify.faults.pause = { status: 403, kind: "restricted" };
    await remote.togglePlay();
    await advance(6000);
    assert.equal(state.current().problem.kind, "restricted");
    await advance(6000);
    assert.equal(state.current().problem, null);
  });
  test("a reason goes when what it was about is over", async () => {
    spotify.kind = "ad";
    await advance(5000);
    state.say(shown().blocked.next, "blocked");
    assert.equal(state.current().problem.sentence, "Not during an advert.");
    spotify.kind = "track";
    await advance(5100);
    assert.equal(shown().kind, "track");
    assert.equal(state.current().problem, null);
  });
  test("a problem that offers a choice stays until playback changes", async () => {
    spotify.faults.pause = { status: 404, kind: "no_device", devices: [] };
    await remote.togglePlay();
    await advance(20_000);
    assert.equal(state.current().problem.kind, "no_device");
    spotify.index = 1;
    await advance(5100);
    assert.equal(state.current().problem, null);
  });
  for (const kind of ["rate_limit", "quota"])
    test(`a ${kind} blocks commands and words until it is over`, async () => {
      spotify.faults.pause = { status: 429, kind, retry_after_seconds: 2 };
      spotify.faults["current-track"] = { ...spotify.faults.pause };
      await remote.togglePlay();
      assert.equal(state.backoffSeconds(), 2);
      const before = requests.length;
      assert.equal(await skip(), false);
      assert.equal(requests.length, before);
      state.say("Something else", "blocked");
      assert.equal(state.current().problem.kind, kind);
      await advance(2500);
      assert.equal(state.backoffSeconds(), 0);
      assert.equal(state.current().problem, null);
    });
  test("without Premium the controls stay blocked until the member comes back later", async () => {
    spotify.faults.pause = { status: 403, kind: "premium" };
    await remote.togglePlay();
    assert.equal(state.current().needsPremium, true);
    await advance(5000);
    assert.equal(state.current().needsPremium, true);
    browser.setVisible(false);
    await advance(30_000);
    browser.setVisible(true);
    assert.equal(state.current().needsPremium, false);
  });
  test("an ended connection keeps its reason and stops polling", async () => {
    spotify.faults.pause = { status: 409, kind: "ended", detail: "The stored connection can no longer be read." };
    await remote.togglePlay();
    await advance(100);
    assert.equal(state.current().hasEnded, true);
    assert.equal(state.current().problem.sentence, "The stored connection can no longer be read.");
    const before = polls().length;
    await advance(30_000);
    assert.equal(polls().length, before);
  });
  test("who comes back after reconnecting elsewhere sees playback again", async () => {
    spotify.faults.pause = { status: 409, kind: "ended" };
    await remote.togglePlay();
    browser.setVisible(false);
    browser.setVisible(true);
    await advance(100);
    assert.equal(state.current().hasEnded, false);
    assert.equal(state.current().problem, null);
    assert.equal(shown().item.title, "The Long Way Down");
  });
  test("connecting in another tab brings this one back at once", async () => {
    spotify.faults.pause = { status: 409, kind: "ended" };
    await remote.togglePlay();
    browser.receiveMessage("askchopper.spotify", "connected");
    await advance(100);
    assert.equal(state.current().hasEnded, false);
  });
  test("a signed-out member gets one problem, not one for every poll", async () => {
    spotify.faults.pause = { status: 401, kind: "" };
    await remote.togglePlay();
    const { problem } = state.current();
    assert.equal(state.current().isSignedOut, true);
    spotify.faults["current-track"] = { status: 401, kind: "", isLasting: true };
    browser.setVisible(false);
    browser.setVisible(true);
    await advance(100);
    assert.equal(state.current().problem, problem);
  });
  test("disconnecting stops polling and tells the other tabs", async () => {
    await remote.disconnect();
    assert.equal(state.current().isDisconnected, true);
    assert.deepEqual(browser.sentMessages.at(-1), ["askchopper.spotify", "changed"]);
    const before = polls().length;
    await advance(20_000);
    assert.equal(polls().length, before);
  });
});
