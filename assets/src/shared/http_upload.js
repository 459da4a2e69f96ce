// @ts-check
// Requests of uploads: their errors, and a body whose progress is reported.

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

/**
 * @param {string} url
 * @param {RequestInit} options
 * @param {string} step
 */
export async function request(url, options, step) {
  const response = await fetch(url, options).catch(() => {
    throw new UploadError(0);
  });
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new UploadError(response.status, { body, step, retryAfterSeconds: retryAfter(response.headers) });
}

/** @param {{ get: (name: string) => string | null }} headers */
const retryAfter = (headers) => Number(headers.get("Retry-After"));

/**
 * Send a body. Uses XMLHttpRequest, since fetch reports no progress.
 * @param {string} url
 * @param {{ method: string, headers: Record<string, string>, body: Blob | null, step: string, signal: AbortSignal,
 *   onProgress: (sent: number) => void }} options
 * @returns {Promise<any>} The answer.
 */
export function send(url, { method, headers, body, step, signal, onProgress }) {
  const request = new XMLHttpRequest();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let watchdog;
  return new Promise((resolve, reject) => {
    const lost = () => reject(new UploadError(0, { step }));
    const giveUp = () => {
      lost();
      request.abort();
    };
    const expectNewsWithin = (/** @type {number} */ milliseconds) => {
      clearTimeout(watchdog);
      watchdog = setTimeout(giveUp, milliseconds);
    };
    request.upload.onprogress = ({ loaded }) => {
      expectNewsWithin(SILENCE_MS);
      onProgress(loaded);
    };
    request.upload.onload = () => expectNewsWithin(FINISHING_MS);
    request.onerror = request.onabort = lost;
    request.onload = () => {
      const answer = parseJson(request.responseText);
      if (request.status < 400) return resolve(answer);
      const retryAfterSeconds = retryAfter({ get: (name) => request.getResponseHeader(name) });
      reject(new UploadError(request.status, { body: answer, step, retryAfterSeconds }));
    };
    request.onloadend = () => clearTimeout(watchdog);
    signal.addEventListener("abort", () => request.abort());
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    expectNewsWithin(SILENCE_MS);
    request.send(body);
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
