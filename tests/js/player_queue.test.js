import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as queues from "../../assets/src/player/queue.js";

const [a, b, c, d, x, y] = ["a", "b", "c", "d", "x", "y"].map((id) => ({ id }));
const ids = (tracks) => tracks.map(({ id }) => id).join("");
const shape = ({ past, upcoming, addedCount }) => [ids(past), ids(upcoming), addedCount];
const started = queues.startList(queues.EMPTY, [a, b, c, d], b);
const withAdded = queues.append(queues.append(started, x), y);

describe("a list", () => {
  test("starts in its middle", () => assert.deepEqual(shape(started), ["a", "cd", 0]));
  test("keeps what was added, before the rest", () => {
    assert.deepEqual(shape(withAdded), ["a", "xycd", 2]);
    assert.deepEqual(shape(queues.startList(withAdded, [c, d], c)), ["", "xyd", 2]);
    assert.deepEqual(shape(queues.startList(withAdded, [x, d], x)), ["", "yd", 1]);
  });
  test("has each sound once", () => {
    assert.deepEqual(shape(queues.startList(queues.EMPTY, [a, b, a, c, b], a)), ["", "bc", 0]);
    assert.deepEqual(shape(queues.append(started, d)), ["a", "dc", 1]);
    assert.deepEqual(shape(queues.append(withAdded, x)), ["a", "yxcd", 2]);
  });
  test("is bounded", () => {
    const many = Array.from({ length: 500 }, (_, index) => ({ id: String(index) }));
    assert.equal(queues.startList(queues.EMPTY, many, many[0]).upcoming.length, queues.MAX_UPCOMING);
    assert.ok(queues.startList(queues.EMPTY, many, many[499]).past.length < 500);
    const full = many.reduce(queues.append, queues.EMPTY);
    assert.deepEqual([full.upcoming.length, full.upcoming.at(-1).id], [queues.MAX_UPCOMING, "499"]);
  });
});

describe("next and previous", () => {
  const walk = (queue, current, ...steps) => {
    let at = { queue, track: current };
    const visited = [];
    for (const step of steps) {
      at = queues[step](at.queue, at.track) ?? at;
      visited.push(at.track.id);
    }
    return [visited.join(""), ...shape(at.queue)];
  };
  test("follow the list to both ends", () => {
    assert.deepEqual(walk(started, b, "advance", "advance", "advance"), ["cdd", "abc", "", 0]);
    assert.deepEqual(walk(started, b, "goBack", "goBack"), ["aa", "", "bcd", 0]);
  });
  test("what was added plays once, then the list continues", () => {
    assert.deepEqual(walk(withAdded, b, "advance", "advance", "advance"), ["xyc", "ab", "d", 0]);
  });
  test("previous from a sound that was added returns to the list; it comes next again", () => {
    assert.deepEqual(walk(withAdded, b, "advance", "goBack"), ["xb", "a", "xycd", 2]);
    assert.deepEqual(walk(withAdded, b, "advance", "advance", "goBack", "advance"), ["xyby", "ab", "cd", 0]);
  });
  test("previous in the list keeps what was added first", () => {
    assert.deepEqual(walk(withAdded, b, "goBack", "advance"), ["ax", "a", "ybcd", 1]);
  });
});

describe("going to a sound", () => {
  test("in the list passes those between", () => {
    assert.deepEqual(shape(queues.goTo(withAdded, b, d)), ["abc", "xy", 2]);
  });
  test("that was added takes only it", () => assert.deepEqual(shape(queues.goTo(withAdded, b, y)), ["ab", "xcd", 1]));
  test("from elsewhere continues with the queue", () => {
    assert.deepEqual(shape(queues.goTo(started, b, x)), ["ab", "cd", 0]);
  });
});

describe("editing", () => {
  const moved = (id, to) => shape(queues.move(withAdded, id, to)).slice(1);
  test("moves within and across what was added", () => {
    assert.deepEqual(moved("y", 0), ["yxcd", 2]);
    assert.deepEqual(moved("d", 2), ["xydc", 2]);
    assert.deepEqual(moved("d", 0), ["dxyc", 3]);
    assert.deepEqual(moved("x", 3), ["ycdx", 1]);
    assert.deepEqual(moved("x", 99), ["ycdx", 1]);
    assert.deepEqual(moved("x", -5), ["xycd", 2]);
    assert.equal(queues.move(withAdded, "none", 1), withAdded);
  });
  test("removes and clears", () => {
    assert.deepEqual(shape(queues.remove(withAdded, "x")), ["a", "ycd", 1]);
    assert.deepEqual(shape(queues.remove(withAdded, "c")), ["a", "xyd", 2]);
    assert.deepEqual(shape(queues.clear(withAdded)), ["a", "", 0]);
  });
});
