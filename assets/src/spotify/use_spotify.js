// @ts-check
import { useStore } from "../shared/use_store.js";
import { store } from "./state.js";

/**
 * Read one value of the Spotify state; the component renders again only when that value changes.
 * @template V
 * @param {(state: ReturnType<typeof store.get>) => V} select
 */
export const useSpotify = (select) => useStore(store, select);
