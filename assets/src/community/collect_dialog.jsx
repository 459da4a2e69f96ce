// @ts-check
// The dialog that adds a sound or pack to a collection: one press opens it, one adds. JavaScript because it opens from
// any row of any page, over what is there.
import Check from "lucide-react/dist/esm/icons/check.mjs";
import Plus from "lucide-react/dist/esm/icons/plus.mjs";
import { useEffect, useRef, useState } from "react";
import { Icon } from "../shared/icon.jsx";
import { loginUrl } from "../shared/links.js";
import { Sheet } from "../shared/sheet.jsx";
import { COLLECT_EVENT } from "./collect_button.jsx";
import * as api from "./collection_api.js";

const SIGNED_OUT = 401;
const ROW =
  "flex items-center gap-3 w-full min-h-[48px] px-3 rounded-ctl text-left hover:bg-surface-4 cursor-pointer " +
  "aria-pressed:text-text-1";

/** @typedef {import("../player/track.js").Track} Track */

/** @param {{ fieldClassName: string, buttonClassName: string }} props */
export function CollectDialog({ fieldClassName, buttonClassName }) {
  const sheet = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [track, setTrack] = useState(/** @type {Track | null} */ (null));
  const [items, setItems] = useState(/** @type {api.Listed[] | null} */ (null));
  const [problem, setProblem] = useState("");
  const [said, setSaid] = useState("");
  const wanted = useRef(/** @type {Track | null} */ (null)); // whose collections are shown
  const isSending = useRef(false);

  /**
   * Show what is wrong, if anything; somebody who is not signed in is sent to do so.
   * @param {{ problem?: string, status?: number }} answer
   */
  const check = (answer) => {
    if (answer.status === SIGNED_OUT) location.assign(loginUrl());
    setProblem(answer.problem ?? "");
    return !answer.problem;
  };
  const load = async (/** @type {Track} */ one) => {
    const answer = await api.listFor(one);
    if (wanted.current === one && check(answer)) setItems(answer.items);
  };
  /**
   * Do one change at a time: a double click would add twice, or create two collections.
   * @param {(track: Track) => Promise<void>} change
   */
  const send = async (change) => {
    if (!track || isSending.current) return;
    isSending.current = true;
    await change(track);
    isSending.current = false;
  };
  useEffect(() => {
    const open = (/** @type {Event} */ event) => {
      const { detail } = /** @type {CustomEvent<Track>} */ (event);
      setTrack(detail);
      wanted.current = detail;
      setItems(null);
      setProblem("");
      setSaid("");
      sheet.current?.showModal();
      load(detail);
    };
    addEventListener(COLLECT_EVENT, open);
    return () => removeEventListener(COLLECT_EVENT, open);
  }, []);

  const toggle = (/** @type {api.Listed} */ one) =>
    send(async (track) => {
      const answer = one.item_id ? await api.remove(one.slug, one.item_id) : await api.add(one.slug, track);
      if (!check(answer)) return;
      setSaid(one.item_id ? `Removed from ${one.title}` : `Added to ${one.title}`);
      await load(track);
    });
  const create = (/** @type {import("react").SyntheticEvent<HTMLFormElement>} */ event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const title = String(new FormData(form).get("title") ?? "").trim();
    if (!title) return;
    send(async (track) => {
      const made = await api.create(title);
      if (!check(made) || !check(await api.add(made.slug, track))) return;
      form.reset();
      setSaid(`Added to ${title}`);
      await load(track);
    });
  };
  return (
    <Sheet
      sheetRef={sheet}
      id="collect"
      label="Add to collection"
      className="bg-surface-3 border border-line-strong rounded-sheet w-[420px] max-w-full"
      onClose={() => {
        wanted.current = null;
        setTrack(null);
      }}
    >
      <div className="p-5 grid gap-4">
        <div className="min-w-0">
          <h2 className="text-[20px] leading-[26px] font-semibold">Add to collection</h2>
          <p className="text-text-2 truncate" dir="auto">
            {track?.title}
          </p>
        </div>
        {items === null && !problem && <p aria-busy="true">Loading…</p>}
        {items && items.length > 0 && (
          <ul aria-label="Your collections" className="max-h-[40dvh] overflow-y-auto -mx-3">
            {items.map((one) => (
              <li key={one.slug}>
                <button type="button" className={ROW} aria-pressed={Boolean(one.item_id)} onClick={() => toggle(one)}>
                  <Icon of={one.item_id ? Check : Plus} size={18} className={one.item_id ? "text-ok" : "text-text-2"} />
                  <span className="min-w-0 flex-1 truncate font-semibold" dir="auto">
                    {one.title}
                  </span>
                  <span className="fact">{one.item_count}</span>
                  <span className="text-[13px] text-text-2 w-[60px] text-right">{one.visibility}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
        {items?.length === 0 && <p className="text-text-2">You have no collections yet. Name the first one.</p>}
        <form onSubmit={create} className="flex gap-2">
          <input
            name="title"
            dir="auto"
            aria-label="New collection"
            placeholder="New collection"
            maxLength={80}
            autoComplete="off"
            className={fieldClassName}
          />
          <button type="submit" className={buttonClassName}>
            Create
          </button>
        </form>
        <p role="status" className="text-ok text-[13px] empty:hidden">
          {said}
        </p>
        {problem && (
          <p role="alert" className="text-bad">
            {problem}
          </p>
        )}
        <button type="button" data-dismiss="" className={`${buttonClassName} justify-self-start`}>
          Done
        </button>
      </div>
    </Sheet>
  );
}
