// What is on the screen at the moment of a press. JavaScript because only the browser knows what its player has loaded.
import { current } from "$/public/player_engine.jsx";

export function pageNow() {
  const { track, isPlaying } = current();
  return { path: location.pathname + location.search, sound: track?.id ?? "", isPlaying };
}
