// @ts-check
import { useStore } from "../shared/use_store.js";
import { store } from "./player_store.js";

/**
 * Read one value of the player; the component renders again only when that value changes.
 * @template V
 * @param {(state: import("./player_store.js").PlayerState) => V} select
 */
export const usePlayer = (select) => useStore(store, select);

/** @param {import("./track.js").Track} track */
export const useIsCurrent = (track) => usePlayer((s) => s.track?.id === track.id);
/** @param {import("./track.js").Track} track */
export const useIsPlaying = (track) => usePlayer((s) => s.isPlaying && s.track?.id === track.id);
