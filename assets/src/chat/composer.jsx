// @ts-check
// Where members write to the assistant. JavaScript because it reacts to keys and files, and because what is typed must
// survive a lost connection.
import ArrowUp from "lucide-react/dist/esm/icons/arrow-up.mjs";
import Paperclip from "lucide-react/dist/esm/icons/paperclip.mjs";
import { useEffect, useRef, useState } from "react";
import { DOCUMENT_EXTENSIONS } from "../constants.js";
import { Icon, Meter } from "../shared/icon.jsx";
import { readClipboard } from "../shared/clipboard.js";
import { isComposing } from "../shared/keys.js";
import { AttachedFiles, PastedPictures, WaitingQuestions } from "./composer_lists.jsx";
import { joinTexts } from "./draft_storage.js";
import { pageContext } from "./page_context.js";
import { useDocumentUploads } from "./use_document_uploads.js";
import { useQuestions } from "./use_questions.js";

const POLL_MS = 1200;
const MAX_HEIGHT_PX = 168;
const ACCEPT = DOCUMENT_EXTENSIONS.map((extension) => `.${extension}`).join();
const FILL_EVENT = "askchopper.fill";
const OVERLAY = "dialog[open], [popover]:popover-open";

/**
 * Escape stops a running answer, unless a dialog is open.
 * @param {boolean} isRunning
 * @param {import("react").RefObject<HTMLFormElement | null>} form
 * @param {() => void} onStop
 */
function useStopKey(isRunning, form, onStop) {
  useEffect(() => {
    if (!isRunning) return;
    const press = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape" || isComposing(event) || event.defaultPrevented || document.querySelector(OVERLAY))
        return;
      if (form.current?.offsetParent === null) return;
      event.preventDefault();
      onStop();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [isRunning]);
}

/**
 * @param {object} props
 * @param {string} props.owner
 * @param {string} props.conversationId
 * @param {boolean} props.isRunning
 * @param {string} props.takenKey
 * @param {string} props.problem
 * @param {string} props.problemKey
 * @param {import("./composer_lists.jsx").Attached[]} props.attached
 * @param {string} props.placeholder
 * @param {string} [props.className]
 * @param {(key: string, text: string, documentIds: string[], page: object) => void} props.onSend
 * @param {() => void} props.onStop
 * @param {(documentId: string) => void} props.onAttach
 * @param {(documentId: string) => void} props.onDetach
 * @param {() => void} props.onDetachAll
 * @param {() => void} props.onPoll
 */
export function Composer(props) {
  const { owner, conversationId, isRunning, takenKey, problem, problemKey, attached, placeholder, className } = props;
  const { onSend, onStop, onAttach, onDetach, onDetachAll, onPoll } = props;
  const textarea = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const [isOver, setOver] = useState(false);
  const [pictures, setPictures] = useState(/** @type {File[]} */ ([])); // pasted together with text, not attached
  const uploads = useDocumentUploads(attached, onAttach);
  const isIndexing = attached.some((file) => file.state === "reading");
  const isReading = isIndexing || uploads.files.some((file) => !file.problem);
  const attachedIds = attached.map((file) => file.id);
  const { text, type, queue, setQueue, isPending, note, submit } = useQuestions({
    owner,
    conversationId,
    isBusy: isRunning || isReading,
    takenKey,
    problem,
    problemKey,
    attached,
    onAsk: (key, question) => onSend(key, question, attachedIds, pageContext()),
    onTaken: onDetachAll,
  });
  const edit = (/** @type {string} */ question) => {
    type(joinTexts(text, question));
    textarea.current?.focus();
  };
  useStopKey(isRunning, form, onStop);
  useEffect(() => {
    const { current } = textarea;
    if (!current) return;
    current.style.height = "auto";
    current.style.height = `${Math.min(current.scrollHeight, MAX_HEIGHT_PX)}px`;
  }, [text]);
  useEffect(() => {
    if (!isIndexing) return;
    const timer = setInterval(onPoll, POLL_MS);
    return () => clearInterval(timer);
  }, [attached]);
  useEffect(() => {
    const fill = (/** @type {Event} */ event) => edit(/** @type {CustomEvent<string>} */ (event).detail);
    addEventListener(FILL_EVENT, fill);
    return () => removeEventListener(FILL_EVENT, fill);
  }, [owner, conversationId, text]);
  const onSubmit = (/** @type {import("react").SyntheticEvent} */ event) => {
    event.preventDefault();
    setPictures([]);
    submit();
  };
  const onKeyDown = (/** @type {import("react").KeyboardEvent} */ event) => {
    if (event.key === "Enter" && !event.shiftKey && !isComposing(event)) onSubmit(event);
  };
  const onPaste = (/** @type {import("react").ClipboardEvent} */ event) => {
    const { files, pictures } = readClipboard(event.clipboardData);
    setPictures(pictures);
    if (!files.length) return; // the browser inserts the text
    event.preventDefault();
    uploads.add(files);
  };
  const onDrop = (/** @type {import("react").DragEvent} */ event) => {
    event.preventDefault();
    setOver(false);
    uploads.add(event.dataTransfer.files);
  };
  return (
    <form
      ref={form}
      onSubmit={onSubmit}
      className={`grid gap-2 ${className ?? ""}`}
      data-composer=""
      onDrop={onDrop}
      onDragOver={(e) => {
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
    >
      <WaitingQuestions queue={queue} setQueue={setQueue} onEdit={edit} onSendNow={isRunning ? onStop : null} />
      <AttachedFiles attached={attached} uploads={uploads} onDetach={onDetach} />
      <PastedPictures
        pictures={pictures}
        onAttach={() => {
          uploads.add(pictures);
          setPictures([]);
          textarea.current?.focus();
        }}
        onDismiss={() => {
          setPictures([]);
          textarea.current?.focus();
        }}
      />
      <div
        className={
          "flex items-end gap-1 rounded-bubble border bg-surface-1 p-[7px] focus-within:border-text-3 " +
          `${isOver ? "border-amber bg-amber-tint" : "border-control"}`
        }
      >
        <button
          type="button"
          aria-label="Attach"
          title="Attach files"
          onClick={() => input.current?.click()}
          className={
            "grid place-items-center size-[44px] md:size-[40px] rounded-ctl text-text-2 " +
            "hover:text-text-1 hover:bg-surface-3 cursor-pointer shrink-0"
          }
        >
          <Icon of={Paperclip} />
        </button>
        <input
          ref={input}
          type="file"
          multiple
          accept={ACCEPT}
          hidden
          onChange={(e) => {
            uploads.add(e.target.files);
            e.target.value = "";
          }}
        />
        <textarea
          ref={textarea}
          value={text}
          onChange={(e) => type(e.target.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          rows={1}
          dir="auto"
          aria-label="Message"
          placeholder={placeholder}
          className={
            "flex-1 min-w-0 bg-transparent resize-none text-[16px] md:text-[15px] leading-[24px] " +
            "py-[10px] md:py-[8px] px-1 placeholder:text-text-3 placeholder:whitespace-nowrap " +
            "!outline-none"
          }
        />
        {isRunning ? (
          <button
            type="button"
            aria-label="Stop"
            title="Stop (Esc)"
            onClick={onStop}
            className={
              "grid place-items-center size-[44px] md:size-[40px] rounded-ctl border border-control " +
              "text-text-1 hover:bg-surface-3 cursor-pointer shrink-0"
            }
          >
            <span className="size-[10px] rounded-[2px] bg-current" />
          </button>
        ) : (
          <button
            type="submit"
            aria-label="Send"
            title="Send (Enter)"
            aria-disabled={!text.trim() || undefined}
            aria-busy={isPending || undefined}
            className={
              "grid place-items-center size-[44px] md:size-[40px] rounded-ctl shrink-0 cursor-pointer " +
              `${text.trim() && !isPending ? "bg-amber text-on-amber hover:bg-amber-hi" : "text-text-3"}`
            }
          >
            {isPending ? <Meter /> : <Icon of={ArrowUp} />}
          </button>
        )}
      </div>
      <p className="text-[13px] leading-[18px] text-warn empty:hidden" role="alert">
        {note || uploads.note}
      </p>
      {isReading && queue.length > 0 && !isRunning && (
        <p className="text-[13px] leading-[18px] text-text-2" role="status">
          Sent as soon as the files are read.
        </p>
      )}
    </form>
  );
}

/**
 * A button that puts a text into the page's composer, to be changed or sent.
 * @param {import("react").PropsWithChildren<{ text: string, className: string }>} props
 */
export function Suggestion({ text, className, children }) {
  return (
    <button
      type="button"
      className={className}
      onClick={() => dispatchEvent(new CustomEvent(FILL_EVENT, { detail: text }))}
    >
      {children ?? text}
    </button>
  );
}
