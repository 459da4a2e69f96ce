// @ts-check
// What the player's bar and its phone sheet share.
import Pause from "lucide-react/dist/esm/icons/pause.mjs";
import Play from "lucide-react/dist/esm/icons/play.mjs";
import SkipBack from "lucide-react/dist/esm/icons/skip-back.mjs";
import SkipForward from "lucide-react/dist/esm/icons/skip-forward.mjs";
import { useEffect, useState } from "react";
import { clock } from "../shared/format.js";
import { Icon } from "../shared/icon.jsx";
import { browseUrl } from "../shared/links.js";
import * as engine from "./engine.js";

/** @typedef {import("./track.js").Track} Track */
/** @typedef {{ track: Track, isPlaying: boolean, isWaiting: boolean, isLooping: boolean }} Playing */

/** @param {Track} track */
export const similarTo = (track) => browseUrl({ like: track.id });
/** @param {Track} track */
export const compatibleWith = (track) => browseUrl({ fits: track.id });

export const ICON_BUTTON =
  "inline-grid place-items-center size-[44px] md:size-[40px] rounded-ctl text-text-2 " +
  "hover:text-text-1 hover:bg-surface-3 cursor-pointer shrink-0 transition-[color,background-color] " +
  "duration-[140ms]";

const ROUND = "inline-grid place-items-center rounded-full shrink-0 cursor-pointer active:scale-[.98]";

/**
 * Previous, play or pause, next.
 * @param {object} props
 * @param {boolean} props.isPlaying
 * @param {boolean} props.isWaiting
 * @param {string} props.playButton Class names.
 * @param {number} [props.playSize]
 * @param {string} props.skipButton
 * @param {number} props.skipSize
 * @param {string} [props.previousButton]
 */
export function TransportButtons({ isPlaying, isWaiting, ...look }) {
  const { playButton, playSize, skipButton, skipSize, previousButton = skipButton } = look;
  return (
    <>
      <button type="button" className={previousButton} aria-label="Previous" onClick={engine.previous}>
        <Icon of={SkipBack} size={skipSize} isFilled />
      </button>
      <button
        type="button"
        className={`${ROUND} ${playButton}`}
        aria-label={isPlaying ? "Pause" : "Play"}
        aria-busy={isWaiting || undefined}
        aria-keyshortcuts="Space"
        onClick={engine.toggle}
      >
        <Icon of={isPlaying ? Pause : Play} size={playSize} isFilled />
      </button>
      <button type="button" className={skipButton} aria-label="Next" onClick={engine.next}>
        <Icon of={SkipForward} size={skipSize} isFilled />
      </button>
    </>
  );
}

/** @param {{ track: Track, side: "elapsed" | "total", className?: string }} props */
export function Times({ track, side, className = "" }) {
  const [seconds, setSeconds] = useState(() => Math.floor(engine.position()));
  useEffect(() => engine.onFrame((now) => setSeconds(Math.floor(now))), []);
  return (
    <span className={`fact ${className}`}>
      {side === "elapsed" ? clock(seconds) : clock(Math.round(track.seconds))}
    </span>
  );
}
