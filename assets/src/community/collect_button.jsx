// @ts-check
// The button of a sound or pack that opens the collection dialog. JavaScript because there is one
// dialog for the whole site.
import FolderPlus from "lucide-react/dist/esm/icons/folder-plus.mjs";
import { Icon } from "../shared/icon.jsx";

export const COLLECT_EVENT = "askchopper.collect";

/** @param {{ track: import("../player/track.js").Track, className?: string, size?: number, children?: any }} props */
export function CollectButton({ track, className, size = 18, children }) {
  const open = (/** @type {import("react").MouseEvent} */ event) => {
    event.preventDefault();
    event.stopPropagation();
    dispatchEvent(new CustomEvent(COLLECT_EVENT, { detail: track }));
  };
  return (
    <button
      type="button"
      className={className}
      onClick={open}
      aria-haspopup="dialog"
      aria-label={`Add to collection: ${track.title}`}
      title="Add to collection"
    >
      <Icon of={FolderPlus} size={size} />
      {children}
    </button>
  );
}
