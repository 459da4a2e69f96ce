// @ts-check
import { BROWSE } from "../constants.js";
import { browseUrl, pageUrl } from "../shared/links.js";

/**
 * A page with some filters changed; an empty value removes its filter.
 * @param {URLSearchParams} params
 * @param {Record<string, string | number | null | undefined>} changes
 * @param {string} [path]
 */
export function withFilters(params, changes, path = BROWSE) {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "" || value == null) next.delete(name);
    else next.set(name, String(value));
  }
  // Said in words, together with the key before.
  if ("key" in changes) ["or_key", "note"].forEach((name) => next.delete(name));
  return pageUrl(path, next);
}

/**
 * A range of tempi in order, and its filters: an empty field (0) and the ends of the scale are no limit.
 * @param {[number, number]} range
 * @param {[number, number]} scale
 */
export function tempoRange([from, to], [low, high]) {
  const [a, b] = [from || low, to || high];
  const [min, max] = [Math.min(a, b), Math.max(a, b)];
  return { min, max, filters: { bpm_min: min <= low ? "" : min, bpm_max: max >= high ? "" : max } };
}

const DISPLAY_SETTINGS = ["view", "sort"];

/**
 * The browse page without any filter, shown as it is now.
 * @param {URLSearchParams} params
 */
export const withoutFilters = (params) =>
  browseUrl(new URLSearchParams([...params].filter(([name]) => DISPLAY_SETTINGS.includes(name))));
