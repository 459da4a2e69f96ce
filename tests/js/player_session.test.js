import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { advance, firePageEvent } from "./support/browser.js";
import { sound as playable } from "./support/player.js";
import {
  MAX_RECENT,
  VERSION,
  readRecent,
  readStoredSession,
  readTrack,
  remember,
  storedForm,
} from "../../assets/src/player/session_format.js";

const sound = (id, values = {}) => ({
  id,
  title: `Sound ${id}`,
  subtitle: "A pack",
  href: "/pack/tiled-pool",
  seconds: 10,
  price: "5",
  cover: "abc_DEF-1",
  peaks: "AZaz09-_",
  lufs: -14.2,
  isLoop: true,
  bpm: "120",
  key: "A min",
  isLiked: false,
  ...values,
});
const queue = { past: [sound("p")], upcoming: [sound("x"), sound("y")], addedCount: 1, isAdded: false };
const session = { track: sound("t"), queue, seconds: 3.14159 };

describe("a session", () => {
  test("is read as it was written", () => {
    const read = readStoredSession(JSON.parse(JSON.stringify(storedForm(session))));
    assert.deepEqual(read, { ...session, seconds: 3.14 });
  });
  test("of another version or without a valid track is ignored", () => {
    const stored = storedForm(session);
    for (const wrong of [null, 1, "text", [], {}, { ...stored, version: 2 }, { ...stored, track: { id: "t" } }])
      assert.equal(readStoredSession(wrong), null);
  });
  test("loses what is wrong in it", () => {
    const stored = { ...storedForm(session), seconds: 99, addedCount: 9, past: "no", isAdded: "yes" };
    stored.upcoming = [sound("x"), null, sound("x"), sound("t"), { id: 4 }, sound("y")];
    const read = readStoredSession(stored);
    assert.deepEqual(read.queue, { past: [], upcoming: [sound("x"), sound("y")], addedCount: 0, isAdded: false });
    assert.equal(read.seconds, 0);
  });
  test("is bounded", () => {
    const many = Array.from({ length: 300 }, (_, index) => sound(String(index)));
    const stored = storedForm({ ...session, queue: { past: many, upcoming: many, addedCount: 300, isAdded: false } });
    assert.deepEqual([stored.past.length, stored.upcoming.length, stored.addedCount], [100, 100, 100]);
    assert.equal(stored.past.at(-1).id, "299");
  });
});

test("a track leads nowhere else and carries nothing else", () => {
  assert.deepEqual(readTrack({ ...sound("t"), extra: 1 }), sound("t"));
  const wrong = [
    { href: "https://elsewhere.example" },
    { href: "//elsewhere.example" },
    { href: "javascript:alert(1)" },
    { id: "../x" },
    { cover: "a/../b" },
    { peaks: "<b>" },
    { seconds: Infinity },
    { seconds: -1 },
    { seconds: "9" },
    { title: "x".repeat(400) },
    { lufs: NaN },
    { isLoop: 1 },
  ];
  for (const values of wrong) assert.equal(readTrack(sound("t", values)), null, JSON.stringify(values));
  assert.equal(readTrack(sound("pack:tiled-pool", { lufs: null })).lufs, null);
});

test("recently played sounds: the latest first, each once, the last 50", () => {
  const [a, b] = [sound("a"), sound("b")];
  assert.deepEqual(remember(remember(remember([], a), b), a), [a, b]);
  const many = Array.from({ length: 60 }, (_, index) => sound(String(index))).reduce(remember, []);
  assert.deepEqual([many.length, many[0].id], [MAX_RECENT, "59"]);
  assert.deepEqual(readRecent({ version: VERSION, tracks: [a, {}, b] }), [a, b]);
  assert.deepEqual(readRecent({ version: 0, tracks: [a] }), []);
  assert.deepEqual(readRecent(null), []);
});

test("a session is stored while it plays, and not again once signing out has cleared the storage", async () => {
  const engine = await import("../../assets/src/player/engine.js");
  const { keep } = await import("../../assets/src/player/session.js");
  const stored = () => localStorage.getItem("askchopper.session");
  keep();
  engine.play(playable("1"), []);
  await advance(1500);
  assert.equal(JSON.parse(stored()).track.id, "1");
  firePageEvent("pagehide");
  assert.ok(stored());
  localStorage.clear();
  firePageEvent("pagehide");
  await advance(1500);
  assert.equal(stored(), null);
  engine.pause();
});
