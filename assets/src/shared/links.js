// @ts-check
// Addresses that are built from the generated constants.
import { API_FILES, API_PACKS, BROWSE, COVERS, DEMOS, LOGIN } from "../constants.js";

/**
 * A stored cover; it exists 96, 320 and 640 pixels wide.
 * @param {string} key
 * @param {96 | 320 | 640} width
 */
export const coverUrl = (key, width) => `${COVERS}/${key}/${width}.webp`;

/** @param {string} fileId */
export const filePreview = (fileId) => `${API_FILES}/${fileId}/preview`;
/** @param {string} slug */
export const packPreview = (slug) => `${API_PACKS}/${slug}/preview`;

/** @param {string} name */
export const demoSound = (name) => `${DEMOS}/${name}.mp3`;

/**
 * The browse page with filters in its query.
 * @param {Record<string, string> | URLSearchParams} filters
 */
export const browseUrl = (filters) => pageUrl(BROWSE, filters);

/**
 * A page with filters in its query.
 * @param {string} path
 * @param {Record<string, string> | URLSearchParams} filters
 */
export function pageUrl(path, filters) {
  const query = new URLSearchParams(filters).toString();
  return query ? `${path}?${query}` : path;
}

/** The current address within the site, to come back to. */
export const currentPath = () => location.pathname + location.search;
export const loginUrl = () => `${LOGIN}?next=${encodeURIComponent(currentPath())}`;
