// @ts-check
import AudioLines from "lucide-react/dist/esm/icons/audio-lines.mjs";
import ChevronDown from "lucide-react/dist/esm/icons/chevron-down.mjs";
import ListVideo from "lucide-react/dist/esm/icons/list-video.mjs";
import Puzzle from "lucide-react/dist/esm/icons/puzzle.mjs";
import Repeat from "lucide-react/dist/esm/icons/repeat.mjs";
import { useEffect, useRef } from "react";
import { Link, useLocation } from "react-router";
import { CollectButton } from "../community/collect_button.jsx";
import { LikeButton } from "../community/like_button.jsx";
import { Icon } from "../shared/icon.jsx";
import { PriceButton } from "../shared/purchase.jsx";
import { Sheet } from "../shared/sheet.jsx";
import { Artwork } from "../shared/sound_parts.jsx";
import * as engine from "./engine.js";
import { MixerPanel } from "./mixer.jsx";
import { ICON_BUTTON, Times, TransportButtons, compatibleWith, similarTo } from "./player_parts.jsx";
import { isDemo } from "./track.js";
import { UpNext } from "./up_next.jsx";
import { Waveform } from "./waveform.jsx";

const WIDE = "fact text-text-1 inline-flex min-h-[48px] items-center justify-center gap-2 rounded-ctl px-3";

/**
 * The player over the whole screen of a phone: cover, waveform, controls, and the way to the pack.
 * @param {import("./player_parts.jsx").Playing} props
 */
export function PlayerSheet({ track, isPlaying, isWaiting, isLooping }) {
  const round = "inline-grid place-items-center size-[56px] rounded-full text-text-1 active:bg-surface-3";
  const sheet = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const { pathname } = useLocation();
  useEffect(() => {
    dispatchEvent(new Event("askchopper.sheet")); // the Spotify remote adds its row
  }, []);
  useEffect(() => {
    sheet.current?.close();
  }, [pathname]);
  useEffect(() => {
    // turned to landscape, a tablet is a desktop: a hidden modal would leave the page shut
    const wide = matchMedia("(min-width: 900px)");
    const close = () => sheet.current?.close();
    wide.addEventListener("change", close);
    return () => wide.removeEventListener("change", close);
  }, []);
  return (
    <Sheet
      sheetRef={sheet}
      onClose={() => document.getElementById("sheet-queue")?.hidePopover()}
      id="player-sheet"
      label="Playing"
      className="md:hidden bg-surface-1 w-screen h-dvh !max-h-dvh !rounded-none overflow-y-auto"
    >
      <div
        className={
          "min-h-full px-6 pt-3 pb-[calc(24px+env(safe-area-inset-bottom))] flex flex-col gap-5 " +
          "landscape:flex-row landscape:items-center"
        }
      >
        <button type="button" data-dismiss="" aria-label="Close" className={`${ICON_BUTTON} -ml-3 shrink-0`}>
          <Icon of={ChevronDown} size={24} />
        </button>
        {track.cover && (
          <Artwork
            coverKey={track.cover}
            size={312}
            width={640}
            className={
              "w-full max-w-[min(100%,46dvh)] mx-auto aspect-square rounded-cover landscape:w-[40%] " +
              "[:root[data-has-mix]_&]:max-w-[20dvh]"
            }
          />
        )}
        <div className="grid gap-5 w-full my-auto">
          <div className="text-center min-w-0 relative px-[44px]">
            {!isDemo(track) && (
              <CollectButton track={track} size={22} className={`${ICON_BUTTON} !absolute left-0 top-0`} />
            )}
            {!isDemo(track) && (
              <LikeButton
                track={track}
                size={22}
                className={`${ICON_BUTTON} !absolute right-0 top-0 aria-pressed:text-text-1`}
              />
            )}
            <p className="text-[20px] leading-[26px] font-semibold truncate" dir="auto">
              {track.title}
            </p>
            <p className="text-text-2 truncate">{track.subtitle}</p>
            <p className="fact mt-1">
              {[track.bpm !== "-" && `${track.bpm} BPM`, track.key !== "-" && track.key].filter(Boolean).join(", ")}
            </p>
          </div>
          <div>
            <Waveform track={track} peaks={track.peaks} className="h-[64px]" ground="base" isLive />
            <div className="flex justify-between mt-1">
              <Times track={track} side="elapsed" />
              <Times track={track} side="total" />
            </div>
          </div>
          <div className="flex items-center justify-between">
            <button
              type="button"
              className={round}
              onClick={engine.toggleLoop}
              aria-label="Loop"
              aria-pressed={isLooping}
            >
              <span className={isLooping ? "" : "opacity-50"}>
                <Icon of={Repeat} size={22} />
              </span>
            </button>
            <TransportButtons
              isPlaying={isPlaying}
              isWaiting={isWaiting}
              playButton="size-[72px] bg-text-1 text-on-amber"
              playSize={28}
              skipButton={round}
              skipSize={24}
            />
            <button type="button" className={round} popoverTarget="sheet-queue" aria-label="Queue">
              <Icon of={ListVideo} size={22} />
            </button>
          </div>
          <MixerPanel />
          {!isDemo(track) && (
            <div className="grid grid-cols-2 gap-2">
              <Link
                to={similarTo(track)}
                data-dismiss=""
                className={
                  "inline-flex min-h-[48px] items-center justify-center gap-2 rounded-ctl bg-surface-3 " +
                  "font-semibold"
                }
              >
                <Icon of={AudioLines} size={18} />
                Similar
              </Link>
              <Link
                to={compatibleWith(track)}
                data-dismiss=""
                title="Fits what I'm playing"
                className={
                  "inline-flex min-h-[48px] items-center justify-center gap-2 rounded-ctl bg-surface-3 " +
                  "font-semibold"
                }
              >
                <Icon of={Puzzle} size={18} />
                Goes with this
              </Link>
            </div>
          )}
          <div className="grid grid-flow-col auto-cols-fr gap-2">
            <Link to={track.href} data-dismiss="" className={`${WIDE} bg-surface-3 font-ui font-semibold`}>
              {isDemo(track) ? "View term" : "View pack"}
            </Link>
            {track.price !== "" && !isDemo(track) && (
              <PriceButton id={track.id} title={track.title} price={track.price} className={`${WIDE} bg-surface-4`}>
                <span className="font-ui font-semibold">{track.price === "0" ? "" : "Buy"}</span>
              </PriceButton>
            )}
          </div>
          <div id="sheet-spotify" className="empty:hidden" />
        </div>
      </div>
      <UpNext id="sheet-queue" />
    </Sheet>
  );
}
