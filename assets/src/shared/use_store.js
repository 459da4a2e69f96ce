// @ts-check
import { useSyncExternalStore } from "react";

/**
 * Read one value of a store; the component renders again only when that value changes.
 * @template T, V
 * @param {import("./store.js").Store<T>} store
 * @param {(state: T) => V} select
 * @returns {V}
 */
export function useStore(store, select) {
  const read = () => select(store.get());
  return useSyncExternalStore(store.subscribe, read, read);
}
