// @ts-check
// What a paste means. Spreadsheets, word processors and slides copy a picture of the selection beside
// its text; file managers copy the names of the files as text.

/** @param {File} file */
const isPicture = (file) => file.type.startsWith("image/");

/**
 * @param {Pick<DataTransfer, "getData"> & { files: ArrayLike<File> }} clipboard
 * @returns {{ files: File[], pictures: File[] }} Files to attach in place of the text, or pictures beside the text that
 *   may be attached too.
 */
export function readClipboard(clipboard) {
  const files = Array.from(clipboard.files);
  const lines = clipboard.getData("text/plain").split(/[\r\n]+/);
  const names = files.map((file) => file.name);
  const isName = (/** @type {string} */ line) => names.some((name) => line.trim().endsWith(name)); // or a path
  const isText = lines.some((line) => line.trim() && !isName(line));
  return isText && files.every(isPicture) ? { files: [], pictures: files } : { files, pictures: [] };
}
