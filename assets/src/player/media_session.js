// @ts-check
// The controls of the lock screen and of media keys. JavaScript because only the browser has them.
import { coverUrl } from "../shared/links.js";

/**
 * @param {import("./track.js").Track} track
 * @param {Partial<Record<MediaSessionAction, MediaSessionActionHandler>>} handlers
 */
export function updateMediaSession(track, handlers) {
  if (!("mediaSession" in navigator)) return;
  navigator.mediaSession.metadata = new MediaMetadata({
    title: track.title,
    artist: track.subtitle,
    album: "Ask Chopper",
    artwork: track.cover ? [{ src: coverUrl(track.cover, 320), sizes: "320x320", type: "image/webp" }] : [],
  });
  for (const [action, handler] of Object.entries(handlers))
    navigator.mediaSession.setActionHandler(/** @type {MediaSessionAction} */ (action), handler);
}
