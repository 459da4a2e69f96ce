// @ts-check
// What a term's card shows: parsed from the glossary's API, and where it is placed beside its link.
import { PACK } from "../constants.js";

const GAP = 8;
const UNKNOWN = "-";
const TERM_PATH = /^\/learn\/([^/]+)\/?$/;

/**
 * The slug of a link to a term; empty for other links.
 * @param {string | null} href
 */
export const termSlug = (href) => TERM_PATH.exec(href ?? "")?.[1] ?? "";

/**
 * @param {any} term as the API returns it
 * @returns {{ title: string, text: string, url: string, track: import("../player/track.js").Track | null }}
 */
export function cardOf(term) {
  const [file] = term.examples;
  const track = file && {
    id: file.id,
    title: file.title,
    subtitle: `${file.pack.title}, ${file.creator.name}`,
    href: `${PACK}${file.pack.slug}`,
    seconds: file.duration_seconds,
    price: file.owned ? "" : String(file.price_tokens),
    cover: "",
    peaks: "",
    lufs: file.loudness_lufs,
    isLoop: file.kind === "loop",
    isLiked: Boolean(file.liked),
    bpm: file.bpm == null ? UNKNOWN : String(Math.round(file.bpm)),
    key: file.key ?? UNKNOWN,
  };
  return {
    title: term.term[0].toUpperCase() + term.term.slice(1),
    text: term.summary,
    url: term.url,
    track: track ?? null,
  };
}

/**
 * Where a card goes: below its link, or above it where there is no room.
 * @param {{ left: number, top: number, bottom: number }} link
 * @param {{ width: number, height: number }} card
 * @param {{ width: number, height: number }} view
 */
export function placeOf(link, card, view) {
  const left = Math.max(GAP, Math.min(link.left, view.width - card.width - GAP));
  const below = link.bottom + GAP;
  const top = below + card.height > view.height ? Math.max(GAP, link.top - GAP - card.height) : below;
  return { left, top };
}
