// @ts-check
// Tells the state which sound plays. JavaScript because only the browser knows.
import { useEffect } from "react";
import { usePlayer } from "./use_player.js";

/** @param {{ onPlay: (soundId: string) => void }} props */
export function PlayingTrack({ onPlay }) {
  const id = usePlayer((s) => (s.isPlaying && s.track ? s.track.id : ""));
  useEffect(() => {
    if (id) onPlay(id);
  }, [id]);
  return null;
}
