// @ts-check
// Times, amounts and counts as text. The one place for each format on the client.

const MB = 2 ** 20;
const KB = 2 ** 10;

/** @param {number} seconds */
const wholeSeconds = (seconds) => Math.max(0, Math.floor(seconds || 0));
/** @param {number} number */
export const twoDigits = (number) => String(number).padStart(2, "0");

/**
 * Minutes and seconds, as "3:07".
 * @param {number} seconds
 */
export function clock(seconds) {
  const whole = wholeSeconds(seconds);
  return `${Math.floor(whole / 60)}:${twoDigits(whole % 60)}`;
}

/**
 * The same for screen readers.
 * @param {number} seconds
 */
export function spokenClock(seconds) {
  const whole = wholeSeconds(seconds);
  return `${Math.floor(whole / 60)} minutes ${whole % 60} seconds`;
}

/**
 * A moment in the zone of the browser, as a field for a date and a time has it; empty for none.
 * @param {string} moment
 */
export function localMoment(moment) {
  const time = new Date(moment);
  if (!moment || Number.isNaN(time.getTime())) return "";
  const year = String(time.getFullYear()).padStart(4, "0");
  const date = `${year}-${twoDigits(time.getMonth() + 1)}-${twoDigits(time.getDate())}`;
  return `${date}T${twoDigits(time.getHours())}:${twoDigits(time.getMinutes())}`;
}

/** @param {number} seconds */
export function timeLeft(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.ceil(seconds))} s left`;
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min left`;
  return `${Math.ceil(seconds / 3600)} h left`;
}

/**
 * @param {number} count
 * @param {string} noun
 */
export const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

const ONE_DECIMAL = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
/** @param {number} bytes */
const megabytes = (bytes) => (bytes / MB).toLocaleString(undefined, ONE_DECIMAL);

/** @param {number} bytes */
export const fileSize = (bytes) =>
  bytes >= MB / 10 ? `${megabytes(bytes)} MB` : `${Math.max(1, Math.round(bytes / KB))} kB`;

/**
 * How much of a file has been sent, in the unit of the whole.
 * @param {number} part
 * @param {number} whole
 */
export const partOfSize = (part, whole) =>
  whole >= MB / 10 ? `${megabytes(part)} of ${megabytes(whole)} MB` : `${Math.round(part / KB)} of ${fileSize(whole)}`;
