// @ts-check
// A file is read and sent by the browser, and what it would change is shown before it is imported: hence JavaScript.
import { useState } from "react";

const LINES = /\.(jsonl|ndjson)$/i;

/**
 * Send a file; with `isTrial` the server only reports what it would change.
 * @param {string} url
 * @param {File} file
 * @param {boolean} isTrial
 */
async function send(url, file, isTrial) {
  const type = LINES.test(file.name) ? "application/x-ndjson" : "application/json";
  const answer = await fetch(`${url}?dry_run=${isTrial}`, {
    method: "POST",
    body: file,
    headers: { "Content-Type": type },
  }).catch(() => null);
  const body = await answer?.json().catch(() => null);
  if (!answer?.ok) return { problem: body?.detail ?? "The upload failed. Try again." };
  return { report: body };
}

/** @param {{ added: number, known?: number, refused_count: number, refused: string[] }} report */
function inWords(report) {
  const known = report.known ? `, ${report.known} already known` : "";
  const refused = report.refused_count ? `, ${report.refused_count} can't be imported` : "";
  return `${report.added} new${known}${refused}.`;
}

/**
 * A button that imports a file in two steps: what it adds, then the import itself.
 * @param {{ url: string, label: string, className: string, onImported: () => void }} props
 */
export function ImportFile({ url, label, className, onImported }) {
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const [result, setResult] = useState(/** @type {{ problem?: string, report?: any, isDone?: boolean }} */ ({}));
  const [isBusy, setBusy] = useState(false);
  /** @param {File} chosen @param {boolean} isTrial */
  const run = async (chosen, isTrial) => {
    setBusy(true);
    const outcome = await send(url, chosen, isTrial);
    setBusy(false);
    setResult({ ...outcome, isDone: !isTrial && !outcome.problem });
    setFile(isTrial && outcome.report ? chosen : null);
    if (!isTrial && !outcome.problem) onImported();
  };
  return (
    <div className="grid gap-2 justify-items-start">
      <label
        className={`${className} focus-within:outline focus-within:outline-2 focus-within:outline-offset-2`}
        aria-busy={isBusy || undefined}
      >
        {label}
        <input
          type="file"
          accept=".json,.jsonl,.ndjson"
          className="sr-only"
          disabled={isBusy}
          onChange={(event) => {
            const [chosen] = event.target.files ?? [];
            event.target.value = "";
            if (chosen) run(chosen, true);
          }}
        />
      </label>
      <div role="status" className="text-[13px] leading-[18px] text-text-2 empty:hidden max-w-[320px]">
        {result.report && (
          <>
            <p>{result.isDone ? `Imported: ${inWords(result.report)}` : `In this file: ${inWords(result.report)}`}</p>
            {result.report.refused.slice(0, 5).map((/** @type {string} */ line, /** @type {number} */ place) => (
              <p key={place} className="text-text-3">
                {line}
              </p>
            ))}
          </>
        )}
      </div>
      {file && (
        <div className="flex gap-2">
          <button type="button" className={className} disabled={isBusy} onClick={() => run(file, false)}>
            Import now
          </button>
          <button
            type="button"
            className="inline-flex items-center min-h-[44px] md:min-h-[36px] px-3 cursor-pointer text-text-2"
            onClick={() => {
              setFile(null);
              setResult({});
            }}
          >
            Cancel
          </button>
        </div>
      )}
      {result.problem && (
        <p role="alert" className="text-[13px] leading-[18px] text-bad">
          {result.problem}
        </p>
      )}
    </div>
  );
}
