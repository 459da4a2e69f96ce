// @ts-check
// JavaScript because the clipboard is in the browser.
import Check from "lucide-react/dist/esm/icons/check.mjs";
import X from "lucide-react/dist/esm/icons/x.mjs";
import { useState } from "react";
import { API_MESSAGES } from "../constants.js";
import { Icon } from "../shared/icon.jsx";

const SHOWN_MS = 2000;

/**
 * Copies an answer as Markdown, with its links, tables and sources.
 * @param {import("react").PropsWithChildren<{ id: string, className: string }>} props
 */
export function CopyAnswer({ id, className, children }) {
  const [label, setLabel] = useState("Copy");
  const isDone = label === "Copied";
  const copy = async () => {
    try {
      await toClipboard(id);
      setLabel("Copied");
    } catch {
      setLabel("Not copied");
    }
    setTimeout(() => setLabel("Copy"), SHOWN_MS);
  };
  return (
    <button type="button" className={className} onClick={copy} aria-label={label} title={label}>
      {isDone ? <Icon of={Check} size={16} /> : label === "Copy" ? children : <Icon of={X} size={16} />}
      <span className="sr-only" role="status">
        {label === "Copy" ? "" : label}
      </span>
    </button>
  );
}
/** @param {string} id */
async function toClipboard(id) {
  const text = fetch(`${API_MESSAGES}/${id}/text`).then((response) =>
    response.ok ? response.blob() : Promise.reject(new Error("no text")),
  );
  // The promise, not its text: while waiting for the text a browser may forget the user's gesture.
  await navigator.clipboard.write([
    new ClipboardItem({ "text/plain": text.then((blob) => new Blob([blob], { type: "text/plain" })) }),
  ]);
}
