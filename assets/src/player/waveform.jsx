// @ts-check
// Waveforms from stored peaks. JavaScript because the played part follows the sound frame by frame.
import { useEffect, useRef, useState } from "react";
import { clock, spokenClock } from "../shared/format.js";
import * as engine from "./engine.js";
import { listAround } from "./track.js";
import { useIsCurrent } from "./use_player.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const HEIGHTS = Object.fromEntries([...ALPHABET].map((letter, value) => [letter, value / 63]));
const SEEK_STEP_SECONDS = 5;
/** @type {Record<string, number | undefined>} */
const JUMPS = {
  ArrowRight: SEEK_STEP_SECONDS,
  ArrowUp: SEEK_STEP_SECONDS,
  ArrowLeft: -SEEK_STEP_SECONDS,
  ArrowDown: -SEEK_STEP_SECONDS,
};

/**
 * @typedef {object} Look
 * @property {number} bar Width in pixels.
 * @property {number} gap
 * @property {string} idle Colour.
 * @property {string} played
 * @property {string} cursor
 * @property {number} share Of the sound that was played, 0 to 1.
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number[]} heights 0 to 1.
 * @param {Look} look
 */
function drawBars(canvas, heights, { bar, gap, idle, played, share, cursor }) {
  const ratio = Math.min(devicePixelRatio || 1, 2);
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (!width || !height) return;
  const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, { width: columns, height: rows });
  const paint = canvas.getContext("2d");
  if (!paint) return;
  const count = Math.max(1, Math.floor((width + gap) / (bar + gap)));
  paint.setTransform(ratio, 0, 0, ratio, 0, 0);
  paint.clearRect(0, 0, width, height);
  const edge = share * width;
  const bars = { played: new Path2D(), idle: new Path2D() };
  for (let index = 0; index < count; index++) {
    const from = Math.floor((index / count) * heights.length);
    const to = Math.max(from + 1, Math.floor(((index + 1) / count) * heights.length));
    const level = Math.max(...heights.slice(from, to)) ** 1.5;
    const tall = Math.max(2, level * height);
    const x = index * (bar + gap);
    bars[share > 0 && x < edge ? "played" : "idle"].roundRect(x, (height - tall) / 2, bar, tall, bar / 2);
  }
  paint.fillStyle = idle;
  paint.fill(bars.idle);
  paint.fillStyle = played;
  paint.fill(bars.played);
  if (share > 0) {
    paint.fillStyle = cursor;
    paint.fillRect(Math.round(edge), 0, 1, height);
  }
}

/** @param {string} ground "base", or a lighter one. */
function colours(ground) {
  const style = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  const idle = colour(ground === "base" ? "wave-idle" : "wave-idle-2");
  return { idle, played: colour("amber"), cursor: colour("text-1") };
}

/**
 * A waveform drawn from stored peaks; press or arrow keys seek, and the played part follows the sound.
 * @param {object} props
 * @param {import("./track.js").Track} props.track
 * @param {string} props.peaks One letter each.
 * @param {string} [props.className]
 * @param {number} [props.bar]
 * @param {number} [props.gap]
 * @param {string} [props.ground] "base", or a lighter one.
 * @param {boolean} [props.isLive]
 */
export function Waveform({ track, peaks, className, bar = 2, gap = 2, ground = "base", isLive = false }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const [hover, setHover] = useState(/** @type {number | null} */ (null));
  const [shown, setShown] = useState(0);
  const isCurrent = useIsCurrent(track);
  const duration = track.seconds;
  useEffect(() => {
    const heights = [...(peaks || "A")].map((letter) => HEIGHTS[letter] ?? 0);
    /** @type {Omit<Look, "share"> | undefined} */
    let look;
    let second = -1;
    const draw = (/** @type {number} */ at) => {
      const share = isCurrent && duration ? Math.min(1, at / duration) : 0;
      look ??= { bar, gap, ...colours(ground) };
      if (canvas.current) drawBars(canvas.current, heights, { ...look, share });
      if (isCurrent && Math.floor(at) !== second) {
        second = Math.floor(at);
        setShown(second);
      }
    };
    // Also draws at first: its first call comes after the layout of all rows. Drawn here, each row would force one.
    const sizes = new ResizeObserver(() => draw(engine.position()));
    sizes.observe(/** @type {Element} */ (canvas.current));
    const stop = isCurrent ? engine.onFrame(draw) : () => setShown(0);
    return () => {
      sizes.disconnect();
      stop();
    };
  }, [peaks, isCurrent, duration, bar, gap, ground]);
  const share = (/** @type {import("react").MouseEvent} */ event) => {
    const box = /** @type {Element} */ (canvas.current).getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
  };
  const press = (/** @type {import("react").MouseEvent<HTMLElement>} */ event) => {
    event.preventDefault();
    event.stopPropagation();
    const at = share(event) * duration;
    if (!isCurrent) engine.play(track, listAround(event.currentTarget));
    engine.seek(at);
  };
  const keys = (/** @type {import("react").KeyboardEvent<HTMLElement>} */ event) => {
    const jump = JUMPS[event.key];
    if (jump === undefined && event.key !== "Home") return;
    event.preventDefault();
    event.stopPropagation();
    if (!isCurrent) engine.play(track, listAround(event.currentTarget));
    engine.seek(jump === undefined ? 0 : engine.position() + jump);
  };
  const now = isCurrent ? shown : 0;
  return (
    <div
      className={`relative cursor-pointer touch-pan-y ${className ?? ""}`}
      role="slider"
      tabIndex={isLive || isCurrent ? 0 : -1}
      aria-label={isLive ? "Seek" : `Seek ${track.title}`}
      aria-valuemin={0}
      aria-valuemax={Math.round(duration)}
      aria-valuenow={now}
      aria-valuetext={`${spokenClock(now)} of ${spokenClock(duration)}`}
      onClick={press}
      onKeyDown={keys}
      onPointerMove={(e) => e.pointerType === "mouse" && setHover(share(e))}
      onPointerLeave={() => setHover(null)}
    >
      <canvas ref={canvas} className="block size-full" aria-hidden="true" />
      {hover !== null && (
        <span
          className={
            "fact text-text-1 pointer-events-none absolute -top-6 -translate-x-1/2 rounded-[4px] " +
            "bg-surface-4 px-1.5 py-0.5"
          }
          style={{ left: `${hover * 100}%` }}
        >
          {clock(hover * duration)}
        </span>
      )}
    </div>
  );
}
