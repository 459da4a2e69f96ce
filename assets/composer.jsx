// Where one writes to the assistant: a draft that survives a reload, files on their way, questions that wait for their turn.
// JavaScript because it follows keys and files, and because what is typed must outlive a lost line.
import { useEffect, useRef, useState } from "react";
import { pageNow } from "$/public/page_now.jsx";

const KEPT = "askchopper.", MOST_FILES = 10, PATIENCE_MS = 8000, POLL_MS = 1200, MOST_CHARACTERS = 12_000;
const KINDS = ".pdf,.docx,.txt,.md,.csv,.png,.jpg,.jpeg,.webp,.wav,.mp3,.flac";
const NEW = "new", NOTHING = { key: "", text: "" };
const read = (name) => { try { return localStorage.getItem(KEPT + name) ?? ""; } catch { return ""; } };
const keep = (name, text) => { try { if (text) localStorage.setItem(KEPT + name, text); else localStorage.removeItem(KEPT + name); } catch { /* private mode */ } };
const STORES = (() => { try { localStorage.setItem(KEPT + "try", ""); localStorage.removeItem(KEPT + "try"); return true; } catch { return false; } })();
const readJson = (name, otherwise) => { try { return JSON.parse(read(name)) || otherwise; } catch { return otherwise; } };
const readQueue = (name) => readJson(name, []);
const keepQueue = (name, queue) => keep(name, queue.length ? JSON.stringify(queue) : "");
const joined = (...texts) => texts.filter(Boolean).join("\n\n");
const newKey = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;

/** Send one file to be read; tells its progress from 0 to 1 and resolves with the document's id. */
async function send(file, tell, signal) {
  const begin = () => fetch("/api/v1/uploads", {
    method: "POST", signal, headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name: file.name, size: file.size, purpose: "document" }),
  });
  let begun = await begin();
  for (let tries = 0; begun.status === 429 && tries < 3; tries++) { // a handful a minute: the others wait for their turn
    await new Promise((resolve) => setTimeout(resolve, 1000 * (Number(begun.headers.get("Retry-After")) || 10)));
    begun = await begin();
  }
  const upload = await begun.json().catch(() => ({}));
  if (!begun.ok) throw new Error(upload.detail ?? "The file could not be sent.");
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch does not say how far it is
    request.upload.onprogress = (event) => tell(event.loaded / Math.max(1, event.total));
    request.onerror = request.onabort = () => reject(new Error("The line broke. Try again."));
    request.onload = () => {
      let body = {};
      try { body = JSON.parse(request.responseText); } catch { /* no words */ }
      if (request.status >= 400 || !body.document_id) return reject(new Error(body.detail ?? "The file could not be sent."));
      resolve(body.document_id);
    };
    signal.addEventListener("abort", () => request.abort());
    request.open("PUT", `/api/v1/uploads/${upload.id}`);
    request.setRequestHeader("Upload-Offset", "0");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
  });
}

function useFiles(attached, onAttach) {
  const [files, setFiles] = useState([]), [note, setNote] = useState("");
  const change = (id, values) => setFiles((all) => all.map((file) => (file.id === id ? { ...file, ...values } : file)));
  const drop = (id) => setFiles((all) => all.filter((file) => { if (file.id === id) file.abort.abort(); return file.id !== id; }));
  const run = async (item) => {
    try {
      const documentId = await send(item.file, (share) => change(item.id, { share }), item.abort.signal);
      onAttach(documentId);
      change(item.id, { share: 1, documentId }); // it stays until it is attached, or what waits for it would go without it
      setTimeout(() => change(item.id, { problem: "It could not be attached." }), PATIENCE_MS);
    } catch (error) { change(item.id, { problem: error.message }); }
  };
  const add = (list) => {
    const given = [...list], room = MOST_FILES - attached.length - files.length;
    setNote(given.length > room ? `At most ${MOST_FILES} files go with a question; ${given.length - Math.max(0, room)} were left out.` : "");
    const items = given.slice(0, Math.max(0, room)).map((file) => ({ id: newKey(), file, name: file.name, share: 0, problem: "", abort: new AbortController() }));
    setFiles((all) => [...all, ...items]);
    items.reduce((before, item) => before.then(() => run(item)), Promise.resolve());
  };
  useEffect(() => setFiles((all) => all.filter((file) => !attached.some((one) => one.id === file.documentId))), [attached]);
  return { files, add, drop, note };
}

const Chip = ({ children, tone = "", onRemove, label }) => <li className={`inline-flex items-center gap-2 max-w-full min-h-[44px] md:min-h-[36px] rounded-ctl bg-surface-3 pl-3 text-[13px] leading-[18px] ${tone}`}>
  {children}{onRemove && <button type="button" onClick={onRemove} aria-label={label} className="grid place-items-center size-[44px] md:size-[36px] text-text-2 hover:text-text-1 cursor-pointer">×</button>}</li>;
const Svg = ({ children, size = 20 }) => <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">{children}</svg>;

export function Composer({ owner, conversationId, isRunning, takenKey, problem, problemKey, attached, placeholder, className, onSend, onStop, onAttach, onDetach, onDetachAll, onPoll }) {
  const name = conversationId || NEW, draftAt = `draft.${owner}.${name}`, queueAt = `queue.${owner}.${name}`, sentAt = `sent.${owner}.${name}`;
  const [text, setText] = useState(""), [queue, setQueue] = useState([]), [pending, setPending] = useState(null), [note, setNote] = useState("");
  const field = useRef(null), input = useRef(null), form = useRef(null), tried = useRef(NOTHING), before = useRef({}), latest = useRef(""), [isOver, setOver] = useState(false);
  const { files, add, drop, note: fileNote } = useFiles(attached, onAttach);
  const isReading = attached.some((one) => one.state === "reading") || files.some((file) => !file.problem);
  const type = (words) => { setText(words); setNote(""); keep(draftAt, words); };
  const wait = (questions) => { setQueue(questions); keepQueue(queueAt, questions); };
  const putBack = (words) => type(latest.current.startsWith(words) ? latest.current : joined(words, latest.current));
  latest.current = text;

  useEffect(() => {
    const { name: last, owner: whose } = before.current;
    const isBegun = last === NEW && tried.current.key && takenKey === tried.current.key, isKnown = whose === "" && text;
    before.current = { name, owner };
    if (isBegun || isKnown) { // the new conversation has got its name: what was typed meanwhile goes along
      keep(`draft.${whose}.${last}`, ""); keepQueue(`queue.${whose}.${last}`, []);
      keep(draftAt, text); keepQueue(queueAt, queue);
      return;
    }
    // What was on its way when the page went is a draft again, under its key: if it did arrive, the second try asks nothing new.
    const sent = readJson(sentAt, NOTHING), isKept = sent.key && sent.key !== takenKey, draft = read(draftAt);
    tried.current = isKept ? sent : NOTHING;
    keep(sentAt, "");
    setPending(null); setNote("");
    if (isKept) type(draft.startsWith(sent.text) ? draft : joined(sent.text, draft)); else setText(draft);
    setQueue(readQueue(queueAt));
  }, [draftAt]);
  useEffect(() => setNote(""), [attached.length]); // what was wrong with a file went with it
  useEffect(() => { const { current: area } = field; area.style.height = "auto"; area.style.height = `${Math.min(area.scrollHeight, 168)}px`; }, [text]);
  useEffect(() => { // taken, perhaps later than anyone waited: it is a question now and no draft
    const { key, text: words } = tried.current;
    for (const at of [sentAt, `sent.${owner}.${NEW}`]) if (readJson(at, NOTHING).key === takenKey) keep(at, "");
    if (!key || takenKey !== key) return;
    tried.current = NOTHING;
    setPending(null); setNote(""); onDetachAll();
    if (text === words) type(""); else keep(draftAt, text);
  }, [takenKey, pending, sentAt]);
  useEffect(() => { // refused; the next try is another question
    if (!problemKey || problemKey !== tried.current.key) return;
    putBack(tried.current.text);
    keep(sentAt, "");
    tried.current = NOTHING;
    setPending(null); setNote(problem);
  }, [problemKey, problem]);
  useEffect(() => {
    if (!pending) return;
    const timer = setTimeout(() => { setPending(null); putBack(pending.text); keep(sentAt, ""); setNote("Not sent: the server does not answer. Your words are kept; send again."); }, PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [pending]);
  useEffect(() => { if (!attached.some((one) => one.state === "reading")) return; const timer = setInterval(onPoll, POLL_MS); return () => clearInterval(timer); }, [attached]);
  useEffect(() => { // what waits goes together, once the answer has ended and the files are read
    if (isRunning || pending || isReading || note || !queue.length) return;
    const words = joined(...(STORES ? readQueue(queueAt) : queue).map((one) => one.text)); // another tab may have asked it
    wait([]);
    if (words) ask(words);
  }, [isRunning, pending, isReading, note, queue]);
  useEffect(() => {
    const press = (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || !isRunning || document.querySelector("dialog[open], [popover]:popover-open")) return;
      if (form.current.offsetParent !== null) { event.preventDefault(); onStop(); }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [isRunning]);
  useEffect(() => {
    const fill = ({ detail }) => { type(joined(text, detail)); field.current?.focus(); };
    addEventListener("askchopper.fill", fill);
    return () => removeEventListener("askchopper.fill", fill);
  }, [draftAt, text]);

  const ask = (words) => {
    const key = tried.current.text === words ? tried.current.key : newKey(); // a second try of the same words is the same question
    tried.current = { key, text: words };
    keep(sentAt, JSON.stringify(tried.current)); // until it is taken
    setPending({ key, text: words }); setNote("");
    onSend(key, words, attached.map((one) => one.id), pageNow());
  };
  const submit = (event) => {
    event?.preventDefault();
    const words = text.trim();
    if (!words) return;
    if (words.length > MOST_CHARACTERS) return setNote(`A question can have at most ${MOST_CHARACTERS.toLocaleString()} characters. Attach longer text as a file.`);
    if (isRunning || isReading || pending) { wait([...queue, { id: newKey(), text: words }]); type(""); return; }
    type("");
    ask(words);
  };
  const keys = (event) => { if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) submit(event); };
  const paste = (event) => { const pasted = [...event.clipboardData.files]; if (pasted.length) { event.preventDefault(); add(pasted); } };
  const dropped = (event) => { event.preventDefault(); setOver(false); add(event.dataTransfer.files); };
  const words = note || fileNote;
  return <form ref={form} onSubmit={submit} className={`grid gap-2 ${className ?? ""}`} data-composer="" onDrop={dropped} onDragOver={(e) => { e.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)}>
    {queue.length > 0 && <ul className="flex flex-wrap gap-2" aria-label="Waiting to be sent">{queue.map((one) => <Chip key={one.id} onRemove={() => wait(queue.filter((other) => other !== one))} label={`Remove: ${one.text.slice(0, 40)}`}>
      <button type="button" title="Edit" className="truncate max-w-[240px] min-h-[44px] md:min-h-[36px] text-left cursor-pointer" onClick={() => { wait(queue.filter((other) => other !== one)); type(joined(text, one.text)); field.current.focus(); }}>{one.text}</button></Chip>)}
      {isRunning && <li><button type="button" title="Stop the answer and ask this" className="min-h-[44px] md:min-h-[36px] px-2 text-[13px] text-text-2 hover:text-text-1 cursor-pointer" onClick={onStop}>Send now</button></li>}</ul>}
    {(attached.length > 0 || files.length > 0) && <ul className="flex flex-wrap gap-2" aria-label="Attached files">
      {attached.map((one) => <Chip key={one.id} onRemove={() => onDetach(one.id)} label={`Remove ${one.title}`} tone={one.state === "failed" ? "text-bad" : ""}>
        <span className="truncate max-w-[200px]" title={one.title}>{one.title}</span>
        <span className={one.problem ? "py-1" : "text-text-3 shrink-0"} role="status">{one.word}{one.problem && `: ${one.problem}`}</span></Chip>)}
      {files.map((file) => <Chip key={file.id} onRemove={() => drop(file.id)} label={`Remove ${file.name}`} tone={file.problem ? "text-bad" : ""}>
        <span className="truncate max-w-[200px]">{file.name}</span><span className={file.problem ? "py-1" : "fact"} role={file.problem ? "alert" : undefined}>{file.problem || `${Math.round(file.share * 100)} %`}</span></Chip>)}</ul>}
    <div className={`flex items-end gap-1 rounded-bubble border bg-surface-1 p-[7px] focus-within:border-text-3 ${isOver ? "border-amber bg-amber-tint" : "border-control"}`}>
      <button type="button" aria-label="Attach" title="Attach files" onClick={() => input.current.click()} className="grid place-items-center size-[44px] md:size-[40px] rounded-ctl text-text-2 hover:text-text-1 hover:bg-surface-3 cursor-pointer shrink-0">
        <Svg><path d="m21 11-9 9a5.500 5.500 0 0 1-8-8l9-9a3.700 3.700 0 0 1 5 5l-9 9a1.800 1.800 0 0 1-2.500-2.500L15 6.500" /></Svg></button>
      <input ref={input} type="file" multiple accept={KINDS} hidden onChange={(e) => { add(e.target.files); e.target.value = ""; }} />
      <textarea ref={field} value={text} onChange={(e) => type(e.target.value)} onKeyDown={keys} onPaste={paste} rows={1} aria-label="Message" placeholder={placeholder}
        className="flex-1 min-w-0 bg-transparent resize-none text-[16px] md:text-[15px] leading-[24px] py-[10px] md:py-[8px] px-1 placeholder:text-text-3 placeholder:whitespace-nowrap !outline-none" />
      {isRunning
        ? <button type="button" aria-label="Stop" title="Stop (Esc)" onClick={onStop} className="grid place-items-center size-[44px] md:size-[40px] rounded-ctl border border-control text-text-1 hover:bg-surface-3 cursor-pointer shrink-0"><span className="size-[10px] rounded-[2px] bg-current" /></button>
        : <button type="submit" aria-label="Send" title="Send (Enter)" aria-disabled={!text.trim() || undefined} aria-busy={Boolean(pending) || undefined}
          className={`grid place-items-center size-[44px] md:size-[40px] rounded-ctl shrink-0 cursor-pointer ${text.trim() && !pending ? "bg-amber text-on-amber hover:bg-amber-hi" : "text-text-3"}`}>
          {pending ? <span className="meter inline-flex items-end gap-[3px] h-[14px]" aria-hidden="true"><i /><i /><i /></span> : <Svg><path d="M12 19V5M6 11l6-6 6 6" /></Svg>}</button>}
    </div>
    <p className="text-[13px] leading-[18px] text-warn empty:hidden" role="alert">{words}</p>
    {isReading && queue.length > 0 && !isRunning && <p className="text-[13px] leading-[18px] text-text-2" role="status">Sent as soon as the files are read.</p>}
  </form>;
}

/** A suggestion that goes into the composer of the page, ready to be changed or sent. */
export function Suggestion({ text, className, children }) {
  return <button type="button" className={className} onClick={() => dispatchEvent(new CustomEvent("askchopper.fill", { detail: text }))}>{children ?? text}</button>;
}
