// @ts-check
// The page that is open and what led to it, for reports of plays and views. JavaScript because only the browser knows
// both.

const here = () => location.pathname + location.search;
/** @param {string} page */
const pathOf = (page) => page.split("?")[0];

/** The page before the first one: an address of this site as a path, of another one as it is. */
function referrer() {
  const { referrer: from } = typeof document === "undefined" ? { referrer: "" } : document;
  if (!from) return "";
  return from.startsWith(location.origin) ? from.slice(location.origin.length) : from;
}

/** @type {{ page: string, via: string } | null} */
let current = null;

/** @returns {{ page: string, via: string }} */
export function visit() {
  current ??= { page: here(), via: referrer() };
  return current;
}

/**
 * Another page was opened. A new query of the same path is no new page: what led to it stays.
 * @param {string} page
 */
export function enter(page) {
  const { page: before, via } = visit();
  current = { page, via: pathOf(before) === pathOf(page) ? via : before };
}
