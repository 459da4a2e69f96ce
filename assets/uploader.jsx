// What one sees of the upload queue: the drop target, a row for each file, the total. JavaScript because dropped files and
// folders exist only in the browser; sending them is the business of upload_queue.jsx.
import { memo, useEffect, useRef, useState } from "react";
import * as queue from "$/public/upload_queue.jsx";

const { useUploads, amount, amounts, left, plural } = queue;
const PICTURES = ["jpg", "jpeg", "png", "webp", "avif"];
const ACCEPT = ["audio/*", ...queue.EXTENSIONS.map((extension) => `.${extension}`)].join();
const LEAVINGS = /^(\..*|thumbs\.db|desktop\.ini|icon\r|.*\.(asd|reapeaks|sfk|pkf|sfl))$/i; // of systems and of audio programs
const MOST_ENTRIES = 2000, NAMES_SHOWN = 3;

const ACT = "inline-grid place-items-center size-[44px] rounded-ctl text-text-2 hover:text-text-1 hover:bg-surface-2 " +
  "active:bg-surface-4 cursor-pointer shrink-0 transition-[color,background-color] duration-[140ms]";
const ROW = "relative border-b border-line grid items-center gap-x-3 grid-cols-[minmax(0,1fr)_auto] " +
  "sm:grid-cols-[40px_minmax(0,1fr)_auto] md:grid-cols-[40px_248px_minmax(0,1fr)_auto_auto] min-h-[76px] sm:min-h-[64px] " +
  "py-1.5";
const CHOOSE = "inline-flex w-full sm:w-auto items-center justify-center gap-2 min-h-[48px] sm:min-h-0 rounded-ctl sm:rounded-none " +
  "border border-control sm:border-0 active:bg-surface-4 sm:active:bg-transparent cursor-pointer sm:lowercase sm:underline " +
  "sm:underline-offset-4 sm:py-3 sm:-my-3 hover:text-text-1";
const ALL = "ml-auto sm:ml-0 -mr-3 min-h-[44px] px-3 rounded-ctl font-semibold text-text-2 hover:text-text-1 hover:bg-surface-2 " +
  "cursor-pointer whitespace-nowrap";
const FRAME = "grid gap-3 sm:flex sm:items-center sm:justify-center sm:gap-8 sm:rounded-sheet sm:border sm:border-dashed " +
  "sm:border-control sm:px-6 data-[over]:sm:border-solid data-[over]:sm:border-amber data-[over]:sm:bg-amber-tint " +
  "transition-[background-color,border-color] duration-[140ms]";

const LINES = {
  waiting: <><circle cx="12" cy="12" r="9" /><path d="M12 7v5l3 2" /></>,
  sending: <><path d="M4 15v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3" /><path d="m7 9 5-5 5 5M12 4v11" /></>,
  broken: <><path d="M12 20h.01M8.500 16.400a5 5 0 0 1 7 0M5 12.900a10 10 0 0 1 5.200-2.700M19 12.900a10 10 0 0 0-2-1.500" />
    <path d="M2 8.800a15 15 0 0 1 4.200-2.600M22 8.800a15 15 0 0 0-11.300-3.800m-7.700-2 18 18" /></>,
  stored: <path d="m5 12.500 4.500 4.500L19 7.500" />,
  failed: <><circle cx="12" cy="12" r="9" /><path d="M12 7.500v5.500M12 16.500h.01" /></>,
  paused: <path d="M9 6.500v11M15 6.500v11" strokeWidth="3" />,
  resume: <path d="M8 5.500v13l10.500-6.500Z" />,
  retry: <><path d="M20 12a8 8 0 1 1-2.300-5.700L20 8.500" /><path d="M20 4v4.500h-4.500" /></>,
  cancel: <path d="m6 6 12 12M18 6 6 18" />,
  add: <path d="M12 5v14M5 12h14" />,
};
LINES.stopped = LINES.sending;
const Icon = ({ name, size = 20, className }) =>
  <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round"
    strokeLinejoin="round" aria-hidden="true" className={className}>{LINES[name]}</svg>;
const Act = ({ icon, label, onClick }) =>
  <button type="button" onClick={onClick} aria-label={label} title={label} className={ACT}><Icon name={icon} /></button>;

// --- Files from a drop, a paste or the picker ----------------------------------------------------------------------

/** Read the files of a drop, folders and all. The entries are taken at once: they are gone when the event is over. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean), plain = [...transfer.files];
  if (!entries.length) return plain;
  const files = [];
  for (let seen = 0; entries.length && seen < MOST_ENTRIES; seen++) {
    const entry = entries.shift();
    if (LEAVINGS.test(entry.name) || entry.name === "__MACOSX") continue;
    if (entry.isDirectory) entries.push(...await children(entry));
    else files.push(await new Promise((resolve) => entry.file(resolve, () => resolve(null))));
  }
  return files.filter(Boolean);
}
/** List a folder; browsers hand its entries out in batches and end with an empty one. */
async function children(folder) {
  const reader = folder.createReader(), found = [];
  for (;;) {
    const batch = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!batch.length) return found.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    found.push(...batch);
  }
}

const isPicture = (file) => PICTURES.includes(file.name.split(".").pop().toLowerCase());

async function sendCover(pack, file, onCoverStored) {
  const answer = await fetch(`/api/v1/drafts/${pack}/cover`, { method: "PUT", body: file }).catch(() => null);
  if (answer?.ok) return onCoverStored?.();
  const problem = await answer?.json().catch(() => null);
  queue.note(pack, problem?.detail ?? "The cover did not arrive. Drop it again.", [file.name]);
}

/** Take sounds into the queue and one picture as the cover. */
function take(pack, files, onCoverStored) {
  const ours = files.filter((file) => !LEAVINGS.test(file.name)), pictures = ours.filter(isPicture);
  const cover = pictures.find((file) => /cover|front|art/i.test(file.name)) ?? pictures[0];
  const others = pictures.filter((file) => file !== cover).map((file) => file.name);
  if (cover) sendCover(pack, cover, onCoverStored);
  if (others.length) queue.note(pack, `A pack has one cover; ${cover.name} was taken.`, others);
  const sounds = ours.filter((file) => !isPicture(file));
  if (sounds.length) queue.add(pack, sounds);
}

/** Follow what is dragged over, dropped on or pasted into the page; tells whether files hover over it. */
function usePageDrop(onFiles) {
  const [isOver, setOver] = useState(false), latest = useRef(onFiles), timer = useRef(0);
  latest.current = onFiles;
  useEffect(() => {
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    const hover = (isNow) => { // a drag that ends elsewhere is told by nothing but silence
      clearTimeout(timer.current);
      if (isNow) timer.current = setTimeout(() => setOver(false), 1000);
      setOver(isNow);
    };
    const over = (event) => { if (hasFiles(event)) { event.preventDefault(); event.dataTransfer.dropEffect = "copy"; hover(true); } };
    const leave = (event) => { if (!event.relatedTarget) hover(false); };
    const drop = (event) => {
      hover(false);
      if (hasFiles(event)) { event.preventDefault(); dropped(event.dataTransfer).then((files) => latest.current(files)); }
    };
    const paste = (event) => {
      const files = [...event.clipboardData?.files ?? []];
      if (files.length) { event.preventDefault(); latest.current(files); }
    };
    const acts = { dragover: over, dragleave: leave, drop, paste };
    for (const [name, act] of Object.entries(acts)) addEventListener(name, act);
    return () => { for (const [name, act] of Object.entries(acts)) removeEventListener(name, act); };
  }, []);
  return isOver;
}

// --- Pieces --------------------------------------------------------------------------------------------------------

function Line({ share, label, text, className }) {
  const values = { "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.floor(share * 100), "aria-valuetext": text };
  return <div role="progressbar" aria-label={label} {...values} className={`h-[2px] ${className}`}>
    <div className="h-full origin-left bg-text-1" style={{ transform: `scaleX(${share})` }} /></div>;
}

const speedOf = (speed) => (speed ? `${amount(speed)}/s` : "");

function Status({ item }) {
  const { status, sent, size, speed, problem } = item;
  if (status === "failed") return <span className="text-bad">{problem.sentence}{problem.link &&
    <> <a href={problem.link.href} target="_blank" rel="noreferrer" className="underline underline-offset-2 text-text-1 inline-block py-1">{problem.link.text}</a></>}</span>;
  if (status === "stopped") return `Stopped at ${amounts(sent, size)}. Choose the file again to go on.`;
  if (status === "paused") return sent ? `Paused at ${amounts(sent, size)}` : "Paused";
  if (status !== "sending") return { waiting: "Waiting", broken: "Waiting for the connection", stored: "Sent" }[status];
  if (sent === size) return "Finishing";
  return <>Uploading, {amounts(sent, size)}{speed > 0 && <span className="md:hidden"><span className="hidden sm:inline">, {speedOf(speed)}</span>, {left((size - sent) / speed)}</span>}</>;
}

/** One file. It renders again only when its own item is another one. */
const Row = memo(function Row({ item, onChoose }) {
  const { id, name, status, sent, size, speed } = item, share = sent / size, isWide = ["failed", "stopped"].includes(status);
  const facts = status === "sending" && speed > 0 && sent < size ? [speedOf(speed), left((size - sent) / speed)] : ["", ""];
  const spoken = [`Uploading, ${amounts(sent, size)}`, ...facts.filter(Boolean)].join(", ");
  return <li data-upload={status} className={ROW}>
    <span className={`hidden sm:grid place-items-center ${{ failed: "text-bad", stored: "text-ok" }[status] ?? "text-text-2"}`}><Icon name={status} /></span>
    <div className={`min-w-0 ${isWide ? "md:col-span-3" : ""}`}>
      <p className="truncate font-semibold" title={name}>{name}</p>
      <p className={`text-[13px] leading-[18px] text-text-2 tabular-nums ${isWide ? "" : "truncate"}`}><Status item={item} /></p>
    </div>
    {!isWide && <>
      <span aria-hidden="true" className="hidden md:block h-[2px] bg-[radial-gradient(circle,var(--wave-idle)_1px,transparent_1px)] bg-[length:4px_2px]" />
      <span aria-hidden="true" className="hidden md:grid grid-cols-[80px_80px] gap-3 text-right">{facts.map((fact, index) => <span key={index} className="fact">{fact}</span>)}</span></>}
    <div className="flex justify-end min-w-[88px] -mr-3 sm:mr-0">
      {queue.isBusy(item) && <Act icon="paused" label={`Pause ${name}`} onClick={() => queue.pause(id)} />}
      {status === "paused" && <Act icon="resume" label={`Resume ${name}`} onClick={() => queue.resume(id)} />}
      {status === "failed" && !item.problem.isFinal && <Act icon="retry" label={`Retry ${name}`} onClick={() => queue.resume(id)} />}
      {status === "stopped" && <Act icon="add" label={`Choose ${name} again`} onClick={onChoose} />}
      {status !== "stored" && <Act icon="cancel" label={`Cancel ${name}`} onClick={() => queue.cancel(id)} />}
    </div>
    {status !== "stored" && sent > 0 && <Line share={share} label={`Sending ${name}`} text={spoken} className={`absolute inset-x-0 -bottom-px ${status === "sending" ? "" : "opacity-50"}`} />}
  </li>;
});

/** How many files and bytes there are, how far they are, and the way to hold all of them. */
function Total({ pack, items }) {
  const sum = (some, value) => some.reduce((total, item) => total + (value(item) || 0), 0), busy = items.filter(queue.isBusy), isBusy = busy.length > 0;
  const size = sum(items, (item) => item.size), sent = sum(items, (item) => item.sent), stored = items.filter((item) => item.status === "stored").length;
  const speed = sum(busy, (item) => item.speed), isPaused = !isBusy && items.some((item) => item.status === "paused");
  const pace = speed > 0 ? `${speedOf(speed)}, ${left(sum(busy, (item) => item.size - item.sent) / speed)}` : "";
  return <div className="relative flex items-center gap-x-4 min-h-[52px]">
    <p className="text-[20px] leading-[26px] font-semibold tracking-[-0.01em] whitespace-nowrap">{plural(items.length, "file")}</p>
    <p className="fact">{amount(size)}</p>
    {stored > 0 && <p className="text-[13px] leading-[18px] text-text-2 whitespace-nowrap">{stored.toLocaleString()} sent</p>}
    <p className="fact ml-auto hidden sm:block">{pace}</p>
    {(isBusy || isPaused) && <button type="button" onClick={() => (isBusy ? queue.pauseAll : queue.resumeAll)(pack)}
      className={ALL}>{isBusy ? "Pause all" : "Resume all"}</button>}
    {isBusy && <Line share={sent / size} label="Sending all files" text={[amounts(sent, size), pace].filter(Boolean).join(", ")} className="absolute inset-x-0 bottom-0 bg-line" />}
  </div>;
}

function Note({ id, names, reason }) {
  const more = names.length - NAMES_SHOWN;
  return <div className="flex items-start gap-3 bg-surface-1 border-b border-line pl-3 py-1.5" data-note="">
    <Icon name="failed" className="text-warn mt-3 shrink-0" />
    <p className="min-w-0 grow py-3 text-[13px] leading-[20px] text-text-2 [overflow-wrap:anywhere]"><span className="font-semibold text-text-1">
      {names.slice(0, NAMES_SHOWN).join(", ")}{more > 0 && ` and ${more} more`}</span> {reason}</p>
    <Act icon="cancel" label="Dismiss" onClick={() => queue.dismiss(id)} />
  </div>;
}

function DropTarget({ label, isOver, isSmall, onChoose, children }) {
  return <div role="group" aria-label={label} data-over={isOver || undefined}
    className={`${FRAME} ${isSmall ? "sm:min-h-[136px]" : "sm:min-h-[200px]"}`}>
    <div className="hidden sm:block shrink-0 [&>svg]:size-[80px]">{children}</div>
    <div>
      <p className="font-semibold text-[16px] leading-[22px]"><span className="hidden sm:inline">{label}, or </span>
        <button type="button" aria-label="Choose files" onClick={onChoose} className={CHOOSE}><Icon name="add" className="sm:hidden" />Choose files</button></p>
      <p className="text-[13px] leading-[18px] text-text-3 mt-2 sm:mt-0.5">WAV, AIFF, FLAC, MP3, OGG, M4A. Up to 200&nbsp;MB a file, 1&nbsp;GB a&nbsp;pack.</p>
    </div>
  </div>;
}

/** Takes sounds for a pack: dropped anywhere on the page, pasted or chosen; shows how they are sent. */
export function Uploader({ pack, label = "Drop audio here", listed, onStored, onCoverStored, className, children }) {
  const all = useUploads((s) => s.items), notes = useUploads((s) => s.notes), voice = useUploads((s) => s.voice), input = useRef(null);
  const items = all.filter((item) => item.pack === pack), shown = items.filter((item) => !item.isListed);
  const ours = notes.filter((one) => one.pack === pack);
  const accept = (files) => take(pack, files, onCoverStored), choose = useRef(() => input.current.click()).current;
  const isOver = usePageDrop(accept);
  useEffect(() => { queue.recall(pack); }, [pack]);
  useEffect(() => { queue.listed(listed ?? []); }, [listed, all]);
  useEffect(() => {
    const news = items.filter((item) => item.status === "stored" && !item.isReported);
    news.forEach((item) => { queue.reported(item.id); onStored?.(item.uploadId, item.name); });
  }, [all]);
  const picked = (event) => { const files = [...event.target.files]; event.target.value = ""; accept(files); };
  return <div className={className}>
    <DropTarget label={label} isOver={isOver} isSmall={shown.length > 0 || listed?.length > 0} onChoose={choose}>{children}</DropTarget>
    <input ref={input} type="file" multiple accept={ACCEPT} onChange={picked} hidden aria-label={label} />
    {ours.length > 0 && <div className="mt-4 border-t border-line">{ours.map((one) => <Note key={one.id} {...one} />)}</div>}
    {shown.length > 0 && <div className="mt-4 sm:mt-6">
      <Total pack={pack} items={items} />
      <ul aria-label="Uploads">{shown.map((item) => <Row key={item.id} item={item} onChoose={choose} />)}</ul>
    </div>}
    <p role="status" className="sr-only">{voice}</p>
    {isOver && <div aria-hidden="true" className="fixed inset-0 z-50 pointer-events-none border-2 border-amber" />}
  </div>;
}
