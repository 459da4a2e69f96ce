// @ts-check
// Native modal dialogs that are sheets on a phone. JavaScript because dragging one down closes it.
import { useEffect, useRef } from "react";
import { isOutside } from "./dom.js";

const PHONE_WIDTH = 640;
const DISMISS_PX = 96;

/** @param {import("react").RefObject<HTMLDialogElement | null>} ref */
function useDragDown(ref) {
  useEffect(() => {
    const sheet = /** @type {HTMLDialogElement} */ (ref.current);
    /** @type {number | null} */
    let from = null;
    let by = 0;
    const start = (/** @type {TouchEvent} */ event) => {
      const isFree =
        innerWidth < PHONE_WIDTH &&
        sheet.scrollTop <= 0 &&
        !(/** @type {Element} */ (event.target).closest("input, select, [role=slider], [data-scrolls]"));
      from = isFree ? event.touches[0].clientY : null;
      by = 0;
    };
    const move = (/** @type {TouchEvent} */ event) => {
      if (from === null) return;
      by = Math.max(0, event.touches[0].clientY - from);
      sheet.style.transform = by ? `translateY(${by}px)` : "";
    };
    const end = () => {
      if (from === null) return;
      from = null;
      sheet.style.transform = "";
      if (by > DISMISS_PX) sheet.close();
    };
    /** @type {Record<string, (event: any) => void>} */
    const acts = { touchstart: start, touchmove: move, touchend: end, touchcancel: end };
    for (const [name, act] of Object.entries(acts)) sheet.addEventListener(name, act, { passive: true });
    return () => {
      for (const [name, act] of Object.entries(acts)) sheet.removeEventListener(name, act);
    };
  }, []);
}

/**
 * A modal dialog. Esc, the backdrop, a drag down and anything with `data-dismiss` close it.
 * @param {object} props
 * @param {import("react").RefObject<HTMLDialogElement | null>} [props.sheetRef]
 * @param {string} [props.id]
 * @param {string} props.label
 * @param {string} [props.className]
 * @param {() => void} [props.onClose]
 * @param {import("react").ReactNode} props.children
 */
export function Sheet({ id, label, className, onClose, children, sheetRef, ...rest }) {
  const own = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const ref = sheetRef ?? own;
  useDragDown(ref);
  const isPressOutside = useRef(false);
  // The dialog is the target on its backdrop, but also on its padding, between its parts, and at the end of a selection
  // that began in one of its fields.
  const isOnBackdrop = (/** @type {import("react").MouseEvent} */ event) =>
    event.target === ref.current && isOutside(event, ref.current.getBoundingClientRect());
  const press = (/** @type {import("react").PointerEvent} */ event) => {
    isPressOutside.current = isOnBackdrop(event);
  };
  const click = (/** @type {import("react").MouseEvent} */ event) => {
    const isDismissed = /** @type {Element} */ (event.target).closest("[data-dismiss]");
    if (isDismissed || (isPressOutside.current && isOnBackdrop(event))) ref.current?.close();
  };
  return (
    <dialog
      ref={ref}
      id={id}
      className={`sheet ${className}`}
      aria-label={label}
      onPointerDown={press}
      onClick={click}
      onClose={onClose}
      {...rest}
    >
      <div
        className="sm:hidden absolute top-2 inset-x-0 mx-auto h-[4px] w-[36px] rounded-full bg-line-strong"
        aria-hidden="true"
      />
      {children}
    </dialog>
  );
}
