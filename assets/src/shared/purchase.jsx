// @ts-check
// The way from a client component to the purchase dialog, whose state is on the server.
import { useEffect } from "react";
import { Price } from "./sound_parts.jsx";

const BUY_EVENT = "askchopper.buy";
const STANDARD = "standard";

/**
 * Open the purchase dialog.
 * @param {string} soundId A sound's id; a pack's is `pack:` and its slug.
 */
export const openPurchase = (soundId) => dispatchEvent(new CustomEvent(BUY_EVENT, { detail: soundId }));

/** Take what the address asks to buy, for somebody who left to sign in or to pay; a reload must not ask again. */
function takeFromUrl() {
  const url = new URL(location.href);
  const soundId = url.searchParams.get("buy");
  const licence = url.searchParams.get("licence") ?? STANDARD;
  const orderId = url.searchParams.get("order") ?? "";
  if (!soundId) return null;
  for (const name of ["buy", "licence", "order", "cancelled"]) url.searchParams.delete(name);
  history.replaceState(history.state, "", url.pathname + url.search);
  return { soundId, licence, orderId };
}

/**
 * Passes requests of client components and of the address on to the state.
 * @param {{ onOpen: (soundId: string, licence: string, orderId: string) => void }} props
 */
export function PurchaseRequests({ onOpen }) {
  useEffect(() => {
    const asked = takeFromUrl();
    if (asked) onOpen(asked.soundId, asked.licence, asked.orderId);
  }, []);
  useEffect(() => {
    const request = (event) => onOpen(event.detail, STANDARD, "");
    addEventListener(BUY_EVENT, request);
    return () => removeEventListener(BUY_EVENT, request);
  }, [onOpen]);
  return null;
}

/**
 * The price as a button that opens the dialog.
 * @param {{ id: string, title: string, price: string, className: string, children?: any }} props
 */
export function PriceButton({ id, title, price, className, children }) {
  const label = price === "0" ? `Get ${title} for free` : `Buy ${title} for ${price} tokens`;
  return (
    <button type="button" aria-label={label} className={`${className} cursor-pointer`} onClick={() => openPurchase(id)}>
      {children}
      <Price price={price} />
    </button>
  );
}
