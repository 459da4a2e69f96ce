// @ts-check
// The heart of a sound or pack. JavaScript because it must answer at once, on pages with hundreds of rows.
import Heart from "lucide-react/dist/esm/icons/heart.mjs";
import { toast } from "sonner";
import * as engine from "../player/engine.js";
import { Icon } from "../shared/icon.jsx";
import { loginUrl } from "../shared/links.js";
import { useStore } from "../shared/use_store.js";
import { isLiked, likes, toggleLike } from "./like_store.js";

const SIGNED_OUT = 401;

/**
 * @param {object} props
 * @param {import("../player/track.js").Track} props.track
 * @param {string} [props.className]
 * @param {number} [props.size]
 * @param {string} [props.count] How many members like it, as the page says.
 */
export function LikeButton({ track, className, size = 18, count }) {
  const liked = useStore(likes, () => isLiked(track));
  const press = async (/** @type {import("react").MouseEvent} */ event) => {
    event.preventDefault();
    event.stopPropagation();
    const problem = await toggleLike(track);
    if (problem?.status === SIGNED_OUT) return location.assign(loginUrl());
    if (problem) toast.error(problem.sentence);
    engine.updateTrack({ ...track, isLiked: isLiked(track) });
  };
  // As an attribute: text would have to be part of the button's name.
  const total = Number((count ?? "").replace(/,/g, "")) + Number(liked) - Number(track.isLiked);
  return (
    <button
      type="button"
      className={className}
      onClick={press}
      aria-label={`${liked ? "Unlike" : "Like"} ${track.title}`}
      aria-pressed={liked}
      aria-keyshortcuts="f"
      title={liked ? "Unlike" : "Like"}
      data-like=""
      data-count={count && total.toLocaleString("en")}
    >
      <Icon of={Heart} size={size} isFilled={liked} />
    </button>
  );
}
