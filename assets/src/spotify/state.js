// @ts-check
// What this tab knows of playback at Spotify: the last polled playback, the optimistic changes of commands since, and
// problems.
import { createStore } from "../shared/store.js";

/** @typedef {import("./api.js").Problem} Problem */
/**
 * @typedef {object} Playback
 * @property {string} kind track, episode, ad or none
 * @property {any} item
 * @property {boolean} is_playing
 * @property {number} progress_ms At `at`.
 * @property {any} device
 * @property {Record<string, string>} blocked Why a control is not available, by control.
 * @property {number} at When it was true, by performance.now().
 * @property {boolean} [isSkipping] A skip has been sent; the next track is not known yet.
 * @property {string} [repeat] off, context or track
 * @property {boolean} [is_shuffled]
 * @property {boolean} [is_liked]
 * @property {number} [volume] As the slider was set; the device's own is in `device`.
 * @property {string} [note] About the session, such as a private one.
 */
/**
 * A change that is shown before Spotify confirms it.
 * @typedef {object} Change
 * @property {Partial<Playback> & Record<string, any>} values
 * @property {{ uri: string | undefined, ms: number }} from Track and position when it was made.
 * @property {boolean} isDone Spotify has accepted the command; the next poll replaces the change.
 * @property {boolean} [isChecked] For a skip: the poll was repeated once.
 */
/** @typedef {Problem & { shownAt: number, isFromPoll?: boolean, subject?: string, command?: any }} ShownProblem */

export const store = createStore({
  polled: /** @type {Playback | null} */ (null),
  /** `polled` with all changes on top: what is shown. */
  playback: /** @type {Playback | null} */ (null),
  changes: /** @type {Change[]} */ ([]),
  problem: /** @type {ShownProblem | null} */ (null),
  backoffUntil: 0,
  needsPremium: false,
  hasEnded: false, // Spotify has ended the connection
  isDisconnected: false, // the member has
  isSignedOut: false,
  isStale: false, // the last answer is too old to be shown as current
});
export const current = store.get;

/** @param {Partial<ReturnType<typeof current>>} values */
export function update(values) {
  const { polled, changes } = { ...current(), ...values };
  const playback = polled && Object.assign({}, polled, ...changes.map((change) => change.values));
  store.set("polled" in values || "changes" in values ? { ...values, playback } : values);
}

/** Position in the track, by the local clock since the last poll. */
export function progress(state = current()) {
  const { playback } = state;
  if (!playback?.item) return 0;
  const ms = playback.progress_ms + (playback.is_playing ? performance.now() - playback.at : 0);
  return Math.max(0, Math.min(ms, playback.item.duration_ms));
}
/** Seconds until commands are allowed again after a rate limit. */
export const backoffSeconds = (state = current()) =>
  Math.max(0, Math.ceil((state.backoffUntil - performance.now()) / 1000));
/** Whether polling is of no use until the member connects or signs in again. */
export const isOver = () => current().hasEnded || current().isDisconnected || current().isSignedOut;

/**
 * Show a change until its command fails, or until the first poll after it.
 * @param {Change["values"]} values
 */
export function addChange(values) {
  const now = current();
  /** @type {Change} */
  const change = {
    values: "progress_ms" in values ? { ...values, at: performance.now() } : values,
    from: { uri: now.playback?.item?.uri, ms: progress() },
    isDone: false,
  };
  update({ changes: [...now.changes, change] });
  return change;
}
/** @param {Change} change */
export const revertChange = (change) => update({ changes: current().changes.filter((other) => other !== change) });

// --- Problems --------------------------------------------------------------------------------------------------------

const READING_MS = 8000; // how long a problem stays at least
const NEEDS_CHOICE = ["no_device", "not_listed", "scope"]; // offer a choice: they stay until playback changes

/**
 * What a problem is about; it no longer applies when this changes.
 * @param {Playback | null} playback
 */
const subjectOf = (playback) =>
  JSON.stringify(
    playback && [playback.kind, playback.item?.uri, playback.is_playing, playback.device?.id, playback.blocked],
  );

/**
 * @param {Problem & { isFromPoll?: boolean, command?: any }} problem
 * @param {boolean} isStale
 */
export function showProblem(problem, isStale) {
  const now = current();
  const { kind, status, retry_after_seconds: seconds } = problem;
  const isKnown = status === 401 && now.isSignedOut;
  update({
    problem: isKnown ? now.problem : { ...problem, shownAt: performance.now() },
    backoffUntil: seconds ? performance.now() + seconds * 1000 : now.backoffUntil,
    needsPremium: now.needsPremium || kind === "premium",
    hasEnded: now.hasEnded || kind === "ended",
    isDisconnected: now.isDisconnected || kind === "not_connected",
    isSignedOut: now.isSignedOut || status === 401,
    isStale: Boolean(now.polled) && isStale,
  });
}

/**
 * The problem that still applies after a poll. A problem of a poll ends with the next poll that succeeds; one of a
 * command
 * stays long enough to be read, or until playback changes.
 * @param {Playback} polled
 */
export function problemAfterPoll(polled) {
  const { problem } = current();
  if (!problem || isOver()) return null;
  if (backoffSeconds() > 0) return problem;
  if (problem.isFromPoll) return null;
  problem.subject ??= subjectOf(polled); // the failed command itself may have changed playback
  const isRead = !NEEDS_CHOICE.includes(problem.kind) && performance.now() - problem.shownAt > READING_MS;
  return isRead || problem.subject !== subjectOf(polled) ? null : problem;
}

/**
 * Say something about what plays, unless a rate limit is being counted down.
 * @param {string} sentence
 */
export function say(sentence, kind = "info") {
  if (backoffSeconds() > 0) return;
  update({ problem: { kind, sentence, subject: subjectOf(current().polled), shownAt: performance.now() } });
}
export const dismissProblem = () => update({ problem: null });
