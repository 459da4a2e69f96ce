// @ts-check
// The life of a question in the composer: typed, perhaps waiting for its turn, sent, accepted or refused. Nothing that
// was typed may be lost, by a reload, a lost connection or a refusal, and nothing may be asked twice.
import { useEffect, useRef, useState } from "react";
import { CHAT, QUESTION_MAX_CHARACTERS } from "../constants.js";
import { NEW, NOTHING_SENT, canStore, draftStorage, joinTexts, putBefore } from "./draft_storage.js";
import { newKey } from "./keys.js";

/** @typedef {import("./draft_storage.js").Question} Question */
/** @typedef {import("./draft_storage.js").Sent} Sent */

const SEND_TIMEOUT_MS = 8000;
const TOO_LONG =
  `A question can have at most ${QUESTION_MAX_CHARACTERS.toLocaleString("en")} characters. ` +
  "Attach longer text as a file.";

/**
 * @param {object} props
 * @param {string} props.owner The member; empty until the server has sent the session.
 * @param {string} props.conversationId Empty for a new conversation.
 * @param {boolean} props.isBusy An answer is running or files are being read: questions wait.
 * @param {string} props.takenKey Key of the last question that the server has accepted.
 * @param {string} props.problem
 * @param {string} props.problemKey Key of the question that the server has refused.
 * @param {unknown[]} props.attached
 * @param {(key: string, text: string) => void} props.onAsk
 * @param {() => void} props.onTaken
 */
export function useQuestions(props) {
  const { owner, conversationId, isBusy, takenKey, problem, problemKey, attached, onAsk, onTaken } = props;
  const name = conversationId || NEW;
  const storage = draftStorage(owner, name);
  const [text, setText] = useState("");
  const [queue, setQueueState] = useState(/** @type {Question[]} */ ([]));
  // The question that the server has not answered yet.
  const [pending, setPending] = useState(/** @type {Sent | null} */ (null));
  const [note, setNote] = useState("");
  const sent = useRef(NOTHING_SENT); // survives a timeout: a second try of the same text is the same question
  const shown = useRef({ name: "", owner: "", path: "", draft: "" }); // where the text belongs, and its stored draft
  const latestText = useRef("");
  latestText.current = text;

  const type = (/** @type {string} */ typed) => {
    setText(typed);
    setNote("");
    storage.writeDraft(typed);
  };
  const setQueue = (/** @type {Question[]} */ questions) => {
    setQueueState(questions);
    storage.writeQueue(questions);
  };
  const putBack = (/** @type {string} */ question) => type(putBefore(question, latestText.current));
  const forgetSent = (/** @type {string} */ message) => {
    sent.current = NOTHING_SENT;
    setPending(null);
    setNote(message);
  };
  const ask = (/** @type {string} */ question) => {
    const key = sent.current.text === question ? sent.current.key : newKey();
    sent.current = { key, text: question };
    storage.writeSent(sent.current);
    setPending(sent.current);
    setNote("");
    onAsk(key, question);
  };
  const submit = () => {
    const question = text.trim();
    if (!question) return;
    if (question.length > QUESTION_MAX_CHARACTERS) return setNote(TOO_LONG);
    type("");
    if (isBusy || pending) setQueue([...queue, { id: newKey(), text: question }]);
    else ask(question);
  };

  useEffect(() => {
    const before = shown.current;
    const path = location.pathname;
    const stay = (/** @type {string} */ draft, /** @type {string} */ url) => {
      shown.current = { name, owner, path: url, draft };
      storage.writeDraft(text);
    };
    const hasBegun = before.name && sent.current.key && takenKey === sent.current.key;
    const isOwnerKnownNow = before.name && !before.owner && text;
    if (hasBegun || isOwnerKnownNow) {
      // The new conversation has its id: what was typed meanwhile moves there.
      const old = draftStorage(before.owner, before.name);
      old.writeDraft("");
      old.writeQueue([]);
      if (hasBegun) old.clearSent();
      storage.writeQueue(queue);
      return stay("", ""); // a conversation that begins here changes the URL only after this
    }
    if (name === NEW && before.path === CHAT && path === CHAT && text !== before.draft) {
      // After a reload, the server first shows the conversation that was open before: this was not typed for it.
      draftStorage(before.owner, before.name).writeDraft(before.draft);
      return stay(storage.readDraft(), path);
    }
    // A question that was on its way when the page went away is a draft again, under its key: if it did arrive, asking
    // it again asks nothing new.
    const lost = storage.readSent();
    const draft = storage.readDraft();
    const isLost = lost.key && lost.key !== takenKey;
    sent.current = isLost ? lost : NOTHING_SENT;
    storage.clearSent();
    setPending(null);
    setNote("");
    shown.current = { name, owner, path, draft };
    if (isLost) type(putBefore(lost.text, draft));
    else setText(draft);
    setQueueState(storage.readQueue());
  }, [owner, name]);
  useEffect(() => setNote(""), [attached.length]); // the note may have been about a file that is gone
  useEffect(() => {
    // Accepted, perhaps after the timeout: the text is a question now and no draft.
    const { key, text: question } = sent.current;
    for (const place of [storage, draftStorage(owner, NEW)]) if (place.readSent().key === takenKey) place.clearSent();
    if (!key || takenKey !== key) return;
    forgetSent("");
    onTaken();
    if (text === question) type("");
    else storage.writeDraft(text);
  }, [takenKey, pending, owner, name]);
  useEffect(() => {
    if (!problemKey || problemKey !== sent.current.key) return;
    putBack(sent.current.text);
    storage.clearSent();
    forgetSent(problem);
  }, [problemKey, problem]);
  useEffect(() => {
    if (!pending) return;
    const giveUp = () => {
      setPending(null);
      putBack(pending.text);
      storage.clearSent();
      setNote("Not sent: the server is not responding. Your message is kept; try again.");
    };
    const timer = setTimeout(giveUp, SEND_TIMEOUT_MS);
    return () => clearTimeout(timer);
  }, [pending]);
  useEffect(() => {
    if (isBusy || pending || note || !queue.length) return;
    const waiting = canStore ? storage.readQueue() : queue; // another tab may have asked them
    setQueue([]);
    const question = joinTexts(...waiting.map((one) => one.text));
    if (question) ask(question);
  }, [isBusy, pending, note, queue]);

  return { text, type, queue, setQueue, isPending: Boolean(pending), note, submit };
}
