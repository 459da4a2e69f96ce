// Cards of terms: which links have one, what they show and where.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cardOf, placeOf, termSlug } from "../../assets/src/learn/term_card.js";

test("links to terms have a card, cards and other pages do not", () => {
  assert.equal(termSlug("/learn/sidechain-compression"), "sidechain-compression");
  for (const href of [null, "/learn", "/learn/cards/camelot", "/pack/learn", "https://x.test/learn/swing"]) {
    assert.equal(termSlug(href), "");
  }
});

test("a card has the summary and the first example", () => {
  const file = {
    id: "f",
    title: "Kick",
    pack: { slug: "p", title: "Pack" },
    creator: { name: "Ana" },
    duration_seconds: 1,
    price_tokens: 5,
    owned: false,
    loudness_lufs: -9,
    kind: "one-shot",
  };
  const term = { term: "kick drum", summary: "A kick is low.", url: "/learn/kick-drum", examples: [file] };
  const card = cardOf(term);
  assert.deepEqual([card.title, card.text], ["Kick drum", "A kick is low."]);
  assert.deepEqual([card.track.href, card.track.price, card.track.isLoop], ["/pack/p", "5", false]);
  assert.equal(cardOf({ ...term, examples: [] }).track, null);
  assert.deepEqual([card.track.bpm, card.track.key], ["-", "-"]);
  const known = cardOf({ ...term, examples: [{ ...file, bpm: 127.6, key: "A minor", liked: true }] }).track;
  assert.deepEqual([known.bpm, known.key, known.isLiked], ["128", "A minor", true]);
});

test("a card stays on the screen", () => {
  const card = { width: 320, height: 150 };
  const view = { width: 360, height: 600 };
  assert.deepEqual(placeOf({ left: 200, top: 100, bottom: 120 }, card, view), { left: 32, top: 128 });
  assert.deepEqual(placeOf({ left: 10, top: 500, bottom: 520 }, card, view), { left: 10, top: 342 });
});
