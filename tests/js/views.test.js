import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { advance } from "./support/browser.js";

const visits = await import("../../assets/src/analytics/visit.js");
const views = await import("../../assets/src/analytics/views.js");

/** @type {{ url: string, blob: Blob }[]} */
const beacons = [];
const reports = () => Promise.all(beacons.map(async ({ blob }) => JSON.parse(await blob.text())));
let elements = [];
let visible;

class Visible {
  constructor(callback) {
    this.callback = callback;
    visible = this;
  }
  observe() {}
  unobserve() {}
  disconnect() {}
  show(...targets) {
    this.callback(targets.map((target) => ({ isIntersecting: true, target })));
  }
}
const row = (id) => ({ getAttribute: () => JSON.stringify({ id }) });

beforeEach(() => {
  beacons.length = 0;
  navigator.sendBeacon = (url, blob) => beacons.push({ url, blob });
  globalThis.IntersectionObserver = Visible;
  globalThis.MutationObserver = class {
    observe() {}
    disconnect() {}
  };
  document.querySelectorAll = () => elements;
  document.body ??= {};
});

describe("what led to a page", () => {
  test("is the page before, whatever its query became meanwhile", () => {
    visits.enter("/browse");
    visits.enter("/browse?q=dusty");
    visits.enter("/pack/drift");
    visits.enter("/pack/drift?licence=broadcast");
    assert.deepEqual(visits.visit(), { page: "/pack/drift?licence=broadcast", via: "/browse?q=dusty" });
  });
});

test("an address with broken escapes is no pack, and no error", () => {
  assert.equal(views.packOf("/pack/caf%C3%A9?licence=broadcast"), "café");
  assert.equal(views.packOf("/pack/100%"), "");
  assert.equal(views.packOf("/browse"), "");
});

describe("views", () => {
  test("visible rows are reported once with their page, but not its own pack or demonstrations", async () => {
    visits.enter("/pack/drift");
    elements = ["1", "pack:drift", "pack:tide", "demo:chop"].map(row);
    const stop = views.watchViews();
    await advance(500);
    visible.show(...elements);
    await advance(1500);
    stop();
    const [report, ...others] = await reports();
    assert.deepEqual([report.page, report.shown, others], ["/pack/drift", ["1", "pack:tide"], []]);
  });
  test("an opened page is one of a pack", async () => {
    visits.enter("/browse");
    views.reportOpened();
    visits.enter("/pack/tide?utm_source=askchopper");
    views.reportOpened();
    assert.deepEqual(
      (await reports()).map((one) => one.opened),
      ["tide"],
    );
  });
});
