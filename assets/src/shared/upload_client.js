// @ts-check
// Resumable uploads: POST creates one, HEAD tells how much has arrived, PUT sends the rest, or the store takes the file
// itself. Used for sounds and documents.
import { API_UPLOADS } from "../constants.js";
import { sendDirectly } from "./direct_upload.js";
import { UploadError, request, send } from "./http_upload.js";

export { UploadError };

/**
 * @param {{ name: string, size: number, pack?: string, purpose?: string }} upload
 * @param {AbortSignal} [signal]
 * @returns {Promise<{ id: string, isDirect: boolean }>} `isDirect`: the store takes the file, not our server.
 */
export async function createUpload(upload, signal) {
  const options = {
    method: "POST",
    signal,
    body: JSON.stringify(upload),
    headers: { "Content-Type": "application/json" },
  };
  const response = await request(API_UPLOADS, options, "create");
  const id = /** @type {string} */ (response.headers.get("Location")?.split("/").pop());
  const { direct } = await response.json().catch(() => ({}));
  return { id, isDirect: Boolean(direct) };
}

/**
 * @param {string} id
 * @param {AbortSignal} signal
 * @returns {Promise<number>} How many bytes the server has.
 */
export async function fetchOffset(id, signal) {
  const response = await request(`${API_UPLOADS}/${id}`, { method: "HEAD", signal }, "offset");
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
 * Send the rest of a file.
 * @param {string} id
 * @param {Blob} file
 * @param {{ isDirect: boolean, offset: number, signal: AbortSignal, onProgress: (sent: number) => void }} options
 * @returns {Promise<any>} The server's answer.
 */
export function sendFile(id, file, { isDirect, offset, signal, onProgress }) {
  if (isDirect) return sendDirectly(id, file, { offset, signal, onProgress });
  return send(`${API_UPLOADS}/${id}`, {
    method: "PUT",
    headers: { "Upload-Offset": String(offset), "Content-Type": "application/octet-stream" },
    body: file.slice(offset),
    step: "send",
    signal,
    onProgress: (sent) => onProgress(offset + sent),
  });
}
