import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import "./support/browser.js";

const { isLiked, likes, toggleLike } = await import("../../assets/src/community/like_store.js");

const SOUND = { id: "s1", title: "Kick", isLiked: false };
const PACK = { id: "pack:one", title: "One", isLiked: true };
let calls = [];
let answer = () => ({ ok: true });

beforeEach(() => {
  likes.set({ marks: {} });
  calls = [];
  answer = () => ({ ok: true });
  globalThis.fetch = async (url, { method }) => {
    calls.push(`${method} ${url}`);
    return answer();
  };
});

describe("likes", () => {
  test("are marked before the server answers", async () => {
    const sent = toggleLike(SOUND);
    assert.equal(isLiked(SOUND), true);
    assert.equal(await sent, null);
    assert.deepEqual(calls, ["PUT /api/v1/files/s1/like"]);
  });
  test("of a pack are taken back", async () => {
    await toggleLike(PACK);
    assert.equal(isLiked(PACK), false);
    assert.deepEqual(calls, ["DELETE /api/v1/packs/one/like"]);
  });
  test("are marked back with a sentence when the server refuses", async () => {
    answer = () => ({
      ok: false,
      status: 429,
      json: async () => ({ detail: "Too many likes. Try again in 9 seconds." }),
    });
    const problem = await toggleLike(SOUND);
    assert.deepEqual(problem, { status: 429, sentence: "Too many likes. Try again in 9 seconds." });
    assert.equal(isLiked(SOUND), false);
  });
  test("are marked back without a connection", async () => {
    globalThis.fetch = async () => {
      throw new TypeError("offline");
    };
    assert.match((await toggleLike(SOUND)).sentence, /cannot be reached/);
    assert.equal(isLiked(SOUND), false);
  });
  test("pressed many times in a row send the last state only", async () => {
    await Promise.all([toggleLike(SOUND), toggleLike(SOUND), toggleLike(SOUND), toggleLike(SOUND)]);
    assert.equal(isLiked(SOUND), false);
    assert.deepEqual(calls, ["PUT /api/v1/files/s1/like", "DELETE /api/v1/files/s1/like"]);
  });
});
