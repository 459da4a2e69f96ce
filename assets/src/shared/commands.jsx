// @ts-check
// The command menu (Ctrl or Cmd+K): go to a page, control the player, find a pack. JavaScript because it reacts to
// every key.
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { API_PACKS, KEY_LOOP, KEY_MUTE, KEY_OPEN_PLAYING, KEY_PLAY, PACK } from "../constants.js";
import * as engine from "../player/engine.js";
import { usePlayer } from "../player/use_player.js";
import { openDialog } from "./dom.js";
import { isComposing } from "./keys.js";
import { browseUrl } from "./links.js";
import { Sheet } from "./sheet.jsx";

const DEBOUNCE_MS = 120;
const MAX_PACKS = 5;
const MAX_COMMANDS = 12;
const MAX_MATCHES = 4; // leaves room for packs
const openShortcuts = () => openDialog("keys");
const PLAYER = [
  { label: "Play or pause", act: engine.toggle, keys: KEY_PLAY },
  { label: "Next sound", act: engine.next },
  { label: "Previous sound", act: engine.previous },
  { label: "Loop on or off", act: engine.toggleLoop, keys: KEY_LOOP },
  { label: "Mute or unmute", act: engine.toggleMute, keys: KEY_MUTE },
];

/**
 * @typedef {object} Item
 * @property {string} label
 * @property {string} [detail]
 * @property {string} [path] Where it leads.
 * @property {string} [cover]
 * @property {string} [keys]
 * @property {() => void} [act]
 */
/** @typedef {{ title: string, slug: string, cover_url: string, creator: { name: string } }} Pack */

/**
 * @param {string} label
 * @param {string[]} words
 */
const matches = (label, words) => words.every((word) => label.toLowerCase().includes(word));

/** @param {string} text */
function useFoundPacks(text) {
  const [packs, setPacks] = useState(/** @type {Pack[]} */ ([]));
  useEffect(() => {
    if (text.length < 2) {
      setPacks([]);
      return;
    }
    const stop = new AbortController();
    const timer = setTimeout(
      () =>
        fetch(`${API_PACKS}?limit=${MAX_PACKS}&q=${encodeURIComponent(text)}`, { signal: stop.signal })
          .then((answer) => (answer.ok ? answer.json() : { items: [] }))
          .then(({ items }) => setPacks(items))
          .catch(() => {}),
      DEBOUNCE_MS,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);
  return packs;
}

/**
 * What the menu lists for a text: pages, player commands, packs, and the search itself.
 * @param {string} text
 * @param {[string, string][]} places
 * @param {Pack[]} packs
 * @param {import("../player/track.js").Track | null} track
 * @returns {Item[]}
 */
function listItems(text, places, packs, track) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const pages = places.map(([label, path]) => ({ label, path }));
  const openPlaying = { label: "Open what is playing", path: track?.href, keys: KEY_OPEN_PLAYING };
  const known = [...pages, { label: "Shortcuts", act: openShortcuts }, ...(track ? [...PLAYER, openPlaying] : [])];
  const matching = known.filter(({ label }) => matches(label, words)).slice(0, text ? MAX_MATCHES : MAX_COMMANDS);
  const found = packs.map((pack) => ({
    label: pack.title,
    detail: pack.creator.name,
    path: PACK + pack.slug,
    cover: pack.cover_url,
  }));
  const search = text ? [{ label: `Search for "${text}"`, path: browseUrl({ q: text }) }] : [];
  return [...matching, ...found, ...search];
}

/** @param {{ places: [string, string][] }} props The pages to go to: pairs of label and path, from the site map. */
export function CommandMenu({ places }) {
  const sheet = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const query = text.trim();
  const track = usePlayer((s) => s.track);
  const items = listItems(query, places, useFoundPacks(query), track);
  const chosen = Math.min(at, items.length - 1);
  useEffect(() => {
    const press = (/** @type {KeyboardEvent} */ event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k")
        return;
      event.preventDefault();
      if (sheet.current?.open) return sheet.current.close();
      if (document.querySelector("dialog[open]")) return;
      setText("");
      setAt(0);
      sheet.current?.showModal();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  const run = (/** @type {Item | undefined} */ item) => {
    if (!item) return;
    sheet.current?.close();
    if (item.act) item.act();
    if (item.path) navigate(item.path);
  };
  const keys = (/** @type {import("react").KeyboardEvent} */ event) => {
    if (isComposing(event)) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      event.preventDefault();
      setAt((chosen + step + items.length) % items.length);
    }
    if (event.key === "Enter") {
      event.preventDefault();
      run(items[chosen]);
    }
  };
  useEffect(() => {
    document.getElementById(`command-${chosen}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <Sheet
      sheetRef={sheet}
      id="commands"
      label="Commands"
      className={
        "w-[520px] bg-surface-3 border border-line-strong rounded-sheet " +
        "shadow-[0_24px_48px_rgb(0_0_0/.6)] mt-[12vh] overflow-hidden"
      }
    >
      <input
        value={text}
        dir="auto"
        onChange={(e) => {
          setText(e.target.value);
          setAt(0);
        }}
        onKeyDown={keys}
        placeholder="Go to, play, or find a pack"
        aria-label="Command"
        role="combobox"
        aria-expanded="true"
        aria-controls="command-list"
        aria-activedescendant={items.length ? `command-${chosen}` : undefined}
        className={
          "w-full h-[56px] px-5 pt-1 bg-transparent text-[16px] placeholder:text-text-3 border-b " +
          "border-line !outline-none"
        }
        maxLength={200}
        autoComplete="off"
        autoFocus
      />
      <ul
        id="command-list"
        role="listbox"
        aria-label="Commands"
        className="max-h-[min(420px,60vh)] overflow-y-auto p-2"
        data-scrolls=""
      >
        {items.map((item, index) => (
          <li
            key={`${item.label} ${item.path ?? ""}`}
            id={`command-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => run(item)}
            onPointerMove={() => setAt(index)}
            className={
              "flex items-center gap-3 min-h-[44px] px-3 rounded-ctl cursor-pointer text-text-2 " +
              "aria-selected:bg-surface-4 aria-selected:text-text-1"
            }
          >
            {item.cover && (
              <img src={item.cover} alt="" width="28" height="28" className="size-[28px] rounded-[4px] object-cover" />
            )}
            <span className="truncate">{item.label}</span>
            {item.detail && <span className="truncate text-[13px] text-text-3">{item.detail}</span>}
            {item.keys && (
              <kbd className="fact ml-auto border border-control rounded-[4px] px-1.5 py-0.5">{item.keys}</kbd>
            )}
          </li>
        ))}
      </ul>
    </Sheet>
  );
}
