// The door to the Spotify remote: what every page carries of it. JavaScript because the remote itself is fetched only by members
// who have connected, and because the answer of a sign-in stands in the address, where only the browser can take it away.
import { Suspense, lazy, useEffect, useState } from "react";

const Remote = lazy(() => import("$/public/spotify_remote.jsx"));
const PILL = "inline-flex items-center gap-2.5 min-h-[44px] rounded-full border border-control bg-surface-3 px-4 font-semibold text-text-1 hover:bg-surface-4 cursor-pointer active:scale-[.98] transition-[transform,background-color] duration-[90ms]";
const NEWS_MS = 8000;
const HIDDEN = "askchopper.spotify.hidden";
const FIXED = "fixed z-30 right-[calc(16px+var(--panel-w,0px))] bottom-[calc(var(--player-h)+var(--tabs-h)+var(--bar-h)+16px)]";
// On the start page of a phone it is a row under the first words; elsewhere it floats.
const PLACES = { corner: "max-md:px-4 max-md:sm:px-6 max-md:max-w-[520px] max-md:pb-6 md:fixed md:z-30 md:right-[calc(16px+var(--panel-w,0px))] md:bottom-[calc(var(--player-h)+16px)]", mini: FIXED, chat: "relative shrink-0 min-h-[45px] border-b border-line", settings: "" };

export const CONNECTED = "connected";
/** What the tabs tell each other. */
export function openChannel(hear) {
  const channel = new BroadcastChannel("askchopper.spotify");
  channel.onmessage = hear;
  return channel;
}

export const connect = (permission) =>
  location.assign(`/spotify/login?next=${encodeURIComponent(location.pathname + location.search)}${permission ? `&for=${permission}` : ""}`);

export const Note = () => <svg width="18" height="18" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
  <path d="M9 18V5l10-2v4L9 9" /><circle cx="6" cy="18" r="3" /></svg>;

export const Meter = () => <span className="meter inline-flex items-end gap-[3px] h-[14px]" aria-hidden="true"><i /><i /><i /></span>;

/** Whether the remote was left open in a place; at first it is where there is room. */
export function isKeptOpen(place) {
  const kept = localStorage.getItem(`askchopper.spotify.${place}`);
  return kept ? kept === "open" : place === "corner" && innerWidth >= 900;
}

/** The remote in its final size, before it is there. */
function Skeleton() {
  const block = "bg-surface-4 rounded-[4px]";
  if (!isKeptOpen("corner")) return <div className="w-full md:w-[118px] h-[46px] rounded-full border border-line-strong bg-surface-3" role="status"><span className="sr-only">Waiting for Spotify</span></div>;
  return <div className="w-full md:w-[320px] min-h-[290px] rounded-sheet border border-line-strong bg-surface-3 p-4 grid gap-4 content-start" role="status">
    <div className="flex gap-3"><i className={`${block} size-[32px]`} /><span className="grid gap-2 content-center flex-1"><i className={`${block} h-[10px] w-[60%]`} /><i className={`${block} h-[10px] w-[40%]`} /></span></div>
    <i className="h-[2px] bg-line-strong" />
    <span className="flex justify-center gap-7">{[1, 2, 3].map((n) => <i key={n} className="size-[28px] rounded-full bg-surface-4" />)}</span>
    <span className="text-[13px] text-text-2">Waiting for Spotify</span>
  </div>;
}

/** How a sign-in came back, once: a reload must not say it again. */
function useOutcome(outcomes) {
  const [outcome, setOutcome] = useState(null);
  useEffect(() => {
    const url = new URL(location.href), code = url.searchParams.get("spotify");
    if (!code) return;
    url.searchParams.delete("spotify");
    history.replaceState(history.state, "", url.pathname + url.search + url.hash);
    if (outcomes[code]) setOutcome({ isGood: code === CONNECTED, sentence: outcomes[code] });
    if (code !== CONNECTED) return;
    const others = openChannel(null);
    others.postMessage(CONNECTED);
    others.close();
  }, []);
  useEffect(() => { // good news needs no answer
    if (!outcome?.isGood) return;
    const timer = setTimeout(() => setOutcome(null), NEWS_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  return [outcome, () => setOutcome(null)];
}

function Outcome({ outcome, dismiss }) {
  return <div role={outcome.isGood ? "status" : "alert"} className="mb-2 w-full md:w-[320px] flex items-start gap-2 rounded-cover border border-line-strong bg-surface-3 pl-4 text-[13px] leading-[18px]">
    <p className="py-3 flex-1">{outcome.sentence}</p>
    <button type="button" onClick={dismiss} aria-label="Dismiss" className="size-[44px] grid place-items-center text-text-2 hover:text-text-1 cursor-pointer">✕</button></div>;
}

function Off() {
  const [isHidden, setHidden] = useState(true);
  useEffect(() => setHidden(localStorage.getItem(HIDDEN) === "yes"), []);
  if (isHidden) return null;
  const hide = () => { localStorage.setItem(HIDDEN, "yes"); setHidden(true); };
  return <div className="inline-flex items-center rounded-full border border-line-strong bg-surface-3 text-[13px]">
    <a href="/settings#connections" className="inline-flex items-center gap-2.5 min-h-[44px] pl-4 text-text-2 hover:text-text-1"><Note />Spotify is not set up</a>
    <button type="button" onClick={hide} aria-label="Hide Spotify" className="size-[44px] grid place-items-center text-text-2 hover:text-text-1 cursor-pointer">✕</button></div>;
}

/** Whether another tab has connected since the server said how things stand. */
function useConnectedElsewhere() {
  const [isConnected, setConnected] = useState(false);
  useEffect(() => {
    const tabs = openChannel(({ data }) => { if (data === CONNECTED) setConnected(true); });
    return () => tabs.close();
  }, []);
  return isConnected;
}

/** The widget in the state that the server knows; the remote takes over from there. It stays when the connection has gone, to
 *  notice the next one. */
export function SpotifyWidget({ word, isSignedIn, place, outcomes }) {
  const [outcome, dismiss] = useOutcome(outcomes), [isGone, setGone] = useState(false), isConnected = useConnectedElsewhere();
  const now = isConnected ? "connected" : word, isCorner = place === "corner";
  // Elsewhere one is told only of an end that comes while one looks.
  const remote = (now === "connected" || (now === "ended" && isCorner))
    && <Suspense fallback={isCorner ? <Skeleton /> : null}><Remote place={place} hasEnded={now === "ended"} tellGone={setGone} /></Suspense>;
  const body = isCorner && (remote ? isGone : now === "none") ? <button type="button" className={`${PILL} justify-self-start md:justify-self-end`} onClick={() => connect()}><Note />Connect Spotify</button>
    : isCorner && now === "off" && isSignedIn ? <Off /> : null;
  if (!body && !remote && !outcome) return null;
  const Place = place === "settings" ? "div" : "section"; // there it is part of a section of this name
  return <Place aria-label={place === "settings" ? undefined : "Spotify"} className={`no-print grid empty:hidden grid-cols-[minmax(0,1fr)] ${place === "settings" ? "justify-items-start" : "justify-items-end"} ${isCorner ? "max-md:justify-items-stretch" : ""} ${PLACES[place]}`}>
    {outcome && <Outcome outcome={outcome} dismiss={dismiss} />}{remote}{body}</Place>;
}
