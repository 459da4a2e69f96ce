// @ts-check
// Parts that every row and card of a sound shares: artwork and price.
import { coverUrl } from "./links.js";

/**
 * A pack's cover, or an empty square of the same size. Decorative: the title is next to it.
 * @param {{ coverKey: string, size: number, width?: 96 | 320 | 640, className?: string, isLazy?: boolean }} props
 */
export function Artwork({ coverKey, size, width = 96, className = "", isLazy = false }) {
  const box = `bg-surface-2 shrink-0 ${className}`;
  if (!coverKey) return <span className={box} />;
  return (
    <img
      src={coverUrl(coverKey, width)}
      alt=""
      width={size}
      height={size}
      loading={isLazy ? "lazy" : undefined}
      className={`object-cover ${box}`}
    />
  );
}

/**
 * A price in tokens, "Free", or "In library". An empty price means that the item has none of its own.
 * @param {{ price: string, isOwned?: boolean }} props
 */
export function Price({ price, isOwned = false }) {
  if (isOwned) return <span className="font-ui text-[13px] text-ok">In library</span>;
  if (price === "") return <>Open</>;
  if (price === "0") return <span className="font-ui font-semibold">Free</span>;
  return (
    <>
      <i className="token text-text-3" aria-hidden="true" />
      <span>{price}</span>
      <span className="sr-only"> {tokenNoun(price)}</span>
    </>
  );
}

/** @param {string} price */
const tokenNoun = (price) => (price === "1" ? "token" : "tokens");

/** @param {string} price */
export const spokenTokens = (price) => `${price} ${tokenNoun(price)}`;

/**
 * The same for screen readers and announcements.
 * @param {string} price
 * @param {boolean} isOwned
 */
export const spokenPrice = (price, isOwned) => (isOwned ? "in library" : price === "0" ? "free" : spokenTokens(price));
