// @ts-check
// What comes next and what was played, as a panel of the player. JavaScript because the queue is in the browser, and
// dragging has to follow the pointer.
import GripVertical from "lucide-react/dist/esm/icons/grip-vertical.mjs";
import ListPlus from "lucide-react/dist/esm/icons/list-plus.mjs";
import X from "lucide-react/dist/esm/icons/x.mjs";
import { useRef, useState } from "react";
import { Link } from "react-router";
import { BROWSE } from "../constants.js";
import { clock } from "../shared/format.js";
import { Icon } from "../shared/icon.jsx";
import { Artwork } from "../shared/sound_parts.jsx";
import { useStore } from "../shared/use_store.js";
import * as engine from "./engine.js";
import * as queues from "./queue.js";
import { clearRecent, recent } from "./session.js";
import { usePlayer } from "./use_player.js";

const ROW_PX = 56;
const SMALL_BUTTON =
  "inline-grid place-items-center size-[44px] md:size-[36px] rounded-ctl text-text-2 hover:text-text-1 " +
  "hover:bg-surface-4 cursor-pointer shrink-0";
const TAB =
  "min-h-[44px] md:min-h-[36px] px-2 text-[13px] font-semibold text-text-2 hover:text-text-1 cursor-pointer " +
  "aria-pressed:text-text-1 aria-pressed:shadow-[inset_0_-2px_0_var(--text-1)]";
const LABEL = "px-2 pt-3 pb-1 text-[12px] leading-[16px] font-semibold text-text-3";

/** @typedef {import("./track.js").Track} Track */
/** @typedef {import("react").RefObject<HTMLDivElement | null>} Panel */
/** @typedef {(message: string) => void} Announce */

/**
 * Cover, title and length; pressed, the sound plays.
 * @param {{ track: Track, isCurrent?: boolean, onPlay: () => void }} props
 */
function Sound({ track, isCurrent = false, onPlay }) {
  return (
    <button
      type="button"
      onClick={onPlay}
      aria-label={`${isCurrent ? "Now playing" : "Play"}: ${track.title}`}
      aria-current={isCurrent || undefined}
      className={
        "group flex flex-1 items-center gap-3 min-w-0 h-[52px] px-1 rounded-ctl text-left hover:bg-surface-4 " +
        "cursor-pointer"
      }
    >
      <Artwork coverKey={track.cover} size={40} className="size-[40px] rounded-ctl" isLazy />
      <span className="flex-1 min-w-0">
        <span className="block truncate font-semibold group-aria-[current]:text-amber" dir="auto">
          {track.title}
        </span>
        <span className="block truncate text-[13px] leading-[18px] text-text-2">{track.subtitle}</span>
      </span>
      <span className="fact">{clock(Math.round(track.seconds))}</span>
    </button>
  );
}

/**
 * Move a sound while its handle is dragged; on window, since a moved element loses the pointer.
 * @param {import("react").PointerEvent} event
 * @param {string} id
 * @param {number} index
 */
function startDrag(event, id, index) {
  if (event.button) return;
  event.preventDefault();
  const { clientY } = event;
  const move = (/** @type {PointerEvent} */ to) => {
    const steps = Math.round((to.clientY - clientY) / ROW_PX);
    engine.changeQueue((queue) => queues.move(queue, id, index + steps));
  };
  const end = () => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", end);
    document.documentElement.style.cursor = "";
  };
  document.documentElement.style.cursor = "grabbing";
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
}

/**
 * React inserts a moved row again, which takes the focus from it.
 * @param {Panel} panel
 * @param {...string} selectors The first that is there takes it.
 */
const focusSoon = (panel, ...selectors) =>
  requestAnimationFrame(() => {
    const found = selectors.map((selector) => panel.current?.querySelector(selector)).find(Boolean);
    /** @type {HTMLElement | undefined} */ (found)?.focus();
  });

/** @param {{ track: Track, index: number, count: number, panel: Panel, announce: Announce }} props */
function UpcomingRow({ track, index, count, panel, announce }) {
  const keys = (/** @type {import("react").KeyboardEvent} */ event) => {
    /** @type {Record<string, number>} */
    const steps = { ArrowUp: -1, ArrowDown: 1, Home: -count, End: count };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    engine.changeQueue((queue) => queues.move(queue, track.id, index + step));
    announce(`${track.title}: ${Math.max(1, Math.min(count, index + step + 1))} of ${count}`);
    focusSoon(panel, `[data-handle="${track.id}"]`);
  };
  const remove = () => {
    engine.changeQueue((queue) => queues.remove(queue, track.id));
    announce(`${track.title} removed`);
    focusSoon(panel, `[data-row-index="${Math.min(index, count - 2)}"] [data-remove]`, "[data-tab]");
  };
  return (
    <li className="flex items-center" style={{ height: ROW_PX }} data-row-index={index}>
      <button
        type="button"
        data-handle={track.id}
        aria-label={`Move ${track.title}`}
        aria-description="Arrow keys move it up or down"
        title="Drag, or use the arrow keys"
        className={`${SMALL_BUTTON} !w-[32px] md:!w-[28px] !cursor-grab touch-none`}
        onPointerDown={(event) => startDrag(event, track.id, index)}
        onKeyDown={keys}
      >
        <Icon of={GripVertical} size={16} />
      </button>
      <Sound track={track} onPlay={() => engine.play(track)} />
      <button
        type="button"
        data-remove=""
        aria-label={`Remove ${track.title}`}
        title="Remove"
        className={SMALL_BUTTON}
        onClick={remove}
      >
        <Icon of={X} size={16} />
      </button>
    </li>
  );
}

/** @param {import("react").PropsWithChildren} props */
const Empty = ({ children }) => (
  <div className="grid justify-items-start gap-2 px-2 py-4 text-text-2">
    <p>{children}</p>
    <Link to={BROWSE} className="text-info underline-offset-2 hover:underline min-h-[32px]">
      Browse sounds
    </Link>
  </div>
);

/** @param {{ panel: Panel, announce: Announce }} props */
function Upcoming({ panel, announce }) {
  const track = usePlayer((s) => s.track);
  const { upcoming, addedCount } = usePlayer((s) => s.queue);
  const rows = upcoming.map((item, index) => (
    <UpcomingRow key={item.id} track={item} index={index} count={upcoming.length} panel={panel} announce={announce} />
  ));
  return (
    <>
      <h3 className={LABEL}>Now playing</h3>
      <div className="pl-[32px] md:pl-[28px] pr-[44px] md:pr-[36px] flex">
        {track && <Sound track={track} isCurrent onPlay={engine.toggle} />}
      </div>
      {addedCount > 0 && (
        <>
          <h3 className={LABEL}>Added by you</h3>
          <ol aria-label="Added by you">{rows.slice(0, addedCount)}</ol>
        </>
      )}
      {upcoming.length > addedCount && (
        <>
          <h3 className={LABEL}>Next in this list</h3>
          <ol aria-label="Next in this list">{rows.slice(addedCount)}</ol>
        </>
      )}
      {!upcoming.length && (
        <Empty>
          The queue is empty. Add sounds with “Add to queue”<span className="max-md:hidden"> or the Q key</span>.
        </Empty>
      )}
    </>
  );
}

/** @param {{ announce: Announce }} props */
function Recent({ announce }) {
  const tracks = useStore(recent, (s) => s.tracks);
  if (!tracks.length) return <Empty>Nothing played yet. The last 50 sounds stay on this device.</Empty>;
  const add = (/** @type {Track} */ track) => {
    engine.enqueue(track);
    announce(`${track.title} added to queue`);
  };
  return (
    <ol aria-label="Recently played" className="pt-2">
      {tracks.map((track) => (
        <li key={track.id} className="flex items-center" style={{ height: ROW_PX }}>
          <Sound track={track} onPlay={() => engine.play(track)} />
          <button
            type="button"
            aria-label={`Add to queue: ${track.title}`}
            title="Add to queue"
            className={SMALL_BUTTON}
            onClick={() => add(track)}
          >
            <Icon of={ListPlus} size={18} />
          </button>
        </li>
      ))}
    </ol>
  );
}

/** @param {{ tab: string, setTab: (tab: string) => void, announce: Announce }} props */
function Head({ tab, setTab, announce }) {
  const hasUpcoming = usePlayer((s) => s.queue.upcoming.length > 0);
  const hasRecent = useStore(recent, (s) => s.tracks.length > 0);
  const isUpcoming = tab === "upcoming";
  const clear = () => {
    if (isUpcoming) engine.changeQueue(queues.clear);
    else clearRecent();
    announce(isUpcoming ? "Queue cleared" : "Recently played cleared");
  };
  return (
    <div className="sticky top-0 z-10 flex items-center gap-2 px-1 bg-surface-3 border-b border-line">
      <button type="button" data-tab="" className={TAB} aria-pressed={isUpcoming} onClick={() => setTab("upcoming")}>
        Up next
      </button>
      <button type="button" className={TAB} aria-pressed={!isUpcoming} onClick={() => setTab("recent")}>
        Recently played
      </button>
      {(isUpcoming ? hasUpcoming : hasRecent) && (
        <button type="button" className={`${TAB} ml-auto`} onClick={clear}>
          Clear
        </button>
      )}
    </div>
  );
}

/** @param {{ id: string }} props */
export function UpNext({ id }) {
  const panel = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [tab, setTab] = useState("upcoming");
  const [message, announce] = useState("");
  const [isOpen, setOpen] = useState(false); // closed, it costs nothing
  return (
    <div
      ref={panel}
      onBeforeToggle={(event) => setOpen(event.newState === "open")}
      id={id}
      popover="auto"
      role="dialog"
      aria-label="Queue"
      data-scrolls=""
      className={
        "fixed bottom-[calc(var(--player-h)+var(--tabs-h)+8px)] right-4 left-auto top-auto " +
        "w-[min(400px,calc(100vw-32px))] max-h-[min(560px,70dvh)] overflow-y-auto overscroll-contain rounded-sheet " +
        "bg-surface-3 border border-line-strong px-2 pb-2 shadow-[0_24px_48px_rgb(0_0_0/.6)]"
      }
    >
      {isOpen && <Head {...{ tab, setTab, announce }} />}
      {isOpen && (tab === "upcoming" ? <Upcoming {...{ panel, announce }} /> : <Recent announce={announce} />)}
      <p className="sr-only" role="status">
        {message}
      </p>
    </div>
  );
}
