// Files that are dropped on or pasted into a page.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { listenForFiles } from "../../assets/src/shared/page_drop.js";

const kick = new File(["x"], "kick.wav", { type: "audio/wav" });
const picture = new File(["x"], "image.png", { type: "image/png" });
let page;
let taken;
let hovers;

const event = (name, values) => Object.assign(new Event(name, { cancelable: true }), values);
const drop = () => event("drop", { dataTransfer: { types: ["Files"], items: [], files: [kick] } });
const paste = (files, text = "") => event("paste", { clipboardData: { files, getData: () => text } });
const listen = (isActive = () => true) =>
  listenForFiles({ isActive, onFiles: (files) => taken.push(files), onHover: (isNow) => hovers.push(isNow) }, page);
async function fire(one) {
  page.dispatchEvent(one);
  await new Promise(setImmediate);
}

beforeEach(() => {
  page = new EventTarget();
  taken = [];
  hovers = [];
});

test("files are taken once, by the first that listens", async () => {
  listen();
  listen();
  await fire(drop());
  await fire(paste([kick]));
  assert.deepEqual(taken, [[kick], [kick]]);
});

test("what a hidden button would take goes to the visible one", async () => {
  listen(() => false);
  await fire(drop());
  assert.deepEqual(taken, []);
  listen();
  await fire(drop());
  assert.deepEqual(taken, [[kick]]);
});

test("files that a part of the page has taken are left to it", async () => {
  listen();
  for (const one of [drop(), paste([kick]), event("dragover", { dataTransfer: { types: ["Files"] } })]) {
    one.preventDefault();
    await fire(one);
  }
  assert.deepEqual(taken, []);
  assert.ok(!hovers.includes(true));
});

test("text with a picture of it is pasted as text", async () => {
  listen();
  const cells = paste([picture], "Kick\t120");
  await fire(cells);
  assert.equal(cells.defaultPrevented, false);
  assert.deepEqual(taken, []);
});
