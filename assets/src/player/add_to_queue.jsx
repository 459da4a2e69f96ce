// @ts-check
// The button of a row that adds its sound to the queue. JavaScript because the queue is in the browser.
import Check from "lucide-react/dist/esm/icons/check.mjs";
import ListPlus from "lucide-react/dist/esm/icons/list-plus.mjs";
import { useEffect, useState } from "react";
import { Icon } from "../shared/icon.jsx";
import { enqueue } from "./engine.js";

const DONE_MS = 1600;

/** @param {{ track: import("./track.js").Track, className?: string }} props */
export function AddToQueue({ track, className }) {
  const [isDone, setDone] = useState(false);
  useEffect(() => {
    if (!isDone) return;
    const timer = setTimeout(setDone, DONE_MS, false);
    return () => clearTimeout(timer);
  }, [isDone]);
  const add = () => {
    enqueue(track);
    setDone(true);
  };
  return (
    <button
      type="button"
      className={className}
      onClick={add}
      aria-label={`Add to queue: ${track.title}`}
      aria-keyshortcuts="q"
      title="Add to queue"
      data-add-to-queue=""
    >
      <Icon of={isDone ? Check : ListPlus} size={18} className={isDone ? "text-ok" : undefined} />
      <span className="sr-only" role="status">
        {isDone ? "Added to queue" : ""}
      </span>
    </button>
  );
}
