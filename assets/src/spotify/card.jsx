// @ts-check
// The whole Spotify remote, opened.
import ChevronDown from "lucide-react/dist/esm/icons/chevron-down.mjs";
import ListMusic from "lucide-react/dist/esm/icons/list-music.mjs";
import ListVideo from "lucide-react/dist/esm/icons/list-video.mjs";
import Speaker from "lucide-react/dist/esm/icons/speaker.mjs";
import { useState } from "react";
import { SETTINGS_CONNECTIONS } from "../constants.js";
import { Icon, Meter } from "../shared/icon.jsx";
import { AboutArtist, CompatiblePacks, Control, Like, Seek, Transport, Volume } from "./controls.jsx";
import { Devices, Playlists, Queue } from "./lists.jsx";
import { Art, DeviceLine, Dot, Message, Names, PauseOffer, ProblemAlert } from "./parts.jsx";
import { backoffSeconds, dismissProblem } from "./state.js";
import * as remote from "./store.js";
import { CARD, ICON_BUTTON, OUTLINE_BUTTON, SMALL } from "./styles.js";
import { useSpotify } from "./use_spotify.js";

/** The foot of the card. Disconnecting asks for confirmation in place; Escape keeps, as in all SMALL forms. */
function Foot() {
  const [isAsked, setAsked] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const answer = "min-h-[44px] px-2 font-semibold hover:text-text-1 cursor-pointer";
  const send = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    await remote.disconnect();
    setBusy(false);
  };
  return (
    <div className="flex justify-between border-t border-line px-4 text-[13px] text-text-2">
      {isAsked ? (
        <form aria-label="Disconnect Spotify?" onSubmit={send} className="flex flex-1 items-center">
          <span className="flex-1">Disconnect Spotify?</span>
          <button
            type="submit"
            aria-busy={isBusy || undefined}
            className={`${answer} relative inline-grid place-items-center text-bad`}
          >
            <span className={isBusy ? "opacity-0" : ""}>Disconnect</span>
            {isBusy && (
              <span className="absolute">
                <Meter />
              </span>
            )}
          </button>
          <button type="button" data-escape="" autoFocus className={`${answer} -mr-2`} onClick={() => setAsked(false)}>
            Keep
          </button>
        </form>
      ) : (
        <>
          <button
            type="button"
            className="min-h-[44px] hover:text-text-1 cursor-pointer"
            onClick={() => setAsked(true)}
          >
            Disconnect Spotify
          </button>
          <a href={SETTINGS_CONNECTIONS} className="inline-flex items-center min-h-[44px] hover:text-text-1">
            Settings
          </a>
        </>
      )}
    </div>
  );
}

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

export function Card({ onHide }) {
  const now = useSpotify((s) => s.playback);
  const needsPremium = useSpotify((s) => s.needsPremium);
  const isPaused = useSpotify((s) => backoffSeconds(s) > 0);
  const [open, setOpen] = useState("");
  const sheet = { close: () => setOpen("") };
  return (
    <div className={CARD}>
      <div className="p-4 pb-1 grid grid-cols-[minmax(0,1fr)] gap-1">
        <div className="flex items-center gap-2.5">
          <Dot />
          <Art item={now?.item} />
          <Names />
          <button
            type="button"
            className={`${ICON_BUTTON} -mr-2.5`}
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
              What Premium is
            </a>
          </div>
        ) : (
          <>
            <Transport />
            <div className="flex items-center gap-1">
              <Volume />
              {now?.item && now.kind === "track" && (
                <>
                  {now.item.is_likeable && <Like item={now.item} />}
                  <CompatiblePacks />
                  <AboutArtist item={now.item} />
                </>
              )}
            </div>
          </>
        )}
        <div className="flex items-center gap-0 -mr-2.5 min-h-[44px]">
          <DeviceLine />
          {!isPaused && (
            <>
              <Control label="Devices" press={() => setOpen("devices")}>
                <Icon of={Speaker} size={18} />
              </Control>
              <Control label="Queue" press={() => setOpen("queue")}>
                <Icon of={ListVideo} size={18} />
              </Control>
              <Control label="Playlists" press={() => setOpen("playlists")}>
                <Icon of={ListMusic} size={18} />
              </Control>
            </>
          )}
        </div>
        <ProblemAlert others={["premium"]} className="pb-2" />
      </div>
      <PauseOffer />
      <Foot />
      {open === "devices" && <Devices {...sheet} />}
      {open === "queue" && <Queue {...sheet} />}
      {open === "playlists" && <Playlists {...sheet} />}
    </div>
  );
}
