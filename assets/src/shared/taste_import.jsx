// @ts-check
// Imports a taste profile from a file. JavaScript because the file is read and sent over HTTP, with a report before
// anything is replaced.
import { useRef, useState } from "react";
import { API_TASTE_IMPORT, TASTE_IMPORT_MAX_BYTES } from "../constants.js";
import { plural } from "./format.js";
import { Sheet } from "./sheet.jsx";

/** @typedef {{ values: number, corrections: number, problems: string[] }} Report What the file holds. */

/**
 * Send the file; returns the report, or a problem as a sentence.
 * @param {string} text
 * @param {string} query
 * @returns {Promise<{ report?: Report, problem?: string }>}
 */
async function send(text, query) {
  const answer = await fetch(`${API_TASTE_IMPORT}${query}`, {
    method: "POST",
    body: text,
    headers: { "Content-Type": "application/json" },
  }).catch(() => null);
  const body = await answer?.json().catch(() => null);
  if (answer?.ok) return { report: body };
  return { problem: body?.detail ?? "The server cannot be reached. Nothing was changed." };
}

/**
 * A button that chooses a file, says what is in it, and imports it once that is confirmed.
 * @param {object} props
 * @param {string} props.label
 * @param {string} props.className
 * @param {string} props.primaryClassName
 * @param {string} props.quietClassName
 * @param {() => void} props.onStored
 */
export function TasteImport({ label, className, primaryClassName, quietClassName, onStored }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [text, setText] = useState("");
  const [result, setResult] = useState(/** @type {{ report?: Report, problem?: string }} */ ({}));
  const [isBusy, setBusy] = useState(false);
  const latest = useRef(/** @type {File | null} */ (null));
  const choose = async (/** @type {import("react").ChangeEvent<HTMLInputElement>} */ event) => {
    const [file] = event.target.files ?? [];
    event.target.value = "";
    if (!file) return;
    latest.current = file;
    setResult({});
    dialog.current?.showModal();
    if (file.size > TASTE_IMPORT_MAX_BYTES) return setResult({ problem: "The file is larger than 1 MB." });
    const content = await file.text();
    const answer = await send(content, "?dry_run=true");
    if (latest.current !== file) return; // another one was chosen meanwhile
    setText(content);
    setResult(answer);
  };
  const confirm = async () => {
    setBusy(true);
    const sent = await send(text, "");
    setBusy(false);
    if (sent.problem) return setResult(sent);
    dialog.current?.close();
    onStored();
  };
  const { report, problem } = result;
  return (
    <>
      <button type="button" className={className} onClick={() => input.current?.click()}>
        {label}
      </button>
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        aria-label="Taste profile to import"
        className="sr-only"
        tabIndex={-1}
        onChange={choose}
      />
      <Sheet
        sheetRef={dialog}
        id="taste-import"
        label="Import a taste profile"
        className="bg-surface-3 border border-line-strong rounded-sheet w-[min(440px,calc(100vw-32px))]"
        onClose={() => {}}
      >
        <div className="p-6 grid gap-4">
          <h2 className="text-[20px] leading-[26px] font-semibold">Import a taste profile</h2>
          {problem && (
            <p role="alert" className="rounded-ctl bg-bad-tint text-bad px-3 py-2.5">
              {problem}
            </p>
          )}
          {!problem && !report && <p role="status">Reading the file.</p>}
          {report && (
            <div className="grid gap-2 text-text-2">
              <p>
                The file holds {plural(report.values, "value")} and {plural(report.corrections, "correction")}. They
                replace your current taste; you can undo that for ten minutes.
              </p>
              {report.problems.map((one) => (
                <p key={one}>{one}</p>
              ))}
            </div>
          )}
          <div className="flex flex-wrap gap-3">
            {report && (
              <button
                type="button"
                className={primaryClassName}
                onClick={confirm}
                aria-busy={isBusy || undefined}
                disabled={isBusy}
              >
                Replace my taste
              </button>
            )}
            <button type="button" className={quietClassName} onClick={() => dialog.current?.close()}>
              {problem ? "Close" : "Cancel"}
            </button>
          </div>
        </div>
      </Sheet>
    </>
  );
}
