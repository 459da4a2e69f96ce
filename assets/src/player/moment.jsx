// @ts-check
// Moments of sounds: a button that plays one, and the choice to pin a comment to the one that plays.
// JavaScript because only the browser knows where the player is.
import { useEffect, useState } from "react";
import { clock } from "../shared/format.js";
import * as engine from "./engine.js";
import { listAround } from "./track.js";
import { useIsCurrent, usePlayer } from "./use_player.js";

/**
 * A button that plays a sound from a second on.
 * @param {object} props
 * @param {import("./track.js").Track} props.track
 * @param {number} props.seconds
 * @param {string} props.label accessible name
 * @param {string} [props.className]
 * @param {string} [props.left] place on a waveform, as a length of CSS
 * @param {import("react").ReactNode} [props.children]
 */
export function Moment({ track, seconds, label, className, left, children }) {
  const isCurrent = useIsCurrent(track);
  const press = (/** @type {import("react").MouseEvent<HTMLElement>} */ event) => {
    event.preventDefault();
    event.stopPropagation();
    if (!isCurrent) engine.play(track, listAround(event.currentTarget));
    else if (!engine.current().isPlaying) engine.toggleTrack(track);
    engine.seek(seconds);
  };
  return (
    <button
      type="button"
      className={className}
      style={left ? { left } : undefined}
      onClick={press}
      aria-label={label}
      title={label}
    >
      {children}
    </button>
  );
}

/**
 * A checkbox "At 0:02 of Kick" with the fields `sound` and `at` of the form around it.
 * It holds the moment at which it was checked.
 * @param {{ ids: string[], className?: string }} props the sounds that can be chosen
 */
export function PinMoment({ ids, className }) {
  const track = usePlayer((s) => s.track);
  const [shown, setShown] = useState(0);
  const [chosen, setPinned] = useState(/** @type {{ id: string, title: string, at: number } | null} */ (null));
  const pinned = chosen && ids.includes(chosen.id) ? chosen : null; // the form may have come along from another pack
  const isHere = Boolean(track && ids.includes(track.id));
  useEffect(() => {
    if (!isHere) return undefined;
    const show = (/** @type {number} */ at) => setShown(Math.floor(at));
    show(engine.position());
    return engine.onFrame(show);
  }, [isHere, track?.id]);
  if (!pinned && !(isHere && track)) {
    return <p className={className}>Play a sound to comment on a specific moment.</p>;
  }
  const moment = pinned ?? { id: track?.id ?? "", title: track?.title ?? "", at: shown };
  const toggle = () => setPinned(pinned ? null : { ...moment, at: Math.round(engine.position() * 100) / 100 });
  return (
    <label className={className}>
      <input type="checkbox" checked={Boolean(pinned)} onChange={toggle} />
      {pinned && <input type="hidden" name="sound" value={pinned.id} />}
      {pinned && <input type="hidden" name="at" value={pinned.at} />}
      <span className="min-w-0 truncate">
        At <span className="fact text-text-1">{clock(moment.at)}</span> of {moment.title}
      </span>
    </label>
  );
}
