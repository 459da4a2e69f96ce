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

/**
 * Whether a point of the screen is outside of a box.
 * @param {{ clientX: number, clientY: number }} point
 * @param {{ left: number, right: number, top: number, bottom: number }} box
 */
export const isOutside = ({ clientX, clientY }, { left, right, top, bottom }) =>
  clientX < left || clientX > right || clientY < top || clientY > bottom;

/** @param {string} id */
export const openDialog = (id) => /** @type {HTMLDialogElement | null} */ (document.getElementById(id))?.showModal();
