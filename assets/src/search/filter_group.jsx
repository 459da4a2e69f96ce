// @ts-check
// Links of one filter as one tab stop. JavaScript because keys move the focus.
import { useEffect, useRef } from "react";

const LINK = "a[href]";
/** @param {Element} element */
const centre = (element) => {
  const box = element.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
};

/**
 * The link above (-1) or below (1) another one in a wrapped row; the closest one sideways.
 * @param {HTMLElement[]} links
 * @param {HTMLElement} from
 * @param {number} direction
 * @returns {HTMLElement | undefined}
 */
function inNextRow(links, from, direction) {
  const start = centre(from);
  const away = (/** @type {HTMLElement} */ link) => direction * (centre(link).y - start.y);
  const beyond = links.filter((link) => away(link) > 4);
  const row = Math.min(...beyond.map(away));
  const distance = (/** @type {HTMLElement} */ link) => Math.abs(centre(link).x - start.x);
  return beyond.filter((link) => away(link) < row + 4).sort((one, other) => distance(one) - distance(other))[0];
}

/**
 * Links of one filter as one tab stop; arrow keys move between them.
 * @param {import("react").PropsWithChildren<{ label: string, className: string }>} props
 */
export function FilterGroup({ label, className, children }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const linksOf = () => /** @type {HTMLElement[]} */ ([...(box.current?.querySelectorAll(LINK) ?? [])]);
  useEffect(() => {
    const settle = () => {
      const links = linksOf();
      const stop =
        links.find((link) => link === document.activeElement) ??
        links.find((link) => link.getAttribute("aria-current")) ??
        links[0];
      for (const link of links) link.tabIndex = link === stop ? 0 : -1;
    };
    settle();
    const observer = new MutationObserver(settle);
    observer.observe(/** @type {Node} */ (box.current), {
      childList: true,
      subtree: true,
      attributeFilter: ["aria-current"],
    });
    return () => observer.disconnect();
  }, []);
  const move = (/** @type {import("react").KeyboardEvent} */ event) => {
    const links = linksOf();
    const from = /** @type {HTMLElement} */ (event.target);
    const at = links.indexOf(from);
    /** @type {Record<string, () => HTMLElement | undefined>} */
    const targets = {
      ArrowRight: () => links[at + 1],
      ArrowLeft: () => links[at - 1],
      ArrowDown: () => inNextRow(links, from, 1),
      ArrowUp: () => inNextRow(links, from, -1),
      Home: () => links[0],
      End: () => links.at(-1),
    };
    const next = targets[event.key];
    if (at < 0 || !next) return;
    event.preventDefault();
    event.stopPropagation(); // arrows also move between the sounds of a list
    const link = next();
    if (!link) return;
    from.tabIndex = -1;
    link.tabIndex = 0;
    link.focus();
  };
  return (
    <div ref={box} role="group" aria-label={label} className={className} onKeyDown={move}>
      {children}
    </div>
  );
}
