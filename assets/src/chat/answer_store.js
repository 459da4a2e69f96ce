// @ts-check
// Answers while they stream, outside React: words arrive many times a second, and a render of the whole page for each
// would be too slow. Events come from conversation_stream.js.

/**
 * @typedef {object} Part
 * @property {string} kind text, tool, items, proposal, source or notice
 * @property {string} [html] Finished blocks of a text as they come from the server.
 * @property {string} [tail] Plain text after the finished blocks.
 * @property {string[]} [blocks] Finished blocks, one each.
 */
/** @typedef {Part & Record<string, any>} AnyPart With what its kind has besides, see `answer_items.jsx`. */
/** @typedef {{ number: number, title: string, url: string, place: string }} Source */
/**
 * @typedef {object} Answer
 * @property {AnyPart[]} parts
 * @property {Record<number, Source>} sources
 * @property {boolean} isRunning
 * @property {number} version The page's version of the conversation when the answer began.
 */

/** @type {Map<string, Answer>} By message id. */
const answers = new Map();
/** @type {Set<() => void>} */
const listeners = new Set();
let pageVersion = 0;

/** @param {() => void} listener */
export function subscribe(listener) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
const notify = () => listeners.forEach((listener) => listener());

/** @param {string} id */
export const getAnswer = (id) => answers.get(id);
export const runningIds = () => [...answers].filter(([, answer]) => answer.isRunning).map(([id]) => id);

/**
 * The version of the conversation that the page shows; an answer that began with it is newer than the page's copy.
 * @param {number} version
 */
export function setPageVersion(version) {
  pageVersion = version;
}

/**
 * @param {AnyPart} part
 * @returns {AnyPart}
 */
export const withBlocks = (part) => (part.kind === "text" ? { ...part, blocks: part.html ? [part.html] : [] } : part);

/**
 * @param {string} id
 * @param {Partial<Answer>} values
 */
function update(id, values) {
  const known = answers.get(id);
  if (known) answers.set(id, { ...known, ...values });
}

/**
 * Change the last text part of an answer.
 * @param {string} id
 * @param {(part: Part) => Part} change
 */
function updateText(id, change) {
  const known = answers.get(id);
  const index = known ? known.parts.findLastIndex((part) => part?.kind === "text") : -1;
  if (known && index >= 0) update(id, { parts: known.parts.with(index, change(known.parts[index])) });
}

/**
 * What each event does to the answer that its conversation is writing.
 * @type {Record<string, (id: string, value: any) => void>}
 */
const EVENTS = {
  start: (id) => answers.set(id, { parts: [], sources: {}, isRunning: true, version: pageVersion }),
  t: (id, text) => updateText(id, (part) => ({ ...part, tail: (part.tail ?? "") + text })),
  html: (id, { html, tail }) => updateText(id, (part) => ({ ...part, blocks: [...(part.blocks ?? []), html], tail })),
  part: (id, { place, part }) => {
    const parts = [...(answers.get(id)?.parts ?? [])];
    parts[place] = withBlocks(part);
    update(id, { parts });
  },
  source: (id, source) => update(id, { sources: { ...answers.get(id)?.sources, [source.number]: source } }),
  done: (_id, { answer }) => update(answer, { isRunning: false }),
};

/**
 * @param {string} name
 * @param {string} id The answer that is being written.
 * @param {any} value
 */
export function applyEvent(name, id, value) {
  EVENTS[name]?.(id, value);
  notify();
}

/** @param {string} id */
export const removeAnswer = (id) => answers.delete(id);

/**
 * Forget finished answers of other conversations.
 * @param {string[]} keptIds
 */
export function removeFinished(keptIds) {
  for (const [id, answer] of answers) if (!answer.isRunning && !keptIds.includes(id)) answers.delete(id);
}

/**
 * Mark a proposal as declined.
 * @param {string} id
 * @param {number} index Of the part.
 */
export function declineProposal(id, index) {
  const known = answers.get(id);
  if (!known) return;
  update(id, { parts: known.parts.with(index, { ...known.parts[index], isDeclined: true }) });
  notify();
}
