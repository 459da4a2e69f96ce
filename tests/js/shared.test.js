import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import "./support/browser.js";

const format = await import("../../assets/src/shared/format.js");
const { isOutside } = await import("../../assets/src/shared/dom.js");
const storage = await import("../../assets/src/shared/storage.js");
const { createStore } = await import("../../assets/src/shared/store.js");
const { toPcm16, wavBlob } = await import("../../assets/src/shared/wav.js");
const { singleKey } = await import("../../assets/src/shared/keys.js");
const filters = await import("../../assets/src/search/filter_url.js");
const drafts = await import("../../assets/src/chat/draft_storage.js");

beforeEach(() => localStorage.clear());

describe("formats", () => {
  test("times", () => {
    assert.equal(format.clock(187.9), "3:07");
    assert.equal(format.clock(NaN), "0:00");
    assert.equal(format.spokenClock(61), "1 minutes 1 seconds");
    assert.deepEqual([0.2, 59, 61, 3601].map(format.timeLeft), ["1 s left", "59 s left", "2 min left", "2 h left"]);
  });
  test("a moment as a field for a date has it", () => {
    for (const local of ["2026-12-01T09:05", "0002-12-01T09:05", "0202-12-01T09:05"])
      assert.equal(format.localMoment(new Date(local).toISOString()), local);
    assert.deepEqual(["", "soon"].map(format.localMoment), ["", ""]);
  });
  test("sizes and counts", () => {
    assert.equal(format.fileSize(10), "1 kB");
    assert.equal(format.fileSize(2.5 * 2 ** 20), "2.5 MB");
    assert.equal(format.partOfSize(2 ** 20, 3 * 2 ** 20), "1.0 of 3.0 MB");
    assert.equal(format.partOfSize(1024, 2048), "1 of 2 kB");
    assert.deepEqual(
      [0, 1, 1395].map((count) => format.plural(count, "file")),
      ["0 files", "1 file", "1,395 files"],
    );
  });
});

test("a press on the padding of a dialog is not on its backdrop", () => {
  const box = { left: 100, right: 500, top: 50, bottom: 300 };
  const at = (clientX, clientY) => isOutside({ clientX, clientY }, box);
  assert.deepEqual(
    [at(110, 60), at(100, 300), at(99, 60), at(501, 60), at(200, 49), at(200, 301)],
    [false, false, true, true, true, true],
  );
});

describe("stores", () => {
  test("tell their subscribers of every change until they unsubscribe", () => {
    const store = createStore({ count: 0, name: "a" });
    const seen = [];
    const unsubscribe = store.subscribe(() => seen.push(store.get()));
    store.set({ count: 1 });
    unsubscribe();
    store.set({ count: 2 });
    assert.deepEqual(seen, [{ count: 1, name: "a" }]);
  });
});

describe("storage", () => {
  test("values survive, empty ones are removed, broken ones are replaced", () => {
    storage.writeJson("list", [1]);
    assert.deepEqual(storage.readJson("list", []), [1]);
    storage.writeText("list", "{broken");
    assert.deepEqual(storage.readJson("list", []), []);
    storage.writeText("list", "");
    assert.equal(localStorage.getItem("askchopper.list"), null);
  });
  test("without storage nothing fails", () => {
    const { getItem } = localStorage;
    localStorage.getItem = () => {
      throw new Error("private mode");
    };
    assert.equal(storage.readText("anything"), "");
    assert.equal(storage.isStorageAvailable(), false);
    localStorage.getItem = getItem;
    assert.equal(storage.isStorageAvailable(), true);
  });
});

describe("WAV files", () => {
  test("repeat their frames and have a valid header", async () => {
    const pcm = toPcm16([new Float32Array([0, 1]), new Float32Array([-2, 0.5])], 3);
    assert.deepEqual([...pcm], [0, -32767, 32767, 16383, 32767, 16383]);
    const bytes = new DataView(await wavBlob(pcm, { channels: 2, rate: 44_100, repeats: 4 }).arrayBuffer());
    assert.equal(bytes.byteLength, 44 + 4 * 12);
    assert.equal(bytes.getUint32(4, true), bytes.byteLength - 8);
    assert.equal(bytes.getUint16(22, true), 2);
    assert.equal(bytes.getUint32(28, true), 44_100 * 4);
    assert.equal(bytes.getUint32(40, true), 4 * 12);
    assert.equal(bytes.getInt16(44 + 12 + 4, true), 32767);
  });
});

describe("shortcuts", () => {
  const key = (values) => singleKey({ key: "L", target: null, defaultPrevented: false, ...values });

  test("are single keys without a modifier", () => {
    assert.equal(key({}), "l");
    assert.equal(key({ key: "Home" }), "Home");
    assert.equal(key({ ctrlKey: true }), null);
    assert.equal(key({ defaultPrevented: true }), null);
  });
  test("do nothing while somebody types", () => {
    assert.equal(key({ target: { closest: () => ({}) } }), null);
  });
});

describe("filters in the address", () => {
  const params = new URLSearchParams("q=kick&bpm_min=120&view=list");

  test("are set and removed", () => {
    assert.equal(filters.withFilters(params, { bpm_min: "", key: "Am" }), "/browse?q=kick&view=list&key=Am");
    assert.equal(filters.withFilters(new URLSearchParams("q=kick"), { q: null }), "/browse");
  });
  test("stay on their page", () => {
    assert.equal(filters.withFilters(params, { q: "", bpm_min: "" }, "/library"), "/library?view=list");
  });
  test("an emptied tempo field is no limit", () => {
    const none = { bpm_min: "", bpm_max: "" };
    assert.deepEqual(filters.tempoRange([60, 0], [60, 200]), { min: 60, max: 200, filters: none });
    assert.deepEqual(filters.tempoRange([0, 120], [60, 200]).filters, { bpm_min: "", bpm_max: 120 });
    assert.deepEqual(filters.tempoRange([140, 90], [60, 200]).filters, { bpm_min: 90, bpm_max: 140 });
  });
  test("are cleared without changing how results are shown", () => {
    assert.equal(filters.withoutFilters(params), "/browse?view=list");
  });
});

describe("drafts", () => {
  test("belong to their writer and conversation", () => {
    const mine = drafts.draftStorage("me", "c1");
    mine.writeDraft("half a thought");
    assert.equal(drafts.draftStorage("me", "c1").readDraft(), "half a thought");
    assert.equal(drafts.draftStorage("somebody", "c1").readDraft(), "");
    assert.equal(drafts.draftStorage("me", drafts.NEW).readDraft(), "");
  });
  test("a queue and a sent question survive, and leave nothing when they are gone", () => {
    const storage_ = drafts.draftStorage("me", "c1");
    storage_.writeQueue([{ id: "1", text: "next" }]);
    storage_.writeSent({ key: "k", text: "words" });
    assert.deepEqual(storage_.readQueue(), [{ id: "1", text: "next" }]);
    assert.deepEqual(storage_.readSent(), { key: "k", text: "words" });
    storage_.writeQueue([]);
    storage_.clearSent();
    assert.deepEqual(storage_.readSent(), drafts.NOTHING_SENT);
    assert.equal(localStorage.getItem("askchopper.queue.me.c1"), null);
  });
  test("a question that failed is put back in front of what was typed since, once", () => {
    assert.equal(drafts.putBefore("question", "and more"), "question\n\nand more");
    assert.equal(drafts.putBefore("question", "question\n\nand more"), "question\n\nand more");
    assert.equal(drafts.putBefore("question", ""), "question");
  });
});
