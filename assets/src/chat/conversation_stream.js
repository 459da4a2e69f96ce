// @ts-check
// The event stream of an open conversation: connects, reconnects, resumes after the last event, and disconnects while
// the tab is hidden.
import { API_CONVERSATIONS } from "../constants.js";
import { applyEvent, getAnswer, removeAnswer, removeFinished, runningIds } from "./answer_store.js";

const HIDDEN_DISCONNECT_MS = 10_000;
const UNKNOWN_ANSWER_MS = 500;
const RETRY_MS = 3000;
const MAX_RETRY_MS = 15_000;
const REFRESH_AFTER_REFUSALS = 2;

/** @type {Map<string, string>} The last event id by conversation. */
const lastEventIds = new Map();

/**
 * @typedef {object} Page What the page shows of the conversation, and what it does on events.
 * @property {() => string[]} knownIds Messages on the page.
 * @property {() => string} expectedId The answer that the page believes is running.
 * @property {() => void} onRefresh The page is outdated: read the conversation again.
 * @property {() => void} onEnded
 * @property {() => void} onNamed
 */

/**
 * Follow a conversation until the returned function is called.
 * @param {string} conversationId
 * @param {Page} page
 */
export function followConversation(conversationId, page) {
  /** @type {EventSource | null} */
  let source = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let isClosed = false;
  let writingId = "";
  let refusals = 0;
  removeFinished(page.knownIds());
  lastEventIds.delete(conversationId); // a new visit gets the running answer from its beginning

  const receive = (/** @type {MessageEvent} */ { data, lastEventId }) => {
    const [name, value] = JSON.parse(data);
    refusals = 0;
    if (lastEventId) lastEventIds.set(conversationId, lastEventId);
    if (name === "start") writingId = value.answer;
    applyEvent(name, writingId, value);
    HANDLERS[name]?.(value);
  };
  /** @type {Record<string, (value: any) => void>} */
  const HANDLERS = {
    hello: ({ running, last }) => {
      writingId = running;
      const isUnknown = (/** @type {string} */ id) => !page.knownIds().includes(id);
      for (const id of runningIds()) {
        if (id === running || isUnknown(id)) continue;
        removeAnswer(id); // it ended while the stream was down
        page.onRefresh();
      }
      const expected = page.expectedId();
      const hasEnded = expected && expected !== running;
      const isOutdated = last && page.knownIds().length && isUnknown(last);
      if (hasEnded || isOutdated) page.onRefresh();
    },
    start: ({ answer }) => {
      const refreshIfUnknown = () => {
        if (!isClosed && !page.knownIds().includes(answer)) page.onRefresh(); // asked in another tab
      };
      setTimeout(refreshIfUnknown, UNKNOWN_ANSWER_MS);
    },
    done: ({ answer }) => {
      writingId = "";
      if (getAnswer(answer)) page.onEnded();
      else page.onRefresh();
    },
    named: () => page.onNamed(),
    bye: () => {
      disconnect();
      page.onRefresh();
    },
  };
  const connect = () => {
    if (isClosed || source) return;
    const after = lastEventIds.get(conversationId);
    const opened = new EventSource(`${API_CONVERSATIONS}/${conversationId}/events${after ? `?after=${after}` : ""}`);
    source = opened;
    opened.onmessage = receive;
    opened.onerror = () => {
      if (source?.readyState !== EventSource.CLOSED) return; // the browser reconnects by itself
      disconnect();
      refusals += 1;
      if (refusals === REFRESH_AFTER_REFUSALS) page.onRefresh(); // deleted elsewhere, or signed out
      timer = setTimeout(connect, Math.min(RETRY_MS * refusals, MAX_RETRY_MS));
    };
  };
  const disconnect = () => {
    source?.close();
    source = null;
    clearTimeout(timer);
  };
  const onVisibilityChange = () => {
    clearTimeout(timer);
    if (document.visibilityState === "visible") connect();
    else timer = setTimeout(disconnect, HIDDEN_DISCONNECT_MS);
  };
  document.addEventListener("visibilitychange", onVisibilityChange);
  connect();
  return () => {
    isClosed = true;
    disconnect();
    document.removeEventListener("visibilitychange", onVisibilityChange);
  };
}
