// @ts-check
// The way from a client component to the purchase dialog, whose state is on the server, and the choice of a licence,
// which the server need not know before. JavaScript because the dialog opens at the click and is filled when the
// server answers.
import { createContext, useContext, useEffect, useState } from "react";
import { Price, spokenTokens } from "./sound_parts.jsx";

const BUY_EVENT = "askchopper.buy";
const STANDARD = "standard";

/**
 * Open the purchase dialog.
 * @param {string} soundId A sound's id; a pack's is `pack:` and its slug.
 * @param {string} [licence]
 */
export const openPurchase = (soundId, licence = STANDARD) =>
  dispatchEvent(new CustomEvent(BUY_EVENT, { detail: { soundId, licence } }));

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
    const request = (/** @type {Event} */ event) => {
      const { soundId, licence } = /** @type {CustomEvent<{ soundId: string, licence: string }>} */ (event).detail;
      onOpen(soundId, licence, "");
    };
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
  const label = price === "0" ? `Get ${title} for free` : `Buy ${title} for ${spokenTokens(price)}`;
  return (
    <button type="button" aria-label={label} className={`${className} cursor-pointer`} onClick={() => openPurchase(id)}>
      {children}
      <Price price={price} />
    </button>
  );
}

/**
 * A button that opens the dialog for a pack under a licence.
 * @param {{ item: string, licence: string, children: any }} props Further ones are those of a button.
 */
export function BuyButton({ item, licence, children, ...rest }) {
  return (
    <button type="button" onClick={() => openPurchase(item, licence)} {...rest}>
      {children}
    </button>
  );
}

const Choice = createContext({ licence: STANDARD, choose: (/** @type {string} */ _kind) => {} });

/**
 * Keeps the licence that is chosen on a page.
 * @param {{ kinds: string[], children: any }} props
 */
export function LicenceChoice({ kinds, children }) {
  const [chosen, choose] = useState(STANDARD);
  const licence = kinds.includes(chosen) ? chosen : STANDARD;
  return <Choice.Provider value={{ licence, choose }}>{children}</Choice.Provider>;
}

/** @param {{ kind: string, className?: string }} props */
export function LicenceRadio({ kind, className }) {
  const { licence, choose } = useContext(Choice);
  const isChosen = licence === kind;
  return (
    <input
      type="radio"
      name="licence"
      value={kind}
      checked={isChosen}
      onChange={() => choose(kind)}
      className={className}
    />
  );
}

/**
 * Shows its children while a licence is chosen.
 * @param {{ kind: string, children: any }} props
 */
export function ForLicence({ kind, children }) {
  return useContext(Choice).licence === kind ? children : null;
}
