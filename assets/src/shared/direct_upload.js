// @ts-check
// Sends a file to Vercel Blob itself, with a token of our server: in one request, or in parts, so that a pause loses
// one part at most. The protocol is that of @vercel/blob, whose own upload() cannot pause.
import { API_UPLOADS } from "../constants.js";
import { UploadError, request, send } from "./http_upload.js";

const POLL_MS = 1000;
const RENEW_BEFORE_MS = 120_000; // a part must be accepted before its token expires

/**
 * @typedef {{ url: string, token: string, pathname: string, access: string, content_type: string, part_bytes: number,
 *   valid_until: string }} Grant
 */
/** @typedef {{ signal: AbortSignal, onProgress: (sent: number) => void }} Options */
/** @typedef {{ uploadId: string, key: string, parts: { partNumber: number, etag: string }[] }} Multipart */

/** @type {Map<string, Multipart>} Unfinished multipart uploads by the id of the upload. */
const unfinished = new Map();

/**
 * Send a file, unless all of it has arrived, and wait until the server has checked it.
 * @param {string} id
 * @param {Blob} file
 * @param {Options & { offset: number }} options
 * @returns {Promise<any>} The server's answer.
 */
export async function sendDirectly(id, file, { offset, ...options }) {
  if (offset < file.size) await sendToStore(id, file, options);
  const { signal } = options;
  let upload = await ask(id, { method: "POST", path: "/complete", signal });
  while (upload.state === "checking") {
    await wait(POLL_MS, signal);
    upload = await ask(id, { method: "GET", path: "", signal });
  }
  if (upload.state !== "refused") return upload;
  throw new UploadError(409, { body: { detail: upload.problem, link: upload.link }, step: "check" });
}

/**
 * @param {string} id
 * @param {Blob} file
 * @param {Options} options
 */
async function sendToStore(id, file, options) {
  try {
    const grant = await fetchGrant(id, options.signal);
    if (file.size > grant.part_bytes) await sendParts(id, file, grant, options);
    else await call(grant, { method: "PUT", path: "/", headers: {}, body: file, ...options });
  } catch (error) {
    if (!(error instanceof UploadError) || error.step !== "store") throw error;
    // Refused by the store: whatever the reason, its parts are of no use. The next try asks our server what arrived.
    if (error.status) unfinished.delete(id);
    throw new UploadError(0, { retryAfterSeconds: error.retryAfterSeconds });
  }
}

/**
 * @param {string} id
 * @param {Blob} file
 * @param {Grant} grant
 * @param {Options} options
 */
async function sendParts(id, file, grant, { signal, onProgress }) {
  const create = { method: "POST", path: "/mpu", headers: { "x-mpu-action": "create" }, body: null, signal };
  const upload = unfinished.get(id) ?? { ...(await call(grant, create)), parts: [] };
  unfinished.set(id, upload);
  const { key, uploadId, parts } = upload;
  const named = { "x-mpu-key": encodeURIComponent(key), "x-mpu-upload-id": uploadId };
  for (let start; (start = parts.length * grant.part_bytes) < file.size;) {
    if (Date.parse(grant.valid_until) - Date.now() < RENEW_BEFORE_MS) grant = await fetchGrant(id, signal);
    const partNumber = parts.length + 1;
    const headers = { ...named, "x-mpu-action": "upload", "x-mpu-part-number": String(partNumber) };
    const body = file.slice(start, start + grant.part_bytes);
    const report = (/** @type {number} */ sent) => onProgress(start + sent);
    onProgress(start);
    const { etag } = await call(grant, { method: "POST", path: "/mpu", headers, body, signal, onProgress: report });
    parts.push({ partNumber, etag });
  }
  const headers = { ...named, "x-mpu-action": "complete", "Content-Type": "application/json" };
  await call(grant, { method: "POST", path: "/mpu", headers, body: new Blob([JSON.stringify(parts)]), signal });
  unfinished.delete(id);
}

/**
 * @param {Grant} grant
 * @param {{ method: string, path: string, headers: Record<string, string>, body: Blob | null, signal: AbortSignal,
 *   onProgress?: (sent: number) => void }} call
 */
function call(grant, { path, headers, onProgress = () => {}, ...options }) {
  return send(`${grant.url}${path}?pathname=${encodeURIComponent(grant.pathname)}`, {
    ...options,
    onProgress,
    step: "store",
    headers: {
      Authorization: `Bearer ${grant.token}`,
      "x-api-version": "12",
      "x-vercel-blob-access": grant.access,
      "x-content-type": grant.content_type,
      ...headers,
    },
  });
}

/**
 * @param {string} id
 * @param {AbortSignal} signal
 * @returns {Promise<Grant>}
 */
const fetchGrant = (id, signal) => ask(id, { method: "POST", path: "/grant", signal });

/**
 * @param {string} id
 * @param {{ method: string, path: string, signal: AbortSignal }} options
 */
async function ask(id, { method, path, signal }) {
  const response = await request(`${API_UPLOADS}/${id}${path}`, { method, signal }, "complete");
  return response.json();
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 */
const wait = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(new UploadError(0))), { once: true });
  });
