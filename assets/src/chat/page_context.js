// @ts-check
// The page's context for the assistant. JavaScript because only the browser knows what its player has loaded.
import { current } from "../player/engine.js";
import { currentPath } from "../shared/links.js";

export function pageContext() {
  const { track, isPlaying } = current();
  return { path: currentPath(), sound: track?.id ?? "", isPlaying };
}
