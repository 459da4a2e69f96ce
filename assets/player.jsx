// What one sees of the player: play buttons, waveforms and the bar. All of it moves with the sound, frame by frame,
// which is why it is not drawn from the server's state.
import { useEffect, useRef, useState } from "react";
import { Link, useLocation } from "react-router";
import * as engine from "$/public/player_engine.jsx";
import { areKeysOff, singleKey } from "$/public/keys.jsx";
import { Sheet } from "$/public/sheet.jsx";

const { usePlayer, clock, spokenClock } = engine;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const HEIGHTS = Object.fromEntries([...ALPHABET].map((letter, value) => [letter, value / 63]));
const SHAPES = {
  play: <path d="M7 4.5v15a1 1 0 0 0 1.5.86l12-7.5a1 1 0 0 0 0-1.72l-12-7.5A1 1 0 0 0 7 4.5Z" />,
  pause: <><rect x="5.5" y="4" width="4.5" height="16" rx="1" /><rect x="14" y="4" width="4.5" height="16" rx="1" /></>,
  next: <><path d="M5 5v14l11-7Z" /><rect x="17" y="5" width="2.5" height="14" rx=".6" /></>,
  previous: <><path d="M19 5v14L8 12Z" /><rect x="4.500" y="5" width="2.500" height="14" rx=".6" /></>,
};
const LINES = {
  loop: <><path d="m17 2 4 4-4 4" /><path d="M3 11V9a3 3 0 0 1 3-3h15" /><path d="m7 22-4-4 4-4" /><path d="M21 13v2a3 3 0 0 1-3 3H3" /></>,
  similar: <path d="M2 10v3M6 6v11M10 3v18M14 8v7M18 5v13M22 10v3" />,
  fits: <><path d="M8 6H5a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h3M16 6h3a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-3" /><path d="M8 12h8M12 8v8" /></>,
  down: <path d="m6 9 6 6 6-6" />,
  queue: <><path d="M3 6h18M3 12h11M3 18h11" /><path d="m17 14 4 2.500-4 2.500Z" /></>,
  volume: <><path d="M11 5 6 9H3v6h3l5 4Z" /><path d="M15.500 8.500a5 5 0 0 1 0 7M18.500 5.500a9 9 0 0 1 0 13" /></>,
  muted: <><path d="M11 5 6 9H3v6h3l5 4Z" /><path d="m16 9 6 6m0-6-6 6" /></>,
};
const Filled = ({ name, size = 20 }) =>
  <svg width={size} height={size} viewBox="0 0 24 24" fill="currentColor" aria-hidden="true">{SHAPES[name]}</svg>;
const Lined = ({ name, size = 20 }) =>
  <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5"
    strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">{LINES[name]}</svg>;

const similarTo = (track) => `/browse?like=${encodeURIComponent(track.id)}`;
const fitsTo = (track) => `/browse?fits=${encodeURIComponent(track.id)}`;
const useIsCurrent = (track) => usePlayer((s) => s.track?.id === track.id);
const useIsPlaying = (track) => usePlayer((s) => s.isPlaying && s.track?.id === track.id);

/** A button that plays one sound and shows whether it is playing. */
export function PlayButton({ track, className, size, children, isQueueItem = true }) {
  const isPlaying = useIsPlaying(track);
  const isWaiting = usePlayer((s) => s.isWaiting && !s.isPlaying && s.track?.id === track.id && !s.error);
  useEffect(() => { if (isQueueItem) engine.learn(track); }, [track.price]);
  const press = (event) => {
    event.preventDefault();
    event.stopPropagation();
    const queue = engine.queueAround(event.currentTarget);
    if (isQueueItem) return engine.toggleTrack(track, queue);
    const first = queue[0]; // "Play all" starts the list
    if (first) engine.toggleTrack(queue.some((t) => t.id === engine.current().track?.id) ? engine.current().track : first, queue);
  };
  return <button type="button" className={className} onClick={press} data-playing={isPlaying || undefined}
    data-track={isQueueItem ? JSON.stringify(track) : undefined}
    aria-label={`${isPlaying ? "Pause" : "Play"} ${track.title}`} aria-busy={isWaiting || undefined}>
    <Filled name={isPlaying ? "pause" : "play"} size={size} />{children}
  </button>;
}

/** Put `data-current` and `data-playing` on a row or card while its sound is loaded, so that classes can follow. */
export function SoundScope({ track, className, children, ...rest }) {
  const isCurrent = useIsCurrent(track), isPlaying = useIsPlaying(track);
  return <div className={className} data-current={isCurrent || undefined} data-playing={isPlaying || undefined} {...rest}>{children}</div>;
}

function drawBars(canvas, heights, { bar, gap, idle, played, share, mark }) {
  const ratio = Math.min(devicePixelRatio || 1, 2), width = canvas.clientWidth, height = canvas.clientHeight;
  if (!width || !height) return;
  if (canvas.width !== Math.round(width * ratio)) { canvas.width = width * ratio; canvas.height = height * ratio; }
  const paint = canvas.getContext("2d"), count = Math.max(1, Math.floor((width + gap) / (bar + gap)));
  paint.setTransform(ratio, 0, 0, ratio, 0, 0);
  paint.clearRect(0, 0, width, height);
  const edge = share * width;
  for (let index = 0; index < count; index++) {
    const from = Math.floor((index / count) * heights.length), to = Math.max(from + 1, Math.floor(((index + 1) / count) * heights.length));
    const level = Math.max(...heights.slice(from, to)) ** 1.5, tall = Math.max(2, level * height), x = index * (bar + gap);
    paint.fillStyle = share > 0 && x < edge ? played : idle;
    paint.beginPath();
    paint.roundRect(x, (height - tall) / 2, bar, tall, bar / 2);
    paint.fill();
  }
  if (share > 0) { paint.fillStyle = mark; paint.fillRect(Math.round(edge), 0, 1, height); }
}

/** A waveform drawn from stored peaks; press or arrow keys seek, and the played part follows the sound. */
export function Waveform({ track, peaks, className, bar = 2, gap = 2, ground = "base", isLive = false }) {
  const canvas = useRef(null), [hover, setHover] = useState(null), [shown, setShown] = useState(0);
  const isCurrent = useIsCurrent(track), duration = track.seconds;
  useEffect(() => {
    const style = getComputedStyle(document.documentElement), colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const heights = [...(peaks || "A")].map((letter) => HEIGHTS[letter] ?? 0);
    const look = { bar, gap, idle: colour(ground === "base" ? "wave-idle" : "wave-idle-2"), played: colour("amber"), mark: colour("text-1") };
    let second = -1;
    const draw = (at) => {
      const share = isCurrent && duration ? Math.min(1, at / duration) : 0;
      if (canvas.current) drawBars(canvas.current, heights, { ...look, share });
      if (isCurrent && Math.floor(at) !== second) { second = Math.floor(at); setShown(second); }
    };
    draw(engine.position());
    const sizes = new ResizeObserver(() => draw(engine.position()));
    sizes.observe(canvas.current);
    const stop = isCurrent ? engine.onFrame(draw) : () => setShown(0);
    return () => { sizes.disconnect(); stop(); };
  }, [peaks, isCurrent, duration, bar, gap, ground]);
  const share = (event) => {
    const box = canvas.current.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
  };
  const press = (event) => {
    event.preventDefault(); event.stopPropagation();
    const at = share(event) * duration;
    if (!isCurrent) engine.play(track, engine.queueAround(event.currentTarget));
    engine.seek(at);
  };
  const keys = (event) => {
    const jump = { ArrowRight: 5, ArrowUp: 5, ArrowLeft: -5, ArrowDown: -5 }[event.key];
    if (jump === undefined && event.key !== "Home") return;
    event.preventDefault(); event.stopPropagation();
    if (!isCurrent) engine.play(track, engine.queueAround(event.currentTarget));
    engine.seek(jump === undefined ? 0 : engine.position() + jump);
  };
  const now = isCurrent ? shown : 0;
  return <div className={`relative cursor-pointer touch-pan-y ${className ?? ""}`} role="slider" tabIndex={isLive || isCurrent ? 0 : -1}
    aria-label={isLive ? "Seek" : `Seek ${track.title}`} aria-valuemin={0} aria-valuemax={Math.round(duration)} aria-valuenow={now}
    aria-valuetext={`${spokenClock(now)} of ${spokenClock(duration)}`} onClick={press} onKeyDown={keys}
    onPointerMove={(e) => e.pointerType === "mouse" && setHover(share(e))} onPointerLeave={() => setHover(null)}>
    <canvas ref={canvas} className="block size-full" aria-hidden="true" />
    {hover !== null && <span className="fact text-text-1 pointer-events-none absolute -top-6 -translate-x-1/2 rounded-[4px] bg-surface-4 px-1.5 py-0.5"
      style={{ left: `${hover * 100}%` }}>{clock(hover * duration)}</span>}
  </div>;
}

const ICON = "inline-grid place-items-center size-[44px] md:size-[40px] rounded-ctl text-text-2 hover:text-text-1 hover:bg-surface-3 cursor-pointer shrink-0 transition-[color,background-color] duration-[140ms]";

function Times({ track, side, className = "" }) {
  const [at, setAt] = useState(0);
  useEffect(() => engine.onFrame((now) => setAt(Math.floor(now))), []);
  return <span className={`fact ${className}`}>{side === "elapsed" ? clock(at) : clock(Math.round(track.seconds))}</span>;
}

function Progress() {
  const line = useRef(null);
  const duration = usePlayer((s) => s.track?.seconds ?? 0);
  useEffect(() => engine.onFrame((at) => { if (line.current) line.current.style.transform = `scaleX(${duration ? Math.min(1, at / duration) : 0})`; }), [duration]);
  return <div className="md:hidden absolute inset-x-0 -top-px h-[2px] bg-line-strong" aria-hidden="true">
    <div ref={line} className="h-full origin-left bg-amber" style={{ transform: "scaleX(0)" }} /></div>;
}

function Volume() {
  const volume = usePlayer((s) => (s.isMuted ? 0 : s.volume)), isMuted = usePlayer((s) => s.isMuted);
  return <div className="hidden lg:flex items-center">
    <button type="button" className={ICON} onClick={engine.toggleMute} aria-label={isMuted ? "Unmute" : "Mute"} aria-keyshortcuts="m">
      <Lined name={isMuted ? "muted" : "volume"} /></button>
    <input type="range" className="w-[72px]" min="0" max="100" value={Math.round(volume * 100)} aria-label="Volume"
      style={{ "--fill": `${volume * 100}%` }} onChange={(e) => engine.setVolume(Number(e.target.value) / 100)} />
  </div>;
}

function Queue({ track, id }) {
  const queue = usePlayer((s) => s.queue);
  return <div id={id} popover="auto" role="dialog" aria-label="Queue" data-scrolls=""
    className="fixed bottom-[calc(var(--player-h)+var(--tabs-h)+8px)] right-4 left-auto top-auto w-[min(360px,calc(100vw-32px))] max-h-[50vh] overflow-y-auto rounded-sheet bg-surface-3 border border-line-strong p-2 shadow-[0_24px_48px_rgb(0_0_0/.6)]">
    <h2 className="px-2 py-2 text-[12px] font-semibold text-text-2">Up next in this list</h2>
    <ol>{queue.map((item) => <li key={item.id}>
      <button type="button" onClick={() => engine.play(item)} aria-current={item.id === track.id || undefined}
        className="w-full text-left flex justify-between gap-3 rounded-ctl px-2 py-2.5 hover:bg-surface-4 cursor-pointer aria-[current]:text-amber">
        <span className="truncate">{item.title}</span><span className="fact">{clock(Math.round(item.seconds))}</span></button></li>)}</ol>
  </div>;
}

function Price({ track }) {
  if (track.price === "") return "Open";
  if (track.price === "0") return <span className="font-ui font-semibold">Free</span>;
  return <><i className="token text-text-3" aria-hidden="true" /><span>{track.price}</span><span className="sr-only">tokens</span></>;
}

const openSheet = () => document.getElementById("player-sheet").showModal();

/** The player over the whole screen of a phone: cover, waveform, controls, and the way to the pack. */
function PlayerSheet({ track, isPlaying, isWaiting, isLooping }) {
  const round = "inline-grid place-items-center size-[56px] rounded-full text-text-1 active:bg-surface-3";
  const sheet = useRef(null), { pathname } = useLocation();
  useEffect(() => { sheet.current.close(); }, [pathname]);
  useEffect(() => { // turned to landscape, a tablet is a desktop: a hidden modal would leave the page shut
    const wide = matchMedia("(min-width: 900px)"), close = () => sheet.current?.close();
    wide.addEventListener("change", close);
    return () => wide.removeEventListener("change", close);
  }, []);
  return <Sheet sheetRef={sheet} onClose={() => document.getElementById("sheet-queue")?.hidePopover()} id="player-sheet" label="Playing" className="md:hidden bg-surface-1 w-screen h-dvh !max-h-dvh !rounded-none overflow-y-auto">
    <div className="min-h-full px-6 pt-3 pb-[calc(24px+env(safe-area-inset-bottom))] flex flex-col gap-5 landscape:flex-row landscape:items-center">
      <button type="button" data-dismiss="" aria-label="Close" className={`${ICON} -ml-3 shrink-0`}><Lined name="down" size={24} /></button>
      {track.cover ? <img src={`/media/covers/${track.cover}/640.webp`} alt="" width="312" height="312"
        className="w-full max-w-[min(100%,46dvh)] mx-auto aspect-square rounded-cover object-cover bg-surface-2 landscape:w-[40%]" /> : null}
      <div className="grid gap-5 w-full my-auto">
        <div className="text-center min-w-0">
          <p className="text-[20px] leading-[26px] font-semibold truncate">{track.title}</p>
          <p className="text-text-2 truncate">{track.subtitle}</p>
          <p className="fact mt-1">{[track.bpm !== "-" && `${track.bpm} BPM`, track.key !== "-" && track.key].filter(Boolean).join(", ")}</p>
        </div>
        <div>
          <Waveform track={track} peaks={track.peaks} className="h-[64px]" ground="base" isLive />
          <div className="flex justify-between mt-1"><Times track={track} side="elapsed" /><Times track={track} side="total" /></div>
        </div>
        <div className="flex items-center justify-between">
          <button type="button" className={round} onClick={engine.toggleLoop} aria-label="Loop" aria-pressed={isLooping}>
            <span className={isLooping ? "" : "opacity-50"}><Lined name="loop" size={22} /></span></button>
          <button type="button" className={round} onClick={engine.previous} aria-label="Previous"><Filled name="previous" size={24} /></button>
          <button type="button" onClick={engine.toggle} aria-label={isPlaying ? "Pause" : "Play"} aria-busy={isWaiting || undefined}
            className="inline-grid place-items-center size-[72px] rounded-full bg-text-1 text-on-amber active:scale-[.98]"><Filled name={isPlaying ? "pause" : "play"} size={28} /></button>
          <button type="button" className={round} onClick={engine.next} aria-label="Next"><Filled name="next" size={24} /></button>
          <button type="button" className={round} popoverTarget="sheet-queue" aria-label="Queue"><Lined name="queue" size={22} /></button>
        </div>
        <div className="grid grid-cols-2 gap-2">
          <Link to={similarTo(track)} data-dismiss="" className="inline-flex min-h-[48px] items-center justify-center gap-2 rounded-ctl bg-surface-3 font-semibold"><Lined name="similar" size={18} />Similar</Link>
          <Link to={fitsTo(track)} data-dismiss="" aria-label="Fits what I'm playing" className="inline-flex min-h-[48px] items-center justify-center gap-2 rounded-ctl bg-surface-3 font-semibold"><Lined name="fits" size={18} />What fits</Link>
        </div>
        <Link to={track.href} data-dismiss="" className="fact text-text-1 inline-flex min-h-[48px] items-center justify-center gap-2 rounded-ctl bg-surface-4">
          <span className="font-ui font-semibold">{engine.slugOf(track) ? "Open the pack" : "Open its pack"}</span>{track.price !== "" && <Price track={track} />}</Link>
        <div id="sheet-spotify" className="empty:hidden" />
      </div>
    </div>
    <Queue track={track} id="sheet-queue" />
  </Sheet>;
}

/** The bar at the bottom of every page; it appears with the first sound and stays. */
export function PlayerBar() {
  const track = usePlayer((s) => s.track), isPlaying = usePlayer((s) => s.isPlaying), isLooping = usePlayer((s) => s.isLooping);
  const isWaiting = usePlayer((s) => s.isWaiting && !s.isPlaying), error = usePlayer((s) => s.error);
  useEffect(() => {
    const root = document.documentElement;
    root.toggleAttribute("data-has-player", Boolean(track));
  }, [track]);
  useShortcuts();
  if (!track) return null;
  return <section aria-label="Player" data-player
    className="fixed inset-x-0 bottom-[var(--tabs-h)] z-40 h-[60px] md:h-[72px] bg-surface-2 border-t border-line grid grid-cols-[1fr_auto] md:grid-cols-[minmax(200px,300px)_1fr_auto] items-center gap-2 md:gap-6 px-2 md:px-7">
    <Progress />
    <div className="relative flex items-center gap-3 min-w-0 h-full">
      <button type="button" className="md:hidden absolute inset-0 cursor-pointer" aria-label={`Open the player: ${track.title}`} onClick={openSheet} />
      {track.cover ? <img src={`/media/covers/${track.cover}/96.webp`} alt="" width="48" height="48" className="size-[44px] md:size-[48px] rounded-ctl object-cover" /> : null}
      <div className="min-w-0">
        <Link to={track.href} className="max-md:hidden block truncate font-semibold text-text-1 hover:underline">{track.title}</Link>
        <p className="md:hidden truncate font-semibold text-text-1" aria-hidden="true">{track.title}</p>
        <p className="truncate text-[13px] leading-[18px] text-text-2">{error ? <span role="alert" className="text-bad">{error}</span> : track.subtitle}</p>
      </div>
    </div>
    <div className="flex items-center justify-end md:justify-center gap-1 min-w-0">
      <button type="button" className={`${ICON} max-md:!hidden`} aria-label="Previous" onClick={engine.previous}><Filled name="previous" size={18} /></button>
      <button type="button" onClick={engine.toggle} aria-label={isPlaying ? "Pause" : "Play"} aria-busy={isWaiting || undefined} aria-keyshortcuts="Space"
        className="inline-grid place-items-center size-[44px] rounded-full md:bg-text-1 md:text-base shrink-0 cursor-pointer transition-transform duration-[90ms] active:scale-[.98]">
        <span className="md:text-on-amber grid"><Filled name={isPlaying ? "pause" : "play"} /></span></button>
      <button type="button" className={ICON} aria-label="Next" onClick={engine.next}><Filled name="next" size={18} /></button>
      <div className="hidden md:flex items-center gap-3 flex-1 min-w-0 pl-2">
        <Times track={track} side="elapsed" className="w-[40px] text-right" />
        <Waveform track={track} peaks={track.peaks} className="h-[40px] flex-1 min-w-[80px]" ground="surface-2" isLive />
        <Times track={track} side="total" className="w-[40px] text-right" />
      </div>
    </div>
    <div className="hidden md:flex items-center gap-1">
      <button type="button" className={`${ICON} aria-pressed:text-text-1`} aria-label="Loop" aria-pressed={isLooping} aria-keyshortcuts="l" onClick={engine.toggleLoop}
        title={isLooping ? "Loops repeat" : "Loops play once"}><span className={isLooping ? "" : "opacity-50"}><Lined name="loop" /></span></button>
      <button type="button" className={ICON} aria-label="Queue" popoverTarget="player-queue"><Lined name="queue" /></button>
      <Link to={similarTo(track)} className={ICON} aria-label={`Find similar to ${track.title}`} title="Find similar" aria-keyshortcuts="s" data-similar=""><Lined name="similar" /></Link>
      <Link to={fitsTo(track)} className={ICON} aria-label="Fits what I'm playing" title="Fits what I'm playing"><Lined name="fits" /></Link>
      <Volume />
      <Link to={track.href} className="fact text-text-1 ml-2 inline-flex min-w-[92px] min-h-[40px] items-center justify-center gap-2 rounded-ctl bg-surface-4 px-3 hover:bg-line-strong">
        <Price track={track} /></Link>
    </div>
    <Queue track={track} id="player-queue" />
    <PlayerSheet {...{ track, isPlaying, isWaiting, isLooping }} />
  </section>;
}

function moveSelection(offset) {
  const buttons = [...document.querySelectorAll("main [data-queue] [data-track]")];
  if (!buttons.length) return;
  const id = engine.current().track?.id, index = buttons.findIndex((b) => JSON.parse(b.dataset.track).id === id);
  const target = buttons[Math.max(0, Math.min(buttons.length - 1, index < 0 ? 0 : index + offset))];
  engine.play(JSON.parse(target.dataset.track), engine.queueAround(target));
  target.focus({ preventScroll: true });
  target.closest("[data-row]")?.scrollIntoView({ block: "nearest" });
}

function useShortcuts() {
  useEffect(() => {
    const act = {
      ArrowDown: () => moveSelection(1), ArrowUp: () => moveSelection(-1), " ": engine.toggle, Home: () => engine.seek(0),
      ArrowRight: () => engine.seek(engine.position() + 5), ArrowLeft: () => engine.seek(engine.position() - 5),
      s: () => document.querySelector("[data-similar]")?.click(),
      l: engine.toggleLoop, m: engine.toggleMute, b: () => document.querySelector("[data-buy]")?.click(),
      "/": () => [...document.querySelectorAll("[data-search]")].find((box) => box.offsetParent)?.focus(),
      "?": () => document.getElementById("keys")?.showModal(),
      Enter: () => { const { track } = engine.current(); if (track) document.querySelector(`a[href="${track.href}"]`)?.click(); },
    };
    const press = (event) => {
      const key = singleKey(event);
      const isButton = event.target?.closest?.("button, a, summary, label");
      if (!act[key] || (isButton && (key === " " || key === "Enter"))) return;
      if (areKeysOff() && key !== "?") return;
      if (!engine.current().track && !["ArrowDown", "ArrowUp", "/", "?", "b"].includes(key)) return;
      event.preventDefault();
      act[key]();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
