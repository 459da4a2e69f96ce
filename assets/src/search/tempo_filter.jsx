// @ts-check
// The tempo filter: range sliders over a histogram, number fields, and tap tempo. JavaScript because it follows the
// pointer.
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { tempoRange, withFilters } from "./filter_url.js";
import { useQuery } from "./query.js";

const MAX_TAP_GAP_MS = 2000;
const MIN_TAPS = 4;
const TAP_TOLERANCE_BPM = 3;

/**
 * The tempo of one's taps: the mean of the last eight gaps, reported when the tapping stops.
 * @param {(bpm: number) => void} onTempo
 */
function useTap(onTempo) {
  const taps = useRef(/** @type {number[]} Milliseconds. */ ([]));
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  const [beat, setBeat] = useState(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const tap = () => {
    const now = performance.now();
    if (now - (taps.current.at(-1) ?? now) > MAX_TAP_GAP_MS) taps.current = [];
    taps.current = [...taps.current, now].slice(-9);
    const count = taps.current.length;
    const bpm = count > 1 ? Math.round((60000 * (count - 1)) / (now - taps.current[0])) : 0;
    setBeat(count >= MIN_TAPS ? bpm : 0);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      taps.current = [];
      setBeat(0);
      if (count >= MIN_TAPS) onTempo(bpm);
    }, 1200);
  };
  return /** @type {const} */ ([beat, tap]);
}

/**
 * Tempo: two thumbs over a histogram of what there is, two number fields, and a key to tap.
 * @param {object} props
 * @param {number} [props.low]
 * @param {number} [props.high]
 * @param {number[]} [props.bins] Percent of the tallest.
 * @param {string} props.fieldClassName
 * @param {string} props.tapClassName
 */
export function TempoFilter({ low = 60, high = 200, bins = [], fieldClassName, tapClassName }) {
  const params = useQuery();
  const navigate = useNavigate();
  const stored = () => [Number(params.get("bpm_min")) || low, Number(params.get("bpm_max")) || high];
  const [[from, to], setRange] = useState(stored);
  const key = `${params.get("bpm_min")}-${params.get("bpm_max")}`;
  useEffect(() => setRange(stored()), [key]);
  const commit = (/** @type {number} */ a, /** @type {number} */ b) => {
    const { min, max, filters } = tempoRange([a, b], [low, high]);
    setRange([min, max]);
    const url = withFilters(params, filters);
    // Also left by Tab: each press would be a step of the history.
    if (url !== withFilters(params, {})) navigate(url, { preventScrollReset: true });
  };
  const [beat, tap] = useTap((bpm) => commit(bpm - TAP_TOLERANCE_BPM, bpm + TAP_TOLERANCE_BPM));
  const share = (/** @type {number} */ value) => ((Math.max(low, Math.min(high, value)) - low) / (high - low)) * 100;
  const isNarrow = from > low || to < high;
  const width = (high - low) / (bins.length || 1);
  const isIn = (/** @type {number} */ index) =>
    isNarrow && low + (index + 1) * width > from && low + index * width < to;
  const thumb =
    "pointer-events-none absolute inset-x-0 top-0 h-[44px] w-full " +
    "[&::-webkit-slider-thumb]:pointer-events-auto [&::-moz-range-thumb]:pointer-events-auto " +
    "[&::-webkit-slider-runnable-track]:bg-none [&::-webkit-slider-runnable-track]:bg-transparent " +
    "[&::-webkit-slider-thumb]:size-[16px] [&::-webkit-slider-thumb]:mt-[-7px]";
  const field = (
    /** @type {string} */ label,
    /** @type {number} */ value,
    /** @type {(value: number) => void} */ set,
  ) => (
    <input
      type="number"
      inputMode="numeric"
      min="20"
      max="400"
      aria-label={label}
      value={value || ""}
      className={fieldClassName}
      onChange={(e) => set(Number(e.target.value))}
      onBlur={() => commit(from, to)}
      onKeyDown={(e) => e.key === "Enter" && commit(from, to)}
    />
  );
  return (
    <div>
      <div className="flex items-end gap-px h-[32px] mx-2 -mb-[22px]" aria-hidden="true">
        {bins.map((tall, index) => (
          <span
            key={index}
            className={`flex-1 ${isIn(index) ? "bg-amber" : "bg-wave-idle"}`}
            style={{ height: tall ? `${Math.max(6, tall)}%` : 0 }}
          />
        ))}
      </div>
      <div className="relative h-[44px]">
        <div className="absolute inset-x-0 top-[21px] h-[2px] bg-line-strong" />
        <div
          className={`absolute top-[21px] h-[2px] ${isNarrow ? "bg-amber" : "bg-control"}`}
          style={{ left: `${share(from)}%`, right: `${100 - share(to)}%` }}
        />
        <input
          type="range"
          className={thumb}
          min={low}
          max={high}
          value={from}
          aria-label="Lowest tempo"
          onChange={(e) => setRange([Math.min(Number(e.target.value), to), to])}
          onPointerUp={() => commit(from, to)}
          onKeyUp={() => commit(from, to)}
        />
        <input
          type="range"
          className={thumb}
          min={low}
          max={high}
          value={to}
          aria-label="Highest tempo"
          onChange={(e) => setRange([from, Math.max(Number(e.target.value), from)])}
          onPointerUp={() => commit(from, to)}
          onKeyUp={() => commit(from, to)}
        />
      </div>
      <div className="grid grid-cols-[1fr_auto_1fr_auto] items-center gap-2">
        {field("Tempo from", from, (v) => setRange([v, to]))}
        <span className="text-text-3">to</span>
        {field("Tempo to", to, (v) => setRange([from, v]))}
        <button
          type="button"
          className={tapClassName}
          onPointerDown={tap}
          onKeyDown={(e) => {
            if ((e.key === " " || e.key === "Enter") && !e.repeat) {
              e.preventDefault();
              tap();
            }
          }}
          aria-label={beat ? `Tap the tempo, now ${beat}` : "Tap the tempo"}
        >
          {beat || "Tap"}
        </button>
      </div>
    </div>
  );
}
