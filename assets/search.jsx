// The controls of the search: filters that live in the address, the box that completes what one types, tempo by hand or by
// tapping, and a sound as the question. JavaScript because they follow fingers, keys and the microphone.
import { useEffect, useId, useRef, useState } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import { Go } from "$/public/controls.jsx";
import { recordWav } from "$/public/recorder.jsx";
import { Sheet } from "$/public/sheet.jsx";

const changed = (params, changes) => {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) { if (value === "" || value == null) next.delete(name); else next.set(name, value); }
  const query = next.toString();
  return query ? `/browse?${query}` : "/browse";
};

/** A link that sets one filter in the address, or takes it out again; it lights up before the server answers. */
export function FilterLink({ name, value, isDefault = false, className, onClassName, children, label, role }) {
  const [params] = useSearchParams();
  const isOn = params.get(name) === value || (isDefault && !params.get(name));
  return <Go to={changed(params, { [name]: isOn || isDefault ? "" : value })} keepScroll
    className={`${className} ${isOn ? onClassName : ""}`} aria-current={isOn || undefined} aria-label={label} role={role}>{children}</Go>;
}

/** A switch whose value lives in the address. */
export function FilterSwitch({ name, value, label, className, isInverted = false }) {
  const [params] = useSearchParams(), navigate = useNavigate(), isSet = params.get(name) === value;
  return <label className={className}><span>{label}</span>
    <input type="checkbox" role="switch" checked={isSet !== isInverted}
      onChange={() => navigate(changed(params, { [name]: isSet ? "" : value }), { preventScrollReset: true })} /></label>;
}

/** Buttons for the filters that are on; pressing one takes it out of the address. */
export function FilterChips({ chips, className, clearClassName }) {
  const [params] = useSearchParams(), navigate = useNavigate();
  if (!chips?.length) return null;
  const drop = (chip) => navigate(changed(params, Object.fromEntries(chip.params.map((name) => [name, ""]))), { preventScrollReset: true });
  const keep = new URLSearchParams([...params].filter(([name]) => name === "view" || name === "sort")).toString();
  return <>{chips.map((chip) => <button key={chip.label} type="button" className={className} onClick={() => drop(chip)} aria-label={`Remove filter ${chip.label}`}>
    <span>{chip.label}</span><span aria-hidden="true" className="text-text-2 text-[16px] leading-none">×</span></button>)}
    <button type="button" className={clearClassName} onClick={() => navigate(keep ? `/browse?${keep}` : "/browse")}>Clear all</button></>;
}

/** A select whose choice lives in the address. */
export function FilterSelect({ name, options, fallback, className, label }) {
  const [params] = useSearchParams(), navigate = useNavigate();
  return <select aria-label={label} className={className} value={params.get(name) || fallback}
    onChange={(e) => navigate(changed(params, { [name]: e.target.value === fallback ? "" : e.target.value }), { preventScrollReset: true })}>
    {options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}</select>;
}

const LONGEST_PAUSE_MS = 2000, FEWEST_TAPS = 4, TAP_REACH = 3;

/** The tempo of one's taps: the mean of the last eight gaps, told once there are enough and one has stopped. */
function useTap(tell) {
  const taps = useRef([]), timer = useRef(null), [beat, setBeat] = useState(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const tap = () => {
    const now = performance.now();
    if (now - (taps.current.at(-1) ?? now) > LONGEST_PAUSE_MS) taps.current = [];
    taps.current = [...taps.current, now].slice(-9);
    const count = taps.current.length, bpm = count > 1 ? Math.round((60000 * (count - 1)) / (now - taps.current[0])) : 0;
    setBeat(count >= FEWEST_TAPS ? bpm : 0);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => { taps.current = []; setBeat(0); if (count >= FEWEST_TAPS) tell(bpm); }, 1200);
  };
  return [beat, tap];
}

/** Tempo: two thumbs over a histogram of what there is, two number fields, and a key to tap. */
export function TempoFilter({ low = 60, high = 200, bins = [], fieldClassName, tapClassName }) {
  const [params] = useSearchParams(), navigate = useNavigate();
  const stored = () => [Number(params.get("bpm_min")) || low, Number(params.get("bpm_max")) || high];
  const [[from, to], setRange] = useState(stored);
  const key = `${params.get("bpm_min")}-${params.get("bpm_max")}`;
  useEffect(() => setRange(stored()), [key]);
  const commit = (a, b) => {
    const [min, max] = [Math.min(a, b), Math.max(a, b)];
    setRange([min, max]);
    navigate(changed(params, { bpm_min: min <= low ? "" : min, bpm_max: max >= high ? "" : max }), { preventScrollReset: true });
  };
  const [beat, tap] = useTap((bpm) => commit(bpm - TAP_REACH, bpm + TAP_REACH));
  const share = (value) => ((Math.max(low, Math.min(high, value)) - low) / (high - low)) * 100;
  const isNarrow = from > low || to < high, width = (high - low) / (bins.length || 1);
  const isIn = (index) => isNarrow && low + (index + 1) * width > from && low + index * width < to;
  const thumb = "pointer-events-none absolute inset-x-0 top-0 h-[44px] w-full [&::-webkit-slider-thumb]:pointer-events-auto [&::-moz-range-thumb]:pointer-events-auto [&::-webkit-slider-runnable-track]:bg-none [&::-webkit-slider-runnable-track]:bg-transparent [&::-webkit-slider-thumb]:size-[16px] [&::-webkit-slider-thumb]:mt-[-7px]";
  const field = (label, value, set) => <input type="number" inputMode="numeric" min="20" max="400" aria-label={label} value={value} className={fieldClassName}
    onChange={(e) => set(Number(e.target.value))} onBlur={() => commit(from, to)} onKeyDown={(e) => e.key === "Enter" && commit(from, to)} />;
  return <div>
    <div className="flex items-end gap-px h-[32px] mx-2 -mb-[22px]" aria-hidden="true">
      {bins.map((tall, index) => <span key={index} className={`flex-1 ${isIn(index) ? "bg-amber" : "bg-wave-idle"}`} style={{ height: tall ? `${Math.max(6, tall)}%` : 0 }} />)}
    </div>
    <div className="relative h-[44px]">
      <div className="absolute inset-x-0 top-[21px] h-[2px] bg-line-strong" /><div className={`absolute top-[21px] h-[2px] ${isNarrow ? "bg-amber" : "bg-control"}`}
        style={{ left: `${share(from)}%`, right: `${100 - share(to)}%` }} />
      <input type="range" className={thumb} min={low} max={high} value={from} aria-label="Lowest tempo" onChange={(e) => setRange([Math.min(Number(e.target.value), to), to])} onPointerUp={() => commit(from, to)} onKeyUp={() => commit(from, to)} />
      <input type="range" className={thumb} min={low} max={high} value={to} aria-label="Highest tempo" onChange={(e) => setRange([from, Math.max(Number(e.target.value), from)])} onPointerUp={() => commit(from, to)} onKeyUp={() => commit(from, to)} />
    </div>
    <div className="grid grid-cols-[1fr_auto_1fr_auto] items-center gap-2">
      {field("Tempo from", from, (v) => setRange([v, to]))}<span className="text-text-3">to</span>{field("Tempo to", to, (v) => setRange([from, v]))}
      <button type="button" className={tapClassName} onPointerDown={tap} onKeyDown={(e) => { if ((e.key === " " || e.key === "Enter") && !e.repeat) { e.preventDefault(); tap(); } }}
        aria-label={beat ? `Tap the tempo, now ${beat}` : "Tap the tempo"}>{beat || "Tap"}</button>
    </div>
  </div>;
}

const RECENT = "askchopper.searches", MOST_RECENT = 6, PAUSE_MS = 120;
const recentSearches = () => { try { return JSON.parse(localStorage.getItem(RECENT)) ?? []; } catch { return []; } };
const remember = (text) => localStorage.setItem(RECENT, JSON.stringify([text, ...recentSearches().filter((one) => one !== text)].slice(0, MOST_RECENT)));

function useCompletions(text, isOpen) {
  const [lines, setLines] = useState([]);
  useEffect(() => {
    if (!isOpen || text.trim().length < 2) { setLines([]); return; }
    const stop = new AbortController();
    const timer = setTimeout(() => fetch(`/api/v1/search/suggest?q=${encodeURIComponent(text.trim())}`, { signal: stop.signal })
      .then((answer) => (answer.ok ? answer.json() : [])).then(setLines).catch(() => {}), PAUSE_MS);
    return () => { clearTimeout(timer); stop.abort(); };
  }, [text, isOpen]);
  return lines;
}

/** A search box that goes to the browse page, completes words, and remembers what one looked for in this browser. */
export function SearchBox({ className, inputClassName, placeholder, id, children }) {
  const [params] = useSearchParams(), navigate = useNavigate(), { pathname } = useLocation(), list = useId();
  const query = pathname.startsWith("/browse") ? params.get("q") ?? "" : "";
  const [text, setText] = useState(query), [isOpen, setOpen] = useState(false), [at, setAt] = useState(-1);
  useEffect(() => setText(query), [query]);
  const completions = useCompletions(text, isOpen);
  const recent = isOpen && !text.trim() ? recentSearches().map((label) => ({ kind: "recent", label })) : [];
  const lines = isOpen ? (text.trim() ? completions : recent) : [];
  const search = (wanted) => {
    const q = wanted.trim();
    setOpen(false); setAt(-1); setText(q);
    if (q) remember(q);
    // New words are a new search; the filters by hand belonged to the last one, unless it had no words.
    navigate(changed(pathname.startsWith("/browse") && (!query || q === query) ? params : new URLSearchParams(), { q, like: "", fits: "" }));
  };
  const keys = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && lines.length) { event.preventDefault(); setAt((at + step + lines.length + (at < 0 && step < 0 ? 1 : 0)) % lines.length); }
    if (event.key === "Escape" && isOpen) { event.preventDefault(); setOpen(false); setAt(-1); }
  };
  return <form role="search" action="/browse" className={className} onBlur={(e) => e.currentTarget.contains(e.relatedTarget) || setOpen(false)}
    onSubmit={(event) => { event.preventDefault(); search(lines[at]?.label ?? text); }}>
    <input id={id} type="search" name="q" value={text} onChange={(e) => { setText(e.target.value); setOpen(true); setAt(-1); }} onFocus={() => setOpen(true)} onKeyDown={keys}
      placeholder={placeholder} aria-label="Search" aria-autocomplete="list" aria-controls={lines.length ? list : undefined}
      aria-activedescendant={at >= 0 ? `${list}-${at}` : undefined} className={inputClassName} maxLength={200} autoComplete="off" enterKeyHint="search" data-search />
    {children}
    {lines.length > 0 && <ul id={list} role="listbox" aria-label="Suggestions"
      className="absolute z-50 inset-x-0 top-full mt-1 p-1 rounded-ctl bg-surface-3 border border-line-strong shadow-[0_24px_48px_rgb(0_0_0/.6)]">
      {lines.map((line, index) => <li key={`${line.kind} ${line.label}`} id={`${list}-${index}`} role="option" aria-selected={index === at}
        onPointerDown={(e) => e.preventDefault()} onClick={() => search(line.label)} onPointerMove={() => setAt(index)}
        className="flex items-center gap-3 min-h-[44px] md:min-h-[36px] px-3 rounded-[4px] cursor-pointer text-text-2 aria-selected:bg-surface-4 aria-selected:text-text-1">
        <span className="truncate">{line.label}</span>{line.kind !== "word" && <span className="ml-auto text-[12px] text-text-3">{line.kind}</span>}</li>)}
    </ul>}
  </form>;
}

const MOST_BYTES = 50 * 2 ** 20, LONGEST_TAKE_S = 30;

async function measure(content, name) {
  if (content.size > MOST_BYTES) throw new Error("A sound to search with may have 50 MB at most.");
  const answer = await fetch(`/api/v1/search/sounds?name=${encodeURIComponent(name)}`, { method: "POST", body: content, headers: { "Content-Type": "application/octet-stream" } })
    .catch(() => { throw new Error("The server cannot be reached. Try again when you are back online."); });
  const result = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(result.detail || "This sound could not be read.");
  return result;
}

/** Search with a sound: dropped anywhere on the page, chosen, or recorded. It is measured and not kept. */
export function SoundQuery({ className, children, buttonClassName }) {
  const navigate = useNavigate(), sheet = useRef(null), take = useRef(null);
  const [status, setStatus] = useState("idle"), [problem, setProblem] = useState(""), [seconds, setSeconds] = useState(0), [isOver, setOver] = useState(false);
  const ask = async (content, name) => {
    setStatus("measuring"); setProblem("");
    if (!sheet.current.open) sheet.current.showModal();
    try { const found = await measure(content, name); sheet.current.close(); navigate(`/browse?like=${found.id}`); }
    catch (error) { setProblem(error.message); }
    setStatus("idle");
  };
  useEffect(() => {
    const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
    const over = (event) => { if (carries(event)) { event.preventDefault(); setOver(true); } };
    const leave = (event) => { if (!event.relatedTarget) setOver(false); };
    const drop = (event) => {
      if (!carries(event)) return;
      event.preventDefault(); setOver(false);
      const file = event.dataTransfer.files[0];
      if (file) ask(file, file.name);
    };
    const acts = { dragover: over, dragleave: leave, drop };
    for (const [name, act] of Object.entries(acts)) addEventListener(name, act);
    return () => { for (const [name, act] of Object.entries(acts)) removeEventListener(name, act); take.current?.cancel(); };
  }, []);
  const record = async () => {
    setProblem("");
    try {
      take.current = await recordWav({ mostSeconds: LONGEST_TAKE_S, onSecond: setSeconds, onFull: () => finish() });
      setSeconds(0); setStatus("recording");
    } catch { setProblem("The microphone is not available. Allow it in the browser, or choose a file."); }
  };
  const finish = async () => {
    const content = await take.current?.stop();
    take.current = null;
    if (content) ask(content, "Recording.wav");
  };
  const close = () => { take.current?.cancel(); take.current = null; setStatus("idle"); setProblem(""); };
  return <>
    <button type="button" className={className} aria-label="Search with a sound" title="Search with a sound" onClick={() => sheet.current.showModal()}>{children}</button>
    {isOver && <div className="fixed inset-0 z-50 grid place-items-center bg-base/[.88] pointer-events-none" role="status">
      <p className="rounded-sheet border border-amber px-8 py-6 text-[20px] font-semibold">Drop a sound to find others like it</p></div>}
    <Sheet sheetRef={sheet} label="Search with a sound" onClose={close} className="bg-surface-3 border border-line-strong rounded-sheet w-[420px] p-6">
      <h2 className="text-[20px] leading-[26px] font-semibold mb-1">Search with a sound</h2>
      <p className="text-text-2 mb-5">Choose, drop or record one. We measure it and do not keep it.</p>
      <div aria-live="polite">
        {status === "measuring" && <p className="flex items-center gap-3 min-h-[48px]"><progress className="w-[72px]" aria-label="Measuring" />Measuring tempo, key and sound…</p>}
        {status === "recording" && <p className="fact text-text-1 min-h-[24px] mb-3">Recording {Math.floor(seconds)} of {LONGEST_TAKE_S} s</p>}
        {problem && <p role="alert" className="rounded-ctl bg-bad-tint px-3 py-2.5 mb-4 text-bad">{problem}</p>}
      </div>
      {status !== "measuring" && <div className="grid gap-2">
        {status === "idle" && <label className={`${buttonClassName} relative cursor-pointer focus-within:outline-2 focus-within:outline-amber`}>Choose a file
          <input type="file" accept="audio/*,.wav,.aif,.aiff,.flac,.mp3,.ogg,.m4a" className="absolute inset-0 opacity-0 cursor-pointer" onChange={(e) => { const file = e.target.files[0]; e.target.value = ""; if (file) ask(file, file.name); }} /></label>}
        {status === "idle" && <button type="button" className={buttonClassName} onClick={record}>Record</button>}
        {status === "recording" && <button type="button" className={buttonClassName} onClick={finish}>Stop and search</button>}
        <button type="button" className="min-h-[44px] text-text-2 hover:text-text-1" data-dismiss="">Close</button>
      </div>}
    </Sheet>
  </>;
}
