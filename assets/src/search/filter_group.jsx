// @ts-check
// Links of one filter as one tab stop. JavaScript because keys move the focus.
import { useEffect, useRef } from "react";

const LINK = "a[href]";
const centre = (element) => {
  const box = element.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
};

/** The link above (-1) or below (1) another one in a wrapped row; the closest one sideways. */
function inNextRow(links, from, direction) {
  const start = centre(from);
  const away = (link) => direction * (centre(link).y - start.y);
  const beyond = links.filter((link) => away(link) > 4);
  const row = Math.min(...beyond.map(away));
  const distance = (link) => Math.abs(centre(link).x - start.x);
  return beyond.filter((link) => away(link) < row + 4).sort((one, other) => distance(one) - distance(other))[0];
}

/** Links of one filter as one tab stop; arrow keys move between them. */
export function FilterGroup({ label, className, children }) {
  const box = useRef(null);
  useEffect(() => {
    const settle = () => {
      const links = [...box.current.querySelectorAll(LINK)];
      const stop =
        links.find((link) => link === document.activeElement) ??
        links.find((link) => link.getAttribute("aria-current")) ??
        links[0];
      for (const link of links) link.tabIndex = link === stop ? 0 : -1;
    };
    settle();
    const observer = new MutationObserver(settle);
    observer.observe(box.current, { childList: true, subtree: true, attributeFilter: ["aria-current"] });
    return () => observer.disconnect();
  }, []);
  const move = (event) => {
    const links = [...box.current.querySelectorAll(LINK)];
    const at = links.indexOf(event.target);
    const next = {
      ArrowRight: () => links[at + 1],
      ArrowLeft: () => links[at - 1],
      ArrowDown: () => inNextRow(links, event.target, 1),
      ArrowUp: () => inNextRow(links, event.target, -1),
      Home: () => links[0],
      End: () => links.at(-1),
    }[event.key];
    if (at < 0 || !next) return;
    event.preventDefault();
    event.stopPropagation(); // arrows also move between the sounds of a list
    const link = next();
    if (!link) return;
    event.target.tabIndex = -1;
    link.tabIndex = 0;
    link.focus();
  };
  return (
    <div ref={box} role="group" aria-label={label} className={className} onKeyDown={move}>
      {children}
    </div>
  );
}
