// @ts-check
// Small controls that HTML lacks: dialogs that follow the state, forms with errors in place, links that cause no
// render, announcements of page changes.
import { useEffect, useRef, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { find } from "./dom.js";
import { hasModifier } from "./keys.js";
import { currentPath } from "./links.js";
import { Sheet } from "./sheet.jsx";
import { readText, writeText } from "./storage.js";

/**
 * @typedef {object} DialogProps
 * @property {boolean} [isOpen]
 * @property {string} [opensOn]
 * @property {number} [turn]
 * @property {boolean} [isLazy]
 * @property {() => void} [onDismiss]
 * @property {string} [className]
 * @property {string} [id]
 * @property {string} label
 */

/**
 * Make a dialog that is shown modal. For that the browser computes all styles of the page again, so it is shown before.
 * @param {HTMLDialogElement | null} dialog
 */
function makeModal(dialog) {
  if (!dialog?.open || dialog.matches(":modal")) return;
  dialog.removeAttribute("open"); // closing it would report a dismissal
  dialog.showModal();
}

/**
 * A modal dialog that follows a flag; however it is closed, it reports `onDismiss`. With `opensOn`, it opens at that
 * event of the window already, before the flag; `turn` changes when the server has answered, and the dialog closes if
 * the flag is not set. With `isLazy`, it has no content while it is closed.
 * @param {import("react").PropsWithChildren<DialogProps>} props
 */
export function Dialog({ isOpen, opensOn, turn, isLazy, onDismiss, className, children, id, label }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [isShown, setShown] = useState(!isLazy);
  useEffect(() => {
    const dialog = ref.current;
    if (isOpen === undefined || !dialog) return;
    if (isOpen) {
      if (!dialog.open) dialog.showModal();
      /** @type {HTMLElement | null} */ (dialog.querySelector("[data-autofocus]"))?.focus(); // not the close button
    }
    if (!isOpen && dialog.open) dialog.close();
  }, [isOpen, turn]);
  useEffect(() => {
    if (!opensOn) return;
    const open = () => {
      const dialog = ref.current;
      if (!dialog || dialog.open) return;
      dialog.setAttribute("open", ""); // show() would lay the page out within the click, to find what takes the focus
      requestAnimationFrame(() => setTimeout(() => makeModal(dialog)));
    };
    addEventListener(opensOn, open);
    return () => removeEventListener(opensOn, open);
  }, [opensOn]);
  useEffect(() => {
    if (!isLazy) return;
    const watch = new MutationObserver(() => setShown(Boolean(ref.current?.open)));
    watch.observe(/** @type {Node} */ (ref.current), { attributeFilter: ["open"] });
    return () => watch.disconnect();
  }, [isLazy]);
  return (
    <Sheet sheetRef={ref} id={id} className={className} label={label} onClose={() => onDismiss?.()}>
      {isShown && children}
    </Sheet>
  );
}

/**
 * @typedef {object} PostFormProps
 * @property {string} action
 * @property {string} [className]
 * @property {string} [success] What is said when it worked; without it the page that the answer names is opened.
 * @property {string} [mailed] What is said when a mail was sent.
 * @property {boolean} [reload]
 * @property {string} [role]
 * @property {Record<string, string>} [problems] Sentences by code.
 */

/**
 * A form that works without script and, with it, shows errors in place and keeps every field.
 * @param {import("react").PropsWithChildren<PostFormProps>} props
 */
export function PostForm({ action, className, children, success, mailed, reload = true, role, problems }) {
  const [problem, setProblem] = useState(/** @type {{ sentence: string, field?: string } | null} */ (null));
  const [isBusy, setBusy] = useState(false);
  const [done, setDone] = useState("");
  useEffect(() => {
    // sent before this script was there: the answer is in the address, as a code
    const query = new URLSearchParams(location.search);
    const sentence = problems?.[query.get("problem") ?? ""];
    if (sentence) setProblem({ sentence });
    else if (query.get("done") === "mailed" && mailed) setDone(mailed);
    else if (query.get("done") && success) setDone(success);
  }, []);
  const submit = async (/** @type {import("react").SyntheticEvent<HTMLFormElement>} */ event) => {
    event.preventDefault();
    const { currentTarget } = event;
    if (isBusy) return;
    setBusy(true);
    setProblem(null);
    setDone("");
    try {
      const body = new URLSearchParams(/** @type {any} */ (new FormData(currentTarget)));
      if (location.hash.startsWith("#token=") && !body.get("token"))
        body.set("token", decodeURIComponent(location.hash.slice(7)));
      if (!body.get("next")) body.set("next", new URLSearchParams(location.search).get("next") ?? "");
      const answer = await fetch(action, { method: "POST", body, headers: { Accept: "application/json" } });
      const result = await answer.json().catch(() => ({}));
      if (answer.ok && (success || result.message)) {
        setDone(result.message ?? success);
        currentTarget.reset();
        setBusy(false);
        if (reload && !result.message) setTimeout(() => location.reload(), 900);
        return;
      }
      if (answer.ok) return location.assign(result.next || "/");
      setProblem({ sentence: result.detail || "That did not work. Try again.", field: result.field });
      const field = result.field && currentTarget.elements.namedItem(result.field);
      if (field instanceof HTMLElement) {
        field.setAttribute("aria-invalid", "true");
        field.setAttribute("aria-describedby", "form-problem");
        field.focus();
      }
    } catch {
      setProblem({ sentence: "The server cannot be reached. What you typed is still here." });
    }
    setBusy(false);
  };
  const touched = (/** @type {import("react").SyntheticEvent} */ event) => {
    const field = /** @type {Element} */ (event.target);
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  };
  return (
    <form
      action={action}
      method="post"
      className={className}
      role={role}
      onSubmit={submit}
      onInput={touched}
      aria-busy={isBusy || undefined}
    >
      {children}
      <div aria-live="assertive" className="empty:hidden">
        {problem && (
          <p
            id="form-problem"
            role="alert"
            className="flex gap-2 rounded-ctl bg-bad-tint px-3 py-2.5 text-[13px] leading-[18px] text-bad"
          >
            {problem.sentence}
          </p>
        )}
      </div>
      <div aria-live="polite" className="empty:hidden">
        {done && (
          <p role="status" className="rounded-ctl bg-ok-tint px-3 py-2.5 text-[13px] leading-[18px] text-ok">
            {done}
          </p>
        )}
      </div>
    </form>
  );
}

/**
 * A password field with a switch to read what one types.
 * @param {{ name: string, id: string, autoComplete: string, className: string, minLength?: number }} props
 */
export function PasswordField({ name, id, autoComplete, className, minLength }) {
  const [isShown, setShown] = useState(false);
  return (
    <div className="relative">
      <input
        id={id}
        name={name}
        type={isShown ? "text" : "password"}
        autoComplete={autoComplete}
        required
        minLength={minLength}
        maxLength={128}
        className={`${className} pr-[64px]`}
      />
      <button
        type="button"
        onClick={() => setShown(!isShown)}
        aria-pressed={isShown}
        aria-controls={id}
        className={
          "absolute right-1 inset-y-1 px-3 rounded-[4px] text-[13px] text-text-2 hover:text-text-1 " + "cursor-pointer"
        }
      >
        {isShown ? "Hide" : "Show"}
      </button>
    </div>
  );
}

/**
 * A link within the site. The router's own renders again at every page change, a hundred times on a page of cards.
 * @param {import("react").ComponentProps<"a"> & { to: string, keepScroll?: boolean }} props
 */
export function Go({ to, children, keepScroll = false, ...rest }) {
  const navigate = useNavigate();
  const follow = (/** @type {import("react").MouseEvent} */ event) => {
    if (event.defaultPrevented || event.button || event.shiftKey || hasModifier(event)) return;
    event.preventDefault();
    navigate(to, { preventScrollReset: keepScroll, replace: to === currentPath() });
  };
  return (
    <a href={to} onClick={follow} dir="auto" {...rest}>
      {children}
    </a>
  );
}

const AS_SENT = { __html: "" };

/**
 * An element that the server fills in the page's HTML. React keeps its content, since the value never changes.
 * @param {{ id: string, className: string }} props
 */
export function ServerHtml({ id, className }) {
  return <div id={id} className={className} suppressHydrationWarning dangerouslySetInnerHTML={AS_SENT} />;
}

/**
 * A switch for a preference that is stored in this browser.
 * @param {{ storageKey: string, label: string, className: string }} props
 */
export function LocalSwitch({ storageKey, label, className }) {
  const [isOn, setOn] = useState(true);
  useEffect(() => setOn(readText(storageKey) !== "off"), [storageKey]);
  const change = (/** @type {import("react").ChangeEvent<HTMLInputElement>} */ event) => {
    setOn(event.target.checked);
    writeText(storageKey, event.target.checked ? "on" : "off");
  };
  return (
    <label className={className}>
      <input type="checkbox" role="switch" checked={isOn} onChange={change} />
      <span>{label}</span>
    </label>
  );
}

const SETTLE_MS = 4000;

/**
 * A switch that moves at once. JavaScript because a switch that waits for the server feels broken; if the server does
 * not follow within some seconds, it shows again what the server says.
 * @param {{ isOn: boolean, label: string, onSwitch: (isOn: boolean) => void }} props
 */
export function Switch({ isOn, label, onSwitch }) {
  const [shown, setShown] = useState(isOn);
  const told = useRef(isOn);
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  told.current = isOn;
  useEffect(() => setShown(isOn), [isOn]);
  const change = (/** @type {import("react").ChangeEvent<HTMLInputElement>} */ event) => {
    setShown(event.target.checked);
    onSwitch(event.target.checked);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setShown(told.current), SETTLE_MS);
  };
  return <input type="checkbox" role="switch" aria-label={label} checked={shown} onChange={change} />;
}

/**
 * Shows the first child while the state describes the page of this address, else the second: after a change of page the
 * state is still the previous page's until the server has answered.
 * @param {{ path: string, children: import("react").ReactNode[] }} props
 */
export function ForPath({ path, children }) {
  const { pathname } = useLocation();
  return pathname.replace(/\/$/, "") === path ? children[0] : children[1];
}

/**
 * A link to another form that keeps the query, which says where to return.
 * @param {import("react").PropsWithChildren<{ to: string, className: string }>} props
 */
export function KeepQuery({ to, className, children }) {
  const [query, setQuery] = useState(""); // unknown when the page is compiled
  useEffect(() => setQuery(location.search), []);
  return (
    <a href={to + query} className={className}>
      {children}
    </a>
  );
}

/** After a page change, tell screen readers the new title and move focus to the page's heading. */
export function RouteVoice() {
  const { pathname } = useLocation();
  const [title, setTitle] = useState("");
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    const timer = setTimeout(() => {
      setTitle(document.title);
      const heading = find("main h1");
      if (heading && !document.activeElement?.closest("dialog")) {
        heading.tabIndex = -1;
        heading.focus({ preventScroll: true });
        heading.style.outline = "none";
      }
    }, 300);
    return () => clearTimeout(timer);
  }, [pathname]);
  return (
    <div aria-live="polite" className="sr-only">
      {title}
    </div>
  );
}

/**
 * Copy a text and say so for two seconds.
 * @param {import("react").PropsWithChildren<{ text: string, className: string }>} props
 */
export function CopyButton({ text, className, children }) {
  const [isDone, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 2000);
  };
  return (
    <button type="button" className={className} onClick={copy}>
      {isDone ? "Copied" : children}
      <span className="sr-only" role="status">
        {isDone ? "Copied" : ""}
      </span>
    </button>
  );
}
