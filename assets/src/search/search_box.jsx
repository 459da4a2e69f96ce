// @ts-check
// The search box: completes words and remembers recent searches in this browser. JavaScript because it reacts to every
// key.
import { useEffect, useId, useRef, useState } from "react";
import { useLocation, useNavigate, useNavigationType, useSearchParams } from "react-router";
import { API_SAVED_SEARCHES, API_SEARCH_SUGGEST, BROWSE } from "../constants.js";
import { isComposing } from "../shared/keys.js";
import { browseUrl } from "../shared/links.js";
import { readJson, writeJson } from "../shared/storage.js";
import { withFilters } from "./filter_url.js";

const RECENT = "searches";
const MAX_RECENT = 6;
const MAX_SAVED = 6;
const DEBOUNCE_MS = 120;
const MIN_CHARACTERS = 2;
const recentSearches = () => readJson(RECENT, /** @type {string[]} */ ([]));
/** @typedef {{ kind: string, label: string, href?: string }} Line A suggestion. */

/** @param {string} text */
const addRecentSearch = (text) =>
  writeJson(RECENT, [text, ...recentSearches().filter((other) => other !== text)].slice(0, MAX_RECENT));

/**
 * @param {string} text
 * @param {boolean} isOpen
 */
function useCompletions(text, isOpen) {
  const [lines, setLines] = useState(/** @type {Line[]} */ ([]));
  useEffect(() => {
    if (!isOpen || text.trim().length < MIN_CHARACTERS) {
      setLines([]);
      return;
    }
    const stop = new AbortController();
    const timer = setTimeout(
      () =>
        fetch(`${API_SEARCH_SUGGEST}?q=${encodeURIComponent(text.trim())}`, { signal: stop.signal })
          .then((response) => (response.ok ? response.json() : []))
          .then(setLines)
          .catch(() => {}),
      DEBOUNCE_MS,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text, isOpen]);
  return lines;
}

/** @typedef {{ name: string, query: Record<string, string>, new_count: number }} SavedSearch */

/**
 * The member's saved searches, read each time the empty box is opened.
 * @param {boolean} isWanted
 */
function useSavedSearches(isWanted) {
  const [lines, setLines] = useState(/** @type {Line[]} */ ([]));
  useEffect(() => {
    if (!isWanted) return;
    const stop = new AbortController();
    fetch(API_SAVED_SEARCHES, { signal: stop.signal })
      .then((response) => (response.ok ? response.json() : []))
      .then((/** @type {SavedSearch[]} */ saved) =>
        setLines(
          saved.slice(0, MAX_SAVED).map((one) => ({
            kind: one.new_count ? `${one.new_count} new` : "saved",
            label: one.name,
            href: browseUrl(one.query),
          })),
        ),
      )
      .catch(() => {});
    return () => stop.abort();
  }, [isWanted]);
  return lines;
}

/**
 * A search box that goes to the browse page, completes words, offers saved searches, and remembers what one looked for
 * in this browser.
 * @param {object} props
 * @param {string} props.className
 * @param {string} props.inputClassName
 * @param {string} props.placeholder
 * @param {string} [props.id]
 * @param {boolean | string} [props.isMember]
 * @param {import("react").ReactNode} [props.children]
 */
export function SearchBox({ className, inputClassName, placeholder, id, isMember, children }) {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const navigation = useNavigationType();
  const list = useId();
  const query = pathname.startsWith(BROWSE) ? (params.get("q") ?? "") : "";
  const [text, setText] = useState(query);
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  // The page takes the words that it understood out of the address, as filters; the box keeps what was typed.
  const isParsed = useRef(false);
  useEffect(() => {
    isParsed.current = navigation === "REPLACE" && pathname.startsWith(BROWSE) && Boolean(text) && text !== query;
    if (!isParsed.current) setText(query);
  }, [query, pathname]);
  const completions = useCompletions(text, isOpen);
  /** @type {Line[]} */
  const recent = isOpen && !text.trim() ? recentSearches().map((label) => ({ kind: "recent", label })) : [];
  const saved = useSavedSearches(Boolean(isMember) && isOpen && !text.trim());
  const lines = isOpen ? (text.trim() ? completions : [...recent, ...saved]) : [];
  const search = (/** @type {string} */ wanted) => {
    const q = wanted.trim();
    setOpen(false);
    setAt(-1);
    setText(q);
    if (q) addRecentSearch(q);
    // New words are a new search; the filters by hand belonged to the last one, unless it had no words.
    const isRefined = pathname.startsWith(BROWSE) && !isParsed.current && (!query || q === query);
    navigate(
      withFilters(isRefined ? params : new URLSearchParams(), {
        q,
        like: "",
        fits: "",
      }),
    );
  };
  const choose = (/** @type {Line} */ line) => {
    if (!line.href) return search(line.label);
    setOpen(false);
    setAt(-1);
    navigate(line.href);
  };
  const keys = (/** @type {import("react").KeyboardEvent} */ event) => {
    if (isComposing(event)) return; // the arrows choose among the input method's words
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && lines.length) {
      event.preventDefault();
      setAt((at + step + lines.length + (at < 0 && step < 0 ? 1 : 0)) % lines.length);
    }
    if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      setOpen(false);
      setAt(-1);
    }
  };
  return (
    <form
      role="search"
      action={BROWSE}
      className={className}
      onBlur={(e) => e.currentTarget.contains(e.relatedTarget) || setOpen(false)}
      onSubmit={(event) => {
        event.preventDefault();
        if (lines[at]) choose(lines[at]);
        else search(text);
      }}
    >
      <input
        id={id}
        type="search"
        name="q"
        value={text}
        dir="auto"
        onChange={(e) => {
          setText(e.target.value);
          setOpen(true);
          setAt(-1);
        }}
        onFocus={(e) => {
          setOpen(true);
          e.target.select(); // what one types replaces the last search
        }}
        onKeyDown={keys}
        placeholder={placeholder}
        aria-label="Search"
        aria-autocomplete="list"
        aria-controls={lines.length ? list : undefined}
        aria-activedescendant={at >= 0 ? `${list}-${at}` : undefined}
        className={inputClassName}
        maxLength={200}
        autoComplete="off"
        enterKeyHint="search"
        data-search
      />
      {children}
      {lines.length > 0 && (
        <ul
          id={list}
          role="listbox"
          aria-label="Suggestions"
          className={
            "absolute z-50 inset-x-0 top-full mt-1 p-1 rounded-ctl bg-surface-3 border " +
            "border-line-strong shadow-[0_24px_48px_rgb(0_0_0/.6)]"
          }
        >
          {lines.map((line, index) => (
            <li
              key={`${line.kind} ${line.label}`}
              id={`${list}-${index}`}
              role="option"
              aria-selected={index === at}
              onPointerDown={(e) => e.preventDefault()}
              onClick={() => choose(line)}
              onPointerMove={() => setAt(index)}
              className={
                "flex items-center gap-3 min-h-[44px] md:min-h-[36px] px-3 rounded-[4px] cursor-pointer " +
                "text-text-2 aria-selected:bg-surface-4 aria-selected:text-text-1"
              }
            >
              <span className="truncate" dir="auto">
                {line.label}
              </span>
              {line.kind !== "word" && <span className="ml-auto text-[12px] text-text-3">{line.kind}</span>}
            </li>
          ))}
        </ul>
      )}
    </form>
  );
}
