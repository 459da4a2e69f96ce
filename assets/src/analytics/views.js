// @ts-check
// Reports which packs were seen: a row or card counts once half of it is visible.
import { API_VIEWS, PACK, VIEWED_IDS_MAX } from "../constants.js";
import { isDemo, packSlug, trackOf } from "../player/track.js";
import { visit } from "./visit.js";

const SCAN_MS = 500;
const REPORT_MS = 1500;
const TRACKS = "main [data-track]";

/** @type {Set<string>} Seen and not reported yet */
const seen = new Set();
/** @type {WeakSet<Element>} */
const watched = new WeakSet();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** The pack whose page a path is; empty for others, and for an address with broken escapes. @param {string} page */
export function packOf(page) {
  if (!page.startsWith(PACK)) return "";
  try {
    return decodeURIComponent(page.slice(PACK.length).split(/[/?#]/)[0]);
  } catch {
    return "";
  }
}

/** @param {Record<string, unknown>} report */
const send = (report) =>
  navigator.sendBeacon(API_VIEWS, new Blob([JSON.stringify({ ...visit(), ...report })], { type: "application/json" }));

export function reportOpened() {
  const opened = packOf(visit().page);
  if (opened) send({ opened });
}

export function flushViews() {
  clearTimeout(timer);
  timer = undefined;
  const shown = [...seen];
  seen.clear();
  for (let at = 0; at < shown.length; at += VIEWED_IDS_MAX) send({ shown: shown.slice(at, at + VIEWED_IDS_MAX) });
}

/** @param {Element} element */
function markSeen(element) {
  const track = trackOf(element);
  if (!track || isDemo(track) || packSlug(track) === packOf(visit().page)) return;
  seen.add(track.id);
  timer ??= setTimeout(flushViews, REPORT_MS);
}

/** Watch the lists of all pages. Returns a function that stops. */
export function watchViews() {
  const visible = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        visible.unobserve(target);
        markSeen(target);
      }
    },
    { threshold: 0.5 },
  );
  const scan = () => {
    scanning = undefined;
    for (const element of document.querySelectorAll(TRACKS)) {
      if (watched.has(element)) continue;
      watched.add(element);
      visible.observe(element);
    }
  };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let scanning = setTimeout(scan, SCAN_MS);
  const changes = new MutationObserver(() => (scanning ??= setTimeout(scan, SCAN_MS)));
  changes.observe(document.body, { childList: true, subtree: true });
  addEventListener("pagehide", flushViews);
  return () => {
    clearTimeout(scanning);
    changes.disconnect();
    visible.disconnect();
    removeEventListener("pagehide", flushViews);
  };
}
