// @ts-check
// Follows the open conversation and announces finished answers. JavaScript because words arrive many times a second;
// through the server's state each of them would send the whole answer again.
import { useEffect, useRef, useState } from "react";
import { setPageVersion } from "./answer_store.js";
import { followConversation } from "./conversation_stream.js";

const MAX_ANNOUNCED_CHARACTERS = 400;
const ANNOUNCE_DELAY_MS = 300;

/**
 * Follow a conversation while its page is visible; the callbacks make the server's state read what has changed.
 * @param {object} props
 * @param {string} props.conversationId
 * @param {string[]} props.knownIds
 * @param {string} props.runningId
 * @param {string} props.bought
 * @param {number} props.version
 * @param {() => void} props.onRefresh
 * @param {() => void} props.onEnded
 * @param {() => void} props.onNamed
 */
export function ChatStream({ conversationId, knownIds, runningId, bought, version, onRefresh, onEnded, onNamed }) {
  const latest = useRef({ knownIds, runningId, onRefresh, onEnded, onNamed });
  latest.current = { knownIds, runningId, onRefresh, onEnded, onNamed };
  setPageVersion(version);
  useEffect(() => {
    if (!conversationId) return;
    return followConversation(conversationId, {
      knownIds: () => latest.current.knownIds,
      expectedId: () => latest.current.runningId,
      onRefresh: () => latest.current.onRefresh(),
      onEnded: () => latest.current.onEnded(),
      onNamed: () => latest.current.onNamed(),
    });
  }, [conversationId]);
  useEffect(() => {
    if (bought) latest.current.onRefresh(); // a proposal in the thread is owned now
  }, [bought]);
  const announced = useAnnouncement(runningId);
  return (
    <p className="sr-only" role="status" aria-live="polite">
      {announced}
    </p>
  );
}

/**
 * The text of the answer that ended last: announced once it is complete, not word by word.
 * @param {string} runningId
 */
function useAnnouncement(runningId) {
  const [text, setText] = useState("");
  const previousId = useRef("");
  useEffect(() => {
    const endedId = previousId.current;
    previousId.current = runningId;
    if (!endedId || endedId === runningId) return;
    setText(""); // so that the same text is announced again
    setTimeout(() => setText(announcementOf(endedId)), ANNOUNCE_DELAY_MS); // also if the next answer has begun by then
  }, [runningId]);
  return text;
}

/**
 * What a finished answer says and shows, and why it ended early.
 * @param {string} id
 */
function announcementOf(id) {
  const answer = document.querySelector(`[data-answer="${id}"]`);
  const problem = answer?.parentElement?.querySelector("[data-problem]")?.textContent ?? "";
  const shown = [...(answer?.querySelectorAll(".prose-chat, [data-said]") ?? [])];
  const texts = shown.map((part) => part.getAttribute("data-said") || part.textContent);
  const text = texts.join(" ").replace(/\s+/g, " ").trim();
  const short = text.length > MAX_ANNOUNCED_CHARACTERS ? `${text.slice(0, MAX_ANNOUNCED_CHARACTERS)}…` : text;
  return [short && `Chopper answered: ${short}`, problem].filter(Boolean).join(" ");
}
