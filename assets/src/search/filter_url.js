// @ts-check
import { browseUrl } from "../shared/links.js";

/**
 * The browse page with some filters changed; an empty value removes its filter.
 * @param {URLSearchParams} params
 * @param {Record<string, string | number | null | undefined>} changes
 */
export function withFilters(params, changes) {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "" || value == null) next.delete(name);
    else next.set(name, String(value));
  }
  if ("key" in changes) next.delete("or_key"); // said in words, together with the key before
  return browseUrl(next);
}

const DISPLAY_SETTINGS = ["view", "sort"];

/**
 * The browse page without any filter, shown as it is now.
 * @param {URLSearchParams} params
 */
export const withoutFilters = (params) =>
  browseUrl(new URLSearchParams([...params].filter(([name]) => DISPLAY_SETTINGS.includes(name))));
