// @ts-check
// The controls of the Spotify remote. JavaScript because sliders follow the finger and the position follows the local
// clock.
import Heart from "lucide-react/dist/esm/icons/heart.mjs";
import Pause from "lucide-react/dist/esm/icons/pause.mjs";
import Play from "lucide-react/dist/esm/icons/play.mjs";
import Repeat from "lucide-react/dist/esm/icons/repeat.mjs";
import Shuffle from "lucide-react/dist/esm/icons/shuffle.mjs";
import SkipBack from "lucide-react/dist/esm/icons/skip-back.mjs";
import SkipForward from "lucide-react/dist/esm/icons/skip-forward.mjs";
import Volume2 from "lucide-react/dist/esm/icons/volume-2.mjs";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { clock, spokenClock } from "../shared/format.js";
import { Icon, Meter } from "../shared/icon.jsx";
import { browseUrl } from "../shared/links.js";
import { read } from "./api.js";
import { backoffSeconds, progress, say } from "./state.js";
import * as remote from "./store.js";
import { ACTION, ICON_BUTTON } from "./styles.js";
import { useSpotify } from "./use_spotify.js";

/** @type {Record<string, string>} The next one. */
const REPEATS = { off: "context", context: "track", track: "off" };
/** @type {Record<string, string>} */
const REPEAT_WORDS = { off: "Repeat is off", context: "Repeats the list", track: "Repeats the track" };

/**
 * A button that stays focusable while it is blocked and then says why; a disabled one could not.
 * @param {object} props
 * @param {string} props.label
 * @param {string} [props.reason] Why it is blocked.
 * @param {() => void} props.press
 * @param {boolean} [props.isOn]
 * @param {string} [props.description]
 * @param {import("react").ReactNode} props.children
 * @param {string} [props.className]
 */
export function Control({ label, reason, press, isOn, description, children, className = "" }) {
  return (
    <button
      type="button"
      aria-label={label}
      aria-pressed={isOn}
      aria-disabled={reason ? true : undefined}
      title={reason || description || label}
      aria-description={reason || description}
      onClick={() => {
        if (reason) say(reason, "blocked");
        else press();
      }}
      className={`${ICON_BUTTON} ${isOn === false ? "text-text-2" : ""} ${className}`}
    >
      {children}
      {isOn && <span className="absolute bottom-[5px] size-[4px] rounded-full bg-text-1" aria-hidden="true" />}
    </button>
  );
}

export function useTick() {
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setTick((n) => n + 1);
    }, 500);
    return () => clearInterval(timer);
  }, []);
}

/**
 * Props of a blocked slider: instead of moving, it says why.
 * @param {string} reason
 */
const blockedSlider = (reason) => ({
  "aria-disabled": true,
  "aria-description": reason,
  title: reason,
  onChange: () => {},
  onPointerDown: () => say(reason, "blocked"),
  onKeyDown: (/** @type {import("react").KeyboardEvent} */ event) => {
    if (/^(Arrow|Page|Home|End)/.test(event.key)) {
      event.preventDefault();
      say(reason, "blocked");
    }
  },
});

/** Returns a function that tells why a control is blocked; empty if it is not. */
export function useReason() {
  const now = useSpotify((s) => s);
  const playback = now.playback;
  const wait = backoffSeconds(now);
  return (/** @type {string} */ control) => {
    if (wait > 0)
      return now.problem?.kind === "quota"
        ? "Spotify's quota for today is used up."
        : "Too many requests to Spotify. Wait a moment.";
    if (now.needsPremium) return "Controls need Spotify Premium.";
    if (!playback) return "Waiting for Spotify.";
    if (control !== "play" && !playback.device) return "Nothing is playing.";
    return playback.blocked[control] ?? "";
  };
}

export function PlayPause({ size = 18 }) {
  const isPlaying = useSpotify((s) => Boolean(s.playback?.is_playing));
  const reason = useReason()("play");
  return (
    <Control label={isPlaying ? "Pause" : "Play"} reason={reason} press={remote.togglePlay}>
      <Icon of={isPlaying ? Pause : Play} size={size} isFilled />
    </Control>
  );
}
/** @param {"next" | "previous"} which */
export const skip = (which) => remote.command("POST", which, { change: { isSkipping: true, progress_ms: 0 } });

export function Transport() {
  const now = useSpotify((s) => s.playback);
  const reasonOf = useReason();
  const repeat = now?.repeat ?? "off";
  const isShuffled = Boolean(now?.is_shuffled);
  return (
    <div className="flex justify-between">
      <Control
        label="Shuffle"
        isOn={isShuffled}
        reason={reasonOf("shuffle")}
        press={() =>
          remote.command("PUT", "shuffle", { body: { state: !isShuffled }, change: { is_shuffled: !isShuffled } })
        }
      >
        <Icon of={Shuffle} size={18} />
      </Control>
      <Control label="Previous track" reason={reasonOf("previous")} press={() => skip("previous")}>
        <Icon of={SkipBack} size={18} isFilled />
      </Control>
      <PlayPause size={22} />
      <Control label="Next track" reason={reasonOf("next")} press={() => skip("next")}>
        <Icon of={SkipForward} size={18} isFilled />
      </Control>
      <Control
        label="Repeat"
        isOn={repeat !== "off"}
        description={REPEAT_WORDS[repeat]}
        reason={reasonOf("repeat")}
        press={() =>
          remote.command("PUT", "repeat", { body: { state: REPEATS[repeat] }, change: { repeat: REPEATS[repeat] } })
        }
      >
        <span className="relative grid">
          <Icon of={Repeat} size={18} />
          {repeat === "track" && (
            <span
              className={
                "fact absolute -top-2 -right-2 text-text-1 !text-[10px] !leading-[12px] bg-surface-3 " +
                "rounded-full px-[3px]"
              }
              aria-hidden="true"
            >
              1
            </span>
          )}
        </span>
      </Control>
      <span className="sr-only" role="status">
        {REPEAT_WORDS[repeat]}
      </span>
    </div>
  );
}

export function Seek() {
  useTick();
  const now = useSpotify((s) => s.playback);
  const isStale = useSpotify((s) => s.isStale);
  const isBlocked = useReason()("seek");
  const whole = isStale ? 0 : (now?.item?.duration_ms ?? 0);
  const at = Math.min(progress(), whole);
  const isOff = Boolean(isBlocked) || !whole;
  const reason = isBlocked || (isStale ? "Waiting for Spotify." : "Nothing is playing.");
  const move = (/** @type {import("react").ChangeEvent<HTMLInputElement>} */ event) => {
    const to = Math.min(Number(event.target.value), whole - 1);
    remote.commandLater("seek", { position_ms: to }, { progress_ms: to });
  };
  return (
    <div className="grid grid-cols-[auto_1fr_auto] items-center gap-3 -my-1.5">
      <span className="fact w-[32px]" aria-hidden="true">
        {whole ? clock(at / 1000) : "0:00"}
      </span>
      <input
        type="range"
        min="0"
        max={Math.max(whole, 1)}
        step="1000"
        value={Math.round(at)}
        aria-label="Seek"
        {...(isOff ? blockedSlider(reason) : { onChange: move })}
        aria-valuetext={`${spokenClock(at / 1000)} of ${spokenClock(whole / 1000)}`}
        className="w-full h-[44px] aria-disabled:cursor-not-allowed"
        style={{
          "--fill": `${whole ? (at / whole) * 100 : 0}%`,
          "--fill-colour": isOff ? "var(--text-3)" : "var(--spotify)",
          "--thumb": isOff ? "0" : "1",
        }}
      />
      <span className="fact w-[32px] text-right" aria-hidden="true">
        {whole ? clock(whole / 1000) : "0:00"}
      </span>
    </div>
  );
}

export function Volume() {
  const now = useSpotify((s) => s.playback);
  const reason = useReason()("volume");
  const volume = now?.volume ?? now?.device?.volume_percent ?? 0;
  const move = (/** @type {import("react").ChangeEvent<HTMLInputElement>} */ event) => {
    const to = Number(event.target.value);
    remote.commandLater("volume", { volume_percent: to }, { volume: to });
  };
  return (
    <div className="flex items-center gap-2 flex-1 min-w-0 text-text-2">
      <Icon of={Volume2} size={18} />
      <input
        type="range"
        min="0"
        max="100"
        value={volume}
        {...(reason ? blockedSlider(reason) : { onChange: move })}
        aria-label="Volume"
        aria-valuetext={`${volume} percent`}
        className="w-full min-w-0 h-[44px] aria-disabled:opacity-40 aria-disabled:cursor-not-allowed"
        style={{ "--fill": `${volume}%` }}
      />
    </div>
  );
}

/** @param {{ item: { uri: string } }} props */
export function Like({ item }) {
  const isLiked = useSpotify((s) => s.playback?.is_liked === true);
  const reason = useReason()("like");
  const press = () =>
    isLiked
      ? remote.command("DELETE", `like?uri=${encodeURIComponent(item.uri)}`, { change: { is_liked: false } })
      : remote.command("PUT", "like", { body: { uri: item.uri }, change: { is_liked: true } });
  return (
    <Control label="Like this track" isOn={isLiked} reason={reason} press={press}>
      <Icon of={Heart} size={18} isFilled={isLiked} />
    </Control>
  );
}

/** Leads to packs of the artist's genre; Spotify's API tells neither tempo nor key. */
export function CompatiblePacks() {
  const navigate = useNavigate();
  const [isBusy, setBusy] = useState(false);
  const press = async () => {
    setBusy(true);
    const { genre, problem } = await read("genre");
    setBusy(false);
    if (genre) navigate(browseUrl({ genre, from: "spotify" }));
    else say(problem?.sentence ?? "Spotify gives no genre that we know for this artist, and no tempo or key.");
  };
  return (
    <button
      type="button"
      className={`${ACTION} relative`}
      aria-busy={isBusy || undefined}
      onClick={() => !isBusy && press()}
    >
      <span className={isBusy ? "opacity-0" : ""}>Packs that fit</span>
      {isBusy && (
        <span className="absolute inset-0 grid place-items-center">
          <Meter />
        </span>
      )}
    </button>
  );
}
