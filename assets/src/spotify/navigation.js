// @ts-check
// Where Spotify leads to, and whether its remote was left open.
import { SPOTIFY_LOGIN } from "../constants.js";
import { currentPath } from "../shared/links.js";
import { readText, writeText } from "../shared/storage.js";

export const WIDE_PX = 900;

/**
 * Go to Spotify's consent page and come back here.
 * @param {string} [permission] A further permission to ask for.
 */
export function connect(permission) {
  const query = new URLSearchParams({ next: currentPath(), ...(permission && { for: permission }) });
  location.assign(`${SPOTIFY_LOGIN}?${query}`);
}

/**
 * Whether the remote was left open in a place; at first it is open where there is room.
 * @param {string} place
 */
export function wasLeftOpen(place) {
  const stored = readText(`spotify.${place}`);
  return stored ? stored === "open" : place === "corner" && innerWidth >= WIDE_PX;
}
/**
 * @param {string} place
 * @param {boolean} isOpen
 */
export const rememberOpen = (place, isOpen) => writeText(`spotify.${place}`, isOpen ? "open" : "closed");
