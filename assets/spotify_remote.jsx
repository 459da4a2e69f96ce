// The Spotify remote as one sees it. JavaScript because it follows the music by the tab's own clock and the finger on its sliders.
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { useNavigate } from "react-router";
import * as engine from "$/public/player_engine.jsx";
import { Meter, Note, connect, isKeptOpen } from "$/public/spotify.jsx";
import { Devices, Playlists, Queue } from "$/public/spotify_sheets.jsx";
import * as remote from "$/public/spotify_store.jsx";

const { clock, spokenClock } = engine, { useSpotify } = remote;
const CARD = "w-full md:w-[320px] rounded-sheet border border-line-strong bg-surface-3 shadow-[0_24px_48px_rgb(0_0_0/.6)]";
const ICON = "relative inline-grid place-items-center size-[44px] rounded-ctl shrink-0 text-text-1 hover:bg-surface-4 cursor-pointer active:scale-[.96] transition-[transform,background-color] duration-[90ms] aria-disabled:opacity-40 aria-disabled:cursor-not-allowed aria-disabled:hover:bg-transparent";
const OUTLINE = "inline-flex items-center min-h-[44px] rounded-ctl border border-control px-4 font-semibold hover:bg-surface-4 cursor-pointer";
const SHAPES = {
  play: <path d="M7 4.5v15a1 1 0 0 0 1.5.86l12-7.5a1 1 0 0 0 0-1.72l-12-7.5A1 1 0 0 0 7 4.500Z" />,
  pause: <><rect x="5.5" y="4" width="4.5" height="16" rx="1" /><rect x="14" y="4" width="4.500" height="16" rx="1" /></>,
  next: <><path d="M5 5v14l11-7Z" /><rect x="17" y="5" width="2.500" height="14" rx=".6" /></>,
  previous: <><path d="M19 5v14L8 12Z" /><rect x="4.500" y="5" width="2.500" height="14" rx=".6" /></>,
};
const LINES = {
  shuffle: <><path d="m18 14 4 4-4 4M18 2l4 4-4 4" /><path d="M2 18h2a4 4 0 0 0 3.300-1.700l5.400-8.600A4 4 0 0 1 16 6h6M2 6h2a4 4 0 0 1 3.600 2.200M22 18h-6a4 4 0 0 1-3.300-1.800" /></>,
  repeat: <><path d="m17 2 4 4-4 4" /><path d="M3 11V9a3 3 0 0 1 3-3h15M7 22l-4-4 4-4" /><path d="M21 13v2a3 3 0 0 1-3 3H3" /></>,
  volume: <><path d="M11 5 6 9H3v6h3l5 4Z" /><path d="M15.500 8.500a5 5 0 0 1 0 7M18.500 5.500a9 9 0 0 1 0 13" /></>,
  speaker: <><rect x="5" y="2" width="14" height="20" rx="2" /><circle cx="12" cy="14" r="4" /><path d="M12 6h.01" /></>,
  queue: <><path d="M3 6h18M3 12h11M3 18h11" /><path d="m17 14 4 2.500-4 2.500Z" /></>,
  lists: <><path d="M8 18V5l12-2v13" /><circle cx="5" cy="18" r="3" /><circle cx="17" cy="16" r="3" /></>,
  heart: <path d="M12 20s-8-4.700-8-11a4.500 4.500 0 0 1 8-2.800A4.500 4.500 0 0 1 20 9c0 6.300-8 11-8 11Z" />,
  fits: <><path d="M8 6H5a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h3M16 6h3a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-3" /><path d="M8 12h8M12 8v8" /></>,
  down: <path d="m6 9 6 6 6-6" />, up: <path d="m6 15 6-6 6 6" />,
  clock: <><circle cx="12" cy="12" r="9" /><path d="M12 7v5l3 2" /></>,
  info: <><circle cx="12" cy="12" r="9" /><path d="M12 11v5M12 8h.01" /></>,
  plug: <><path d="m19 5 3-3M2 22l3-3M6.300 20.300a2.400 2.400 0 0 0 3.400 0L12 18l-6-6-2.300 2.300a2.400 2.400 0 0 0 0 3.400ZM7.500 13.500 10 11M10.500 16.500 13 14M12 6l6 6 2.300-2.300a2.400 2.400 0 0 0 0-3.400l-2.600-2.600a2.400 2.400 0 0 0-3.400 0Z" /></>,
};
const Filled = ({ name, size = 18 }) => <svg width={size} height={size} viewBox="0 0 24 24" fill="currentColor" aria-hidden="true">{SHAPES[name]}</svg>;
const Lined = ({ name, size = 18, fill = "none" }) => <svg width={size} height={size} viewBox="0 0 24 24" fill={fill} stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">{LINES[name]}</svg>;
const REPEATS = { off: "context", context: "track", track: "off" };
const REPEAT_WORDS = { off: "Repeat is off", context: "Repeats the list", track: "Repeats the track" };

/** A control that can be reached and says why it does nothing; a disabled one could do neither. */
function Control({ label, reason, press, isOn, words, isBusy, children, className = "" }) {
  return <button type="button" aria-label={label} aria-pressed={isOn} aria-disabled={reason ? true : undefined} title={reason || words || label} aria-busy={isBusy || undefined}
    aria-description={reason || words} onClick={() => { if (reason) remote.say(reason, "blocked"); else if (!isBusy) press(); }}
    className={`${ICON} ${isOn === false ? "text-text-2" : ""} ${className}`}>{isBusy ? <Meter /> : children}
    {isOn && <span className="absolute bottom-[5px] size-[4px] rounded-full bg-text-1" aria-hidden="true" />}</button>;
}

function useSecond() {
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) setTick((n) => n + 1); }, 500);
    return () => clearInterval(timer);
  }, []);
}

/** A slider that does nothing: a touch or a key brings the reason, where it would have moved. */
const still = (reason) => ({
  "aria-disabled": true, "aria-description": reason, title: reason, onChange: () => {}, onPointerDown: () => remote.say(reason, "blocked"),
  onKeyDown: (event) => { if (/^(Arrow|Page|Home|End)/.test(event.key)) { event.preventDefault(); remote.say(reason, "blocked"); } },
});

/** Why a control does nothing now; empty where it does. */
function useReason() {
  const now = useSpotify((s) => s), playback = remote.shown(now), wait = remote.waitSeconds(now);
  return (control) => {
    if (wait > 0) return now.problem?.kind === "quota" ? "Spotify's quota for today is used up." : "Spotify asked for a pause.";
    if (now.isFree) return "Controls need Spotify Premium.";
    if (!playback) return "Waiting for Spotify.";
    if (control !== "play" && !playback.device) return "Nothing is playing.";
    return playback.blocked[control] ?? "";
  };
}

function PlayPause({ size = 18 }) {
  const isPlaying = useSpotify((s) => Boolean(remote.shown(s)?.is_playing)), reason = useReason()("play");
  return <Control label={isPlaying ? "Pause" : "Play"} reason={reason} press={remote.togglePlay}><Filled name={isPlaying ? "pause" : "play"} size={size} /></Control>;
}
const skip = (which) => remote.command("POST", which, { change: { isSkipping: true, progress_ms: 0 } });

function Transport() {
  const now = useSpotify(remote.shown), reasonOf = useReason();
  const repeat = now?.repeat ?? "off", isShuffled = Boolean(now?.is_shuffled);
  return <div className="flex justify-between">
    <Control label="Shuffle" isOn={isShuffled} reason={reasonOf("shuffle")} press={() => remote.command("PUT", "shuffle", { body: { state: !isShuffled }, change: { is_shuffled: !isShuffled } })}><Lined name="shuffle" /></Control>
    <Control label="Previous track" reason={reasonOf("previous")} press={() => skip("previous")}><Filled name="previous" /></Control>
    <PlayPause size={22} />
    <Control label="Next track" reason={reasonOf("next")} press={() => skip("next")}><Filled name="next" /></Control>
    <Control label="Repeat" isOn={repeat !== "off"} words={REPEAT_WORDS[repeat]} reason={reasonOf("repeat")} press={() => remote.command("PUT", "repeat", { body: { state: REPEATS[repeat] }, change: { repeat: REPEATS[repeat] } })}>
      <span className="relative grid"><Lined name="repeat" />{repeat === "track" && <span className="fact absolute -top-2 -right-2 text-text-1 !text-[10px] !leading-[12px] bg-surface-3 rounded-full px-[3px]" aria-hidden="true">1</span>}</span></Control>
    <span className="sr-only" role="status">{REPEAT_WORDS[repeat]}</span>
  </div>;
}

function Seek() {
  useSecond();
  const now = useSpotify(remote.shown), isOld = useSpotify((s) => s.isOld), isBlocked = useReason()("seek");
  const whole = isOld ? 0 : now?.item?.duration_ms ?? 0, at = Math.min(remote.progress(), whole);
  const isOff = Boolean(isBlocked) || !whole, reason = isBlocked || (isOld ? "Waiting for Spotify." : "Nothing is playing.");
  const move = (event) => {
    const to = Math.min(Number(event.target.value), whole - 1);
    remote.commandLater("seek", { position_ms: to }, { progress_ms: to });
  };
  return <div className="grid grid-cols-[auto_1fr_auto] items-center gap-3 -my-1.5">
    <span className="fact w-[32px]" aria-hidden="true">{whole ? clock(at / 1000) : "0:00"}</span>
    <input type="range" min="0" max={Math.max(whole, 1)} step="1000" value={Math.round(at)} aria-label="Seek" {...(isOff ? still(reason) : { onChange: move })}
      aria-valuetext={`${spokenClock(at / 1000)} of ${spokenClock(whole / 1000)}`} className="w-full h-[44px] aria-disabled:cursor-not-allowed"
      style={{ "--fill": `${whole ? (at / whole) * 100 : 0}%`, "--fill-colour": isOff ? "var(--text-3)" : "var(--spotify)", "--thumb": isOff ? "0" : "1" }} />
    <span className="fact w-[32px] text-right" aria-hidden="true">{whole ? clock(whole / 1000) : "0:00"}</span></div>;
}

function Volume() {
  const now = useSpotify(remote.shown), reason = useReason()("volume");
  const volume = now?.volume ?? now?.device?.volume_percent ?? 0;
  const move = (event) => { const to = Number(event.target.value); remote.commandLater("volume", { volume_percent: to }, { volume: to }); };
  return <div className="flex items-center gap-2 flex-1 min-w-0 text-text-2"><Lined name="volume" />
    <input type="range" min="0" max="100" value={volume} {...(reason ? still(reason) : { onChange: move })} aria-label="Volume" aria-valuetext={`${volume} percent`}
      className="w-full min-w-0 h-[44px] aria-disabled:opacity-40 aria-disabled:cursor-not-allowed" style={{ "--fill": `${volume}%` }} /></div>;
}

function Like({ item }) {
  const isLiked = useSpotify((s) => remote.shown(s)?.is_liked === true), reason = useReason()("like");
  const press = () => isLiked ? remote.command("DELETE", `like?uri=${encodeURIComponent(item.uri)}`, { change: { is_liked: false } })
    : remote.command("PUT", "like", { body: { uri: item.uri }, change: { is_liked: true } });
  return <Control label="Like this track" isOn={isLiked} reason={reason} press={press}><Lined name="heart" fill={isLiked ? "currentColor" : "none"} /></Control>;
}

/** Packs by the artist's genre, on request; Spotify gives away neither tempo nor key. */
function Fits() {
  const navigate = useNavigate(), [isBusy, setBusy] = useState(false);
  const press = async () => {
    setBusy(true);
    const { genre, problem } = await remote.read("genre");
    setBusy(false);
    if (genre) navigate(`/browse?genre=${genre}`);
    else remote.say(problem?.sentence ?? "Spotify names no genre of ours for this artist, and keeps tempo and key to itself.");
  };
  return <Control label="Packs that fit" isBusy={isBusy} press={press}><Lined name="fits" /></Control>;
}

const Dot = () => <span className="size-[8px] rounded-full bg-spotify shrink-0" role="img" aria-label="Connected" />;
function Art({ item }) {
  return item?.art_url ? <img src={item.art_url} alt="" width="32" height="32" referrerPolicy="no-referrer" className="size-[32px] rounded-[4px] object-cover shrink-0" />
    : <span className="size-[32px] rounded-[4px] bg-surface-4 grid place-items-center text-text-3 shrink-0"><Note /></span>;
}
const titleOf = (now) => (now?.kind === "ad" ? "Advert" : now?.item?.title ?? (now ? "Nothing playing" : "Waiting for Spotify"));
const artistOf = (now) => (now?.kind === "ad" ? "Music goes on after it" : now?.item?.artist ?? (now ? "Press play to resume" : ""));
function Names() {
  const now = useSpotify(remote.shown), title = titleOf(now), isOld = useSpotify((s) => s.isOld), isBusy = isOld || now?.isSkipping, link = now?.item?.link;
  const Box = link ? "a" : "div"; // both lines are the link: one alone is too low for a thumb
  return <Box {...(link ? { href: link, target: "_blank", rel: "noreferrer" } : {})} className={`${link ? "group" : ""} grid grid-cols-[minmax(0,1fr)] content-center min-h-[44px] min-w-0 flex-1 ${isBusy ? "opacity-75" : ""}`} aria-busy={isBusy || undefined}>
    <span className="truncate font-semibold group-hover:underline" title={title}>{title}</span>
    <span className="truncate text-[13px] leading-[18px] text-text-2">{artistOf(now)}</span></Box>;
}

/** What is said at the foot of the card comes into view, which a phone may have cut off there. */
function useInView(isSaid) {
  const said = useRef(null);
  useEffect(() => { if (isSaid) said.current?.scrollIntoView({ block: "nearest" }); }, [isSaid]);
  return said;
}
const CLEAR = "scroll-mb-[calc(var(--player-h)+var(--tabs-h)+64px)]";

const LINE = "flex items-center gap-2 min-w-0 flex-1 text-[13px] leading-[18px] text-text-2";

/** The pause that Spotify asked for, while it lasts. */
function Countdown() {
  useSecond();
  const isQuota = useSpotify((s) => s.problem?.kind === "quota"), wait = remote.waitSeconds(), said = useInView(wait > 0);
  return wait > 0 && <p ref={said} role="status" className={`${LINE} ${CLEAR} pr-2.5`}><Lined name="clock" size={16} /><span className="flex-1">{isQuota ? "Quota of the app used up" : "Spotify asked for a pause"}</span>
    <span className="fact text-text-1" aria-hidden="true">{wait >= 3600 ? `${Math.floor(wait / 3600)} h` : clock(wait)}</span></p>;
}

/** The device, or what keeps the remote from working. */
function Line() {
  useSecond();
  const now = useSpotify(remote.shown);
  if (remote.waitSeconds() > 0) return <Countdown />;
  return <p className={LINE}><Lined name="speaker" size={16} /><span className="min-w-0" title={now?.note || now?.device?.name}><span className="block truncate">{now?.device?.name ?? "No device"}</span>
    {now?.note && <span className="block text-[12px] leading-[16px] text-text-3">Private session</span>}</span></p>;
}

/** Why the last tap did nothing, and what would help. */
function Problem({ others = [], className = "" }) {
  const problem = useSpotify((s) => s.problem), said = useInView(problem);
  if (!problem || ["rate_limit", "quota", ...others].includes(problem.kind)) return null; // said in places of their own
  const isCalm = ["blocked", "said", "scope"].includes(problem.kind);
  return <div ref={said} role="alert" className={`${CLEAR} flex items-center gap-3 text-[13px] leading-[18px] ${isCalm ? "text-text-2" : "text-bad"} ${className}`}><p className="flex-1">{problem.sentence}</p>
    {problem.kind === "scope" && <button type="button" onClick={() => connect(problem.permission)} className={`${OUTLINE} text-text-1`}>Allow</button>}</div>;
}

/** Offered when a preview starts while Spotify plays; nothing is paused by itself. */
function Offer() {
  const isBoth = engine.usePlayer((s) => s.isPlaying) & useSpotify((s) => Boolean(remote.shown(s)?.is_playing)), reason = useReason()("play");
  if (!isBoth || reason) return null;
  return <div role="status" className="flex items-center justify-between gap-3 pl-4 text-[13px] text-text-2 border-t border-line">Both are playing.
    <button type="button" className="min-h-[44px] px-4 font-semibold text-text-1 hover:underline cursor-pointer" onClick={remote.togglePlay}>Pause Spotify</button></div>;
}

function Message({ icon, title, children }) {
  return <div role="alert" className={`${CARD} p-4 flex gap-3.5`}><span className="text-text-2 pt-0.5"><Lined name={icon} size={20} /></span>
    <div className="grid gap-1 min-w-0 justify-items-start"><p className="font-semibold">{title}</p>{children}</div></div>;
}
const small = "text-[13px] leading-[18px] text-text-2";

/** The foot of the card. Disconnecting asks once more where it was pressed; Escape keeps, as in all small forms. */
function Foot() {
  const [isAsked, setAsked] = useState(false), [isBusy, setBusy] = useState(false), answer = "min-h-[44px] px-2 font-semibold hover:text-text-1 cursor-pointer";
  const send = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    await remote.disconnect();
    setBusy(false);
  };
  return <div className="flex justify-between border-t border-line px-4 text-[13px] text-text-2">
    {isAsked ? <form aria-label="Disconnect Spotify?" onSubmit={send} className="flex flex-1 items-center"><span className="flex-1">Disconnect Spotify?</span>
      <button type="submit" aria-busy={isBusy || undefined} className={`${answer} relative inline-grid place-items-center text-bad`}><span className={isBusy ? "opacity-0" : ""}>Disconnect</span>{isBusy && <span className="absolute"><Meter /></span>}</button>
      <button type="button" data-escape="" autoFocus className={`${answer} -mr-2`} onClick={() => setAsked(false)}>Keep</button></form>
      : <><button type="button" className="min-h-[44px] hover:text-text-1 cursor-pointer" onClick={() => setAsked(true)}>Disconnect Spotify</button>
        <a href="/settings#connections" className="inline-flex items-center min-h-[44px] hover:text-text-1">Settings</a></>}</div>;
}

function NoDevice({ devices }) {
  return <Message icon="speaker" title={devices.length ? "Choose where to play" : "Open Spotify on a device"}>
    <p className={small}>{devices.length ? "None of your devices is active." : "Start it on a phone or computer, then try again."}</p>
    <div className="flex flex-wrap gap-2 mt-2 min-w-0">{devices.map((one) => <button key={one.id} type="button" className={`${OUTLINE} max-w-full`} onClick={() => remote.playOn(one.id)}>
      <span className="truncate">Play on {one.name}</span></button>)}
      <button type="button" className={OUTLINE} onClick={() => remote.again()}>Try again</button>
      <button type="button" className={`${OUTLINE} !border-transparent text-text-2`} onClick={remote.dismiss}>Cancel</button></div></Message>;
}

function Card({ onHide }) {
  const now = useSpotify(remote.shown), isFree = useSpotify((s) => s.isFree), isPaused = useSpotify((s) => remote.waitSeconds(s) > 0), [open, setOpen] = useState("");
  const sheet = { close: () => setOpen("") };
  return <div className={CARD}>
    <div className="p-4 pb-1 grid grid-cols-[minmax(0,1fr)] gap-1">
      <div className="flex items-center gap-2.5"><Dot /><Art item={now?.item} /><Names />
        <button type="button" className={`${ICON} -mr-2.5`} aria-label="Hide Spotify" aria-expanded="true" onClick={onHide}><Lined name="down" /></button></div>
      <Seek />
      {isFree ? <div role="alert" className="py-2"><p className="font-semibold">Controls need Spotify Premium</p><p className={small}>You can still see what is playing here.</p>
        <a href="https://www.spotify.com/premium/" target="_blank" rel="noreferrer" className="inline-flex items-center min-h-[44px] underline decoration-line-strong underline-offset-4">What Premium is</a></div>
        : <><Transport />
          <div className="flex items-center gap-1"><Volume />{now?.item && now.kind === "track" && <><Like item={now.item} /><Fits /></>}</div></>}
      <div className="flex items-center gap-0 -mr-2.5 min-h-[44px]"><Line />
        {!isPaused && <><Control label="Devices" press={() => setOpen("devices")}><Lined name="speaker" /></Control>
          <Control label="Queue" press={() => setOpen("queue")}><Lined name="queue" /></Control>
          <Control label="Playlists" press={() => setOpen("playlists")}><Lined name="lists" /></Control></>}</div>
      <Problem others={["premium"]} className="pb-2" />
    </div>
    <Offer />
    <Foot />
    {open === "devices" && <Devices {...sheet} />}{open === "queue" && <Queue {...sheet} />}{open === "playlists" && <Playlists {...sheet} />}
  </div>;
}

/** One line: the dot and play, and where there is room what plays. */
function Bar({ onShow, isWide, hasNames, isFlat }) {
  const now = useSpotify(remote.shown), reason = useReason()("next");
  return <div className={`${isFlat ? "" : "rounded-full border border-line-strong bg-surface-3"} ${isWide ? "w-full" : ""}`}>
    <div className={`flex items-center gap-1 min-h-[44px] ${isFlat ? "px-4 md:px-8" : "pl-4 pr-1"}`}><Dot />
      <span className={`items-center gap-2.5 min-w-0 ml-2 ${isWide ? "flex flex-1" : hasNames ? "hidden md:flex max-w-[190px]" : "hidden"}`}><Art item={now?.item} /><Names /></span>
      <PlayPause />{isWide && <Control label="Next track" reason={reason} press={() => skip("next")}><Filled name="next" /></Control>}
      {onShow && <button type="button" className={`${ICON} rounded-full`} aria-label="Show Spotify" aria-expanded="false" onClick={onShow}><Lined name="up" /></button>}</div></div>;
}

/** What goes wrong at the one line, and what it offers. */
function Below({ className = "" }) {
  const isPaused = useSpotify((s) => remote.waitSeconds(s) > 0), bubble = "rounded-cover bg-surface-3 border border-line-strong px-3 py-2";
  return <div className={`grid gap-2 empty:hidden ${className}`}>
    {isPaused ? <div className={`${bubble} empty:hidden`}><Countdown /></div> : <Problem className={bubble} />}
    <div className="rounded-cover overflow-hidden bg-surface-3 empty:hidden"><Offer /></div></div>;
}

/** A row in the player's sheet of a phone, while there is one. The sheet covers the page, so all that is said is said there too. */
function InSheet({ words }) {
  const hasTrack = engine.usePlayer((s) => Boolean(s.track)), [target, setTarget] = useState(null), box = useInView(Boolean(words));
  useEffect(() => setTarget(hasTrack ? document.getElementById("sheet-spotify") : null), [hasTrack]);
  return target && createPortal(<div ref={box} role="group" aria-label="Spotify" className="grid gap-2 scroll-mb-6">{words ?? <><Bar isWide /><Below /></>}</div>, target);
}

function useOpen(place) {
  const key = `askchopper.spotify.${place}`, [isOpen, setOpen] = useState(() => place !== "settings" && isKeptOpen(place));
  return [isOpen, (now) => { setOpen(now); localStorage.setItem(key, now ? "open" : "closed"); }];
}

/** How wide it is and where it stands. In the chat the line keeps its height, and all that is taller lies over the thread; in a
 *  corner words come above the line, which then stays under the finger. */
function shapeOf(place, isOpen, isLine) {
  if (place === "chat" && !isLine) return "absolute z-30 right-2 md:right-8 top-[4px] w-[calc(100%-16px)] max-w-[400px] md:w-auto";
  if (place === "mini") return isOpen ? "w-[calc(100vw-32px)] max-w-[400px] md:w-auto" : "flex flex-col-reverse items-end gap-2";
  if (place === "corner") return `max-md:w-full ${isLine ? "flex flex-col gap-2 md:flex-col-reverse md:items-end" : ""}`;
  return "w-full grid gap-2";
}

/** What stands in the place of the remote; nothing while it is of use. */
function wordsOf({ problem, hasEnded, isSignedOut }) {
  if (isSignedOut) return <Message icon="plug" title="You are signed out"><a href={`/login?next=${encodeURIComponent(location.pathname + location.search)}`} className={`${OUTLINE} mt-2`}>Sign in</a></Message>;
  if (hasEnded) return <Message icon="plug" title="No longer connected"><p className={small}>{problem?.kind === "ended" ? problem.sentence : "Connect again to go on."} Your settings are kept.</p>
    <button type="button" className={`${OUTLINE} mt-2`} onClick={() => connect()}>Reconnect</button></Message>;
  if (problem?.kind === "no_device") return <NoDevice devices={problem.devices ?? []} />;
  if (problem?.kind === "not_listed") return <Message icon="info" title="This app does not know you"><p className={small}>{problem.sentence}</p><a href="/settings#connections" className={`${OUTLINE} mt-2`}>Settings</a></Message>;
  return null;
}

/** The remote of a member who is, or was, connected. */
export default function SpotifyRemote({ place, hasEnded, tellGone }) {
  const [isOpen, setOpen] = useOpen(place), now = useSpotify((s) => s), { isGone, isSignedOut } = now, box = useRef(null);
  useEffect(() => remote.watch({ hasEnded }), []);
  useLayoutEffect(() => tellGone(isGone), [isGone]); // before it is painted, or both would be there for a moment
  const change = (open) => { setOpen(open); requestAnimationFrame(() => box.current?.querySelector("[aria-expanded]")?.focus()); };
  if (isGone || (isSignedOut && now.problem?.isPassing)) return null; // who signs out need not be told
  const words = wordsOf(now), isNarrow = innerWidth < 900, isLine = !isOpen && !words;
  if (isSignedOut || now.hasEnded) return <>{words}<InSheet words={words} /></>;
  const isWide = place === "chat" || place === "settings" || (place === "corner" && isNarrow);
  return <div ref={box} className={shapeOf(place, isOpen, isLine)}>
    {words ?? (isOpen ? <Card onHide={() => change(false)} />
      : <Bar onShow={place === "settings" ? undefined : () => change(true)} isWide={isWide} hasNames={place === "mini"} isFlat={place === "chat"} />)}
    {!isOpen && <Below className={place === "chat" ? "absolute z-30 right-4 md:right-8 top-[calc(100%+8px)] max-w-[280px]" : "max-w-[280px]"} />}
    <InSheet words={words} /></div>;
}
