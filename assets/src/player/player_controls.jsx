// @ts-check
// The controls of the player's bar, its queue and its phone sheet: loaded with the first sound that plays. JavaScript
// because they move with the sound, frame by frame.
import AudioLines from "lucide-react/dist/esm/icons/audio-lines.mjs";
import ListVideo from "lucide-react/dist/esm/icons/list-video.mjs";
import Puzzle from "lucide-react/dist/esm/icons/puzzle.mjs";
import Repeat from "lucide-react/dist/esm/icons/repeat.mjs";
import Volume2 from "lucide-react/dist/esm/icons/volume-2.mjs";
import VolumeX from "lucide-react/dist/esm/icons/volume-x.mjs";
import { useEffect, useRef } from "react";
import { Link } from "react-router";
import { Icon } from "../shared/icon.jsx";
import { PriceButton } from "../shared/purchase.jsx";
import { Price } from "../shared/sound_parts.jsx";
import * as engine from "./engine.js";
import { MixerStrip } from "./mixer.jsx";
import { ICON_BUTTON, Times, TransportButtons, compatibleWith, similarTo } from "./player_parts.jsx";
import { isDemo } from "./track.js";
import { PlayerSheet } from "./player_sheet.jsx";
import { usePlayer } from "./use_player.js";
import { UpNext } from "./up_next.jsx";
import { Waveform } from "./waveform.jsx";

// With its word where there is room.
const WORDED_BUTTON =
  `${ICON_BUTTON} xl:!w-auto xl:!inline-flex xl:items-center xl:gap-2 xl:px-2 xl:text-[13px] ` + "xl:font-semibold";
const PRICE =
  "fact text-text-1 ml-2 inline-flex min-w-[92px] min-h-[40px] items-center justify-center " +
  "gap-2 rounded-ctl bg-surface-4 px-3 hover:bg-line-strong";

function Progress() {
  const line = useRef(/** @type {HTMLDivElement | null} */ (null));
  const duration = usePlayer((s) => s.track?.seconds ?? 0);
  useEffect(() => {
    const draw = (/** @type {number} */ at) => {
      if (line.current) line.current.style.transform = `scaleX(${duration ? Math.min(1, at / duration) : 0})`;
    };
    draw(engine.position());
    return engine.onFrame(draw);
  }, [duration]);
  return (
    <div className="md:hidden absolute inset-x-0 -top-px h-[2px] bg-line-strong" aria-hidden="true">
      <div ref={line} className="h-full origin-left bg-amber" style={{ transform: "scaleX(0)" }} />
    </div>
  );
}

/**
 * Links to sounds that are similar or fit.
 * @param {{ track: import("./track.js").Track }} props
 */
function FindMore({ track }) {
  return (
    <>
      <Link
        to={similarTo(track)}
        className={WORDED_BUTTON}
        aria-label={`Find similar to ${track.title}`}
        title="Find similar"
        aria-keyshortcuts="s"
        data-similar=""
      >
        <Icon of={AudioLines} />
        <span className="max-xl:hidden">Similar</span>
      </Link>
      <Link
        to={compatibleWith(track)}
        className={WORDED_BUTTON}
        aria-label="Goes with this"
        title="Fits what I'm playing"
      >
        <Icon of={Puzzle} />
        <span className="max-xl:hidden">Goes with this</span>
      </Link>
    </>
  );
}

function Volume() {
  const volume = usePlayer((s) => (s.isMuted ? 0 : s.volume));
  const isMuted = usePlayer((s) => s.isMuted);
  return (
    <div className="hidden lg:flex items-center">
      <button
        type="button"
        className={ICON_BUTTON}
        onClick={engine.toggleMute}
        aria-label={isMuted ? "Unmute" : "Mute"}
        aria-keyshortcuts="m"
      >
        <Icon of={isMuted ? VolumeX : Volume2} />
      </button>
      <input
        type="range"
        className="w-[72px]"
        min="0"
        max="100"
        value={Math.round(volume * 100)}
        aria-label="Volume"
        style={{ "--fill": `${volume * 100}%` }}
        onChange={(e) => engine.setVolume(Number(e.target.value) / 100)}
      />
    </div>
  );
}

/** @param {import("./player_parts.jsx").Playing} props */
export default function PlayerControls({ track, isPlaying, isWaiting, isLooping }) {
  return (
    <>
      <Progress />
      <MixerStrip />
      <div className="flex items-center justify-end md:justify-center gap-1 min-w-0">
        <TransportButtons
          isPlaying={isPlaying}
          isWaiting={isWaiting}
          playButton="size-[44px] md:bg-text-1 md:text-on-amber transition-transform duration-[90ms]"
          skipButton={ICON_BUTTON}
          skipSize={18}
          previousButton={`${ICON_BUTTON} max-md:!hidden`}
        />
        <div className="hidden md:flex items-center gap-3 flex-1 min-w-0 pl-2">
          <Times track={track} side="elapsed" className="w-[40px] text-right" />
          <Waveform
            track={track}
            peaks={track.peaks}
            className="h-[40px] flex-1 min-w-[80px]"
            ground="surface-2"
            isLive
          />
          <Times track={track} side="total" className="w-[40px] text-right" />
        </div>
      </div>
      <div className="hidden md:flex items-center gap-1">
        <button
          type="button"
          className={`${ICON_BUTTON} aria-pressed:text-text-1`}
          aria-label="Loop"
          aria-pressed={isLooping}
          aria-keyshortcuts="l"
          onClick={engine.toggleLoop}
          title={isLooping ? "Loops repeat" : "Loops play once"}
        >
          <span className={isLooping ? "" : "opacity-50"}>
            <Icon of={Repeat} />
          </span>
        </button>
        <button type="button" className={ICON_BUTTON} aria-label="Queue" popoverTarget="player-queue">
          <Icon of={ListVideo} />
        </button>
        {!isDemo(track) && <FindMore track={track} />}
        <Volume />
        {isDemo(track) ? null : track.price === "" ? (
          <Link to={track.href} className={PRICE}>
            <Price price="" />
          </Link>
        ) : (
          <PriceButton id={track.id} title={track.title} price={track.price} className={PRICE} />
        )}
      </div>
      <UpNext id="player-queue" />
      <PlayerSheet {...{ track, isPlaying, isWaiting, isLooping }} />
    </>
  );
}
