// @ts-check
// What the errors of an upload mean.
import { LOGIN } from "../constants.js";

/** @typedef {import("../shared/upload_client.js").UploadError} UploadError */
/** @typedef {import("./upload_items.js").Problem} Problem */

/**
 * What an error means: continue from another offset, start over, retry later, or fail.
 * @param {UploadError} error
 * @param {boolean} hasUpload
 */
export function classify({ status, body, step }, hasUpload) {
  const isConflict = status === 409;
  if (isConflict && Number.isInteger(body.offset)) return "offset";
  if (isConflict && (body.link || body.title === "Already here" || step === "check")) return "refused";
  if (isConflict && step === "send") return "retry"; // the broken connection still locks the file
  if (status === 404 && hasUpload) return "gone";
  if ([0, 408, 429].includes(status) || (status >= 500 && status !== 507)) return "retry";
  return status === 401 || status === 403 ? "signed-out" : "failed";
}

/**
 * @param {string} kind
 * @param {any} body
 * @returns {Problem}
 */
export function problemOf(kind, body) {
  if (kind === "signed-out")
    return {
      sentence: "You are signed out. Use another tab to sign in, then retry.",
      link: { href: LOGIN, text: "Sign in" },
      isFinal: false,
    };
  return {
    sentence: body.detail || "The connection keeps breaking. What has arrived is kept; try again.",
    link: body.link ? { href: body.link, text: "Open it" } : null,
    isFinal: kind === "refused",
  };
}
