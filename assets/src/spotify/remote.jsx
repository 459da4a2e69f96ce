// @ts-check
// The Spotify remote of a member who is, or was, connected: folded, opened, or a message. Loaded only by those members.
import ChevronUp from "lucide-react/dist/esm/icons/chevron-up.mjs";
import Info from "lucide-react/dist/esm/icons/info.mjs";
import SkipForward from "lucide-react/dist/esm/icons/skip-forward.mjs";
import Unplug from "lucide-react/dist/esm/icons/unplug.mjs";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { SETTINGS_CONNECTIONS } from "../constants.js";
import { usePlayer } from "../player/use_player.js";
import { Icon } from "../shared/icon.jsx";
import { loginUrl } from "../shared/links.js";
import { Card, NoDevice } from "./card.jsx";
import { Control, PlayPause, skip, useReason } from "./controls.jsx";
import { WIDE_PX, connect, rememberOpen, wasLeftOpen } from "./navigation.js";
import { Art, Countdown, Dot, Message, Names, PauseOffer, ProblemAlert, useInView } from "./parts.jsx";
import { backoffSeconds } from "./state.js";
import * as remote from "./store.js";
import { ICON_BUTTON, OUTLINE_BUTTON, SMALL } from "./styles.js";
import { useSpotify } from "./use_spotify.js";

/**
 * The folded remote: play, and where there is room what plays.
 * @param {{ onShow?: () => void, isWide?: boolean, hasNames?: boolean, isFlat?: boolean }} props
 */
function Bar({ onShow, isWide, hasNames, isFlat }) {
  const now = useSpotify((s) => s.playback);
  const reason = useReason()("next");
  return (
    <div className={`${isFlat ? "" : "rounded-full border border-line-strong bg-surface-3"} ${isWide ? "w-full" : ""}`}>
      <div className={`flex items-center gap-1 min-h-[44px] ${isFlat ? "px-4 md:px-8" : "pl-4 pr-1"}`}>
        <Dot />
        <span
          className={
            "items-center gap-2.5 min-w-0 ml-2 " +
            `${isWide ? "flex flex-1" : hasNames ? "hidden md:flex max-w-[190px]" : "hidden"}`
          }
        >
          <Art item={now?.item} />
          <Names />
        </span>
        <PlayPause />
        {isWide && (
          <Control label="Next track" reason={reason} press={() => skip("next")}>
            <Icon of={SkipForward} size={18} isFilled />
          </Control>
        )}
        {onShow && (
          <button
            type="button"
            className={`${ICON_BUTTON} rounded-full`}
            aria-label="Show Spotify"
            aria-expanded="false"
            onClick={onShow}
          >
            <Icon of={ChevronUp} size={18} />
          </button>
        )}
      </div>
    </div>
  );
}

/** Problems and offers below the folded remote. */
function Below({ className = "" }) {
  const isPaused = useSpotify((s) => backoffSeconds(s) > 0);
  const bubble = "rounded-cover bg-surface-3 border border-line-strong px-3 py-2";
  return (
    <div className={`grid gap-2 empty:hidden ${className}`}>
      {isPaused ? (
        <div className={`${bubble} empty:hidden`}>
          <Countdown />
        </div>
      ) : (
        <ProblemAlert className={bubble} />
      )}
      <div className="rounded-cover overflow-hidden bg-surface-3 empty:hidden">
        <PauseOffer />
      </div>
    </div>
  );
}

/**
 * The folded remote in the player's phone sheet, which covers the page: messages show there too.
 * @param {{ message: import("react").ReactNode }} props
 */
function InSheet({ message }) {
  const hasTrack = usePlayer((s) => Boolean(s.track));
  const [target, setTarget] = useState(/** @type {HTMLElement | null} */ (null));
  const box = useInView(Boolean(message));
  useEffect(() => {
    const findTarget = () => setTarget(hasTrack ? document.getElementById("sheet-spotify") : null);
    findTarget();
    addEventListener("askchopper.sheet", findTarget); // the sheet is loaded with the first sound
    return () => removeEventListener("askchopper.sheet", findTarget);
  }, [hasTrack]);
  return (
    target &&
    createPortal(
      <div ref={box} role="group" aria-label="Spotify" className="grid gap-2 scroll-mb-6">
        {message ?? (
          <>
            <Bar isWide />
            <Below />
          </>
        )}
      </div>,
      target,
    )
  );
}

/** @param {string} place */
function useOpen(place) {
  const [isOpen, setOpen] = useState(() => place !== "settings" && wasLeftOpen(place));
  const change = (/** @type {boolean} */ isOpenNow) => {
    setOpen(isOpenNow);
    rememberOpen(place, isOpenNow);
  };
  return /** @type {const} */ ([isOpen, change]);
}

/**
 * Width and position. In the chat the line keeps its height and everything taller covers the thread; in a corner
 * messages are above the line, so that its buttons do not move.
 * @param {string} place
 * @param {boolean} isOpen
 * @param {boolean} isLine
 */
function placementClasses(place, isOpen, isLine) {
  if (place === "chat" && !isLine)
    return "absolute z-30 right-2 md:right-8 top-[4px] w-[calc(100%-16px)] max-w-[400px] md:w-auto";
  if (place === "mini")
    return isOpen ? "w-[calc(100vw-32px)] max-w-[400px] md:w-auto" : "flex flex-col-reverse items-end gap-2";
  if (place === "corner")
    return `max-md:w-full ${isLine ? "flex flex-col gap-2 md:flex-col-reverse md:items-end" : ""}`;
  return "w-full grid gap-2";
}

/**
 * The message that replaces the remote; null while the remote works.
 * @param {ReturnType<typeof import("./state.js").current>} now
 */
function blockingMessage({ problem, hasEnded, isSignedOut }) {
  if (isSignedOut)
    return (
      <Message icon={Unplug} title="You are signed out">
        <a href={loginUrl()} className={`${OUTLINE_BUTTON} mt-2`}>
          Sign in
        </a>
      </Message>
    );
  if (hasEnded)
    return (
      <Message icon={Unplug} title="No longer connected">
        <p className={SMALL}>
          {problem?.kind === "ended" ? problem.sentence : "Connect again to continue."} Your settings are kept.
        </p>
        <button type="button" className={`${OUTLINE_BUTTON} mt-2`} onClick={() => connect()}>
          Reconnect
        </button>
      </Message>
    );
  if (problem?.kind === "no_device") return <NoDevice devices={problem.devices ?? []} />;
  if (problem?.kind === "not_listed")
    return (
      <Message icon={Info} title="Your Spotify account isn't on this app's list">
        <p className={SMALL}>{problem.sentence}</p>
        <a href={SETTINGS_CONNECTIONS} className={`${OUTLINE_BUTTON} mt-2`}>
          Settings
        </a>
      </Message>
    );
  return null;
}

/**
 * The remote of a member who is, or was, connected.
 * @param {{ place: string, hasEnded: boolean, onDisconnected: (isDisconnected: boolean) => void }} props
 */
export default function SpotifyRemote({ place, hasEnded, onDisconnected }) {
  const [isOpen, setOpen] = useOpen(place);
  const now = useSpotify((s) => s);
  const { isDisconnected, isSignedOut } = now;
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  useEffect(() => remote.watch({ hasEnded }), []);
  // before paint, or the remote and its button would flash together
  useLayoutEffect(() => onDisconnected(isDisconnected), [isDisconnected]);
  const change = (/** @type {boolean} */ open) => {
    setOpen(open);
    requestAnimationFrame(() => {
      /** @type {HTMLElement | null | undefined} */ (box.current?.querySelector("[aria-expanded]"))?.focus();
    });
  };
  if (isDisconnected || (isSignedOut && now.problem?.isFromPoll)) return null; // the member signed out: no message
  const message = blockingMessage(now);
  const isNarrow = innerWidth < WIDE_PX;
  const isLine = !isOpen && !message;
  if (isSignedOut || now.hasEnded)
    return (
      <>
        {message}
        <InSheet message={message} />
      </>
    );
  const isWide = place === "chat" || place === "settings" || (place === "corner" && isNarrow);
  return (
    <div ref={box} className={placementClasses(place, isOpen, isLine)}>
      {message ??
        (isOpen ? (
          <Card onHide={() => change(false)} />
        ) : (
          <Bar
            onShow={place === "settings" ? undefined : () => change(true)}
            isWide={isWide}
            hasNames={place === "mini"}
            isFlat={place === "chat"}
          />
        ))}
      {!isOpen && (
        <Below
          className={
            place === "chat" ? "absolute z-30 right-4 md:right-8 top-[calc(100%+8px)] max-w-[280px]" : "max-w-[280px]"
          }
        />
      )}
      <InSheet message={message} />
    </div>
  );
}
