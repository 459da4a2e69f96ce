// Where the focus goes when what had it leaves the page, and the way out of a small form by Escape. JavaScript because the
// browser then gives the focus to the whole page, and whoever works by keyboard or screen reader would begin at its top.
import { useEffect, useRef } from "react";
import { useLocation } from "react-router";

const MOST_KEPT = 8;
const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled, [type=hidden]), textarea:not(:disabled), select:not(:disabled), summary, [tabindex='0']";
const FIELD = "input, textarea, select";
const isSeen = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? true;
const within = (element) => (element.matches(FOCUSABLE) ? [element] : [...element.querySelectorAll(FOCUSABLE)]).find(isSeen);

/** The path of an element to its page's content: each ancestor with the place in it that leads on. */
function pathOf(element) {
  const path = [];
  for (let at = element; at.parentElement && at !== document.body; at = at.parentElement)
    path.push({ parent: at.parentElement, place: [...at.parentElement.children].indexOf(at) });
  return path;
}

/** What stands nearest to where a path ended: at its place in the first ancestor that is still there, or after, or around it. */
function nearest(path) {
  for (const { parent, place } of path) {
    if (!parent.isConnected) continue;
    if (parent.matches("main, dialog") || !parent.closest("main, dialog, header, aside")) return null;
    const { children } = parent, there = children[Math.min(place, children.length - 1)];
    const found = there?.matches("[tabindex='-1']") ? there : (there && within(there)) ?? within(parent);
    if (found) return found;
  }
  return null;
}

export function FocusKeeper() {
  const here = useRef(""); // the router's address: a page that only names itself anew is still the same page
  here.current = useLocation().pathname;
  useEffect(() => {
    let held = null, path = [], page = "", past = [];
    const hold = ({ target }) => { held = target; path = pathOf(target); page = here.current; past = [...past, target].slice(-MOST_KEPT); };
    const look = () => {
      if (!held || held.isConnected) return;
      held = null;
      const lost = path;
      setTimeout(() => { // what comes in its place may take the focus itself
        if (document.activeElement !== document.body || here.current !== page) return;
        // Where a whole panel is gone, what was used before it; no field, in which the next key would be a letter.
        const next = nearest(lost) ?? past.findLast((element) => element.isConnected && isSeen(element) && !element.matches(FIELD));
        next?.focus({ preventScroll: true });
      });
    };
    const escape = (event) => {
      const out = event.key === "Escape" && !event.isComposing && event.target.closest?.("form")?.querySelector("[data-escape]");
      if (out) { event.preventDefault(); event.stopPropagation(); out.click(); }
    };
    const changes = new MutationObserver(look);
    changes.observe(document.body, { childList: true, subtree: true });
    document.addEventListener("focusin", hold);
    document.addEventListener("keydown", escape, true);
    return () => { changes.disconnect(); document.removeEventListener("focusin", hold); document.removeEventListener("keydown", escape, true); };
  }, []);
  return null;
}
