import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import * as browser from "./support/browser.js";
import { advance } from "./support/browser.js";
import { FakeXhr } from "./support/xhr.js";

const queue = await import("../../assets/src/studio/upload_queue.js");
const { store } = await import("../../assets/src/studio/upload_items.js");

const UPLOADS = "/api/v1/uploads";
const BLOB = "https://blob.test/api";
const PART_BYTES = 1000;
const MINUTE_MS = 60_000;

/** The upload API and the store: whether the file has arrived there, and how often it is still being checked. */
let server;
let requests;

function respond({ method, url }) {
  const path = url.slice(UPLOADS.length);
  if (method === "POST" && !path)
    return { status: 201, headers: { Location: `${UPLOADS}/one` }, json: { direct: true } };
  if (path === "/one/grant") return { json: grant() };
  if (method === "HEAD") return { headers: { "Upload-Offset": server.arrived ? server.size : 0 } };
  if (method === "DELETE") return { status: 204 };
  if (!server.arrived) return { json: { state: "receiving", offset: 0 } };
  if (server.checks-- > 0) return { json: { state: "checking", offset: server.size } };
  return { json: server.result };
}
const grant = () => ({
  url: BLOB,
  token: `token${(server.grants += 1)}`,
  pathname: "arriving/one",
  access: "private",
  content_type: "audio/wav",
  part_bytes: PART_BYTES,
  valid_until: new Date(Date.now() + server.grantMs).toISOString(),
});
/** Accept what is sent to the store. */
function accept(xhr) {
  const action = xhr.headers["x-mpu-action"];
  if (action === "create") return xhr.respond(200, { uploadId: "mpu", key: "arriving/one" });
  if (action === "upload") return xhr.respond(200, { etag: `etag${xhr.headers["x-mpu-part-number"]}` });
  server.arrived = true;
  return xhr.respond(200, {});
}
const soundFile = (size) => new File([new Uint8Array(size)], "long.wav", { lastModified: 1 });
const item = () => store.get().items[0];
const sent = () => FakeXhr.all.map(({ headers }) => headers["x-mpu-part-number"] ?? headers["x-mpu-action"] ?? "put");
const paths = () => requests.map(({ method, url }) => `${method} ${url.slice(UPLOADS.length)}`);
async function add(size) {
  server.size = size;
  queue.add("pack1", [soundFile(size)]);
  await advance(100);
}

beforeEach(async () => {
  store.get().items.forEach(({ id }) => queue.cancel(id));
  await advance(20);
  server = { arrived: false, checks: 0, result: { state: "stored", offset: 1 }, grants: 0, grantMs: 15 * MINUTE_MS };
  FakeXhr.reset(accept);
  requests = browser.serve(respond);
  store.set({ items: [], notes: [], announcement: "" });
});

describe("a file that the store takes", () => {
  test("is sent there with the token, and nothing of it to our server", async () => {
    await add(800);
    assert.equal(item().status, "stored");
    const [put] = FakeXhr.all;
    assert.deepEqual([FakeXhr.all.length, put.method, put.body.size], [1, "PUT", 800]);
    assert.equal(put.url, `${BLOB}/?pathname=arriving%2Fone`);
    assert.deepEqual(put.headers, {
      Authorization: "Bearer token1",
      "x-api-version": "12",
      "x-vercel-blob-access": "private",
      "x-content-type": "audio/wav",
    });
    assert.deepEqual(paths(), ["POST ", "POST /one/grant", "POST /one/complete"]);
  });
  test("goes in parts if it is large", async () => {
    await add(2500);
    assert.deepEqual(sent(), ["create", "1", "2", "3", "complete"]);
    assert.deepEqual(
      FakeXhr.all.slice(1, 4).map(({ body }) => body.size),
      [1000, 1000, 500],
    );
    const parts = JSON.parse(await FakeXhr.all[4].body.text());
    assert.deepEqual(parts.at(-1), { partNumber: 3, etag: "etag3" });
    assert.equal(item().status, "stored");
  });
  test("is stored only when the server has checked it", async () => {
    server.checks = 3;
    await add(800);
    assert.equal(item().status, "sending");
    await advance(3000);
    assert.equal(item().status, "stored");
  });
  test("is refused with the reason of the check", async () => {
    server.result = { state: "refused", problem: "You have this sound in Dust already.", link: "/packs/dust" };
    await add(800);
    assert.equal(item().status, "failed");
    assert.equal(item().problem.sentence, "You have this sound in Dust already.");
    assert.deepEqual([item().problem.link.href, item().problem.isFinal], ["/packs/dust", true]);
  });
});

describe("a direct upload that is interrupted", () => {
  test("continues with the part at which it was paused", async () => {
    FakeXhr.reset((xhr) => xhr.headers["x-mpu-part-number"] !== "2" && accept(xhr));
    await add(2500);
    FakeXhr.all.at(-1).progress(400);
    await advance(150);
    assert.equal(item().sent, 1400);
    queue.pause(item().id);
    assert.equal(FakeXhr.all.at(-1).isAborted, true);
    FakeXhr.reset(accept);
    queue.resume(item().id);
    await advance(100);
    assert.deepEqual(sent(), ["2", "3", "complete"]);
    assert.equal(item().status, "stored");
  });
  test("continues after a lost connection", async () => {
    let isLost = true;
    FakeXhr.reset((xhr) => {
      if (xhr.headers["x-mpu-part-number"] !== "3" || !isLost) return accept(xhr);
      isLost = false;
      return xhr.fail();
    });
    await add(2500);
    assert.equal(item().status, "broken");
    await advance(2000);
    assert.deepEqual(sent(), ["create", "1", "2", "3", "3", "complete"]);
    assert.equal(item().status, "stored");
  });
  test("starts over when the store refuses a part", async () => {
    let refusals = 1;
    FakeXhr.reset((xhr) => {
      const isRefused = xhr.headers["x-mpu-part-number"] === "2" && refusals-- > 0;
      return isRefused ? xhr.respond(404, { error: { code: "not_found" } }) : accept(xhr);
    });
    await add(2500);
    await advance(2000);
    assert.deepEqual(sent(), ["create", "1", "2", "create", "1", "2", "3", "complete"]);
    assert.equal(item().status, "stored");
  });
  test("is not sent again if the store has all of it", async () => {
    FakeXhr.reset((xhr) => {
      server.arrived = true;
      xhr.fail(); // only the answer is lost
    });
    await add(800);
    await advance(2000);
    assert.equal(FakeXhr.all.length, 1);
    assert.equal(item().status, "stored");
  });
  test("asks for another token before the first one expires", async () => {
    server.grantMs = MINUTE_MS;
    await add(2500);
    const tokens = FakeXhr.all.map(({ headers }) => headers.Authorization);
    assert.deepEqual(
      tokens,
      [1, 2, 3, 4, 4].map((number) => `Bearer token${number}`),
    );
  });
  test("is removed at the server when it is cancelled", async () => {
    FakeXhr.reset(() => {});
    await add(800);
    queue.cancel(item().id);
    assert.equal(FakeXhr.all[0].isAborted, true);
    assert.equal(paths().at(-1), "DELETE /one");
  });
});
