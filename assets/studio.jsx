// Small pieces of the studio. JavaScript because only the browser knows the clock, the zone and the files of whoever sits before it.
import { useEffect, useState } from "react";

const two = (number) => String(number).padStart(2, "0");

/** When the draft was last saved. The time is told after the first render: the server that made the page has another zone. */
export function SavedAt({ at, className }) {
  const [text, setText] = useState("");
  useEffect(() => {
    if (!at) { setText(""); return; }
    const time = new Date(at), isToday = time.toDateString() === new Date().toDateString();
    setText(isToday ? `${two(time.getHours())}:${two(time.getMinutes())}` : time.toLocaleDateString([], { day: "numeric", month: "short" }));
  }, [at]);
  return <p className={className} role="status">{text && <><span className="max-sm:sr-only">Saved at </span><span className="sm:hidden" aria-hidden="true">Saved </span><span className="fact text-text-1">{text}</span></>}</p>;
}

/** A moment for the release, in the creator's own time; sent with its zone. */
export function ReleaseField({ value, onPlan, className }) {
  const [local, setLocal] = useState("");
  useEffect(() => {
    const time = value ? new Date(value) : null;
    setLocal(time ? `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}T${two(time.getHours())}:${two(time.getMinutes())}` : "");
  }, [value]);
  const plan = (text) => { setLocal(text); onPlan(text ? new Date(text).toISOString() : ""); };
  return <div className="grid gap-1.5">
    <label htmlFor="draft-release" className="text-[12px] leading-[16px] font-semibold">Release</label>
    <input id="draft-release" type="datetime-local" value={local} onChange={(event) => plan(event.target.value)} className={className} />
    <p className="text-[13px] leading-[18px] text-text-3">{local ? "The pack comes out at this time." : "Left empty: as soon as you publish."}</p>
  </div>;
}

/** Choosing a cover: a picture goes to the server as it is, which crops it, strips it and says what is wrong with it. */
export function CoverField({ pack, onStored, className }) {
  const [said, setSaid] = useState({}), [isBusy, setBusy] = useState(false);
  const send = async (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file) return;
    setBusy(true); setSaid({});
    const answer = await fetch(`/api/v1/drafts/${pack}/cover`, { method: "PUT", body: file }).catch(() => null);
    const body = await answer?.json().catch(() => null);
    setBusy(false);
    setSaid(answer?.ok ? { note: body?.notes.join(" ") } : { problem: body?.detail ?? "The cover did not arrive. Try again." });
    if (answer?.ok) onStored();
  };
  return <div className="grid gap-2 justify-items-start">
    <label className={`${className} focus-within:outline focus-within:outline-2 focus-within:outline-offset-2`} aria-busy={isBusy || undefined}>{isBusy ? "Sending the cover" : "Choose cover"}
      <input type="file" accept="image/jpeg,image/png,image/webp,image/avif" className="sr-only" onChange={send} disabled={isBusy} /></label>
    <p role="status" className="text-[13px] leading-[18px] text-text-2">{said.note}</p>
    {said.problem && <p role="alert" className="text-[13px] leading-[18px] text-bad">{said.problem}</p>}
  </div>;
}
