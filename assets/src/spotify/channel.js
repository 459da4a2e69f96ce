// @ts-check
// What tabs tell each other about Spotify.

export const CONNECTED = "connected";
export const CHANGED = "changed";

/** @param {((event: MessageEvent) => void) | null} onMessage */
export function openChannel(onMessage) {
  const channel = new BroadcastChannel("askchopper.spotify");
  channel.onmessage = onMessage;
  return channel;
}
