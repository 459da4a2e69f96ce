// @ts-check
// Takes what the server wrote into the head (marked data-ssr) out again once the page has written its own. JavaScript
// because React adds its tags beside those, and a page would have two titles.
import { useEffect, useRef } from "react";
import { useLocation } from "react-router";

const MARK = "data-ssr";
/** @param {Element} element */
const nameOf = (element) =>
  [element.tagName, element.getAttribute("name"), element.getAttribute("property"), element.getAttribute("rel")].join();

function removeReplaced() {
  const written = [...document.head.querySelectorAll(`[${MARK}]`)];
  if (!written.length) return;
  const own = new Set(
    [...document.head.querySelectorAll(`title, meta, link[rel=canonical]`)].map((element) =>
      element.hasAttribute(MARK) ? "" : nameOf(element),
    ),
  );
  for (const element of written) if (own.has(nameOf(element))) element.remove();
}

export function ServerHead() {
  const { pathname } = useLocation();
  const first = useRef(pathname);
  useEffect(() => {
    const observer = new MutationObserver(removeReplaced);
    observer.observe(document.head, { childList: true });
    removeReplaced();
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (pathname === first.current) return;
    first.current = ""; // what the server wrote was about the first page
    for (const element of document.head.querySelectorAll(`[${MARK}]`)) element.remove();
  }, [pathname]);
  return null;
}
