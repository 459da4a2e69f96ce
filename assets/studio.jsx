// Two small pieces of the studio. JavaScript because only the browser knows the reader's clock and zone.
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
