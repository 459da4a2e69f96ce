// @ts-check
// Files that go with a question: uploaded one after the other, then attached to the conversation.
import { useEffect, useState } from "react";
import { QUESTION_MAX_DOCUMENTS } from "../constants.js";
import { plural } from "../shared/format.js";
import { UploadError, createUpload, sendFile } from "../shared/upload_client.js";
import { newKey } from "./keys.js";

const ATTACH_TIMEOUT_MS = 8000;
const MAX_RETRIES = 3;
const RETRY_SECONDS = 10;
const FAILED = "The file could not be uploaded.";

/** @param {unknown} error */
const sentenceOf = (error) => (error instanceof Error && error.message) || FAILED;

/**
 * @typedef {object} Upload
 * @property {string} id
 * @property {File} file
 * @property {string} name
 * @property {number} share 0 to 1.
 * @property {string} problem
 * @property {AbortController} abort
 * @property {string} [documentId] Once it is uploaded.
 */

/**
 * Create the upload of a document; when the rate limit is reached, wait for it.
 * @param {File} file
 * @param {AbortSignal} signal
 */
async function createDocument(file, signal) {
  const upload = { name: file.name, size: file.size, purpose: "document" };
  for (let tries = 0; ; tries++) {
    try {
      return await createUpload(upload, signal);
    } catch (error) {
      if (!(error instanceof UploadError) || error.status !== 429 || tries === MAX_RETRIES) throw error;
      const seconds = error.retryAfterSeconds || RETRY_SECONDS;
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
  }
}

/**
 * Upload a document.
 * @param {File} file
 * @param {{ signal: AbortSignal, onProgress: (share: number) => void }} options
 * @returns {Promise<string>} The document's id; rejects with a sentence for the user.
 */
export async function uploadDocument(file, { signal, onProgress }) {
  try {
    const { id, isDirect } = await createDocument(file, signal);
    const report = (/** @type {number} */ sent) => onProgress(sent / Math.max(1, file.size));
    const body = await sendFile(id, file, { isDirect, offset: 0, signal, onProgress: report });
    if (body.document_id) return body.document_id;
  } catch (error) {
    const isLost = error instanceof UploadError && error.status === 0;
    throw new Error(isLost ? "The connection was lost. Try again." : sentenceOf(error), { cause: error });
  }
  throw new Error(FAILED);
}

/**
 * Uploads that are not attached yet, with functions to add and remove some.
 * @param {{ id: string }[]} attached
 * @param {(documentId: string) => void} onAttach
 */
export function useDocumentUploads(attached, onAttach) {
  const [files, setFiles] = useState(/** @type {Upload[]} */ ([]));
  const [note, setNote] = useState("");
  const update = (/** @type {string} */ id, /** @type {Partial<Upload>} */ values) =>
    setFiles((all) => all.map((file) => (file.id === id ? { ...file, ...values } : file)));
  const remove = (/** @type {string} */ id) => {
    files.find((file) => file.id === id)?.abort.abort();
    setFiles((all) => all.filter((file) => file.id !== id));
  };
  const upload = async (/** @type {Upload} */ { id, file, abort }) => {
    try {
      const onProgress = (/** @type {number} */ share) => update(id, { share });
      const documentId = await uploadDocument(file, { signal: abort.signal, onProgress });
      onAttach(documentId);
      update(id, { share: 1, documentId }); // listed until it is attached: a waiting question must not go without it
      setTimeout(() => update(id, { problem: "It could not be attached." }), ATTACH_TIMEOUT_MS);
    } catch (error) {
      update(id, { problem: sentenceOf(error) });
    }
  };
  const add = (/** @type {Iterable<File> | null} */ list) => {
    const given = [...(list ?? [])];
    const room = Math.max(0, QUESTION_MAX_DOCUMENTS - attached.length - files.length);
    const leftOut = given.length - room;
    setNote(
      leftOut > 0 ? `You can attach up to ${QUESTION_MAX_DOCUMENTS} files. ${plural(leftOut, "file")} left out.` : "",
    );
    const items = given
      .slice(0, room)
      .map((file) => ({ id: newKey(), file, name: file.name, share: 0, problem: "", abort: new AbortController() }));
    setFiles((all) => [...all, ...items]);
    items.reduce((previous, item) => previous.then(() => upload(item)), Promise.resolve());
  };
  useEffect(() => {
    const isPending = (/** @type {Upload} */ file) => !attached.some(({ id }) => id === file.documentId);
    setFiles((all) => all.filter(isPending));
  }, [attached]);
  return { files, note, add, remove };
}
