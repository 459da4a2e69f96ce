// @ts-check
// The whole Spotify remote, opened.
import ChevronDown from "lucide-react/dist/esm/icons/chevron-down.mjs";
import Speaker from "lucide-react/dist/esm/icons/speaker.mjs";
import { useState } from "react";
import { Icon } from "../shared/icon.jsx";
import { Actions } from "./actions.jsx";
import { Like, Seek, Transport, Volume } from "./controls.jsx";
import { Devices, Playlists, Queue } from "./lists.jsx";
import { Art, DeviceLine, Dot, Message, Names, PauseOffer, ProblemAlert } from "./parts.jsx";
import { backoffSeconds, dismissProblem } from "./state.js";
import * as remote from "./store.js";
import { CARD, ICON_BUTTON, OUTLINE_BUTTON, SMALL } from "./styles.js";
import { useSpotify } from "./use_spotify.js";

/** @param {{ devices: { id: string, name: string }[] }} props */
export function NoDevice({ devices }) {
  return (
    <Message icon={Speaker} title={devices.length ? "Choose where to play" : "Open Spotify on a device"}>
      <p className={SMALL}>
        {devices.length ? "None of your devices is active." : "Start it on a phone or computer, then try again."}
      </p>
      <div className="flex flex-wrap gap-2 mt-2 min-w-0">
        {devices.map((one) => (
          <button
            key={one.id}
            type="button"
            className={`${OUTLINE_BUTTON} max-w-full`}
            onClick={() => remote.retryOn(one.id)}
          >
            <span className="truncate">Play on {one.name}</span>
          </button>
        ))}
        <button type="button" className={OUTLINE_BUTTON} onClick={() => remote.retry()}>
          Try again
        </button>
        <button type="button" className={`${OUTLINE_BUTTON} !border-transparent text-text-2`} onClick={dismissProblem}>
          Cancel
        </button>
      </div>
    </Message>
  );
}

/** @param {{ onHide: () => void }} props */
export function Card({ onHide }) {
  const now = useSpotify((s) => s.playback);
  const needsPremium = useSpotify((s) => s.needsPremium);
  const isPaused = useSpotify((s) => backoffSeconds(s) > 0);
  const [open, setOpen] = useState("");
  const sheet = { close: () => setOpen("") };
  const track = !needsPremium && now?.kind === "track" ? now.item : null;
  return (
    <div className={CARD}>
      <div className="p-4 pb-1 grid grid-cols-[minmax(0,1fr)] gap-1">
        <div className="flex items-center gap-2.5">
          <Dot />
          <Art item={now?.item} />
          <Names />
          {track?.is_likeable && <Like item={track} />}
          <button
            type="button"
            className={`${ICON_BUTTON} ${track?.is_likeable ? "-ml-2.5" : ""} -mr-2.5`}
            aria-label="Hide Spotify"
            aria-expanded="true"
            onClick={onHide}
          >
            <Icon of={ChevronDown} size={18} />
          </button>
        </div>
        <Seek />
        {needsPremium ? (
          <div role="alert" className="py-2">
            <p className="font-semibold">Controls need Spotify Premium</p>
            <p className={SMALL}>You can still see what is playing here.</p>
            <a
              href="https://www.spotify.com/premium/"
              target="_blank"
              rel="noreferrer"
              className="inline-flex items-center min-h-[44px] underline decoration-line-strong underline-offset-4"
            >
              About Spotify Premium
            </a>
          </div>
        ) : (
          <Transport />
        )}
        <div className="flex items-center gap-3 min-h-[44px]">
          <DeviceLine open={isPaused ? undefined : () => setOpen("devices")} />
          {!needsPremium && !isPaused && <Volume />}
        </div>
        <ProblemAlert others={["premium"]} className="pb-2" />
      </div>
      <PauseOffer />
      <Actions item={track} isPaused={isPaused} open={setOpen} />
      {open === "devices" && <Devices {...sheet} />}
      {open === "queue" && <Queue {...sheet} />}
      {open === "playlists" && <Playlists {...sheet} />}
    </div>
  );
}
