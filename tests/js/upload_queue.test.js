import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import * as browser from "./support/browser.js";
import { advance } from "./support/browser.js";
import { FakeXhr } from "./support/xhr.js";

const queue = await import("../../assets/src/studio/upload_queue.js");
const { addNote, dismissNote, isBusy, store } = await import("../../assets/src/studio/upload_items.js");
const { UPLOAD_MAX_BYTES } = await import("../../assets/src/constants.js");

const UPLOADS = "/api/v1/uploads";
const PACK = "pack1";

/** The upload API: `offsets` is what it has of each upload, by id. */
let server;
let requests;

async function respond({ method, url, body }) {
  if (method === "POST") {
    await browser.delay(server.createDelay);
    const error = server.createErrors.shift();
    if (error) return error;
    const id = `upload${++server.lastId}`;
    server.offsets[id] = 0;
    server.sizes[id] = body.size;
    return { status: 201, headers: { Location: `${UPLOADS}/${id}` } };
  }
  const id = url.split("/").at(-1);
  if (method === "DELETE") return { status: 204 };
  if (method === "GET") return { json: { items: server.unfinished } };
  if (!(id in server.offsets)) return { status: 404 };
  return { headers: { "Upload-Offset": server.offsets[id] } };
}
/** Accept everything that a PUT sends. */
function accept(xhr) {
  const id = xhr.url.split("/").at(-1);
  server.offsets[id] = server.sizes[id] ?? xhr.offset + xhr.body.size;
  return xhr.respond(200, { state: "stored", offset: server.offsets[id] });
}

const soundFile = (name, size = 1000) => new File([new Uint8Array(size)], name, { lastModified: 1 });
const items = () => store.get().items;
const statuses = () => items().map((item) => item.status);
const item = () => items()[0];
const methods = () => [...requests, ...FakeXhr.all].sort((a, b) => a.order - b.order).map((one) => one.method);

beforeEach(async () => {
  items().forEach(({ id }) => queue.cancel(id));
  await advance(20);
  browser.setOnline(true);
  server = { lastId: 0, offsets: {}, sizes: {}, unfinished: [], createErrors: [], createDelay: 0 };
  FakeXhr.reset(accept);
  requests = browser.serve((request) => {
    request.order = FakeXhr.nextOrder();
    return respond(request);
  });
  store.set({ items: [], notes: [], announcement: "" });
});

describe("adding files", () => {
  test("sounds are sent and announced", async () => {
    queue.add(PACK, [soundFile("kick.wav"), soundFile("pad.flac")]);
    await advance(50);
    assert.deepEqual(statuses(), ["stored", "stored"]);
    assert.equal(store.get().announcement, "All 2 files uploaded");
  });
  test("other files are left out with a reason", () => {
    const large = Object.defineProperty(soundFile("long.wav"), "size", { value: UPLOAD_MAX_BYTES + 1 });
    queue.add(PACK, [soundFile("notes.pdf"), soundFile("empty.wav", 0), large]);
    assert.deepEqual(items(), []);
    assert.deepEqual(
      store.get().notes.map(({ names, reason }) => [names[0], reason]),
      [
        ["notes.pdf", "Not a supported format. Upload WAV, AIFF, FLAC, MP3, Ogg, Opus or M4A."],
        ["empty.wav", "Empty. Export it again."],
        ["long.wav", "Larger than 200 MB. Cut it into shorter sounds."],
      ],
    );
    assert.equal(store.get().announcement, "0 files added. 3 files left out.");
  });
  test("the same file is queued once", () => {
    queue.add(PACK, [soundFile("kick.wav"), soundFile("kick.wav")]);
    assert.equal(items().length, 1);
    assert.equal(store.get().notes[0].reason, "Already in the queue.");
  });
  test("at most 200 files wait", () => {
    FakeXhr.reset(() => {});
    queue.add(
      PACK,
      Array.from({ length: 201 }, (_, index) => soundFile(`${index}.wav`)),
    );
    assert.equal(items().length, 200);
    assert.match(store.get().notes[0].reason, /^Only 200 files/);
  });
  test("three files are sent at once", async () => {
    FakeXhr.reset(() => {});
    queue.add(
      PACK,
      ["a", "b", "c", "d"].map((name) => soundFile(`${name}.wav`)),
    );
    await advance(50);
    assert.deepEqual(statuses(), ["sending", "sending", "sending", "waiting"]);
    accept(FakeXhr.all[0]);
    await advance(50);
    assert.deepEqual(statuses(), ["stored", "sending", "sending", "sending"]);
  });
  test("a new batch counts from one", async () => {
    queue.add(PACK, [soundFile("kick.wav")]);
    await advance(50);
    queue.markReported(item().id);
    queue.add(PACK, [soundFile("snare.wav")]);
    assert.deepEqual(
      items().map(({ name }) => name),
      ["snare.wav"],
    );
  });
  test("notes can be added and dismissed", () => {
    addNote(PACK, "A pack has one cover.", ["back.png"]);
    assert.equal(store.get().announcement, "back.png: A pack has one cover.");
    dismissNote(store.get().notes[0].id);
    assert.deepEqual(store.get().notes, []);
  });
  test("a stored file that the page lists loses its row", async () => {
    queue.add(PACK, [soundFile("kick.wav")]);
    await advance(50);
    queue.markListed([item().uploadId]);
    assert.equal(item().isListed, true);
  });
});

describe("pause, resume, cancel", () => {
  beforeEach(() => FakeXhr.reset(() => {}));

  test("a paused file continues from the server's offset", async () => {
    queue.add(PACK, [soundFile("long.wav", 3000)]);
    await advance(50);
    FakeXhr.all[0].progress(1200);
    await advance(150);
    assert.equal(item().sent, 1200);
    queue.pause(item().id);
    assert.equal(item().status, "paused");
    assert.equal(FakeXhr.all[0].isAborted, true);
    server.offsets[item().uploadId] = 1000;
    queue.resume(item().id);
    await advance(50);
    assert.equal(FakeXhr.all[1].headers["Upload-Offset"], "1000");
    assert.equal(FakeXhr.all[1].body.size, 2000);
  });
  test("pausing all starts no other file", async () => {
    queue.add(
      PACK,
      ["a", "b", "c", "d"].map((name) => soundFile(`${name}.wav`)),
    );
    await advance(50);
    queue.pauseAll(PACK);
    await advance(50);
    assert.deepEqual(statuses(), ["paused", "paused", "paused", "paused"]);
    assert.equal(FakeXhr.all.length, 3);
    queue.resumeAll(PACK);
    await advance(50);
    assert.deepEqual(statuses(), ["sending", "sending", "sending", "waiting"]);
  });
  test("a cancelled file is deleted at the server", async () => {
    queue.add(PACK, [soundFile("kick.wav")]);
    await advance(50);
    queue.cancel(item().id);
    assert.deepEqual(items(), []);
    assert.equal(requests.at(-1).method, "DELETE");
    assert.equal(requests.at(-1).url, `${UPLOADS}/upload1`);
  });
  test("a file that is cancelled while it is being created is deleted then", async () => {
    server.createDelay = 100;
    queue.add(PACK, [soundFile("kick.wav")]);
    await advance(50);
    queue.cancel(item().id);
    await advance(100);
    assert.deepEqual(methods(), ["POST", "DELETE"]);
  });
  test("leaving the page is warned of while files are being sent", async () => {
    queue.add(PACK, [soundFile("kick.wav")]);
    await advance(50);
    assert.ok(items().some(isBusy));
    accept(FakeXhr.all[0]);
    await advance(50);
    assert.ok(!items().some(isBusy));
  });
});

describe("progress", () => {
  beforeEach(() => FakeXhr.reset(() => {}));

  test("is drawn a few times a second, with the speed", async () => {
    queue.add(PACK, [soundFile("long.wav", 100_000)]);
    await advance(50);
    let changes = 0;
    const unsubscribe = store.subscribe(() => (changes += 1));
    for (let sent = 1000; sent <= 20_000; sent += 1000) {
      FakeXhr.all[0].progress(sent);
      await advance(50);
    }
    await advance(100);
    unsubscribe();
    assert.ok(changes <= 11, `${changes} changes in a second`);
    assert.equal(item().sent, 20_000);
    assert.ok(Math.abs(item().speed - 20_000) < 2000, String(item().speed));
  });
});

describe("errors", () => {
  test("a broken connection resumes where it stopped", async () => {
    let breaks = 2;
    FakeXhr.reset((xhr) => (breaks-- > 0 ? xhr.fail() : accept(xhr)));
    queue.add(PACK, [soundFile("cut.wav")]);
    await advance(5000);
    assert.deepEqual(statuses(), ["stored"]);
    assert.deepEqual(methods(), ["POST", "PUT", "HEAD", "PUT", "HEAD", "PUT"]);
  });
  test("retries wait longer and longer, and end", async () => {
    FakeXhr.reset((xhr) => xhr.fail());
    queue.add(PACK, [soundFile("cut.wav")]);
    await advance(50);
    assert.equal(item().status, "broken");
    await advance(120_000);
    assert.equal(item().status, "failed");
    assert.equal(FakeXhr.all.length, 7);
    assert.match(item().problem.sentence, /^The connection keeps breaking/);
    assert.equal(item().problem.isFinal, false);
  });
  test("offline nothing is tried; back online it continues", async () => {
    FakeXhr.reset((xhr) => xhr.fail());
    browser.setOnline(false);
    queue.add(PACK, [soundFile("cut.wav")]);
    await advance(60_000);
    assert.equal(item().status, "broken");
    assert.equal(FakeXhr.all.length, 1);
    FakeXhr.reset(accept);
    browser.setOnline(true);
    await advance(50);
    assert.equal(item().status, "stored");
  });
  test("silence counts as a broken connection", async () => {
    FakeXhr.reset(() => {});
    queue.add(PACK, [soundFile("cut.wav")]);
    await advance(25_100);
    assert.equal(FakeXhr.all[0].isAborted, true);
    assert.equal(item().status, "broken");
  });
  test("another offset is sent from at once", async () => {
    let isFirst = true;
    FakeXhr.reset((xhr) => {
      if (!isFirst) return accept(xhr);
      isFirst = false;
      server.offsets.upload1 = 400;
      return xhr.respond(409, { offset: 400 });
    });
    queue.add(PACK, [soundFile("kick.wav")]);
    await advance(100);
    assert.equal(FakeXhr.all[1].headers["Upload-Offset"], "400");
    assert.deepEqual(statuses(), ["stored"]);
  });
  test("an upload that is gone at the server starts over", async () => {
    let isFirst = true;
    FakeXhr.reset((xhr) => {
      if (!isFirst) return accept(xhr);
      isFirst = false;
      delete server.offsets.upload1;
      return xhr.respond(404, {});
    });
    queue.add(PACK, [soundFile("kick.wav")]);
    await advance(100);
    assert.equal(item().uploadId, "upload2");
    assert.deepEqual(statuses(), ["stored"]);
  });
  test("an upload that is gone while the browser goes offline starts over when it is back", async () => {
    let isFirst = true;
    FakeXhr.reset((xhr) => {
      if (!isFirst) return accept(xhr);
      isFirst = false;
      delete server.offsets.upload1;
      browser.setOnline(false);
      return xhr.respond(404, {});
    });
    queue.add(PACK, [soundFile("kick.wav")]);
    await advance(100);
    assert.deepEqual(statuses(), ["broken"]);
    browser.setOnline(true);
    await advance(100);
    assert.deepEqual(statuses(), ["stored"]);
  });
  test("a file that is locked by the broken connection is tried again", async () => {
    let isFirst = true;
    FakeXhr.reset((xhr) => {
      if (!isFirst) return accept(xhr);
      isFirst = false;
      return xhr.respond(409, { detail: "Locked" });
    });
    queue.add(PACK, [soundFile("kick.wav")]);
    await advance(2000);
    assert.deepEqual(statuses(), ["stored"]);
  });
  test("the same sound is not sent twice: its problem links to the first one and cannot be retried", async () => {
    const body = { title: "Already here", detail: "You have uploaded this sound before.", link: "/studio" };
    FakeXhr.reset((xhr) => xhr.respond(409, body));
    queue.add(PACK, [soundFile("second.wav")]);
    await advance(60_000);
    assert.equal(FakeXhr.all.length, 1);
    assert.equal(item().status, "failed");
    assert.deepEqual(item().problem, {
      sentence: "You have uploaded this sound before.",
      link: { href: "/studio", text: "Open it" },
      isFinal: true,
    });
    queue.cancel(item().id);
    assert.deepEqual(items(), []);
  });
  test("a signed-out member gets one problem; the other files pause", async () => {
    server.createErrors = [{ status: 401 }];
    FakeXhr.reset(() => {});
    queue.add(
      PACK,
      ["a", "b", "c", "d"].map((name) => soundFile(`${name}.wav`)),
    );
    await advance(100);
    assert.deepEqual(statuses(), ["failed", "paused", "paused", "paused"]);
    assert.equal(item().problem.link.href, "/login");
  });
  test("the server's wait is respected", async () => {
    server.createErrors = [{ status: 429, headers: { "Retry-After": 20 } }];
    queue.add(PACK, [soundFile("kick.wav")]);
    await advance(19_500);
    assert.equal(item().status, "broken");
    await advance(1000);
    assert.equal(item().status, "stored");
  });
  test("a full disk at the server is not retried", async () => {
    FakeXhr.reset((xhr) => xhr.respond(507, { detail: "No room." }));
    queue.add(PACK, [soundFile("kick.wav")]);
    await advance(100);
    assert.equal(item().problem.sentence, "No room.");
  });
  test("a file that cannot be read any more has to be chosen again", async () => {
    const file = soundFile("moved.wav");
    file.slice = () => ({ arrayBuffer: () => Promise.reject(new Error("moved")) });
    queue.add(PACK, [file]);
    await advance(50);
    assert.match(item().problem.sentence, /Choose it again/);
  });
});

describe("uploads of an earlier visit", () => {
  beforeEach(async () => {
    server.offsets.old = 700;
    server.sizes.old = 1000;
    server.unfinished = [{ id: "old", pack: PACK, name: "night.wav", size: 1000, offset: 700 }];
    await queue.restore(PACK);
  });

  test("are listed as stopped, once", async () => {
    await queue.restore(PACK);
    assert.deepEqual(
      items().map(({ name, status, sent }) => [name, status, sent]),
      [["night.wav", "stopped", 700]],
    );
    assert.deepEqual(methods(), ["GET", "GET"]);
  });
  test("continue from their offset when the file is chosen again", async () => {
    queue.add(PACK, [soundFile("night.wav")]);
    await advance(50);
    assert.equal(items().length, 1);
    assert.deepEqual(methods(), ["GET", "HEAD", "PUT"]);
    assert.equal(FakeXhr.all[0].headers["Upload-Offset"], "700");
    assert.equal(FakeXhr.all[0].body.size, 300);
    assert.deepEqual(statuses(), ["stored"]);
  });
  test("another file of that name is a new upload", async () => {
    queue.add(PACK, [soundFile("night.wav", 999)]);
    await advance(50);
    assert.deepEqual(statuses(), ["stopped", "stored"]);
  });
});
