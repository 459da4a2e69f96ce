// @ts-check
// The lists above the composer: questions that wait for their turn, and files.

/** @typedef {import("./draft_storage.js").Question} Question */
/** @typedef {{ id: string, title: string, word: string, state: string, problem: string }} Attached A document. */

/** @param {import("react").PropsWithChildren<{ tone?: string, onRemove?: () => void, label: string }>} props */
const Chip = ({ children, tone = "", onRemove, label }) => (
  <li
    className={
      "inline-flex items-center gap-2 max-w-full min-h-[44px] md:min-h-[36px] rounded-ctl bg-surface-3 " +
      `pl-3 text-[13px] leading-[18px] ${tone}`
    }
  >
    {children}
    {onRemove && (
      <button
        type="button"
        onClick={onRemove}
        aria-label={label}
        className="grid place-items-center size-[44px] md:size-[36px] text-text-2 hover:text-text-1 cursor-pointer"
      >
        ×
      </button>
    )}
  </li>
);

/**
 * @param {object} props
 * @param {Question[]} props.queue
 * @param {(queue: Question[]) => void} props.setQueue
 * @param {(text: string) => void} props.onEdit
 * @param {(() => void) | null} props.onSendNow Null while no answer is running.
 */
export function WaitingQuestions({ queue, setQueue, onEdit, onSendNow }) {
  if (!queue.length) return null;
  return (
    <ul className="flex flex-wrap gap-2" aria-label="Waiting to be sent">
      {queue.map((question) => (
        <Chip
          key={question.id}
          onRemove={() => setQueue(queue.filter((other) => other !== question))}
          label={`Remove: ${question.text.slice(0, 40)}`}
        >
          <button
            type="button"
            title="Edit"
            dir="auto"
            className="truncate max-w-[240px] min-h-[44px] md:min-h-[36px] text-left cursor-pointer"
            onClick={() => {
              setQueue(queue.filter((other) => other !== question));
              onEdit(question.text);
            }}
          >
            {question.text}
          </button>
        </Chip>
      ))}
      {onSendNow && (
        <li>
          <button
            type="button"
            title="Stop the answer and ask this"
            className="min-h-[44px] md:min-h-[36px] px-2 text-[13px] text-text-2 hover:text-text-1 cursor-pointer"
            onClick={onSendNow}
          >
            Send now
          </button>
        </li>
      )}
    </ul>
  );
}

/**
 * @param {object} props
 * @param {Attached[]} props.attached
 * @param {ReturnType<typeof import("./use_document_uploads.js").useDocumentUploads>} props.uploads
 * @param {(id: string) => void} props.onDetach
 */
export function AttachedFiles({ attached, uploads, onDetach }) {
  if (!attached.length && !uploads.files.length) return null;
  return (
    <ul className="flex flex-wrap gap-2" aria-label="Attached files">
      {attached.map((file) => (
        <Chip
          key={file.id}
          onRemove={() => onDetach(file.id)}
          label={`Remove ${file.title}`}
          tone={file.state === "failed" ? "text-bad" : ""}
        >
          <span className="truncate max-w-[200px]" title={file.title} dir="auto">
            {file.title}
          </span>
          <span className={file.problem ? "py-1" : "text-text-3 shrink-0"} role="status">
            {file.word}
            {file.problem && `: ${file.problem}`}
          </span>
        </Chip>
      ))}
      {uploads.files.map((file) => (
        <Chip
          key={file.id}
          onRemove={() => uploads.remove(file.id)}
          label={`Remove ${file.name}`}
          tone={file.problem ? "text-bad" : ""}
        >
          <span className="truncate max-w-[200px]" dir="auto">
            {file.name}
          </span>
          <span className={file.problem ? "py-1" : "fact"} role={file.problem ? "alert" : undefined}>
            {file.problem || `${Math.round(file.share * 100)}%`}
          </span>
        </Chip>
      ))}
    </ul>
  );
}

/**
 * Offers to attach pictures that were pasted together with text: a spreadsheet also copies a picture of its cells.
 * @param {{ pictures: File[], onAttach: () => void, onDismiss: () => void }} props
 */
export function PastedPictures({ pictures, onAttach, onDismiss }) {
  if (!pictures.length) return null;
  const name = pictures.length > 1 ? "the images" : "the image";
  return (
    <p className="flex flex-wrap items-center gap-x-2 text-[13px] leading-[18px] text-text-2" role="status">
      Pasted as text.
      <button
        type="button"
        className="min-h-[44px] md:min-h-[36px] px-2 text-text-1 underline underline-offset-2 cursor-pointer"
        onClick={onAttach}
      >
        Attach {name} too
      </button>
      <button
        type="button"
        className="min-h-[44px] md:min-h-[36px] px-2 hover:text-text-1 cursor-pointer"
        onClick={onDismiss}
      >
        Text only
      </button>
    </p>
  );
}
