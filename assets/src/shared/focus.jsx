// @ts-check
// Moves the focus to a neighbour when the focused element is removed, and lets Escape leave small forms. JavaScript
// because browsers move the focus to the whole page, so that keyboard and screen-reader users would start at its top.
import { useEffect, useRef } from "react";
import { useLocation } from "react-router";
import { isComposing } from "./keys.js";

const MAX_HISTORY = 8;
const FOCUSABLE =
  "a[href], button:not(:disabled), input:not(:disabled, [type=hidden]), textarea:not(:disabled), " +
  "select:not(:disabled), summary, [tabindex='0']";
const FIELD = "input, textarea, select";
/** @typedef {{ parent: Element, index: number }[]} Path Ancestors, each with the index of the child. */

/** @param {Element} element */
const isVisible = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? true;
/** @param {Element} element */
const firstFocusable = (element) =>
  /** @type {HTMLElement | undefined} */ (
    (element.matches(FOCUSABLE) ? [element] : [...element.querySelectorAll(FOCUSABLE)]).find(isVisible)
  );

/**
 * The ancestors of an element, each with the index of the child that leads to the element.
 * @param {Element} element
 */
function pathOf(element) {
  /** @type {Path} */
  const path = [];
  for (let at = element; at.parentElement && at !== document.body; at = at.parentElement)
    path.push({ parent: at.parentElement, index: [...at.parentElement.children].indexOf(at) });
  return path;
}

/**
 * The focusable element closest to the end of a path whose element is gone; null outside of the page's content.
 * @param {Path} path
 * @returns {HTMLElement | null}
 */
function nearest(path) {
  for (const { parent, index } of path) {
    if (!parent.isConnected) continue;
    if (parent.matches("main, dialog") || !parent.closest("main, dialog, header, aside")) return null;
    const { children } = parent;
    const there = children[Math.min(index, children.length - 1)];
    const found = there?.matches("[tabindex='-1']")
      ? /** @type {HTMLElement} */ (there)
      : ((there && firstFocusable(there)) ?? firstFocusable(parent));
    if (found) return found;
  }
  return null;
}

/**
 * Let Escape press the way out of the small form that has the focus.
 * @param {KeyboardEvent} event
 */
function leaveForm(event) {
  if (event.key !== "Escape" || isComposing(event)) return;
  const target = /** @type {Element} */ (event.target);
  const exit = /** @type {HTMLElement | null} */ (target.closest?.("form")?.querySelector("[data-escape]"));
  if (!exit) return;
  event.preventDefault();
  event.stopPropagation();
  exit.click();
}

export function FocusKeeper() {
  const currentPage = useRef("");
  currentPage.current = useLocation().pathname;
  useEffect(() => {
    /** @type {HTMLElement | null} */
    let focused = null;
    /** @type {Path} */
    let path = [];
    let page = "";
    /** @type {HTMLElement[]} */
    let history = []; // elements that had the focus, the latest last
    const onFocus = (/** @type {FocusEvent} */ event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      focused = target;
      path = pathOf(target);
      page = currentPage.current;
      history = [...history, target].slice(-MAX_HISTORY);
    };
    const restore = (/** @type {Path} */ lostPath) => {
      // The replacement may have taken the focus itself, or the page may have changed.
      if (document.activeElement !== document.body || currentPage.current !== page) return;
      // No field from the history: the user's next key would be typed there.
      const isUsable = (/** @type {HTMLElement} */ element) =>
        element.isConnected && isVisible(element) && !element.matches(FIELD);
      const next = nearest(lostPath) ?? history.findLast(isUsable);
      next?.focus({ preventScroll: true });
    };
    const observer = new MutationObserver(() => {
      if (!focused || focused.isConnected) return;
      focused = null;
      setTimeout(restore, 0, path);
    });
    observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener("focusin", onFocus);
    document.addEventListener("keydown", leaveForm, true);
    return () => {
      observer.disconnect();
      document.removeEventListener("focusin", onFocus);
      document.removeEventListener("keydown", leaveForm, true);
    };
  }, []);
  return null;
}
