// @ts-check
// The bar at the bottom of every page: appears with the first sound and stays. JavaScript because it follows the
// player.
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { LikeButton } from "../community/like_button.jsx";
import { openDialog } from "../shared/dom.js";
import { Artwork } from "../shared/sound_parts.jsx";
import { restore } from "./engine.js";
import { ICON_BUTTON } from "./player_parts.jsx";
import { storedSession } from "./session_loader.js";
import { useShortcuts } from "./shortcuts.js";
import { isDemo } from "./track.js";
import { usePlayer } from "./use_player.js";

/**
 * @param {import("./track.js").Track | null} track
 * @param {boolean} isPlaying
 * @returns {import("react").ComponentType<any> | null} The bar's controls, loaded with the first sound; null until
 * then.
 */
function usePlayerControls(track, isPlaying) {
  const [Controls, setControls] = useState(() => /** @type {import("react").ComponentType<any> | null} */ (null));
  useEffect(() => {
    if (!track || Controls) return;
    // Without a connection the bar still tells what is wrong; the next sound that plays tries again.
    import("./player_controls.jsx").then((module) => setControls(() => module.default)).catch(() => {});
  }, [track, isPlaying, Controls]);
  return Controls;
}

export function PlayerBar() {
  const track = usePlayer((s) => s.track);
  const isPlaying = usePlayer((s) => s.isPlaying);
  const isLooping = usePlayer((s) => s.isLooping);
  const isWaiting = usePlayer((s) => s.isWaiting && !s.isPlaying);
  const error = usePlayer((s) => s.error);
  const Controls = usePlayerControls(track, isPlaying);
  useEffect(() => {
    document.documentElement.toggleAttribute("data-has-player", Boolean(track));
  }, [track]);
  useEffect(() => {
    // After hydration: the page's HTML has no player. Without the code the player is as on a first visit.
    storedSession()
      .then((session) => session && restore(session))
      .catch(() => {});
  }, []);
  useShortcuts();
  if (!track) return null;
  return (
    <section
      aria-label="Player"
      data-player
      className={
        "fixed inset-x-0 bottom-[var(--tabs-h)] z-40 h-[60px] md:h-[72px] bg-surface-2 border-t " +
        "border-line grid grid-cols-[1fr_auto] md:grid-cols-[minmax(200px,300px)_1fr_auto] items-center " +
        "gap-2 md:gap-6 px-2 md:px-7"
      }
    >
      <div className="relative flex items-center gap-3 min-w-0 h-full">
        {Controls && (
          <button
            type="button"
            className="md:hidden absolute inset-0 cursor-pointer"
            aria-label={`Open the player: ${track.title}`}
            onClick={() => openDialog("player-sheet")}
          />
        )}
        {track.cover && <Artwork coverKey={track.cover} size={48} className="size-[44px] md:size-[48px] rounded-ctl" />}
        <div className="min-w-0">
          <Link
            to={track.href}
            dir="auto"
            className="max-md:hidden block truncate font-semibold text-text-1 hover:underline"
          >
            {track.title}
          </Link>
          <p className="md:hidden truncate font-semibold text-text-1" aria-hidden="true" dir="auto">
            {track.title}
          </p>
          <p className="truncate text-[13px] leading-[18px] text-text-2">
            {error ? (
              <span role="alert" className="text-bad">
                {error}
              </span>
            ) : (
              track.subtitle
            )}
          </p>
        </div>
        {!isDemo(track) && (
          <LikeButton track={track} size={20} className={`${ICON_BUTTON} max-md:!hidden aria-pressed:text-text-1`} />
        )}
      </div>
      {Controls && <Controls {...{ track, isPlaying, isWaiting, isLooping }} />}
    </section>
  );
}
