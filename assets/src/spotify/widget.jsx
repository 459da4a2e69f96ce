// @ts-check
// The Spotify widget that every page carries. JavaScript because the remote itself is loaded only by members who have
// connected, and because the result of a sign-in is in the address, which only the browser can clean.
import Music from "lucide-react/dist/esm/icons/music.mjs";
import { Suspense, lazy, useEffect, useState } from "react";
import { SETTINGS_CONNECTIONS } from "../constants.js";
import { Icon } from "../shared/icon.jsx";
import { readText, writeText } from "../shared/storage.js";
import { CONNECTED, openChannel } from "./channel.js";
import { connect, wasLeftOpen } from "./navigation.js";

const Remote = lazy(() => import("./remote.jsx"));
const PILL =
  "inline-flex items-center gap-2.5 min-h-[44px] rounded-full border border-control bg-surface-3 px-4 " +
  "font-semibold text-text-1 hover:bg-surface-4 cursor-pointer active:scale-[.98] " +
  "transition-[transform,background-color] duration-[90ms]";
const SUCCESS_MS = 8000;
const HIDDEN = "spotify.hidden";
const FIXED =
  "fixed z-30 right-[calc(16px+var(--panel-w,0px))] bottom-[calc(var(--player-h)+var(--tabs-h)+var(--bar-h)+16px)]";
// On the start page of a phone it is a row under the first words; elsewhere it floats.
const PLACES = {
  corner:
    "max-md:px-4 max-md:sm:px-6 max-md:max-w-[520px] max-md:pb-6 md:fixed md:z-30 " +
    "md:right-[calc(16px+var(--panel-w,0px))] md:bottom-[calc(var(--player-h)+16px)]",
  mini: FIXED,
  chat: "relative shrink-0 min-h-[45px] border-b border-line",
  settings: "",
};

/** A placeholder with the size of the remote. */
function Skeleton() {
  const block = "bg-surface-4 rounded-[4px]";
  if (!wasLeftOpen("corner"))
    return (
      <div className="w-full md:w-[118px] h-[46px] rounded-full border border-line-strong bg-surface-3" role="status">
        <span className="sr-only">Waiting for Spotify</span>
      </div>
    );
  return (
    <div
      className={
        "w-full md:w-[320px] min-h-[242px] rounded-sheet border border-line-strong bg-surface-3 p-4 " +
        "grid gap-4 content-start"
      }
      role="status"
    >
      <div className="flex gap-3">
        <i className={`${block} size-[32px]`} />
        <span className="grid gap-2 content-center flex-1">
          <i className={`${block} h-[10px] w-[60%]`} />
          <i className={`${block} h-[10px] w-[40%]`} />
        </span>
      </div>
      <i className="h-[2px] bg-line-strong" />
      <span className="flex justify-center gap-7">
        {[1, 2, 3].map((n) => (
          <i key={n} className="size-[28px] rounded-full bg-surface-4" />
        ))}
      </span>
      <span className="text-[13px] text-text-2">Waiting for Spotify</span>
    </div>
  );
}

/** @typedef {{ isGood: boolean, sentence: string }} SignInOutcome */

/**
 * The result of a sign-in, from the address. It is removed there, so that a reload does not repeat it.
 * @param {Record<string, string>} outcomes Sentences by code.
 */
function useOutcome(outcomes) {
  const [outcome, setOutcome] = useState(/** @type {SignInOutcome | null} */ (null));
  useEffect(() => {
    const url = new URL(location.href);
    const code = url.searchParams.get("spotify");
    if (!code) return;
    url.searchParams.delete("spotify");
    history.replaceState(history.state, "", url.pathname + url.search + url.hash);
    if (outcomes[code]) setOutcome({ isGood: code === CONNECTED, sentence: outcomes[code] });
    if (code !== CONNECTED) return;
    const others = openChannel(null);
    others.postMessage(CONNECTED);
    others.close();
  }, []);
  useEffect(() => {
    // success needs no confirmation
    if (!outcome?.isGood) return;
    const timer = setTimeout(() => setOutcome(null), SUCCESS_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  return /** @type {const} */ ([outcome, () => setOutcome(null)]);
}

/** @param {{ outcome: SignInOutcome, dismiss: () => void }} props */
function Outcome({ outcome, dismiss }) {
  return (
    <div
      role={outcome.isGood ? "status" : "alert"}
      className={
        "mb-2 w-full md:w-[320px] flex items-start gap-2 rounded-cover border border-line-strong " +
        "bg-surface-3 pl-4 text-[13px] leading-[18px]"
      }
    >
      <p className="py-3 flex-1">{outcome.sentence}</p>
      <button
        type="button"
        onClick={dismiss}
        aria-label="Dismiss"
        className="size-[44px] grid place-items-center text-text-2 hover:text-text-1 cursor-pointer"
      >
        ✕
      </button>
    </div>
  );
}

function NotSetUp() {
  const [isHidden, setHidden] = useState(true);
  useEffect(() => setHidden(readText(HIDDEN) === "yes"), []);
  if (isHidden) return null;
  const hide = () => {
    writeText(HIDDEN, "yes");
    setHidden(true);
  };
  return (
    <div className="inline-flex items-center rounded-full border border-line-strong bg-surface-3 text-[13px]">
      <a
        href={SETTINGS_CONNECTIONS}
        className="inline-flex items-center gap-2.5 min-h-[44px] pl-4 text-text-2 hover:text-text-1"
      >
        <Icon of={Music} size={18} />
        Connect your Spotify app in Settings
      </a>
      <button
        type="button"
        onClick={hide}
        aria-label="Hide Spotify"
        className="size-[44px] grid place-items-center text-text-2 hover:text-text-1 cursor-pointer"
      >
        ✕
      </button>
    </div>
  );
}

/** Whether another tab has connected since this page was loaded. */
function useConnectedElsewhere() {
  const [isConnected, setConnected] = useState(false);
  useEffect(() => {
    const tabs = openChannel(({ data }) => {
      if (data === CONNECTED) setConnected(true);
    });
    return () => tabs.close();
  }, []);
  return isConnected;
}

/**
 * The widget in the state that the server knows; the remote takes over from there. It stays mounted after a disconnect,
 * to notice the next connection.
 * @param {object} props
 * @param {string} props.word none, connected, ended or off
 * @param {boolean} props.isSignedIn
 * @param {keyof typeof PLACES} props.place
 * @param {Record<string, string>} props.outcomes
 */
export function SpotifyWidget({ word, isSignedIn, place, outcomes }) {
  const [outcome, dismiss] = useOutcome(outcomes);
  const [isDisconnected, setDisconnected] = useState(false);
  const isConnected = useConnectedElsewhere();
  const now = isConnected ? "connected" : word;
  const isCorner = place === "corner";
  // Other places tell of an ended connection only while the page is open.
  const remote = (now === "connected" || (now === "ended" && isCorner)) && (
    <Suspense fallback={isCorner ? <Skeleton /> : null}>
      <Remote place={place} hasEnded={now === "ended"} onDisconnected={setDisconnected} />
    </Suspense>
  );
  const body =
    isCorner && (remote ? isDisconnected : now === "none") ? (
      <button type="button" className={`${PILL} justify-self-start md:justify-self-end`} onClick={() => connect()}>
        <Icon of={Music} size={18} />
        Connect Spotify
      </button>
    ) : isCorner && now === "off" && isSignedIn ? (
      <NotSetUp />
    ) : null;
  if (!body && !remote && !outcome) return null;
  const Place = place === "settings" ? "div" : "section"; // the settings have a section of this name around it
  return (
    <Place
      aria-label={place === "settings" ? undefined : "Spotify"}
      className={
        "no-print grid empty:hidden grid-cols-[minmax(0,1fr)] " +
        `${place === "settings" ? "justify-items-start" : "justify-items-end"} ` +
        `${isCorner ? "max-md:justify-items-stretch" : ""} ${PLACES[place]}`
      }
    >
      {outcome && <Outcome outcome={outcome} dismiss={dismiss} />}
      {remote}
      {body}
    </Place>
  );
}
