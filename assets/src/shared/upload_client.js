// @ts-check
// Resumable uploads: POST creates one, HEAD tells how much the server has, PUT sends the rest. Used for sounds and
// documents.
import { API_UPLOADS } from "../constants.js";

const SILENCE_MS = 25_000; // without progress, the connection counts as lost
const FINISHING_MS = 120_000; // all bytes are sent; the server writes them to its disk

/** A refused or failed request; `status` 0 is a lost connection. */
export class UploadError extends Error {
  /**
   * @param {number} status
   * @param {{ body?: any, step?: string, retryAfterSeconds?: number }} [details]
   */
  constructor(status, { body = {}, step = "", retryAfterSeconds = 0 } = {}) {
    super(body.detail ?? "");
    this.status = status;
    this.body = body;
    this.step = step;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
const connectionLost = () => new UploadError(0);

/**
 * @param {string} path
 * @param {RequestInit} options
 * @param {string} step
 */
async function request(path, options, step) {
  const response = await fetch(API_UPLOADS + path, options).catch(() => {
    throw connectionLost();
  });
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new UploadError(response.status, { body, step, retryAfterSeconds: retryAfter(response.headers) });
}

/** @param {{ get: (name: string) => string | null }} headers */
const retryAfter = (headers) => Number(headers.get("Retry-After"));

/**
 * @param {{ name: string, size: number, pack?: string, purpose?: string }} upload
 * @param {AbortSignal} [signal]
 * @returns {Promise<string>} The id of the upload.
 */
export async function createUpload(upload, signal) {
  const options = {
    method: "POST",
    signal,
    body: JSON.stringify(upload),
    headers: { "Content-Type": "application/json" },
  };
  const response = await request("", options, "create");
  return /** @type {string} */ (response.headers.get("Location")?.split("/").pop());
}

/**
 * @param {string} id
 * @param {AbortSignal} signal
 * @returns {Promise<number>} How many bytes the server has.
 */
export async function fetchOffset(id, signal) {
  const response = await request(`/${id}`, { method: "HEAD", signal }, "offset");
  return Number(response.headers.get("Upload-Offset"));
}

/**
 * The unfinished uploads of a pack, or of the studio as a whole.
 * @param {string} pack
 */
export async function fetchUnfinished(pack) {
  const response = await fetch(pack ? `${API_UPLOADS}?pack=${encodeURIComponent(pack)}` : API_UPLOADS).catch(
    () => null,
  );
  if (!response?.ok) return [];
  const body = await response.json();
  return Array.isArray(body) ? body : (body.items ?? []);
}

/**
 * Abandon an upload. A failure is harmless: the server removes abandoned uploads itself.
 * @param {string} id
 */
export const deleteUpload = (id) =>
  fetch(`${API_UPLOADS}/${id}`, { method: "DELETE", keepalive: true }).catch(() => {});

/**
 * Send the rest of a file. Uses XMLHttpRequest, since fetch reports no progress.
 * @param {string} id
 * @param {Blob} file
 * @param {{ offset: number, signal: AbortSignal, onProgress: (sent: number) => void }} options
 * @returns {Promise<any>} The server's answer.
 */
export function sendBytes(id, file, { offset, signal, onProgress }) {
  const request = new XMLHttpRequest();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let watchdog;
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      reject(connectionLost());
      request.abort();
    };
    const expectNewsWithin = (/** @type {number} */ milliseconds) => {
      clearTimeout(watchdog);
      watchdog = setTimeout(giveUp, milliseconds);
    };
    request.upload.onprogress = ({ loaded }) => {
      expectNewsWithin(SILENCE_MS);
      onProgress(offset + loaded);
    };
    request.upload.onload = () => expectNewsWithin(FINISHING_MS);
    request.onerror = request.onabort = () => reject(connectionLost());
    request.onload = () => {
      const body = parseJson(request.responseText);
      if (request.status < 400) return resolve(body);
      const headers = { get: (/** @type {string} */ name) => request.getResponseHeader(name) };
      reject(new UploadError(request.status, { body, step: "send", retryAfterSeconds: retryAfter(headers) }));
    };
    request.onloadend = () => clearTimeout(watchdog);
    signal.addEventListener("abort", () => request.abort());
    request.open("PUT", `${API_UPLOADS}/${id}`);
    request.setRequestHeader("Upload-Offset", String(offset));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    expectNewsWithin(SILENCE_MS);
    request.send(file.slice(offset));
  });
}

/** @param {string} text */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
