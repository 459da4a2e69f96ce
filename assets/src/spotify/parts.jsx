// @ts-check
// What the Spotify remote shows besides controls: the track, the device, problems.
import Clock from "lucide-react/dist/esm/icons/clock.mjs";
import Music from "lucide-react/dist/esm/icons/music.mjs";
import Speaker from "lucide-react/dist/esm/icons/speaker.mjs";
import { useEffect, useRef } from "react";
import { usePlayer } from "../player/use_player.js";
import { clock } from "../shared/format.js";
import { Icon } from "../shared/icon.jsx";
import { useReason, useTick } from "./controls.jsx";
import { connect } from "./navigation.js";
import { backoffSeconds } from "./state.js";
import * as remote from "./store.js";
import { CARD, ICON_BUTTON, OUTLINE_BUTTON, SCROLL_CLEARANCE, TEXT_LINE } from "./styles.js";
import { useSpotify } from "./use_spotify.js";

export const Dot = () => (
  <span className="size-[8px] rounded-full bg-spotify shrink-0" role="img" aria-label="Connected" />
);

/** @param {{ item?: { art_url?: string } }} props */
export function Art({ item }) {
  return item?.art_url ? (
    <img
      src={item.art_url}
      alt=""
      width="32"
      height="32"
      referrerPolicy="no-referrer"
      className="size-[32px] rounded-[4px] object-cover shrink-0"
    />
  ) : (
    <span className="size-[32px] rounded-[4px] bg-surface-4 grid place-items-center text-text-3 shrink-0">
      <Icon of={Music} size={18} />
    </span>
  );
}
/**
 * Title and second line of what plays.
 * @param {import("./state.js").Playback | null} now
 */
const linesOf = (now) => {
  if (!now) return ["Waiting for Spotify", ""];
  if (now.kind === "ad") return ["Advert", "Music continues after it"];
  if (now.item) return [now.item.title, now.item.artist];
  // Its DJ, and kinds that are newer than the API
  if (now.is_playing) return ["Spotify is playing", "Track not shown"];
  return ["Nothing playing", "Press play to resume"];
};
export function Names() {
  const now = useSpotify((s) => s.playback);
  const [title, artist] = linesOf(now);
  const isStale = useSpotify((s) => s.isStale);
  const isBusy = isStale || now?.isSkipping;
  const link = now?.item?.link;
  const Box = link ? "a" : "div"; // both lines are the link: one alone is too low for a thumb
  return (
    <Box
      {...(link ? { href: link, target: "_blank", rel: "noreferrer" } : {})}
      className={
        `${link ? "group" : ""} grid grid-cols-[minmax(0,1fr)] content-center min-h-[44px] min-w-0 ` +
        `flex-1 ${isBusy ? "opacity-75" : ""}`
      }
      aria-busy={isBusy || undefined}
    >
      <span className="truncate font-semibold group-hover:underline" title={title} dir="auto">
        {title}
      </span>
      <span className="truncate text-[13px] leading-[18px] text-text-2" dir="auto">
        {artist}
      </span>
    </Box>
  );
}

/**
 * Scrolls a new message into view: a phone may cut off the foot of the card.
 * @param {unknown} isShown
 */
export function useInView(isShown) {
  const element = useRef(/** @type {any} */ (null));
  useEffect(() => {
    if (isShown) element.current?.scrollIntoView({ block: "nearest" });
  }, [isShown]);
  return element;
}
/** Counts down the back-off of a rate limit. */
export function Countdown() {
  useTick();
  const isQuota = useSpotify((s) => s.problem?.kind === "quota");
  const wait = backoffSeconds();
  const line = useInView(wait > 0);
  return (
    wait > 0 && (
      <p ref={line} role="status" className={`${TEXT_LINE} ${SCROLL_CLEARANCE} pr-2.5`}>
        <Icon of={Clock} size={16} />
        <span className="flex-1">{isQuota ? "Daily limit reached" : "Too many requests"}</span>
        <span className="fact text-text-1" aria-hidden="true">
          {wait >= 3600 ? `${Math.floor(wait / 3600)} h` : clock(wait)}
        </span>
      </p>
    )
  );
}

/**
 * The device that plays, as the button that lists the others; or the countdown of a rate limit.
 * @param {{ open?: () => void }} props
 */
export function DeviceLine({ open }) {
  useTick();
  const now = useSpotify((s) => s.playback);
  if (backoffSeconds() > 0) return <Countdown />;
  const name = now?.device?.name ?? "No device";
  return (
    <div className={`group relative ${TEXT_LINE} max-w-[150px]`}>
      <button
        type="button"
        aria-label="Devices"
        title="Devices"
        aria-description={name}
        onClick={open}
        // The whole line is the button; its name stays one word.
        className={`${ICON_BUTTON} -ml-3 -mr-3 text-text-2 !static after:absolute after:inset-0 after:-left-3`}
      >
        <Icon of={Speaker} size={16} />
      </button>
      <span className="min-w-0 group-hover:text-text-1" title={now?.note || name}>
        <span className="block truncate">{name}</span>
        {now?.note && <span className="block text-[12px] leading-[16px] text-text-3">Private session</span>}
      </span>
    </div>
  );
}

/**
 * Why the last command failed, and what would help.
 * @param {{ others?: string[], className?: string }} props `others` are kinds that are shown elsewhere.
 */
export function ProblemAlert({ others = [], className = "" }) {
  const problem = useSpotify((s) => s.problem);
  const alert = useInView(problem);
  if (!problem || ["rate_limit", "quota", ...others].includes(problem.kind)) return null; // shown elsewhere
  const isCalm = ["blocked", "info", "scope"].includes(problem.kind);
  return (
    <div
      ref={alert}
      role="alert"
      className={
        `${SCROLL_CLEARANCE} flex items-center gap-3 text-[13px] leading-[18px] ` +
        `${isCalm ? "text-text-2" : "text-bad"} ${className}`
      }
    >
      <p className="flex-1">{problem.sentence}</p>
      {problem.kind === "scope" && (
        <button type="button" onClick={() => connect(problem.permission)} className={`${OUTLINE_BUTTON} text-text-1`}>
          Allow
        </button>
      )}
    </div>
  );
}

/** Offers to pause Spotify while a preview plays too. */
export function PauseOffer() {
  const isPreviewPlaying = usePlayer((s) => s.isPlaying);
  const isSpotifyPlaying = useSpotify((s) => Boolean(s.playback?.is_playing));
  const reason = useReason()("play");
  if (!isPreviewPlaying || !isSpotifyPlaying || reason) return null;
  return (
    <div
      role="status"
      className="flex items-center justify-between gap-3 pl-4 text-[13px] text-text-2 border-t border-line"
    >
      Both are playing.
      <button
        type="button"
        className="min-h-[44px] px-4 font-semibold text-text-1 hover:underline cursor-pointer"
        onClick={remote.togglePlay}
      >
        Pause Spotify
      </button>
    </div>
  );
}

/**
 * @param {import("react").PropsWithChildren<{ icon: import("react").ComponentType<any>, title: string }>} props
 */
export function Message({ icon, title, children }) {
  return (
    <div role="alert" className={`${CARD} p-4 flex gap-3.5`}>
      <span className="text-text-2 pt-0.5">
        <Icon of={icon} size={20} />
      </span>
      <div className="grid gap-1 min-w-0 justify-items-start">
        <p className="font-semibold" dir="auto">
          {title}
        </p>
        {children}
      </div>
    </div>
  );
}
