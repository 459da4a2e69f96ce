// Simulated browser APIs that the stores use, on a clock that tests move. Import this before any store.
import { mock } from "node:test";

const START_MS = 1_000_000_000_000;
const STEP_MS = 10;

/** How long the machine has slept: its monotonic clock stood still meanwhile. */
let sleptMs = 0;

mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: START_MS });
performance.now = () => Date.now() - START_MS - sleptMs;

/** Let promises settle that wait for no timer. */
export const settle = () => new Promise(setImmediate);

/** Let time pass; timers fire in their order, promises settle between them. */
export async function advance(milliseconds) {
  await settle();
  for (let passed = 0; passed < milliseconds; passed += STEP_MS) {
    mock.timers.tick(Math.min(STEP_MS, milliseconds - passed));
    await settle();
  }
}

/** Let the wall clock pass without any timer or the monotonic clock, as on a machine that sleeps. */
export function sleep(milliseconds) {
  sleptMs += milliseconds;
  mock.timers.setTime(Date.now() + milliseconds);
}

/** Set the wall clock, as its user may. */
export function setWallClock(milliseconds) {
  const difference = milliseconds - Date.now();
  sleptMs += difference;
  mock.timers.setTime(milliseconds);
}

const stored = new Map();
const localStorage = {
  getItem: (name) => stored.get(name) ?? null,
  setItem: (name, value) => stored.set(name, String(value)),
  removeItem: (name) => stored.delete(name),
  clear: () => stored.clear(),
};

const pageEvents = new EventTarget();
export const document = Object.assign(new EventTarget(), {
  hidden: false,
  visibilityState: "visible",
  querySelectorAll: () => [],
});
/** Show or hide the tab. */
export function setVisible(isVisible) {
  document.hidden = !isVisible;
  document.visibilityState = isVisible ? "visible" : "hidden";
  document.dispatchEvent(new Event("visibilitychange"));
}

/** Go offline, or back online. */
export function setOnline(isOnline) {
  navigator.onLine = isOnline;
  pageEvents.dispatchEvent(new Event(isOnline ? "online" : "offline"));
}
export const firePageEvent = (name) => pageEvents.dispatchEvent(new Event(name));

/** Channels to the other tabs; `sentMessages` is what was sent to them. */
export const sentMessages = [];
const channels = new Map();
export const receiveMessage = (channel, data) => channels.get(channel)?.onmessage?.({ data });
class Channel {
  constructor(name) {
    this.name = name;
    channels.set(name, this);
  }
  postMessage(data) {
    sentMessages.push([this.name, data]);
  }
  close() {
    channels.delete(this.name);
  }
}

const navigator = { onLine: true, sendBeacon: () => true };
const values = {
  window: globalThis,
  document,
  localStorage,
  navigator,
  location: new URL("http://test.local/browse?q=kick"),
  BroadcastChannel: Channel,
  addEventListener: pageEvents.addEventListener.bind(pageEvents),
  removeEventListener: pageEvents.removeEventListener.bind(pageEvents),
  requestAnimationFrame: (callback) => setTimeout(callback, 16),
};
for (const [name, value] of Object.entries(values))
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });

/**
 * Answer all requests with `respond(method, path, body)`: a status and a body, or an Error for a lost connection.
 * @returns {{ method: string, url: string, body: any }[]} The requests so far.
 */
export function serve(respond) {
  const requests = [];
  globalThis.fetch = async (url, { method = "GET", body, signal } = {}) => {
    const request = { method, url: String(url), body: body ? JSON.parse(body) : undefined };
    requests.push(request);
    const answer = await respond(request);
    if (signal?.aborted) throw new DOMException("aborted", "AbortError");
    if (answer instanceof Error) throw answer;
    const { status = 200, json = {}, headers = {} } = answer;
    return { ok: status < 400, status, json: async () => json, headers: new Headers(headers) };
  };
  return requests;
}

/** Resolve after a while on the test's clock. */
export const delay = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
