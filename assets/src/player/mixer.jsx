// @ts-check
// The mixer of two sounds that play together. JavaScript because the fader is heard while it moves.
import X from "lucide-react/dist/esm/icons/x.mjs";
import { useEffect } from "react";
import { find } from "../shared/dom.js";
import { Icon, Meter } from "../shared/icon.jsx";
import { isComposing } from "../shared/keys.js";
import { Artwork } from "../shared/sound_parts.jsx";
import { useStore } from "../shared/use_store.js";
import { playTogether, stopTogether } from "./mix_start.js";
import { EQUAL, mixStore } from "./mix_store.js";
import { ICON_BUTTON } from "./player_parts.jsx";

const TOGGLE =
  "inline-flex items-center min-h-[44px] md:min-h-[32px] rounded-ctl px-3 text-[13px] leading-[18px] " +
  "text-text-2 hover:text-text-1 cursor-pointer whitespace-nowrap aria-pressed:bg-surface-4 " +
  "aria-pressed:text-text-1 disabled:opacity-40 disabled:cursor-not-allowed";
/**
 * @template V
 * @param {(state: import("./mix_store.js").MixState) => V} select
 */
const useMix = (select) => useStore(mixStore, select);
const loadMix = () => import("./mix.js"); // the pair that is shown has loaded it

function Fader({ className = "" }) {
  const fader = useMix((s) => s.fader);
  const reference = useMix((s) => s.reference?.title);
  const partner = useMix((s) => s.partner?.title);
  const percent = Math.round(fader * 100);
  const set = (/** @type {number} */ value) => loadMix().then((mix) => mix.setFader(value));
  const words = percent === 50 ? "Both equally loud" : percent < 50 ? `More ${reference}` : `More ${partner}`;
  return (
    <div className={`flex items-center gap-3 min-w-0 ${className}`}>
      <span className="flex-1 min-w-0 truncate text-right text-[13px] text-text-2" aria-hidden="true">
        {reference}
      </span>
      <input
        type="range"
        role="slider"
        aria-label="Mix"
        aria-valuetext={`${words}, ${percent}%`}
        title="Double-click: both equally loud"
        min="0"
        max="100"
        step="2"
        value={percent}
        className="w-[112px] sm:w-[140px] lg:w-[200px] min-h-[44px] shrink-0"
        style={{ "--fill": "0%" }}
        onChange={(event) => set(Number(event.target.value) / 100)}
        onDoubleClick={() => set(EQUAL)}
      />
      <span className="flex-1 min-w-0 truncate text-[13px] text-text-1" aria-hidden="true">
        {partner}
      </span>
    </div>
  );
}

function Toggles() {
  const isTempo = useMix((s) => s.isTempoMatched);
  const isKey = useMix((s) => s.isKeyMatched);
  const hasTempo = useMix((s) => s.match?.stretch != null);
  const hasKey = useMix((s) => s.match?.semitones != null);
  const choose = (/** @type {Parameters<typeof import("./mix.js").choose>[0]} */ choice) =>
    loadMix().then((mix) => mix.choose(choice));
  const isAll = (isTempo || !hasTempo) && (isKey || !hasKey);
  const all = { isTempoMatched: !isAll, isKeyMatched: !isAll };
  return (
    <div role="group" aria-label="Match" className="flex items-center gap-0.5 p-0.5 rounded-ctl bg-surface-3 shrink-0">
      <button
        type="button"
        className={TOGGLE}
        aria-label="Match tempo and key"
        aria-pressed={isAll && (hasTempo || hasKey)}
        disabled={!hasTempo && !hasKey}
        onClick={() => choose(all)}
      >
        Match
      </button>
      <button
        type="button"
        className={TOGGLE}
        aria-label="Match tempo"
        aria-pressed={isTempo && hasTempo}
        disabled={!hasTempo}
        title={hasTempo ? undefined : "Tempo unknown"}
        onClick={() => choose({ isTempoMatched: !isTempo })}
      >
        Tempo
      </button>
      <button
        type="button"
        className={TOGGLE}
        aria-label="Match key"
        aria-pressed={isKey && hasKey}
        disabled={!hasKey}
        title={hasKey ? undefined : "Key unknown"}
        onClick={() => choose({ isKeyMatched: !isKey })}
      >
        Key
      </button>
    </div>
  );
}

/** What is done to the partner, or what is wrong. */
function Status({ className = "" }) {
  const { error, change, isPreparing } = useMix((s) => s);
  if (error) {
    return (
      <p role="alert" className={`text-bad ${className}`}>
        {error}
      </p>
    );
  }
  return (
    <p role="status" className={`text-text-2 ${className}`} title={change}>
      {isPreparing ? "Matching…" : change}
    </p>
  );
}

function Retry() {
  const { error, reference, partner, match } = useMix((s) => s);
  if (!error || !reference || !partner || !match) return null;
  return (
    <button type="button" className={TOGGLE} onClick={() => playTogether(reference, partner, match)}>
      Try again
    </button>
  );
}

const StopButton = () => (
  <button
    type="button"
    className={ICON_BUTTON}
    aria-label="Stop playing together"
    aria-keyshortcuts="Escape"
    title="Stop playing together"
    onClick={stopTogether}
  >
    <Icon of={X} />
  </button>
);

/**
 * Escape leaves the mix, unless something above it is open.
 * @param {boolean} isOn
 */
function useEscape(isOn) {
  useEffect(() => {
    if (!isOn) return;
    const press = (/** @type {KeyboardEvent} */ event) => {
      if (
        event.key !== "Escape" ||
        isComposing(event) ||
        event.defaultPrevented ||
        find("dialog[open], [popover]:popover-open")
      )
        return;
      stopTogether();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [isOn]);
}

function Partner({ className = "", coverClass = "" }) {
  const partner = useMix((s) => s.partner);
  const isPreparing = useMix((s) => s.isPreparing);
  if (!partner) return null;
  return (
    <div className={`flex items-center gap-3 min-w-0 ${className}`}>
      <span className={`relative shrink-0 ${coverClass}`}>
        {partner.cover && <Artwork coverKey={partner.cover} size={40} className="size-[40px] rounded-ctl" />}
        {isPreparing && (
          <span className="absolute inset-0 grid place-items-center rounded-ctl bg-base/[.7] text-text-1">
            <Meter />
          </span>
        )}
      </span>
      <div className="min-w-0">
        <p className="truncate font-semibold text-text-1" dir="auto">
          {partner.title}
        </p>
        <Status className="truncate text-[13px] leading-[18px]" />
      </div>
    </div>
  );
}

/** The mixer above the player's bar. */
export function MixerStrip() {
  const isOn = useMix((s) => Boolean(s.partner));
  useEscape(isOn);
  useEffect(() => {
    document.documentElement.toggleAttribute("data-has-mix", isOn);
    return () => document.documentElement.removeAttribute("data-has-mix");
  }, [isOn]);
  if (!isOn) return null;
  return (
    <div
      role="group"
      aria-label="Mixer"
      className={
        "absolute bottom-full inset-x-0 h-[56px] bg-surface-2 border-t border-line grid items-center gap-2 md:gap-6 " +
        "px-2 md:px-7 grid-cols-[minmax(0,1fr)_auto_auto] md:grid-cols-[minmax(200px,340px)_1fr_auto]"
      }
    >
      <Partner className="max-md:pl-1" coverClass="max-sm:hidden" />
      <Fader className="max-md:[&>span]:hidden justify-center" />
      <div className="flex items-center gap-1">
        <Retry />
        <div className="max-md:hidden">
          <Toggles />
        </div>
        <StopButton />
      </div>
    </div>
  );
}

/** The mixer in the phone's sheet. */
export function MixerPanel() {
  const isOn = useMix((s) => Boolean(s.partner));
  if (!isOn) return null;
  return (
    <div role="group" aria-label="Mixer" className="grid gap-1 rounded-sheet bg-surface-2 p-3">
      <div className="flex items-center justify-between gap-2">
        <Partner className="flex-1" />
        <Retry />
        <StopButton />
      </div>
      <Fader className="[&>input]:w-[45%]" />
      <div className="justify-self-center">
        <Toggles />
      </div>
    </div>
  );
}
