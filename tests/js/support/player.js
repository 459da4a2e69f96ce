// A simulated audio element for the player. Import this before the engine.
import "./browser.js";

/** `audio` is the latest element that was created. */
export const player = { audio: null };

/** An audio element whose events tests fire. */
class FakeAudio extends EventTarget {
  #src = "";
  paused = true;
  ended = false;
  error = null;
  currentTime = 0;
  duration = NaN;
  volume = 1;
  refusal = null;
  constructor() {
    super();
    player.audio = this;
  }
  get src() {
    return this.#src;
  }
  set src(url) {
    this.#src = url.startsWith("blob:") ? url : new URL(url, location.href).href;
    Object.assign(this, { currentTime: 0, ended: false, error: null });
  }
  async play() {
    this.paused = false;
    await null;
    if (this.refusal) throw this.refusal;
    this.fire("playing");
  }
  pause() {
    this.paused = true;
    this.fire("pause");
  }
  fire(name) {
    this.dispatchEvent(new Event(name));
  }
  /** Play on for a while, a time update every quarter of a second. */
  playOn(seconds) {
    for (let passed = 0; passed < seconds; passed += 0.25) {
      this.currentTime += 0.25;
      this.fire("timeupdate");
    }
  }
  end() {
    this.paused = true;
    this.ended = true;
    this.fire("pause");
    this.fire("ended");
  }
}
globalThis.Audio = FakeAudio;

export const sound = (id, values = {}) => ({
  id,
  title: `Sound ${id}`,
  subtitle: "A pack",
  href: `/pack/${id}`,
  seconds: 10,
  price: "5",
  cover: "",
  peaks: "A",
  lufs: null,
  isLoop: false,
  ...values,
});
export const preview = (id) => `http://test.local/api/v1/files/${id}/preview`;
