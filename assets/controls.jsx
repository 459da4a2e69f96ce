// Small controls that the platform almost has: dialogs opened from state, forms that keep what was typed, links without
// rendering, and a voice for page changes.
import { useEffect, useRef, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { Sheet } from "$/public/sheet.jsx";

/** A modal dialog that follows a flag; however it is closed, it reports `onDismiss`. */
export function Dialog({ isOpen, onDismiss, className, children, id, label }) {
  const ref = useRef(null);
  useEffect(() => {
    const dialog = ref.current;
    if (isOpen === undefined) return;
    if (isOpen && !dialog.open) dialog.showModal();
    if (!isOpen && dialog.open) dialog.close();
  }, [isOpen]);
  return <Sheet sheetRef={ref} id={id} className={className} label={label} onClose={() => onDismiss?.()}>{children}</Sheet>;
}

/** A form that works without script and, with it, shows errors in place and keeps every field. */
export function PostForm({ action, className, children, success, reload = true, role, problems }) {
  const [problem, setProblem] = useState(null), [isBusy, setBusy] = useState(false), [done, setDone] = useState("");
  const form = useRef(null);
  useEffect(() => { // sent before this script was there: the answer is in the address, as a code
    const query = new URLSearchParams(location.search), sentence = problems?.[query.get("problem")];
    if (sentence) setProblem({ sentence });
    else if (query.get("done") && success) setDone(success);
  }, []);
  const submit = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true); setProblem(null); setDone("");
    try {
      const body = new URLSearchParams(new FormData(form.current));
      if (location.hash.startsWith("#token=") && !body.get("token")) body.set("token", decodeURIComponent(location.hash.slice(7)));
      if (!body.get("next")) body.set("next", new URLSearchParams(location.search).get("next") ?? "");
      const answer = await fetch(action, { method: "POST", body, headers: { Accept: "application/json" } });
      const result = await answer.json().catch(() => ({}));
      if (answer.ok && success) { setDone(success); form.current.reset(); setBusy(false); if (reload) setTimeout(() => location.reload(), 900); return; }
      if (answer.ok) return location.assign(result.next || "/");
      setProblem({ sentence: result.detail || "That did not work. Try again.", field: result.field });
      const field = result.field && form.current.elements[result.field];
      if (field) { field.setAttribute("aria-invalid", "true"); field.setAttribute("aria-describedby", "form-problem"); field.focus(); }
    } catch { setProblem({ sentence: "The server cannot be reached. What you typed is still here." }); }
    setBusy(false);
  };
  const touched = (event) => { event.target.removeAttribute?.("aria-invalid"); event.target.removeAttribute?.("aria-describedby"); };
  return <form ref={form} action={action} method="post" className={className} role={role} onSubmit={submit} onInput={touched} aria-busy={isBusy || undefined}>
    {children}
    <div aria-live="assertive" className="empty:hidden">{problem && <p id="form-problem" role="alert" className="flex gap-2 rounded-ctl bg-bad-tint px-3 py-2.5 text-[13px] leading-[18px] text-bad">{problem.sentence}</p>}</div>
    <div aria-live="polite" className="empty:hidden">{done && <p role="status" className="rounded-ctl bg-ok-tint px-3 py-2.5 text-[13px] leading-[18px] text-ok">{done}</p>}</div>
  </form>;
}

/** A password field with a switch to read what one types. */
export function PasswordField({ name, id, autoComplete, className, minLength }) {
  const [isShown, setShown] = useState(false);
  return <div className="relative">
    <input id={id} name={name} type={isShown ? "text" : "password"} autoComplete={autoComplete} required minLength={minLength} maxLength={128} className={`${className} pr-[64px]`} />
    <button type="button" onClick={() => setShown(!isShown)} aria-pressed={isShown} aria-controls={id}
      className="absolute right-1 inset-y-1 px-3 rounded-[4px] text-[13px] text-text-2 hover:text-text-1 cursor-pointer">{isShown ? "Hide" : "Show"}</button>
  </div>;
}

/** A link within the site. The router's own renders again whenever the address changes; a page of cards has a hundred of them. */
export function Go({ to, children, keepScroll = false, ...rest }) {
  const navigate = useNavigate();
  const follow = (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to, { preventScrollReset: keepScroll, replace: to === location.pathname + location.search });
  };
  return <a href={to} onClick={follow} {...rest}>{children}</a>;
}

const AS_SENT = { __html: "" };

/** A place that the server has filled in the page's HTML. React keeps what stands there, since the value never changes. */
export function ServerHtml({ id, className }) {
  return <div id={id} className={className} suppressHydrationWarning dangerouslySetInnerHTML={AS_SENT} />;
}

/** A checkbox for a preference that stays in this browser. */
export function LocalSwitch({ storageKey, offValue = "off", label, className }) {
  const [isOn, setOn] = useState(true);
  useEffect(() => setOn(localStorage.getItem(storageKey) !== offValue), [storageKey]);
  const change = (event) => { setOn(event.target.checked); localStorage.setItem(storageKey, event.target.checked ? "on" : offValue); };
  return <label className={className}><input type="checkbox" role="switch" checked={isOn} onChange={change} /><span>{label}</span></label>;
}

/** After a page change, tell screen readers the new title and move focus to the page's heading. */
export function RouteVoice() {
  const { pathname } = useLocation(), [title, setTitle] = useState(""), first = useRef(true);
  useEffect(() => {
    if (first.current) { first.current = false; return; }
    const timer = setTimeout(() => {
      setTitle(document.title);
      const heading = document.querySelector("main h1");
      if (heading && !document.activeElement?.closest("dialog")) { heading.tabIndex = -1; heading.focus({ preventScroll: true }); heading.style.outline = "none"; }
    }, 300);
    return () => clearTimeout(timer);
  }, [pathname]);
  return <div aria-live="polite" className="sr-only">{title}</div>;
}

/** Copy a text and say so for two seconds. */
export function CopyButton({ text, className, children }) {
  const [isDone, setDone] = useState(false);
  const copy = async () => { await navigator.clipboard.writeText(text); setDone(true); setTimeout(() => setDone(false), 2000); };
  return <button type="button" className={className} onClick={copy}>{isDone ? "Copied" : children}<span className="sr-only" role="status">{isDone ? "Copied" : ""}</span></button>;
}
