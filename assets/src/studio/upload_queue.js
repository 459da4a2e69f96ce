// @ts-check
// The upload queue: which files wait, are being sent or have stopped, and why. It outlives the page that shows it.
// JavaScript because the files are in the browser.
import { plural } from "../shared/format.js";
import {
  UploadError,
  createUpload,
  deleteUpload,
  fetchOffset,
  fetchUnfinished,
  sendFile,
} from "../shared/upload_client.js";
import { classify, problemOf } from "./upload_errors.js";
import {
  announce,
  find,
  isBusy,
  isUnfinished,
  items,
  keyOf,
  newItem,
  newNote,
  rejectionOf,
  sameName,
  store,
} from "./upload_items.js";

/** @typedef {import("./upload_items.js").Item} Item */
const MAX_PARALLEL = 3;
const MAX_QUEUED = 200;
const MAX_RETRIES = 6;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
const PROGRESS_INTERVAL_MS = 100;
const SPEED_WINDOW_MS = 3000;
const MIN_SPEED_WINDOW_MS = 500;

/** @typedef {{ abort: AbortController, tries: number, samples: [number, number][], timer: any }} Job */

/** @type {Map<number, Job>} Running requests and retry timers by item id. */
const jobs = new Map();
/** @type {Map<number, Partial<Item>>} Progress that is not yet in the store. */
const pendingProgress = new Map();
/** @type {any} */
let progressTimer = null;

/**
 * @param {number} id
 * @param {Partial<Item>} values
 */
function update(id, values) {
  pendingProgress.delete(id);
  store.set({ items: items().map((item) => (item.id === id ? { ...item, ...values } : item)) });
}
// --- Adding files ----------------------------------------------------------------------------------------------------

/**
 * Queue files for a pack. Files that cannot be sent are noted with the reason; a file that stopped resumes.
 * @param {string} pack
 * @param {File[]} files
 */
export function add(pack, files) {
  if (!items().some((item) => item.pack === pack && isUnfinished(item)))
    // a new batch counts from one
    store.set({ items: items().filter((item) => item.pack !== pack || !item.isReported) });
  const room = MAX_QUEUED - items().filter(isUnfinished).length;
  /** @type {Record<string, string[]>} */
  const leftOut = {};
  /** @type {Item[]} */
  const fresh = [];
  const queued = [...items()];
  const isOurs = (/** @type {Item} */ item) => item.pack === pack && isUnfinished(item);
  const canResume = (/** @type {Item} */ item) => !item.file || (item.status === "failed" && !item.problem?.isFinal);
  const leaveOut = (/** @type {string} */ reason, /** @type {File} */ file) => (leftOut[reason] ??= []).push(file.name);
  for (const file of files) {
    const reason = rejectionOf(file);
    const key = keyOf(file);
    const stopped = queued.findIndex(
      (item) => isOurs(item) && canResume(item) && sameName(item.name, file.name) && item.size === file.size,
    );
    if (reason) leaveOut(reason, file);
    else if (stopped >= 0) queued[stopped] = { ...queued[stopped], file, key, status: "waiting", problem: null };
    else if ([...queued, ...fresh].some((item) => isOurs(item) && item.key === key))
      leaveOut("Already in the queue.", file);
    else if (fresh.length >= room)
      leaveOut(`Only ${MAX_QUEUED} files can wait at once. Add the rest when these are uploaded.`, file);
    else fresh.push(newItem({ pack, file, key, name: file.name, size: file.size, status: "waiting" }));
  }
  const added = fresh.length + queued.filter((item, index) => item !== items()[index]).length;
  const notes = Object.entries(leftOut).map(([reason, names]) => newNote(pack, reason, names));
  const leftOutCount = notes.reduce((sum, { names }) => sum + names.length, 0);
  store.set({
    items: [...queued, ...fresh],
    notes: [...store.get().notes, ...notes],
    announcement: [`${plural(added, "file")} added.`, leftOutCount && `${plural(leftOutCount, "file")} left out.`]
      .filter(Boolean)
      .join(" "),
  });
  startWaiting();
}

/**
 * List the unfinished uploads of a pack from earlier visits; their files have to be chosen again.
 * @param {string} pack
 */
export async function restore(pack) {
  const unfinished = await fetchUnfinished(pack);
  const isNew = (/** @type {any} */ upload) =>
    (upload.pack ?? pack) === pack && !items().some((item) => item.uploadId === upload.id);
  const stopped = unfinished
    .filter(isNew)
    .map((/** @type {any} */ { id, name, size, offset }) =>
      newItem({ pack, name, size, sent: offset, status: "stopped", uploadId: id }),
    );
  if (stopped.length) store.set({ items: [...items(), ...stopped] });
}

export const markReported = (/** @type {number} */ id) => update(id, { isReported: true });
/**
 * Hide the rows of stored files that the page lists itself.
 * @param {string[]} uploadIds
 */
export function markListed(uploadIds) {
  const isNew = (/** @type {Item} */ item) =>
    item.status === "stored" && !item.isListed && uploadIds.includes(item.uploadId ?? "");
  if (items().some(isNew))
    store.set({ items: items().map((item) => (isNew(item) ? { ...item, isListed: true } : item)) });
}

// --- Pause, resume, cancel -------------------------------------------------------------------------------------------

/** @param {number} id */
function abort(id) {
  const job = jobs.get(id);
  jobs.delete(id);
  clearTimeout(job?.timer);
  job?.abort.abort();
}
/** @param {number} id */
export function pause(id) {
  update(id, { status: "paused", speed: 0 });
  abort(id);
  startWaiting();
}
/** @param {number} id */
export function resume(id) {
  update(id, { status: "waiting", problem: null });
  jobs.delete(id);
  startWaiting();
}
/** @param {string} pack */
export function pauseAll(pack) {
  const isAffected = (/** @type {Item} */ item) => item.pack === pack && isBusy(item);
  const ids = items()
    .filter(isAffected)
    .map((item) => item.id);
  // All at once: one after the other, each pause would start the next file.
  store.set({ items: items().map((item) => (isAffected(item) ? { ...item, status: "paused", speed: 0 } : item)) });
  ids.forEach(abort);
  startWaiting();
}
/** @param {string} pack */
export function resumeAll(pack) {
  items()
    .filter((item) => item.pack === pack && item.status === "paused")
    .forEach((item) => resume(item.id));
}
/** @param {number} id */
export function cancel(id) {
  const uploadId = find(id)?.uploadId;
  store.set({ items: items().filter((item) => item.id !== id) });
  abort(id);
  if (uploadId) deleteUpload(uploadId);
  startWaiting();
}

// --- Sending ---------------------------------------------------------------------------------------------------------

function startWaiting() {
  let room = MAX_PARALLEL - items().filter((item) => item.status === "sending").length;
  for (const item of items()) {
    if (room <= 0) return;
    if (item.status !== "waiting") continue;
    room -= 1;
    send(item.id);
  }
}

/**
 * Send one file, from the offset that the server has.
 * @param {number} id
 */
async function send(id) {
  /** @type {Job} */
  const job = { abort: new AbortController(), tries: jobs.get(id)?.tries ?? 0, samples: [], timer: 0 };
  jobs.set(id, job);
  update(id, { status: "sending", speed: 0, problem: null });
  const isCurrent = () => jobs.get(id) === job;
  try {
    await checkReadable(find(id));
    if (find(id)?.uploadId) await syncOffset(id, job);
    else await create(id, job);
    // Also when every byte has arrived: an empty request completes an upload whose server went down before it could.
    let isStored = false;
    while (isCurrent() && !isStored) isStored = await sendRest(id, job);
    if (isCurrent()) finish(id);
  } catch (error) {
    if (isCurrent()) handleError(id, job, /** @type {UploadError} */ (error));
  }
  startWaiting();
}

/**
 * Tell a file that was moved or changed since it was chosen from a lost connection: both fail alike while sending.
 * @param {Item | undefined} item
 */
async function checkReadable(item) {
  try {
    await item?.file?.slice(item.sent, item.sent + 1).arrayBuffer();
  } catch {
    throw new UploadError(410, { body: { detail: "The file can no longer be read. Choose it again." } });
  }
}

/**
 * @param {number} id
 * @param {Job} job
 */
async function create(id, job) {
  const item = find(id);
  if (!item) return;
  const { name, size, pack } = item;
  const { id: uploadId, isDirect } = await createUpload({ name, size, pack: pack || undefined });
  const known = find(id);
  if (!known || known.uploadId) return deleteUpload(uploadId); // cancelled meanwhile, or paused and resumed
  // The server resumes an upload of the same file: its restored row is this one now.
  store.set({ items: items().filter((other) => other.id === id || other.uploadId !== uploadId) });
  update(id, { uploadId, isDirect, sent: 0 });
  if (jobs.get(id) === job) job.tries = 0;
}

/**
 * @param {number} id
 * @param {Job} job
 */
async function syncOffset(id, job) {
  const sent = await fetchOffset(/** @type {string} */ (find(id)?.uploadId), job.abort.signal);
  if (jobs.get(id) === job) update(id, { sent });
}

/**
 * @param {number} id
 * @param {Job} job
 * @returns {Promise<boolean>} Whether the file is stored.
 */
async function sendRest(id, job) {
  const { file, sent: offset, uploadId, isDirect } = /** @type {Item} */ (find(id));
  job.samples = [[performance.now(), offset]];
  const body = await sendFile(/** @type {string} */ (uploadId), /** @type {File} */ (file), {
    isDirect: Boolean(isDirect),
    offset,
    signal: job.abort.signal,
    onProgress: (sent) => addProgress(id, job, sent),
  });
  if (body.state !== "stored" && !(body.offset > offset)) throw new UploadError(0);
  job.tries = 0;
  if (jobs.get(id) === job) update(id, { sent: body.offset });
  return body.state === "stored";
}

/**
 * Collect progress: the store gets it a few times a second, not for every event.
 * @param {number} id
 * @param {Job} job
 * @param {number} sent
 */
function addProgress(id, job, sent) {
  if (jobs.get(id) !== job) return;
  const now = performance.now();
  job.samples.push([now, sent]);
  while (job.samples.length > 2 && now - job.samples[0][0] > SPEED_WINDOW_MS) job.samples.shift();
  const [start, sentAtStart] = job.samples[0];
  const speed = now - start > MIN_SPEED_WINDOW_MS ? ((sent - sentAtStart) * 1000) / (now - start) : 0;
  pendingProgress.set(id, { sent, speed });
  progressTimer ??= setTimeout(flushProgress, PROGRESS_INTERVAL_MS);
}
function flushProgress() {
  progressTimer = null;
  const withProgress = (/** @type {Item} */ item) =>
    item.status === "sending" && pendingProgress.has(item.id) ? { ...item, ...pendingProgress.get(item.id) } : item;
  store.set({ items: items().map(withProgress) });
  pendingProgress.clear();
}

/** @param {number} id */
function finish(id) {
  const pack = find(id)?.pack;
  jobs.delete(id);
  update(id, { status: "stored", file: null, speed: 0 });
  const ours = items().filter((item) => item.pack === pack);
  const stored = ours.filter((item) => !isUnfinished(item)).length;
  const total = plural(ours.length, "file");
  announce(stored === ours.length ? `All ${total} uploaded` : `${stored} of ${total} uploaded`);
}

/**
 * @param {number} id
 * @param {Job} job
 * @param {UploadError} error
 */
function handleError(id, job, error) {
  const { name, pack, uploadId } = /** @type {Item} */ (find(id));
  const kind = classify(error, Boolean(uploadId));
  if (["offset", "gone", "retry"].includes(kind)) {
    if (navigator.onLine) job.tries += 1;
    if (job.tries <= MAX_RETRIES) {
      if (kind === "retry") retryLater(id, job, error.retryAfterSeconds);
      else restart(id, job, kind === "offset" ? { sent: error.body.offset } : { uploadId: null, sent: 0 });
      return;
    }
  }
  jobs.delete(id);
  const problem = problemOf(kind, error.body);
  update(id, {
    status: "failed",
    speed: 0,
    problem,
    ...(kind === "refused" && { uploadId: null, sent: 0 }),
  });
  announce(`${name}: ${problem.sentence}`);
  if (kind === "signed-out") pauseAll(pack); // the others would only fail too
}

/**
 * Continue from the offset that the server reports: at once, unless it reports another one each time.
 * @param {number} id
 * @param {Job} job
 * @param {Partial<Item>} values
 */
function restart(id, job, values) {
  if (job.tries > 2 || !navigator.onLine) return retryLater(id, job, 0, values);
  update(id, { ...values, status: "sending", speed: 0 });
  job.timer = setTimeout(() => sendAgain(id), 0);
}

/**
 * Retry with exponential back-off and jitter; offline, the "online" event retries.
 * @param {number} id
 * @param {Job} job
 * @param {number} minSeconds
 * @param {Partial<Item>} [values]
 */
function retryLater(id, job, minSeconds, values = {}) {
  const backoff = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** job.tries) * (0.5 + Math.random() / 2);
  update(id, { ...values, status: "broken", speed: 0 });
  if (navigator.onLine) job.timer = setTimeout(() => sendAgain(id), Math.max(minSeconds * 1000, backoff));
}

/** @param {number} id */
function sendAgain(id) {
  if (!["broken", "sending"].includes(find(id)?.status ?? "")) return;
  update(id, { status: "waiting" });
  startWaiting();
}

function retryBroken() {
  for (const { id } of items().filter((item) => item.status === "broken")) {
    clearTimeout(jobs.get(id)?.timer);
    sendAgain(id);
  }
}

if (typeof window !== "undefined") {
  addEventListener("online", retryBroken);
  addEventListener("beforeunload", (event) => {
    if (items().some(isBusy)) event.preventDefault();
  });
}
