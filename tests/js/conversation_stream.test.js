import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import * as browser from "./support/browser.js";
import { advance } from "./support/browser.js";

/** An EventSource that tests feed. */
class FakeEventSource {
  static CLOSED = 2;
  static all = [];
  readyState = 1;
  constructor(url) {
    this.url = url;
    FakeEventSource.all.push(this);
  }
  close() {
    this.readyState = FakeEventSource.CLOSED;
  }
  emit(name, value, lastEventId = "") {
    this.onmessage({ data: JSON.stringify([name, value]), lastEventId });
  }
  /** The server refuses the connection: the browser gives up. */
  refuse() {
    this.close();
    this.onerror();
  }
}
globalThis.EventSource = FakeEventSource;

const store = await import("../../assets/src/chat/answer_store.js");
const { followConversation } = await import("../../assets/src/chat/conversation_stream.js");

const EVENTS = "/api/v1/conversations/c1/events";
let page;
let calls;
let unfollow;
const stream = () => FakeEventSource.all.at(-1);
const answer = () => store.getAnswer("a1");
const textOf = (id) => {
  const [part] = store.getAnswer(id).parts;
  return part.blocks.join("") + part.tail;
};
const openText = { place: 0, part: { kind: "text", html: "", tail: "" } };

function follow(conversation = "c1") {
  unfollow = followConversation(conversation, {
    knownIds: () => page.known,
    expectedId: () => page.expected,
    onRefresh: () => calls.push("refresh"),
    onEnded: () => calls.push("ended"),
    onNamed: () => calls.push("named"),
  });
}
/** Start an answer with some text. */
function write(...texts) {
  stream().emit("start", { answer: "a1" });
  stream().emit("part", openText);
  texts.forEach((text, index) => stream().emit("t", text, String(index + 1)));
}

beforeEach(() => {
  FakeEventSource.all = [];
  page = { known: ["q1", "a1"], expected: "" };
  calls = [];
  browser.setVisible(true);
  follow();
});
afterEach(() => {
  unfollow();
  store.removeAnswer("a1");
  store.removeAnswer("a2");
});

describe("events", () => {
  test("words are appended to the open text", () => {
    write("begin", "ning and more");
    assert.equal(textOf("a1"), "beginning and more");
    assert.equal(answer().isRunning, true);
  });
  test("finished blocks replace the text before them", () => {
    write("**bold** and");
    stream().emit("html", { html: "<p><b>bold</b></p>", tail: " and" });
    assert.deepEqual(answer().parts[0].blocks, ["<p><b>bold</b></p>"]);
    assert.equal(answer().parts[0].tail, " and");
  });
  test("a part replaces the one at its place, and words go to the last text", () => {
    write("first");
    stream().emit("part", { place: 1, part: { kind: "tool", id: "t1", state: "running" } });
    stream().emit("part", { place: 2, part: { kind: "text", html: "", tail: "" } });
    stream().emit("part", { place: 1, part: { kind: "tool", id: "t1", state: "done" } });
    stream().emit("t", "second");
    assert.equal(answer().parts[1].state, "done");
    assert.equal(answer().parts[0].tail, "first");
    assert.equal(answer().parts[2].tail, "second");
  });
  test("sources are stored by number", () => {
    write("text");
    stream().emit("source", { number: 2, title: "Deal" });
    stream().emit("source", { number: 1, title: "Memo" });
    assert.deepEqual(Object.keys(answer().sources), ["1", "2"]);
  });
  test("an answer that ends is reported and keeps its text", () => {
    write("Yes.");
    stream().emit("done", { answer: "a1" });
    assert.deepEqual(calls, ["ended"]);
    assert.equal(answer().isRunning, false);
    assert.equal(textOf("a1"), "Yes.");
  });
  test("the end of an answer that was not streamed refreshes the page", () => {
    stream().emit("done", { answer: "a9" });
    assert.deepEqual(calls, ["refresh"]);
  });
  test("a new title is reported", () => {
    stream().emit("named", {});
    assert.deepEqual(calls, ["named"]);
  });
  test("subscribers are notified of every event", () => {
    let changes = 0;
    const unsubscribe = store.subscribe(() => (changes += 1));
    write("one", "two");
    unsubscribe();
    stream().emit("t", "three");
    assert.equal(changes, 4);
  });
  test("an answer has the version of the page at which it began", () => {
    store.setPageVersion(3);
    write("text");
    assert.equal(answer().version, 3);
  });
  test("a declined proposal stays declined while the answer is shown", () => {
    stream().emit("start", { answer: "a1" });
    stream().emit("part", { place: 0, part: { kind: "proposal", ref: "pack:x" } });
    store.declineProposal("a1", 0);
    assert.equal(answer().parts[0].isDeclined, true);
  });
});

describe("other tabs", () => {
  test("a question from another tab refreshes the page, and its answer is streamed whole", async () => {
    page.known = ["q1"];
    write("beginning and more ");
    await advance(400);
    assert.deepEqual(calls, []);
    await advance(200);
    assert.deepEqual(calls, ["refresh"]);
    stream().emit("t", "the very end.");
    assert.equal(textOf("a1"), "beginning and more the very end.");
  });
  test("a question of this tab does not", async () => {
    write("text");
    await advance(1000);
    assert.deepEqual(calls, []);
  });
});

describe("connections", () => {
  test("a first visit asks for the running answer from its beginning", () => {
    assert.equal(stream().url, EVENTS);
  });
  test("a refused connection is opened again after the last event, and no word is lost or doubled", async () => {
    write("beginning ", "and more ");
    stream().refuse();
    await advance(3100);
    assert.equal(FakeEventSource.all.length, 2);
    assert.equal(stream().url, `${EVENTS}?after=2`);
    stream().emit("hello", { running: "a1", last: "a1" });
    stream().emit("t", "the very end.", "3");
    assert.equal(textOf("a1"), "beginning and more the very end.");
    assert.deepEqual(calls, []);
  });
  test("an error that the browser recovers from opens no second connection", async () => {
    stream().readyState = 0;
    stream().onerror();
    await advance(5000);
    assert.equal(FakeEventSource.all.length, 1);
  });
  test("retries wait longer and longer; the second refusal refreshes the page", async () => {
    stream().refuse();
    await advance(3100);
    assert.deepEqual(calls, []);
    stream().refuse();
    assert.deepEqual(calls, ["refresh"]);
    await advance(5000);
    assert.equal(FakeEventSource.all.length, 2);
    await advance(1100);
    assert.equal(FakeEventSource.all.length, 3);
  });
  test("another conversation and back: the answer comes from its beginning and no word is doubled", () => {
    write("beginning and more ");
    unfollow();
    follow("c2");
    unfollow();
    follow("c1");
    assert.equal(stream().url, EVENTS);
    stream().emit("hello", { running: "a1", last: "a1" });
    write("beginning and more ", "the very end.");
    assert.equal(textOf("a1"), "beginning and more the very end.");
  });
  test("finished answers of other conversations are forgotten", () => {
    write("Yes.");
    stream().emit("done", { answer: "a1" });
    unfollow();
    page.known = ["q2"];
    follow("c2");
    assert.equal(answer(), undefined);
  });
  test("a hidden tab disconnects after ten seconds and resumes when it is visible", async () => {
    write("one");
    browser.setVisible(false);
    await advance(9000);
    assert.equal(stream().readyState, 1);
    await advance(1100);
    assert.equal(stream().readyState, FakeEventSource.CLOSED);
    browser.setVisible(true);
    assert.equal(stream().url, `${EVENTS}?after=1`);
  });
  test("a short visit to another tab keeps the connection", async () => {
    browser.setVisible(false);
    await advance(5000);
    browser.setVisible(true);
    await advance(10_000);
    assert.equal(FakeEventSource.all.length, 1);
    assert.equal(stream().readyState, 1);
  });
  test("a page that is left disconnects for good", async () => {
    unfollow();
    await advance(60_000);
    assert.equal(stream().readyState, FakeEventSource.CLOSED);
    assert.equal(FakeEventSource.all.length, 1);
  });
  test("a server that says goodbye is not asked again; the page is refreshed", async () => {
    stream().emit("bye", {});
    await advance(60_000);
    assert.equal(FakeEventSource.all.length, 1);
    assert.deepEqual(calls, ["refresh"]);
  });
});

describe("the greeting of a connection", () => {
  test("tells which answer is running: its words go there", () => {
    write("one ");
    stream().emit("hello", { running: "a1", last: "a1" });
    stream().emit("t", "two");
    assert.equal(textOf("a1"), "one two");
    assert.deepEqual(calls, []);
  });
  test("an answer that ended while the stream was down is read again", () => {
    write("half an ans");
    stream().emit("hello", { running: "", last: "a1" });
    assert.equal(answer(), undefined);
    assert.deepEqual(calls, ["refresh"]);
  });
  test("an answer that was over before the page listened is read", () => {
    page.expected = "a1";
    stream().emit("hello", { running: "", last: "a1" });
    assert.deepEqual(calls, ["refresh"]);
  });
  test("a message that the page does not have yet is read", () => {
    stream().emit("hello", { running: "", last: "a7" });
    assert.deepEqual(calls, ["refresh"]);
  });
  test("a page that is up to date reads nothing", () => {
    stream().emit("hello", { running: "", last: "a1" });
    assert.deepEqual(calls, []);
  });
});
