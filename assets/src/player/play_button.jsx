// @ts-check
// Play buttons and the marks of the playing row. JavaScript because they react to the player at once.
import Pause from "lucide-react/dist/esm/icons/pause.mjs";
import Play from "lucide-react/dist/esm/icons/play.mjs";
import { useEffect } from "react";
import { Icon } from "../shared/icon.jsx";
import * as engine from "./engine.js";
import { listAround } from "./track.js";
import { useIsCurrent, useIsPlaying, usePlayer } from "./use_player.js";

/**
 * A button that plays a sound and shows whether it is playing; without `isQueueItem` it plays the list around it.
 * @param {object} props
 * @param {import("./track.js").Track} props.track
 * @param {string} [props.className]
 * @param {number} [props.size]
 * @param {string} [props.label] accessible name, if not that of the sound
 * @param {import("react").ReactNode} [props.children]
 * @param {boolean} [props.isQueueItem]
 */
export function PlayButton({ track, className, size, label, children, isQueueItem = true }) {
  const isPlaying = useIsPlaying(track);
  const isCurrent = useIsCurrent(track);
  const isWaiting = usePlayer((s) => s.isWaiting && !s.isPlaying && s.track?.id === track.id && !s.error);
  useEffect(() => {
    if (isQueueItem) engine.updateTrack(track);
  }, [track.price, track.isLiked, isCurrent]);
  const press = (/** @type {import("react").MouseEvent<HTMLElement>} */ event) => {
    event.preventDefault();
    event.stopPropagation();
    const queue = listAround(event.currentTarget);
    if (isQueueItem) return engine.toggleTrack(track, queue);
    const loaded = engine.current().track; // "Play all" resumes its list, or starts it
    const isInQueue = queue.some((item) => item.id === loaded?.id);
    const chosen = isInQueue ? loaded : queue[0];
    if (chosen) engine.toggleTrack(chosen, queue);
  };
  return (
    <button
      type="button"
      className={className}
      onClick={press}
      data-playing={isPlaying || undefined}
      data-track={isQueueItem ? JSON.stringify(track) : undefined}
      aria-label={label ?? `${isPlaying ? "Pause" : "Play"} ${track.title}`}
      aria-busy={isWaiting || undefined}
    >
      <Icon of={isPlaying ? Pause : Play} size={size} isFilled />
      {children}
    </button>
  );
}

/**
 * Put `data-current` and `data-playing` on a row or card while its sound is loaded, so that classes can follow.
 * @param {import("react").ComponentProps<"div"> & { track: import("./track.js").Track }} props
 */
export function SoundScope({ track, className, children, ...rest }) {
  const isCurrent = useIsCurrent(track);
  const isPlaying = useIsPlaying(track);
  return (
    <div className={className} data-current={isCurrent || undefined} data-playing={isPlaying || undefined} {...rest}>
      {children}
    </div>
  );
}
