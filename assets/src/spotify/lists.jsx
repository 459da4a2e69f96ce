// @ts-check
// The lists of the Spotify remote: devices, queue, playlists. Each is fetched when it is opened.
import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { Sheet } from "../shared/sheet.jsx";
import { Meter } from "../shared/icon.jsx";
import { plural } from "../shared/format.js";
import { read } from "./api.js";
import { connect } from "./navigation.js";
import { current } from "./state.js";
import * as remote from "./store.js";
import { OUTLINE_BUTTON, SMALL } from "./styles.js";

const ROW =
  "w-full flex items-center gap-3 text-left min-h-[52px] px-3 rounded-ctl hover:bg-surface-4 " +
  "cursor-pointer aria-disabled:text-text-3 aria-disabled:cursor-not-allowed";
/** @typedef {{ items?: any[], next_cursor?: string | null, problem?: import("./api.js").Problem }} Found */

/**
 * @param {object} props
 * @param {string} props.title
 * @param {string} props.path
 * @param {() => void} props.close
 * @param {string} props.empty
 * @param {import("react").ReactNode} [props.foot]
 * @param {number} [props.version] The list is fetched again when it changes.
 * @param {(item: any, close: () => void) => import("react").ReactNode} props.children
 */
function List({ title, path, close, empty, foot, version = 0, children }) {
  const sheet = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const list = useRef(/** @type {HTMLUListElement | null} */ (null));
  const [found, setFound] = useState(/** @type {Found | null} */ (null));
  const [tries, setTries] = useState(0);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    sheet.current?.showModal();
  }, []);
  useEffect(() => {
    let isMounted = true;
    read(path).then((answer) => isMounted && setFound(answer));
    return () => {
      isMounted = false;
    };
  }, [tries, version]);
  const problem = found?.problem;
  const items = found?.items ?? [];
  const more = async () => {
    if (isBusy || !found?.next_cursor) return;
    setBusy(true);
    const answer = await read(`${path}?cursor=${encodeURIComponent(found.next_cursor)}`);
    // rendered at once, as the first new row takes the focus: the pressed button may be gone
    flushSync(() => {
      setBusy(false);
      setFound(answer.problem ? { ...found, ...answer } : { ...answer, items: [...items, ...answer.items] });
    });
    if (!answer.problem) list.current?.children[items.length]?.querySelector("button")?.focus();
  };
  return (
    <Sheet
      sheetRef={sheet}
      label={title}
      onClose={close}
      className="w-[360px] bg-surface-3 border border-line-strong rounded-sheet max-h-[70dvh] overflow-y-auto"
    >
      <div className="p-4 grid gap-2">
        <div className="flex items-center justify-between">
          <h2 className="text-[16px] leading-[22px] font-semibold">{title}</h2>
          <button
            type="button"
            data-dismiss=""
            aria-label="Close"
            className="size-[44px] grid place-items-center text-text-2 hover:text-text-1 cursor-pointer"
          >
            ✕
          </button>
        </div>
        {!found && (
          <p role="status" className={`${SMALL} py-3`}>
            Asking Spotify…
          </p>
        )}
        {found && !problem && !items.length && <p className={`${SMALL} py-3`}>{empty}</p>}
        {items.length > 0 && (
          <ul ref={list} data-scrolls="">
            {items.map((item, index) => (
              <li key={`${item.id ?? item.uri} ${index}`}>{children(item, () => sheet.current?.close())}</li>
            ))}
          </ul>
        )}
        {problem && (
          <div role="alert" className="grid gap-3 justify-items-start">
            <p className={SMALL}>{problem.sentence}</p>
            {problem.kind === "scope" && (
              <button type="button" className={OUTLINE_BUTTON} onClick={() => connect(problem.permission)}>
                Allow
              </button>
            )}
            {problem.kind !== "scope" && !items.length && (
              <button
                type="button"
                className={OUTLINE_BUTTON}
                onClick={() => {
                  setFound(null);
                  setTries(tries + 1);
                }}
              >
                Try again
              </button>
            )}
          </div>
        )}
        {found?.next_cursor && (
          <button type="button" aria-busy={isBusy || undefined} className={`${OUTLINE_BUTTON} relative`} onClick={more}>
            <span className={isBusy ? "opacity-0" : ""}>Load more</span>
            {isBusy && (
              <span className="absolute">
                <Meter />
              </span>
            )}
          </button>
        )}
        {foot}
      </div>
    </Sheet>
  );
}

/** @param {{ url?: string }} props */
const Picture = ({ url }) =>
  url ? (
    <img
      src={url}
      alt=""
      width="32"
      height="32"
      referrerPolicy="no-referrer"
      className="size-[32px] rounded-[4px] object-cover"
    />
  ) : (
    <span className="size-[32px] rounded-[4px] bg-surface-4" />
  );

/** @param {{ close: () => void }} props */
export function Devices({ close }) {
  return (
    <List title="Devices" path="devices" close={close} empty="Open Spotify on a phone or computer; it appears here.">
      {(item, done) => (
        <button
          type="button"
          className={ROW}
          aria-disabled={item.is_restricted || undefined}
          aria-label={`Play on ${item.name}`}
          aria-current={item.is_active || undefined}
          aria-description={item.is_restricted ? "Cannot be controlled from here" : undefined}
          onClick={() => {
            if (item.is_restricted) return;
            remote.command("PUT", "transfer", { body: { device_id: item.id, play: true } });
            done();
          }}
        >
          <span className="min-w-0">
            <span className="block truncate font-semibold" dir="auto">
              {item.name}
            </span>
            <span className={`${SMALL} block first-letter:uppercase`}>
              {item.is_restricted ? "Cannot be controlled from here" : item.is_active ? "Plays here" : item.kind}
            </span>
          </span>
        </button>
      )}
    </List>
  );
}

/**
 * The Spotify URI of a link to a track or episode.
 * @param {string} text
 */
const uriOf = (text) => {
  const link = /^https:\/\/open\.spotify\.com\/(?:intl-\w+\/)?(track|episode)\/(\w+)/.exec(text.trim());
  return link ? `spotify:${link[1]}:${link[2]}` : text.trim();
};
/** @param {{ close: () => void }} props */
export function Queue({ close }) {
  const [text, setText] = useState("");
  const [result, setResult] = useState("");
  const [added, setAdded] = useState(0);
  const isSending = useRef(false);
  const add = async (/** @type {import("react").SyntheticEvent} */ event) => {
    event.preventDefault();
    if (isSending.current) return; // a double click would add the track twice
    isSending.current = true;
    const isDone = await remote.command("POST", "queue", { body: { uri: uriOf(text) } });
    isSending.current = false;
    setResult(isDone ? "Added." : (current().problem?.sentence ?? "That did not work."));
    if (!isDone) return;
    setText((typed) => (typed === text ? "" : typed));
    setTimeout(() => setAdded((n) => n + 1), remote.SETTLE_MS);
  };
  const foot = (
    <form onSubmit={add} className="grid gap-2 border-t border-line pt-3">
      <label className="text-[12px] font-semibold" htmlFor="spotify-add">
        Add a track
      </label>
      <div className="flex gap-2">
        <input
          id="spotify-add"
          dir="auto"
          value={text}
          onChange={(e) => setText(e.target.value)}
          required
          maxLength={200}
          placeholder="Link to a track on Spotify"
          className={
            "w-full min-w-0 min-h-[44px] rounded-ctl border border-control bg-surface-2 px-3 " +
            "text-[16px] md:text-[14px] placeholder:text-text-3"
          }
        />
        <button type="submit" className={OUTLINE_BUTTON}>
          Add
        </button>
      </div>
      <p role="status" className={SMALL}>
        {result}
      </p>
    </form>
  );
  return (
    <List title="Queue" path="queue" close={close} empty="The queue is empty." foot={foot} version={added}>
      {(item) => (
        <div className="flex items-center gap-3 min-h-[52px] px-3">
          <Picture url={item.art_url} />
          <span className="min-w-0">
            <span className="block truncate font-semibold" dir="auto">
              {item.title}
            </span>
            <span className={`${SMALL} block truncate`}>{item.artist}</span>
          </span>
        </div>
      )}
    </List>
  );
}

/** @param {{ close: () => void }} props */
export function Playlists({ close }) {
  return (
    <List title="Playlists" path="playlists" close={close} empty="You have no playlists.">
      {(item, done) => (
        <button
          type="button"
          className={ROW}
          aria-label={`Play ${item.name}`}
          onClick={() => {
            remote.command("PUT", "play", {
              body: { context_uri: item.uri },
              change: { isSkipping: true, is_playing: true, progress_ms: 0 },
            });
            done();
          }}
        >
          <Picture url={item.art_url} />
          <span className="min-w-0">
            <span className="block truncate font-semibold" dir="auto">
              {item.name}
            </span>
            <span className={SMALL}>{plural(item.tracks, "track")}</span>
          </span>
        </button>
      )}
    </List>
  );
}
