// @ts-check
// The actions of the Spotify remote that are not playback: one row of words that scrolls sideways, the rarest last.
// Disconnecting is out of the thumb's reach there, and still found by keyboard and screen reader.
import ChevronLeft from "lucide-react/dist/esm/icons/chevron-left.mjs";
import ChevronRight from "lucide-react/dist/esm/icons/chevron-right.mjs";
import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { Link } from "react-router";
import { SETTINGS_CONNECTIONS } from "../constants.js";
import { Icon, Meter } from "../shared/icon.jsx";
import { CompatiblePacks } from "./controls.jsx";
import * as remote from "./store.js";
import { ACTION, ICON_BUTTON } from "./styles.js";

/**
 * The question before disconnecting, in place of the row; Escape keeps, as in all small forms.
 * @param {{ keep: () => void }} props
 */
function Question({ keep }) {
  const [isBusy, setBusy] = useState(false);
  const send = async (/** @type {import("react").SyntheticEvent} */ event) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    await remote.disconnect();
    setBusy(false);
  };
  return (
    <form aria-label="Disconnect Spotify?" onSubmit={send} className="flex items-center px-4 text-[13px] text-text-2">
      <span className="flex-1">Disconnect Spotify?</span>
      <button type="submit" aria-busy={isBusy || undefined} className={`${ACTION} relative font-semibold text-bad`}>
        <span className={isBusy ? "opacity-0" : ""}>Disconnect</span>
        {isBusy && (
          <span className="absolute inset-0 grid place-items-center">
            <Meter />
          </span>
        )}
      </button>
      <button type="button" data-escape="" autoFocus className={`${ACTION} -mr-2 font-semibold`} onClick={keep}>
        Keep
      </button>
    </form>
  );
}

/** Whether more of a row is hidden at its end, and a function that scrolls there, or from the end to the start. */
function useSideways() {
  const row = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [isAtEnd, setAtEnd] = useState(false);
  const update = () => {
    const { scrollLeft, clientWidth, scrollWidth } = /** @type {HTMLDivElement} */ (row.current);
    setAtEnd(Math.abs(scrollLeft) + clientWidth >= scrollWidth - 8);
  };
  const turn = () => {
    const node = /** @type {HTMLDivElement} */ (row.current);
    node.scrollTo({ left: isAtEnd ? 0 : node.scrollLeft + node.clientWidth * 0.8 });
  };
  return { row, isAtEnd, update, turn };
}

/**
 * @param {object} props
 * @param {any} props.item What plays, if it is a track.
 * @param {boolean} props.isPaused Spotify rate-limits requests: its lists cannot be fetched.
 * @param {(list: string) => void} props.open
 */
export function Actions({ item, isPaused, open }) {
  const [isAsked, setAsked] = useState(false);
  const ask = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const { row, isAtEnd, update, turn } = useSideways();
  useEffect(() => {
    if (row.current) update();
  }, [item?.artist_href, isPaused, isAsked]);
  const keep = () => {
    flushSync(() => setAsked(false));
    ask.current?.focus();
  };
  if (isAsked)
    return (
      <div className="border-t border-line">
        <Question keep={keep} />
      </div>
    );
  return (
    <div className="flex items-center border-t border-line pr-1.5">
      <div
        ref={row}
        onScroll={update}
        className={
          "relative flex flex-1 min-w-0 overflow-x-auto overscroll-x-contain [scrollbar-width:none] px-2 " +
          "motion-safe:scroll-smooth scroll-px-10 text-[13px] text-text-2 " +
          (isAtEnd ? "" : "[mask-image:linear-gradient(to_right,#000_calc(100%-32px),transparent)]")
        }
      >
        {!isPaused && (
          <>
            <button type="button" className={ACTION} onClick={() => open("queue")}>
              Queue
            </button>
            <button type="button" className={ACTION} onClick={() => open("playlists")}>
              Playlists
            </button>
          </>
        )}
        {item && <CompatiblePacks />}
        {item?.artist_href && (
          <Link to={item.artist_href} className={ACTION}>
            <span className="truncate max-w-[180px]">About {item.artist}</span>
          </Link>
        )}
        <a href={SETTINGS_CONNECTIONS} className={ACTION}>
          Settings
        </a>
        <button ref={ask} type="button" className={ACTION} onClick={() => setAsked(true)}>
          Disconnect Spotify
        </button>
      </div>
      <button
        type="button"
        className={`${ICON_BUTTON} text-text-2`}
        aria-label={isAtEnd ? "First actions" : "More actions"}
        title={isAtEnd ? "First actions" : "More actions"}
        onClick={turn}
      >
        <Icon of={isAtEnd ? ChevronLeft : ChevronRight} size={18} />
      </button>
    </div>
  );
}
