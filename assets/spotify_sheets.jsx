// The lists of the Spotify remote: devices, what comes next, playlists. JavaScript because they are fetched when they are opened,
// from the same door as the rest of the remote.
import { useEffect, useRef, useState } from "react";
import { Sheet } from "$/public/sheet.jsx";
import { Meter, connect } from "$/public/spotify.jsx";
import * as remote from "$/public/spotify_store.jsx";

const ROW = "w-full flex items-center gap-3 text-left min-h-[52px] px-3 rounded-ctl hover:bg-surface-4 cursor-pointer aria-disabled:text-text-3 aria-disabled:cursor-not-allowed";
const OUTLINE = "inline-flex items-center justify-center min-h-[44px] rounded-ctl border border-control px-4 font-semibold hover:bg-surface-4 cursor-pointer";
const small = "text-[13px] leading-[18px] text-text-2";

function List({ title, path, close, empty, foot, version = 0, children }) {
  const sheet = useRef(null), list = useRef(null), [found, setFound] = useState(null), [count, setCount] = useState(0), [isBusy, setBusy] = useState(false);
  useEffect(() => { sheet.current.showModal(); }, []);
  useEffect(() => { let isHere = true; remote.read(path).then((answer) => isHere && setFound(answer)); return () => { isHere = false; }; }, [count, version]);
  const problem = found?.problem, items = found?.items ?? [];
  const more = async () => {
    if (isBusy) return;
    setBusy(true);
    const answer = await remote.read(`${path}?cursor=${encodeURIComponent(found.next_cursor)}`);
    setBusy(false);
    setFound(answer.problem ? { ...found, ...answer } : { ...answer, items: [...items, ...answer.items] });
    if (!answer.problem) requestAnimationFrame(() => list.current?.children[items.length]?.querySelector("button")?.focus()); // the one pressed may be gone
  };
  return <Sheet sheetRef={sheet} label={title} onClose={close} className="w-[360px] bg-surface-3 border border-line-strong rounded-sheet max-h-[70dvh] overflow-y-auto">
    <div className="p-4 grid gap-2">
      <div className="flex items-center justify-between"><h2 className="text-[16px] leading-[22px] font-semibold">{title}</h2>
        <button type="button" data-dismiss="" aria-label="Close" className="size-[44px] grid place-items-center text-text-2 hover:text-text-1 cursor-pointer">✕</button></div>
      {!found && <p role="status" className={`${small} py-3`}>Asking Spotify…</p>}
      {found && !problem && !items.length && <p className={`${small} py-3`}>{empty}</p>}
      {items.length > 0 && <ul ref={list} data-scrolls="">{items.map((item, index) => <li key={`${item.id ?? item.uri} ${index}`}>{children(item, () => sheet.current.close())}</li>)}</ul>}
      {problem && <div role="alert" className="grid gap-3 justify-items-start"><p className={small}>{problem.sentence}</p>
        {problem.kind === "scope" && <button type="button" className={OUTLINE} onClick={() => connect(problem.permission)}>Allow</button>}
        {problem.kind !== "scope" && !items.length && <button type="button" className={OUTLINE} onClick={() => { setFound(null); setCount(count + 1); }}>Try again</button>}</div>}
      {found?.next_cursor && <button type="button" aria-busy={isBusy || undefined} className={`${OUTLINE} relative`} onClick={more}><span className={isBusy ? "opacity-0" : ""}>Load more</span>{isBusy && <span className="absolute"><Meter /></span>}</button>}
      {foot}
    </div></Sheet>;
}
const Picture = ({ url }) => url ? <img src={url} alt="" width="32" height="32" referrerPolicy="no-referrer" className="size-[32px] rounded-[4px] object-cover" /> : <span className="size-[32px] rounded-[4px] bg-surface-4" />;

/** Where to play. */
export function Devices({ close }) {
  return <List title="Devices" path="devices" close={close} empty="Open Spotify on a phone or computer; it appears here.">{(one, done) =>
    <button type="button" className={ROW} aria-disabled={one.is_restricted || undefined} aria-label={`Play on ${one.name}`} aria-current={one.is_active || undefined} aria-description={one.is_restricted ? "Cannot be controlled from here" : undefined}
      onClick={() => { if (one.is_restricted) return; remote.command("PUT", "transfer", { body: { device_id: one.id, play: true } }); done(); }}>
      <span className="min-w-0"><span className="block truncate font-semibold">{one.name}</span><span className={`${small} block first-letter:uppercase`}>{one.is_restricted ? "Cannot be controlled from here" : one.is_active ? "Plays here" : one.kind}</span></span></button>}</List>;
}

/** Turn a link or an address of Spotify into an address. */
const uriOf = (text) => {
  const link = /^https:\/\/open\.spotify\.com\/(?:intl-\w+\/)?(track|episode)\/(\w+)/.exec(text.trim());
  return link ? `spotify:${link[1]}:${link[2]}` : text.trim();
};
export function Queue({ close }) {
  const [text, setText] = useState(""), [said, setSaid] = useState(""), [added, setAdded] = useState(0);
  const add = async (event) => {
    event.preventDefault();
    const isDone = await remote.command("POST", "queue", { body: { uri: uriOf(text) } });
    setSaid(isDone ? "Added." : remote.current().problem?.sentence ?? "That did not work.");
    if (!isDone) return;
    setText("");
    setTimeout(() => setAdded((n) => n + 1), remote.SETTLE_MS);
  };
  const foot = <form onSubmit={add} className="grid gap-2 border-t border-line pt-3"><label className="text-[12px] font-semibold" htmlFor="spotify-add">Add a track</label>
    <div className="flex gap-2"><input id="spotify-add" value={text} onChange={(e) => setText(e.target.value)} required maxLength={200} placeholder="Link to a track on Spotify"
      className="w-full min-w-0 min-h-[44px] rounded-ctl border border-control bg-surface-2 px-3 text-[16px] md:text-[14px] placeholder:text-text-3" /><button type="submit" className={OUTLINE}>Add</button></div>
    <p role="status" className={small}>{said}</p></form>;
  return <List title="Queue" path="queue" close={close} empty="Nothing comes next." foot={foot} version={added}>{(one) =>
    <div className="flex items-center gap-3 min-h-[52px] px-3"><Picture url={one.art_url} /><span className="min-w-0"><span className="block truncate font-semibold">{one.title}</span><span className={`${small} block truncate`}>{one.artist}</span></span></div>}</List>;
}

export function Playlists({ close }) {
  return <List title="Playlists" path="playlists" close={close} empty="You have no playlists.">{(one, done) =>
    <button type="button" className={ROW} aria-label={`Play ${one.name}`} onClick={() => { remote.command("PUT", "play", { body: { context_uri: one.uri }, change: { isSkipping: true, is_playing: true, progress_ms: 0 } }); done(); }}>
      <Picture url={one.art_url} /><span className="min-w-0"><span className="block truncate font-semibold">{one.name}</span><span className={small}>{one.tracks} {one.tracks === 1 ? "track" : "tracks"}</span></span></button>}</List>;
}
