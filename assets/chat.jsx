// Answers as they are written: one stream of the server for each open conversation, words, tools, sounds to hear. JavaScript
// because words arrive many times a second; through the server's state each of them would send the whole answer again.
import { memo, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useNavigate } from "react-router";
import { Go } from "$/public/controls.jsx";
import { PlayButton, SoundScope, Waveform } from "$/public/player.jsx";

const HIDDEN_MS = 10_000, UNKNOWN_MS = 500, RETRY_MS = 3000, LONGEST_RETRY_MS = 15_000, NEAR_PX = 80, SAID_LENGTH = 400, SAID_AFTER_MS = 300;
const EMPTY = [], fetched = new Set();

// --- The store -------------------------------------------------------------------------------------------------------

const answers = new Map(); // by message id: { parts, sources, isRunning, version }
const places = new Map(); // by conversation: the id of the last step
const listeners = new Set();
let version = 0;
const subscribe = (listen) => { listeners.add(listen); return () => listeners.delete(listen); };
const tell = () => listeners.forEach((listen) => listen());
const useAnswer = (id) => useSyncExternalStore(subscribe, () => answers.get(id), () => undefined);

function change(id, values) {
  const known = answers.get(id);
  if (known) answers.set(id, { ...known, ...values });
}
function changeText(id, how) {
  const known = answers.get(id), at = known ? known.parts.findLastIndex((part) => part?.kind === "text") : -1;
  if (at < 0) return;
  const parts = [...known.parts];
  parts[at] = how(parts[at]);
  change(id, { parts });
}
const STEPS = { // what a step does to the answer that its conversation is writing
  start: (id) => answers.set(id, { parts: [], sources: {}, isRunning: true, version }),
  t: (id, text) => changeText(id, (part) => ({ ...part, tail: part.tail + text })),
  html: (id, { html, tail }) => changeText(id, (part) => ({ ...part, blocks: [...part.blocks, html], tail })),
  part: (id, { place, part }) => {
    const parts = [...(answers.get(id)?.parts ?? [])];
    parts[place] = withBlocks(part);
    change(id, { parts });
  },
  source: (id, source) => change(id, { sources: { ...answers.get(id)?.sources, [source.number]: source } }),
  done: (_, { answer }) => change(answer, { isRunning: false }),
};
const withBlocks = (part) => (part.kind === "text" ? { ...part, blocks: part.html ? [part.html] : [] } : part);

/** Follow a conversation as long as its page is seen; tell the server's state what to read anew. */
export function ChatStream({ conversationId, knownIds, runningId, bought, version: drawn, onRefresh, onEnded, onNamed }) {
  const known = useRef(knownIds), expected = useRef(""), acts = useRef({}), [spoken, setSpoken] = useState("");
  known.current = knownIds; expected.current = runningId; acts.current = { onRefresh, onEnded, onNamed };
  version = drawn;
  useEffect(() => {
    if (!conversationId) return;
    let source = null, timer = null, isClosed = false, writing = "", refusals = 0;
    for (const [id, answer] of answers) if (!answer.isRunning && !known.current.includes(id)) answers.delete(id); // of conversations that were left
    places.delete(conversationId); // whoever comes to a conversation is told its running answer from the beginning
    const heard = ({ data, lastEventId }) => {
      const [name, value] = JSON.parse(data);
      refusals = 0;
      if (lastEventId) places.set(conversationId, lastEventId);
      if (name === "start") writing = value.answer;
      STEPS[name]?.(writing, value);
      tell();
      if (name === "hello") greet(value);
      if (name === "start") setTimeout(() => { if (!isClosed && !known.current.includes(value.answer)) acts.current.onRefresh(); }, UNKNOWN_MS);
      if (name === "done") { writing = ""; answers.has(value.answer) ? acts.current.onEnded() : acts.current.onRefresh(); }
      if (name === "named") acts.current.onNamed();
      if (name === "bye") { close(); acts.current.onRefresh(); }
    };
    const greet = ({ running, last }) => {
      writing = running;
      for (const [id, answer] of answers) if (answer.isRunning && id !== running && known.current.includes(id)) { answers.delete(id); acts.current.onRefresh(); }
      const hasEnded = expected.current && expected.current !== running; // it was over before anyone could listen
      if (hasEnded || (last && known.current.length && !known.current.includes(last))) acts.current.onRefresh();
    };
    const open = () => {
      if (isClosed || source) return;
      const after = places.get(conversationId);
      source = new EventSource(`/api/v1/conversations/${conversationId}/events${after ? `?after=${after}` : ""}`);
      source.onmessage = heard;
      source.onerror = () => {
        if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
        close();
        refusals += 1;
        if (refusals === 2) acts.current.onRefresh(); // deleted elsewhere, or signed out: the page finds out
        timer = setTimeout(open, Math.min(RETRY_MS * refusals, LONGEST_RETRY_MS));
      };
    };
    const close = () => { source?.close(); source = null; clearTimeout(timer); };
    const look = () => { // a tab that nobody sees holds no connection for long
      clearTimeout(timer);
      if (document.visibilityState === "visible") open(); else timer = setTimeout(close, HIDDEN_MS);
    };
    document.addEventListener("visibilitychange", look);
    open();
    return () => { isClosed = true; close(); document.removeEventListener("visibilitychange", look); };
  }, [conversationId]);
  useEffect(() => { if (bought) acts.current.onRefresh(); }, [bought]); // what was proposed is owned now
  const wasRunning = useRef("");
  useEffect(() => { // an answer is told once it is whole, not word by word
    const ended = wasRunning.current;
    wasRunning.current = runningId;
    if (!ended || ended === runningId) return;
    setSpoken(""); // so that the same words are told again
    setTimeout(() => setSpoken(spokenOf(ended)), SAID_AFTER_MS); // also if the next answer has begun by then
  }, [runningId]);
  return <p className="sr-only" role="status" aria-live="polite">{spoken}</p>;
}

/** What a finished answer says and shows, and why it ended early, for whoever does not see it. */
function spokenOf(id) {
  const answer = document.querySelector(`[data-answer="${id}"]`), problem = answer?.parentElement.querySelector("[data-problem]")?.textContent ?? "";
  const shown = [...answer?.querySelectorAll(".prose-chat, [data-said]") ?? []].map((part) => part.dataset.said || part.textContent);
  const words = shown.join(" ").replace(/\s+/g, " ").trim(), said = words.length > SAID_LENGTH ? `${words.slice(0, SAID_LENGTH)}…` : words;
  return [said && `Chopper answered: ${said}`, problem].filter(Boolean).join(" ");
}

// --- Parts -----------------------------------------------------------------------------------------------------------

/** Everything an answer says and shows: from the stream while it is written, then as the state has it, unless that was read in the middle. */
export function Answer({ id, parts, version: drawn, isPartial, isRunning, onSource, onPropose, onDecline, onMissing }) {
  const live = useAnswer(id), isLive = Boolean(live && (live.isRunning || isPartial || live.version >= drawn));
  const shown = isLive ? live.parts : (parts ?? EMPTY).map(withBlocks);
  const sources = isLive ? Object.values(live.sources) : shown.filter((part) => part.kind === "source");
  const isWriting = isLive ? live.isRunning : isRunning;
  useEffect(() => { // it came and went while nobody listened
    if (live || parts || isRunning || fetched.has(id)) return;
    fetched.add(id); onMissing();
  }, [live, parts, isRunning]);
  const navigate = useNavigate();
  const press = (event) => {
    const cite = event.target.closest("[data-source]"), own = event.target.closest('.prose-chat a[href^="/"]');
    if (cite) onSource(id, Number(cite.dataset.source));
    if (own && !event.metaKey && !event.ctrlKey && !event.shiftKey) { event.preventDefault(); navigate(own.getAttribute("href")); } // what plays goes on
  };
  const last = shown.findLastIndex((part) => part && part.kind !== "source");
  return <div className="answer @container grid gap-3 min-w-0" onClick={press} data-answer={id}>
    {grouped(shown).map((group) => group.tools
      ? <div key={group.place} className="flex flex-wrap gap-2 min-w-0">{group.tools.map((tool) => <ToolChip key={tool.id} part={tool} />)}</div>
      : <Part key={group.place} part={group.part} isOpen={isWriting && group.place === last}
        onPropose={onPropose} onDecline={(ref) => { decline(id, group.place); onDecline(id, ref); }} />)}
    {isWriting && (last < 0 || (shown[last]?.kind !== "text" && shown[last]?.state !== "running")) && <p className="text-text-2 inline-flex items-center gap-3 min-h-[24px]">
      <Meter />Thinking…</p>}
    {sources.length > 0 && <ul className="flex flex-wrap gap-2" aria-label="Sources">{sources.map((one) => <li key={one.number}>
      <button type="button" data-source={one.number} aria-label={`Source ${one.number}: ${one.title}`}
        className="inline-flex items-center gap-2 min-h-[44px] md:min-h-[32px] max-w-[300px] rounded-ctl bg-surface-2 hover:bg-surface-3 px-3 text-[13px] leading-[18px] text-text-2 cursor-pointer">
        <span className="fact text-text-1">{one.number}</span><span className="truncate">{one.title}</span>{one.place && <span className="shrink-0 text-text-3">{one.place}</span>}</button></li>)}</ul>}
  </div>;
}

/** Tools that follow each other stand in one line. */
function grouped(parts) {
  const groups = [];
  parts.forEach((part, place) => {
    if (!part || part.kind === "source") return;
    const { tools } = groups.at(-1) ?? {};
    if (part.kind === "tool" && tools) tools.push(part);
    else groups.push(part.kind === "tool" ? { place, tools: [part] } : { place, part });
  });
  return groups;
}

function decline(id, place) {
  const known = answers.get(id);
  if (known) { const parts = [...known.parts]; parts[place] = { ...parts[place], isDeclined: true }; change(id, { parts }); tell(); }
}
const Meter = () => <span className="meter inline-flex items-end gap-[3px] h-[14px] text-amber" aria-hidden="true"><i /><i /><i /></span>;

const Part = memo(function Part({ part, isOpen, onPropose, onDecline }) {
  if (part.kind === "text") return <Words part={part} isOpen={isOpen} />;
  if (part.kind === "items") return <ul className="border-t border-line" data-queue="">{part.rows.map((row) => <li key={row.ref}><Row row={row} /></li>)}</ul>;
  if (part.kind === "proposal") return <Proposal part={part} onPropose={onPropose} onDecline={onDecline} />;
  return <p className="text-[13px] leading-[18px] text-text-2 border-l-2 border-line-strong pl-3" data-said="">{part.sentence}</p>;
}, (before, after) => before.part === after.part && before.isOpen === after.isOpen);

const Block = memo(({ html }) => <div dangerouslySetInnerHTML={{ __html: html }} />);
/** Finished blocks are the server's safe HTML; the rest is text until its block is finished, shown in whole words. */
function Words({ part, isOpen }) {
  const space = part.tail.search(/\s\S*$/), tail = isOpen && space > 0 ? part.tail.slice(0, space) : part.tail;
  return <div className="prose-chat">
    {part.blocks.map((html, place) => <Block key={place} html={html} />)}
    {(tail || isOpen) && <p className="whitespace-pre-wrap">{unmarked(tail)}{isOpen && <span className="caret" aria-hidden="true" />}</p>}
  </div>;
}
const unmarked = (text) => text.replace(/\ue200\d+\ue201?|\*\*|__|`/g, "").replace(/^#{1,6} /gm, "");

const ICONS = {
  search: <><circle cx="11" cy="11" r="7" /><path d="m20 20-3.500-3.500" /></>,
  "audio-lines": <path d="M2 10v3M6 6v11M10 3v18M14 8v7M18 5v13M22 10v3" />,
  package: <><path d="m3 7 9-4 9 4v10l-9 4-9-4Z" /><path d="m3 7 9 4 9-4M12 11v10" /></>,
  "file-audio": <><path d="M14 3H6v18h12V7Z" /><path d="M10 17v-5l4-1v5" /></>,
  library: <path d="M4 4v16M9 4v16M14 4l5 16" />,
  wallet: <><path d="M3 7h16v13H3zM3 7l13-4v4" /><path d="M15 13h4" /></>,
  play: <path d="M7 4.500v15l13-7.500Z" />,
  "shopping-bag": <><path d="M5 8h14l1 13H4Z" /><path d="M8 8a4 4 0 0 1 8 0" /></>,
  "book-open": <path d="M12 6c-2-2-5-2-9-2v14c4 0 7 0 9 2 2-2 5-2 9-2V4c-4 0-7 0-9 2Zm0 0v14" />,
  done: <path d="m5 12 5 5 9-10" />, failed: <path d="m6 6 12 12M18 6 6 18" />,
};
const Icon = ({ name, className = "" }) => <svg width="16" height="16" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5"
  strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" className={`shrink-0 ${className}`}>{ICONS[name]}</svg>;

function ToolChip({ part }) {
  const words = { running: "running", done: "done", failed: "failed" }[part.state];
  return <details className="group min-w-0 max-w-full justify-self-start">
    <summary className="inline-flex max-w-full items-center gap-2 min-h-[44px] md:min-h-[32px] rounded-ctl bg-surface-2 hover:bg-surface-3 px-3 text-[13px] leading-[18px] cursor-pointer list-none">
      <Icon name={part.icon} className="text-text-2" /><span className="whitespace-nowrap">{part.label}</span>
      {(part.arguments || part.summary) && <span className="fact text-text-3 truncate">{part.arguments || part.summary}</span>}
      {part.state === "running" ? <Meter /> : <Icon name={part.state} className={part.state === "done" ? "text-ok" : "text-bad"} />}
      <span className="sr-only">{words}{part.summary ? `: ${part.summary}` : ""}</span></summary>
    <div className="mt-2 rounded-ctl bg-surface-1 p-3 text-[13px] leading-[18px] text-text-2 grid gap-2">
      {part.details && <pre className="fact whitespace-pre-wrap break-words">{part.details}</pre>}
      {part.summary && <p>{part.state === "failed" ? part.summary : `Result: ${part.summary}`}</p>}</div>
  </details>;
}

const cover = (key, className) => key
  ? <img src={`/media/covers/${key}/96.webp`} alt="" width="64" height="64" loading="lazy" className={`object-cover bg-surface-2 shrink-0 ${className}`} />
  : <span className={`bg-surface-2 shrink-0 ${className}`} />;
const PLATE = "inline-flex items-center justify-center gap-2 rounded-ctl bg-surface-2 group-data-[current]:bg-surface-3 hover:bg-surface-3 min-h-[44px] @lg:min-h-[40px] px-2 fact text-text-1";

function Price({ row }) {
  if (row.isOwned) return <span className="font-ui text-[13px] text-ok">In library</span>;
  if (row.price === "0") return <span className="font-ui font-semibold">Free</span>;
  return <><i className="token text-text-3" aria-hidden="true" /><span>{row.price}</span><span className="sr-only"> tokens</span></>;
}

/** A pack or sound in an answer: heard in place, its page one press away. */
function Row({ row }) {
  const { sound } = row;
  const said = [row.title, row.spoken, row.isOwned ? "in library" : row.price === "0" ? "free" : `${row.price} tokens`].filter(Boolean).join(", ");
  return <SoundScope track={sound} data-said={`${said}.`} className="group border-b border-line data-[current]:bg-surface-1 hover:bg-surface-1 rounded-none data-[current]:rounded-ctl" data-row="">
    <div className="grid items-center gap-x-3 min-h-[76px] @lg:min-h-[64px] grid-cols-[48px_minmax(0,1fr)_44px_76px] @lg:grid-cols-[40px_44px_minmax(110px,1fr)_minmax(60px,150px)_52px_52px_92px]">
      <PlayButton track={sound} size={18} className="order-3 @lg:order-none inline-grid place-items-center size-[44px] @lg:size-[40px] rounded-ctl text-text-2 hover:text-text-1 data-[playing]:text-amber group-data-[current]:text-amber cursor-pointer" />
      {cover(sound.cover, "size-[48px] @lg:size-[44px] rounded-ctl")}
      <div className="min-w-0">
        <Go to={row.href} className="block truncate font-semibold text-text-1 group-data-[current]:text-amber hover:underline underline-offset-2" title={row.title}>{row.title}</Go>
        <p className="truncate text-[13px] leading-[18px] text-text-2">{row.by}</p>
        <p className="fact flex gap-3 @lg:hidden" aria-hidden="true"><span>{row.bpm}</span><span>{row.key}</span></p>
      </div>
      <Waveform track={sound} peaks={sound.peaks} className="!hidden @lg:!block h-[32px]" />
      <span className="fact text-right hidden @lg:block">{row.bpm}</span>
      <span className="fact text-right hidden @lg:block"><span aria-hidden="true">{row.key}</span><span className="sr-only">{row.spoken}</span></span>
      <Go to={row.href} className={`${PLATE} order-4 @lg:order-none`}><Price row={row} /><span className="sr-only"> for {row.title}</span></Go>
    </div>
    <div className="hidden group-data-[current]:block @lg:!hidden pb-4"><Waveform track={sound} peaks={sound.peaks} className="h-[40px]" /></div>
  </SoundScope>;
}

function Proposal({ part, onPropose, onDecline }) {
  const act = part.isFree ? "Get for free" : `Buy for ${part.price}`;
  return <section className="rounded-cover bg-surface-2 p-3 flex flex-wrap items-center gap-x-4 gap-y-3" aria-label={`Proposal: ${part.title}`} data-said={`Proposal: ${part.title}, ${part.isFree ? "free" : `${part.price} tokens`}.`}>
    {cover(part.cover, "size-[64px] rounded-ctl")}
    <div className="min-w-0 flex-1 basis-[140px]">
      <Go to={part.href} className="block truncate font-semibold hover:underline underline-offset-2">{part.title}</Go>
      <p className="text-[13px] leading-[18px] text-text-2">{part.licence}</p></div>
    <div className="text-right">
      <p className="fact text-text-1 inline-flex items-center gap-2">{part.isFree ? "Free" : <><i className="token text-text-3" aria-hidden="true" />{part.price}</>}</p>
      {part.after && !part.isOwned && <p className="text-[13px] leading-[18px] text-text-2"><span className="fact">{part.after}</span> left after</p>}
      {part.missing && !part.isOwned && <p className="text-[13px] leading-[18px] text-warn"><span className="fact">{part.missing}</span> more needed</p>}</div>
    {part.isOwned ? <p className="text-ok text-[13px]">In library</p> : part.isDeclined ? <p className="text-text-3 text-[13px]">Not now</p> : <div className="flex gap-2 ml-auto">
      <button type="button" onClick={() => onDecline(part.ref)} className="min-h-[44px] md:min-h-[40px] px-3 rounded-ctl font-semibold text-text-2 hover:bg-surface-3 hover:text-text-1 cursor-pointer">Not now</button>
      <button type="button" onClick={() => onPropose(part.ref)} className="min-h-[44px] md:min-h-[40px] px-4 rounded-ctl border border-control font-semibold text-text-1 hover:bg-surface-3 cursor-pointer">{act}</button></div>}
  </section>;
}

// --- The thread ------------------------------------------------------------------------------------------------------

/** The scroller of a thread: stays at the end while words come, unless its reader has scrolled up. */
export function ThreadScroller({ children, className, label, threadId, runningId }) {
  const box = useRef(null), isFollowing = useRef(true), before = useRef(0), [isAway, setAway] = useState(false);
  const toEnd = () => { if (box.current) box.current.scrollTop = box.current.scrollHeight; };
  useEffect(() => {
    const { current } = box;
    const sizes = new ResizeObserver(() => { if (isFollowing.current) toEnd(); });
    sizes.observe(current);
    sizes.observe(current.firstElementChild);
    const look = () => {
      const isNear = current.scrollHeight - current.scrollTop - current.clientHeight < NEAR_PX;
      if (isNear) isFollowing.current = true;
      else if (current.scrollTop < before.current - 4) isFollowing.current = false; // a reader's hand; what grows never scrolls up
      before.current = current.scrollTop;
      setAway(!isFollowing.current && !isNear);
    };
    current.addEventListener("scroll", look, { passive: true });
    return () => { sizes.disconnect(); current.removeEventListener("scroll", look); };
  }, []);
  useEffect(() => { isFollowing.current = true; setAway(false); toEnd(); }, [threadId]);
  useEffect(() => { if (runningId) { isFollowing.current = true; setAway(false); toEnd(); } }, [runningId]);
  return <div className={`relative min-h-0 ${className}`}>
    <div ref={box} className="h-full overflow-y-auto overscroll-contain" role="log" aria-live="off" aria-label={label} tabIndex={0} data-thread=""><div>{children}</div></div>
    {isAway && <button type="button" onClick={() => { isFollowing.current = true; toEnd(); }}
      className="absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full bg-surface-3 border border-line-strong px-4 min-h-[36px] text-[13px] text-text-1 cursor-pointer">Latest</button>}
  </div>;
}

/** Copies an answer as Markdown, with its links, tables and sources. */
export function CopyAnswer({ id, className, children }) {
  const [word, setWord] = useState("Copy"), isDone = word === "Copied";
  const copy = async () => {
    try { await toClipboard(id); setWord("Copied"); } catch { setWord("Not copied"); }
    setTimeout(() => setWord("Copy"), 2000);
  };
  return <button type="button" className={className} onClick={copy} aria-label={word} title={word}>{isDone ? <Icon name="done" /> : word === "Copy" ? children : <Icon name="failed" />}
    <span className="sr-only" role="status">{word === "Copy" ? "" : word}</span></button>;
}
async function toClipboard(id) {
  const text = fetch(`/api/v1/messages/${id}/text`).then((answer) => (answer.ok ? answer.blob() : Promise.reject(new Error("no text"))));
  // The promise itself, since a browser may forget the press while it waits.
  await navigator.clipboard.write([new ClipboardItem({ "text/plain": text.then((blob) => new Blob([blob], { type: "text/plain" })) })]);
}
