// @ts-check
import { API_SPOTIFY } from "../constants.js";

const TIMEOUT_MS = 15_000;

/**
 * A failed request, as the server describes it.
 * @typedef {object} Problem
 * @property {string} sentence
 * @property {string} kind offline, ended, not_connected, premium, rate_limit, quota, no_device, …; see docs/spotify.md
 * @property {number} [status]
 * @property {number} [retry_after_seconds]
 * @property {string} [permission] That has to be granted first.
 * @property {{ id: string, name: string }[]} [devices]
 */

/**
 * Call our Spotify API; never rejects.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>} The answer, or an object with a `problem`.
 */
export async function call(method, path, body) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(`${API_SPOTIFY}/${path}`, {
      method,
      signal: abort.signal,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body && JSON.stringify(body),
    });
    if (response.status === 204) return {};
    const answer = await response.json();
    if (response.ok) return answer;
    return { problem: { sentence: answer.detail, kind: "", status: response.status, ...answer } };
  } catch {
    return { problem: { kind: "offline", sentence: "The server cannot be reached. Spotify keeps playing." } };
  } finally {
    clearTimeout(timer);
  }
}
/** @param {string} path */
export const read = (path) => call("GET", path);
