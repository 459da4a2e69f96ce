// @ts-check
// Cards of the terms that answers link to: on hover, focus or tap, with the first example to play. JavaScript because
// answers are HTML from the server, and the card is placed beside a link in them.
import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { API_GLOSSARY } from "../constants.js";
import { PlayButton } from "../player/play_button.jsx";
import { cardOf, placeOf, termSlug } from "./term_card.js";

const OPEN_MS = 250;
const CLOSE_MS = 300;
const CARD =
  "m-0 w-[320px] max-w-[calc(100vw-16px)] rounded-sheet border border-line-strong bg-surface-3 p-4 text-[14px] " +
  "leading-[20px] text-text-1 shadow-[0_24px_48px_rgb(0_0_0/.6)]";
const PLAY =
  "inline-flex min-h-[44px] items-center gap-2 rounded-ctl px-3 font-semibold text-text-1 hover:bg-surface-4 " +
  "data-[playing]:text-amber cursor-pointer";
/** @type {Map<string, Promise<any>>} */
const loaded = new Map();

/** @param {string} slug */
function load(slug) {
  const known = loaded.get(slug);
  if (known) return known;
  const pending = fetch(`${API_GLOSSARY}/${slug}`).then((answer) =>
    answer.ok ? answer.json().then(cardOf) : Promise.reject(new Error(`glossary: ${answer.status}`)),
  );
  loaded.set(slug, pending);
  pending.catch(() => loaded.delete(slug));
  return pending;
}

/** @param {EventTarget | null} target */
function linkAt(target) {
  const link = target instanceof Element ? target.closest(".prose-chat a[href^='/learn/']") : null;
  return link && termSlug(link.getAttribute("href")) ? link : null;
}

export function TermCards() {
  const [card, setCard] = useState(/** @type {ReturnType<typeof cardOf> | null} */ (null));
  const popover = useRef(/** @type {HTMLDivElement | null} */ (null));
  const link = useRef(/** @type {Element | null} */ (null));
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));

  const close = () => {
    clearTimeout(timer.current);
    link.current = null;
    popover.current?.hidePopover();
  };
  const closeSoon = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(close, CLOSE_MS);
  };
  const open = async (/** @type {Element} */ target) => {
    link.current = target;
    const found = await load(termSlug(target.getAttribute("href"))).catch(() => null);
    if (found && link.current === target) setCard({ ...found });
  };

  useEffect(() => {
    const over = (/** @type {PointerEvent} */ event) => {
      const target = linkAt(event.target);
      if (!target || event.pointerType === "touch") return;
      clearTimeout(timer.current);
      if (target !== link.current) timer.current = setTimeout(open, OPEN_MS, target);
    };
    const out = (/** @type {PointerEvent} */ event) => linkAt(event.target) && closeSoon();
    const press = (/** @type {PointerEvent} */ event) => {
      const target = linkAt(event.target);
      if (target && event.pointerType === "touch" && target !== link.current) {
        event.preventDefault();
        event.stopPropagation();
        open(target);
      } else if (!popover.current?.contains(/** @type {Node} */ (event.target))) close();
    };
    const focus = (/** @type {FocusEvent} */ event) => {
      const target = linkAt(event.target);
      if (target?.matches(":focus-visible")) open(target);
      else if (!popover.current?.contains(/** @type {Node} */ (event.target))) close();
    };
    const key = (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && close();
    /** @type {Record<string, (event: any) => void>} */
    const listeners = { pointerover: over, pointerout: out, click: press, focusin: focus, keydown: key };
    for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener, true);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) document.removeEventListener(name, listener, true);
    };
  }, []);

  useEffect(() => {
    const node = popover.current;
    if (!card || !node || !link.current) return;
    node.showPopover();
    const view = { width: document.documentElement.clientWidth, height: innerHeight };
    const { left, top } = placeOf(link.current.getBoundingClientRect(), node.getBoundingClientRect(), view);
    Object.assign(node.style, { left: `${left}px`, top: `${top}px` });
  }, [card]);

  return (
    <div
      ref={popover}
      popover="manual"
      role="dialog"
      aria-label={card?.title}
      className={`fixed ${CARD}`}
      onPointerEnter={() => clearTimeout(timer.current)}
      onPointerLeave={closeSoon}
    >
      {card && (
        <>
          <p className="font-semibold">{card.title}</p>
          <p className="mt-1 text-text-2">{card.text}</p>
          <div className="mt-2 -mx-3 flex flex-wrap items-center justify-between" data-queue="">
            {card.track && (
              <PlayButton track={card.track} size={16} className={PLAY}>
                Example
              </PlayButton>
            )}
            <Link
              to={card.url}
              onClick={close}
              className="inline-flex min-h-[44px] items-center px-3 text-info hover:underline"
            >
              Open
            </Link>
          </div>
        </>
      )}
    </div>
  );
}
