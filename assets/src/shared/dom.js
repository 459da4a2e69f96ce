// @ts-check

/**
 * @param {string} selector
 * @returns {HTMLElement[]}
 */
export const findAll = (selector) =>
  [...document.querySelectorAll(selector)].map((element) => /** @type {any} */ (element));

/**
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export const find = (selector) => document.querySelector(selector);

/** @param {string} id */
export const openDialog = (id) => /** @type {HTMLDialogElement | null} */ (document.getElementById(id))?.showModal();
