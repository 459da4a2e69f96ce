// @ts-check
// What a member has typed in a conversation and not asked yet, kept in this browser: the draft, questions that wait for
// their turn, and the question that is on its way to the server.
import { isStorageAvailable, readJson, readText, writeJson, writeText } from "../shared/storage.js";

/** Stands for a conversation that has no id yet. */
export const NEW = "new";

/** @typedef {{ key: string, text: string }} Sent */
/** @typedef {{ id: string, text: string }} Question */

/** @type {Sent} */
export const NOTHING_SENT = { key: "", text: "" };
export const canStore = isStorageAvailable();

/**
 * @param {string} owner
 * @param {string} conversation
 */
export function draftStorage(owner, conversation) {
  const draft = `draft.${owner}.${conversation}`;
  const queue = `queue.${owner}.${conversation}`;
  const sent = `sent.${owner}.${conversation}`;
  return {
    readDraft: () => readText(draft),
    writeDraft: (/** @type {string} */ text) => writeText(draft, text),
    readQueue: () => readJson(queue, /** @type {Question[]} */ ([])),
    writeQueue: (/** @type {Question[]} */ questions) =>
      questions.length ? writeJson(queue, questions) : writeText(queue, ""),
    readSent: () => readJson(sent, NOTHING_SENT),
    writeSent: (/** @type {Sent} */ question) => writeJson(sent, question),
    clearSent: () => writeText(sent, ""),
  };
}

/** @param {...string} texts */
export const joinTexts = (...texts) => texts.filter(Boolean).join("\n\n");

/**
 * A text put back in front of what has been typed since, unless it is there already.
 * @param {string} text
 * @param {string} typed
 */
export const putBefore = (text, typed) => (typed.startsWith(text) ? typed : joinTexts(text, typed));
