// @ts-check
// The queue as a value: what has played, what comes next. Sounds that the user added come before the rest of the list
// that is playing, and stay when another list starts. No sound comes next twice.

/** @typedef {import("./track.js").Track} Track */
/**
 * @typedef {object} Queue
 * @property {Track[]} past Earlier sounds of the list, the latest last.
 * @property {Track[]} upcoming
 * @property {number} addedCount How many of the upcoming sounds, from the first, the user added.
 * @property {boolean} isAdded Whether the user added the sound that is loaded.
 */
/** @typedef {{ queue: Queue, track: Track }} Step */

export const MAX_UPCOMING = 200;
const MAX_PAST = 100;

/** @type {Queue} */
export const EMPTY = { past: [], upcoming: [], addedCount: 0, isAdded: false };

/** @param {Track[]} tracks */
const unique = (tracks) => tracks.filter((track, index) => tracks.findIndex(({ id }) => id === track.id) === index);
/** @param {Queue} queue */
const added = (queue) => queue.upcoming.slice(0, queue.addedCount);
/** @param {Queue} queue */
const rest = (queue) => queue.upcoming.slice(queue.addedCount);

/**
 * @param {Track[]} past
 * @param {Track[]} chosen Added by the user.
 * @param {Track[]} following
 * @param {boolean} isAdded
 * @returns {Queue}
 */
function build(past, chosen, following, isAdded) {
  const ids = new Set(chosen.map(({ id }) => id));
  const upcoming = [...chosen, ...following.filter(({ id }) => !ids.has(id))].slice(0, MAX_UPCOMING);
  return { past: past.slice(-MAX_PAST), upcoming, addedCount: Math.min(chosen.length, MAX_UPCOMING), isAdded };
}

/**
 * Play a track of a list: what the user added comes first, then the list continues.
 * @param {Queue} queue
 * @param {Track[]} list
 * @param {Track} track
 */
export function startList(queue, list, track) {
  const tracks = unique(list);
  const index = tracks.findIndex(({ id }) => id === track.id);
  const chosen = added(queue).filter(({ id }) => id !== track.id);
  return build(index < 0 ? [] : tracks.slice(0, index), chosen, tracks.slice(index + 1), false);
}

/**
 * The next sound; null at the end.
 * @param {Queue} queue
 * @param {Track | null} current
 * @returns {Step | null}
 */
export function advance(queue, current) {
  const track = queue.upcoming[0];
  return track ? jumpTo(queue, current, track) : null;
}

/**
 * The sound before the loaded one; null at the start. The loaded one comes next again.
 * @param {Queue} queue
 * @param {Track | null} current
 * @returns {Step | null}
 */
export function goBack(queue, current) {
  const track = queue.past.at(-1);
  return track ? jumpTo(queue, current, track) : null;
}

/**
 * Go to a sound of the queue. One that the user added is taken out of its turn; in the list, all between are passed.
 * @param {Queue} queue
 * @param {Track | null} current
 * @param {Track} track
 * @returns {Step | null} Null if the sound is not in the queue.
 */
export function jumpTo(queue, current, track) {
  const isHere = (/** @type {Track} */ { id }) => id === track.id;
  const chosen = added(queue);
  const following = rest(queue);
  // A sound that the user added has no place in the list, so it leaves no trace in it.
  const passed = current && !queue.isAdded ? [...queue.past, current] : queue.past;
  if (chosen.some(isHere)) {
    const others = chosen.filter((one) => !isHere(one));
    return { track, queue: build(passed, others, following, true) };
  }
  const ahead = following.findIndex(isHere);
  if (ahead >= 0) {
    const past = [...passed, ...following.slice(0, ahead)];
    return { track, queue: build(past, chosen, following.slice(ahead + 1), false) };
  }
  const behind = queue.past.findLastIndex(isHere);
  if (behind < 0) return null;
  const again = passed.slice(behind + 1);
  const back = current && queue.isAdded ? [current, ...chosen] : chosen;
  return { track, queue: build(queue.past.slice(0, behind), back, [...again, ...following], false) };
}

/**
 * Go to a sound wherever it is. After one from elsewhere the queue continues.
 * @param {Queue} queue
 * @param {Track | null} current
 * @param {Track} track
 */
export function goTo(queue, current, track) {
  const step = jumpTo(queue, current, track);
  if (step || !current || queue.isAdded) return step?.queue ?? { ...queue, isAdded: false };
  return build([...queue.past, current], added(queue), rest(queue), false);
}

/**
 * Add a sound behind those that the user added before.
 * @param {Queue} queue
 * @param {Track} track
 */
export const append = (queue, track) =>
  build(
    queue.past,
    [...added(queue).filter(({ id }) => id !== track.id), track].slice(-MAX_UPCOMING),
    rest(queue),
    queue.isAdded,
  );

/**
 * @param {Queue} queue
 * @param {string} id
 */
export function remove(queue, id) {
  const stays = (/** @type {Track} */ track) => track.id !== id;
  return build(queue.past, added(queue).filter(stays), rest(queue).filter(stays), queue.isAdded);
}

/**
 * Move an upcoming sound. Among those that the user added it counts as one of them, elsewhere as one of the list.
 * @param {Queue} queue
 * @param {string} id
 * @param {number} to Its new index; limited to the length.
 */
export function move(queue, id, to) {
  const from = queue.upcoming.findIndex((track) => track.id === id);
  const index = Math.max(0, Math.min(to, queue.upcoming.length - 1));
  if (from < 0 || from === index) return queue;
  const upcoming = queue.upcoming.toSpliced(from, 1).toSpliced(index, 0, queue.upcoming[from]);
  const without = queue.addedCount - (from < queue.addedCount ? 1 : 0);
  return { ...queue, upcoming, addedCount: without + (index < queue.addedCount && index <= without ? 1 : 0) };
}

/** @param {Queue} queue */
export const clear = (queue) => build(queue.past, [], [], queue.isAdded);
