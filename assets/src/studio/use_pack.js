// @ts-check
// A new pack exists from its first file on. JavaScript because the files wait in the browser meanwhile.
import { useEffect, useRef } from "react";

/**
 * Run work with the id of the pack: at once, or when the pack that it asks for has been created. Without a way to ask,
 * the files belong to no pack.
 * @param {string} pack Empty while there is none.
 * @param {() => void} [onNeedPack]
 * @returns {(work: (pack: string) => void) => void}
 */
export function usePack(pack, onNeedPack) {
  const waiting = useRef(/** @type {((pack: string) => void)[]} */ ([]));
  useEffect(() => {
    if (pack) waiting.current.splice(0).forEach((work) => work(pack));
  }, [pack]);
  return (work) => {
    if (pack || !onNeedPack) return work(pack);
    waiting.current.push(work);
    onNeedPack();
  };
}
