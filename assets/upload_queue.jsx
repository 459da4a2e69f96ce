// The one upload queue of the app: which files wait, are sent, have stopped, and why. It goes on while one looks at other
// pages. JavaScript because the files are in the browser, and because sending goes on where it stopped without the server.
import { useSyncExternalStore } from "react";

export const EXTENSIONS = ["wav", "wave", "aif", "aiff", "flac", "mp3", "ogg", "oga", "opus", "m4a", "zip"];
const API = "/api/v1/uploads";
const AT_ONCE = 3, MOST_FILES = 200, MOST_BYTES = 200 * 2 ** 20, MOST_TRIES = 6;
const TICK_MS = 100, SILENCE_MS = 25_000, KEEPING_MS = 120_000, LONGEST_WAIT_MS = 30_000, SPEED_SECONDS = 3;

// An item is never changed, only replaced, so that a row renders again only when its own item is another one.
// status: waiting, sending, broken (waits for the connection), paused, stopped (its file is not here), failed, stored
let state = { items: [], notes: [], voice: "" };
const jobs = new Map(); // what runs for an item, by its id: the abort controller, the timer, samples of the speed
const pending = new Map(); // progress since the last tick
const listeners = new Set();
let lastId = 0, ticking = null;

const subscribe = (listen) => { listeners.add(listen); return () => listeners.delete(listen); };
/** Read one value of the queue; the component renders again only when that value changes. */
export function useUploads(select) {
  return useSyncExternalStore(subscribe, () => select(state), () => select(state));
}
function set(change) {
  state = { ...state, ...change };
  listeners.forEach((listen) => listen());
}
const find = (id) => state.items.find((item) => item.id === id);
const isUnfinished = (item) => item.status !== "stored";
export const isBusy = (item) => ["waiting", "sending", "broken"].includes(item.status);

function change(id, values) {
  pending.delete(id);
  set({ items: state.items.map((item) => (item.id === id ? { ...item, ...values } : item)) });
}
function remove(id) { set({ items: state.items.filter((item) => item.id !== id) }); }
const say = (voice) => set({ voice });

// --- What comes in -------------------------------------------------------------------------------------------------

const same = (a, b) => a.normalize("NFC").trim() === b.normalize("NFC").trim();
const keyOf = (file) => `${file.name}/${file.size}/${file.lastModified}`;
const extension = (name) => (name.includes(".", 1) ? name.split(".").pop().toLowerCase() : "");

function fault(file) {
  if (!EXTENSIONS.includes(extension(file.name))) return "None of our formats: WAV, AIFF, FLAC, MP3, OGG or M4A.";
  if (file.size === 0) return "Empty. Export it again.";
  if (file.size > MOST_BYTES) return "Larger than 200 MB. Cut it into shorter sounds.";
  return "";
}

/** Queue files for a pack. What cannot be sent is listed with its reason; what is here already is not sent twice. */
export function add(pack, files) {
  if (!state.items.some((item) => item.pack === pack && isUnfinished(item)))
    set({ items: state.items.filter((item) => item.pack !== pack || !item.isReported) }); // a new batch counts from one
  const room = MOST_FILES - state.items.filter(isUnfinished).length, left = {}, fresh = [], items = [...state.items];
  const leave = (reason, name) => (left[reason] ??= []).push(name);
  for (const file of files) {
    const reason = fault(file), key = keyOf(file), isOurs = (item) => item.pack === pack && isUnfinished(item);
    const isResting = (item) => !item.file || (item.status === "failed" && !item.problem.isFinal);
    const stopped = items.findIndex((item) => isOurs(item) && isResting(item) && same(item.name, file.name) && item.size === file.size);
    if (reason) leave(reason, file.name);
    else if (stopped >= 0) items[stopped] = { ...items[stopped], file, key, status: "waiting", problem: null };
    else if ([...items, ...fresh].some((item) => isOurs(item) && item.key === key)) leave("In the queue already.", file.name);
    else if (fresh.length >= room) leave(`Only ${MOST_FILES} files can wait at once. Add the rest when these are sent.`, file.name);
    else fresh.push({ id: ++lastId, pack, file, key, name: file.name, size: file.size, sent: 0, status: "waiting", uploadId: null, problem: null });
  }
  const notes = Object.entries(left).map(([reason, names]) => ({ id: ++lastId, pack, reason, names }));
  const added = fresh.length + items.filter((item, index) => item !== state.items[index]).length;
  const leftOut = notes.reduce((sum, note) => sum + note.names.length, 0);
  set({
    items: [...items, ...fresh], notes: [...state.notes, ...notes],
    voice: [`${plural(added, "file")} added.`, leftOut && `${plural(leftOut, "file")} left out.`].filter(Boolean).join(" "),
  });
  pump();
}

/** Show the uploads of a pack that were left unfinished, here or on another day. */
export async function recall(pack) {
  const answer = await fetch(pack ? `${API}?pack=${encodeURIComponent(pack)}` : API).catch(() => null);
  if (!answer?.ok) return;
  const body = await answer.json(), open = Array.isArray(body) ? body : body.items ?? [];
  const isKnown = (upload) => state.items.some((item) => item.uploadId === upload.id);
  const stopped = open.filter((upload) => (upload.pack ?? pack) === pack && !isKnown(upload)).map((upload) => ({
    id: ++lastId, pack, file: null, key: "", name: upload.name, size: upload.size, sent: upload.offset, status: "stopped",
    uploadId: upload.id, problem: null,
  }));
  if (stopped.length) set({ items: [...state.items, ...stopped] });
}

export function note(pack, reason, names) { set({ notes: [...state.notes, { id: ++lastId, pack, reason, names }], voice: `${names.join(", ")}: ${reason}` }); }
export function dismiss(id) { set({ notes: state.notes.filter((one) => one.id !== id) }); }
/** Note that the page was told of a stored file, or shows it by now. */
export function reported(id) { change(id, { isReported: true }); }
export function listed(uploadIds) {
  if (state.items.some((item) => item.status === "stored" && !item.isListed && uploadIds.includes(item.uploadId)))
    set({ items: state.items.map((item) => (uploadIds.includes(item.uploadId) && item.status === "stored" ? { ...item, isListed: true } : item)) });
}

// --- What one can do with it ---------------------------------------------------------------------------------------

function halt(id) {
  const job = jobs.get(id);
  jobs.delete(id);
  clearTimeout(job?.timer);
  job?.abort.abort();
}
export function pause(id) { change(id, { status: "paused", speed: 0 }); halt(id); pump(); }
export function resume(id) { change(id, { status: "waiting", problem: null }); jobs.delete(id); pump(); }
export function pauseAll(pack) {
  const isMeant = (item) => item.pack === pack && isBusy(item), ids = state.items.filter(isMeant).map((item) => item.id);
  set({ items: state.items.map((item) => (isMeant(item) ? { ...item, status: "paused", speed: 0 } : item)) }); // at once, or each would start the next
  ids.forEach(halt);
  pump();
}
export function resumeAll(pack) { state.items.filter((item) => item.pack === pack && item.status === "paused").forEach((item) => resume(item.id)); }
export function cancel(id) {
  const { uploadId } = find(id);
  remove(id);
  halt(id);
  if (uploadId) forget(uploadId);
  pump();
}
const forget = (uploadId) => fetch(`${API}/${uploadId}`, { method: "DELETE", keepalive: true }).catch(() => {}); // a week later it is gone anyway

// --- Sending -------------------------------------------------------------------------------------------------------

class Refusal extends Error {
  constructor(status, body = {}, step = "", waitSeconds = 0) { super(body.detail ?? ""); Object.assign(this, { status, body, step, waitSeconds }); }
}
const lost = () => new Refusal(0);

function pump() {
  let room = AT_ONCE - state.items.filter((item) => item.status === "sending").length;
  for (const item of state.items) {
    if (room <= 0) return;
    if (item.status === "waiting") { room -= 1; work(item.id); }
  }
}

/** Send one file from where it stopped. */
async function work(id) {
  const tries = jobs.get(id)?.tries ?? 0, job = { abort: new AbortController(), tries, samples: [], timer: 0 };
  jobs.set(id, job);
  change(id, { status: "sending", speed: 0, problem: null });
  try {
    await readable(find(id));
    if (find(id)?.uploadId) await ask(id, job); else await begin(id, job);
    // Also when all has arrived: an empty piece ends an upload whose server went down before it could take the file in.
    let isStored = false;
    while (jobs.get(id) === job && !isStored) isStored = await put(id, job);
    if (jobs.get(id) === job) done(id);
  } catch (error) {
    if (jobs.get(id) === job) judge(id, job, error);
  }
  pump();
}

/** A file that was moved or changed since it was chosen fails like a lost connection; this tells the two apart. */
async function readable({ file, sent }) {
  try { await file.slice(sent, sent + 1).arrayBuffer(); } catch { throw new Refusal(410, { detail: "The file cannot be read any more. Choose it again." }); }
}

async function call(path, options, step) {
  const answer = await fetch(API + path, options).catch(() => { throw lost(); });
  if (answer.ok) return answer;
  throw new Refusal(answer.status, await answer.json().catch(() => ({})), step, Number(answer.headers.get("Retry-After")));
}

async function begin(id, job) {
  const { name, size, pack } = find(id);
  const body = JSON.stringify({ name, size, pack: pack || undefined });
  const answer = await call("", { method: "POST", body, headers: { "Content-Type": "application/json" } }, "begin");
  const uploadId = answer.headers.get("Location").split("/").pop();
  if (!find(id) || find(id).uploadId) return forget(uploadId); // cancelled meanwhile, or paused and begun again
  set({ items: state.items.filter((item) => item.id === id || item.uploadId !== uploadId) });
  change(id, { uploadId, sent: 0 });
  if (jobs.get(id) === job) job.tries = 0;
}

async function ask(id, job) {
  const answer = await call(`/${find(id).uploadId}`, { method: "HEAD", signal: job.abort.signal }, "ask");
  if (jobs.get(id) === job) change(id, { sent: Number(answer.headers.get("Upload-Offset")) });
}

/** Send the rest of a file. XMLHttpRequest, since fetch does not say how far it is. */
function put(id, job) {
  const { file, sent: offset, uploadId } = find(id), request = new XMLHttpRequest();
  let watchdog = 0;
  job.samples = [[performance.now(), offset]];
  return new Promise((resolve, reject) => {
    const silence = () => { reject(lost()); request.abort(); };
    const watch = (patience) => { clearTimeout(watchdog); watchdog = setTimeout(silence, patience); };
    request.upload.onprogress = (event) => { watch(SILENCE_MS); progress(id, job, offset + event.loaded); };
    request.upload.onload = () => watch(KEEPING_MS); // all is sent; the server forces it to its disk
    request.onerror = request.onabort = () => reject(lost());
    request.onload = () => {
      const body = parsed(request.responseText);
      if (request.status >= 400) return reject(new Refusal(request.status, body, "put", Number(request.getResponseHeader("Retry-After"))));
      if (body.state !== "stored" && !(body.offset > offset)) return reject(lost());
      job.tries = 0;
      if (jobs.get(id) === job) change(id, { sent: body.offset });
      resolve(body.state === "stored");
    };
    request.onloadend = () => clearTimeout(watchdog);
    job.abort.signal.addEventListener("abort", () => request.abort());
    request.open("PUT", `${API}/${uploadId}`);
    request.setRequestHeader("Upload-Offset", String(offset));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    watch(SILENCE_MS);
    request.send(file.slice(offset));
  });
}
function parsed(text) { try { return JSON.parse(text); } catch { return {}; } }

/** Keep progress for the next tick; rows and totals are drawn ten times a second at most. */
function progress(id, job, sent) {
  if (jobs.get(id) !== job) return;
  const now = performance.now();
  job.samples.push([now, sent]);
  while (job.samples.length > 2 && now - job.samples[0][0] > SPEED_SECONDS * 1000) job.samples.shift();
  const [then, before] = job.samples[0];
  pending.set(id, { sent, speed: now - then > 500 ? ((sent - before) * 1000) / (now - then) : 0 });
  ticking ??= setTimeout(tick, TICK_MS);
}
function tick() {
  ticking = null;
  set({ items: state.items.map((item) => (pending.has(item.id) && item.status === "sending" ? { ...item, ...pending.get(item.id) } : item)) });
  pending.clear();
}

function done(id) {
  const { pack } = find(id);
  jobs.delete(id);
  change(id, { status: "stored", file: null, speed: 0 });
  const ours = state.items.filter((item) => item.pack === pack), stored = ours.filter((item) => !isUnfinished(item)).length;
  say(stored === ours.length ? `All ${plural(stored, "file")} sent` : `${stored} of ${plural(ours.length, "file")} sent`);
}

/** Decide what an error means: go on elsewhere, try again later, or tell. */
function judge(id, job, { status, body, step, waitSeconds }) {
  const { uploadId } = find(id);
  const isOffset = status === 409 && Number.isInteger(body.offset), isDuplicate = status === 409 && (body.link || body.title === "Already here");
  const isLocked = status === 409 && step === "put" && !isOffset && !isDuplicate; // the connection that broke still holds the file
  const isGone = status === 404 && uploadId;
  if (isOffset || isGone || isLocked || status === 0 || status === 408 || status === 429 || (status >= 500 && status !== 507)) {
    if (navigator.onLine) job.tries += 1;
    const values = isOffset ? { sent: body.offset } : isGone ? { uploadId: null, sent: 0 } : {};
    if (job.tries <= MOST_TRIES) return later(id, job, values, isOffset || isGone ? 0 : waitSeconds);
  }
  jobs.delete(id);
  const { name, pack } = find(id), isSignedOut = status === 401 || status === 403;
  const sentence = isSignedOut ? "You are signed out. Sign in in another tab, then retry." : body.detail || "The connection keeps breaking. What has arrived is kept; try again.";
  const link = isSignedOut ? { href: "/login", text: "Sign in" } : body.link ? { href: body.link, text: "Open it" } : null;
  change(id, { status: "failed", speed: 0, problem: { sentence, link, isFinal: Boolean(isDuplicate) }, ...(isDuplicate && { uploadId: null, sent: 0 }) });
  say(`${name}: ${sentence}`);
  if (isSignedOut) pauseAll(pack); // the others would only fail too
}

function later(id, job, values, waitSeconds) {
  const isNow = Object.keys(values).length > 0 && job.tries <= 2;
  const wait = isNow ? 0 : Math.max(waitSeconds * 1000, Math.min(LONGEST_WAIT_MS, 500 * 2 ** job.tries) * (0.5 + Math.random() / 2));
  change(id, { ...values, status: isNow ? "sending" : "broken", speed: 0 });
  if (navigator.onLine) job.timer = setTimeout(() => again(id), wait);
}
function again(id) { if (["broken", "sending"].includes(find(id)?.status)) { change(id, { status: "waiting" }); pump(); } }

// --- Words ---------------------------------------------------------------------------------------------------------

export const plural = (count, word) => `${count.toLocaleString()} ${word}${count === 1 ? "" : "s"}`;
const inUnit = (bytes, unit) => (bytes / unit).toLocaleString(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const MB = 2 ** 20, KB = 2 ** 10;
export const amount = (bytes) => (bytes >= MB / 10 ? `${inUnit(bytes, MB)} MB` : `${Math.max(1, Math.round(bytes / KB))} kB`);
export const amounts = (part, whole) => (whole >= MB / 10 ? `${inUnit(part, MB)} of ${inUnit(whole, MB)} MB` : `${Math.round(part / KB)} of ${amount(whole)}`);
export const left = (seconds) => (seconds < 60 ? `${Math.max(1, Math.ceil(seconds))} s left` : seconds < 3600 ? `${Math.ceil(seconds / 60)} min left` : `${Math.ceil(seconds / 3600)} h left`);

if (typeof window !== "undefined") {
  addEventListener("online", () => state.items.filter((item) => item.status === "broken").forEach((item) => { clearTimeout(jobs.get(item.id)?.timer); again(item.id); }));
  addEventListener("beforeunload", (event) => { if (state.items.some(isBusy)) event.preventDefault(); });
}
