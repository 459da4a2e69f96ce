// @ts-check
// Plays two loops on one clock. JavaScript because only Web Audio starts sounds on the sample; two audio elements
// would be tens of milliseconds apart.
import { faderGains } from "./mix_plan.js";

const FADE_SECONDS = 0.03;
const START_SECONDS = 0.08; // ahead, so that both voices are scheduled in time

/** @typedef {{ source: AudioBufferSourceNode, gain: GainNode, loudness: number, seconds: number }} Voice */

export class MixOutput {
  /** @type {AudioContext} */
  #context;
  #master;
  /** @type {Record<"reference" | "partner", { level: GainNode, voice: Voice | null }>} */
  #lanes;
  #startedAt = 0;
  #startedFrom = 0;

  /** @param {AudioContext} context */
  constructor(context) {
    this.#context = context;
    this.#master = new GainNode(context);
    this.#master.connect(context.destination);
    const lane = () => ({ level: new GainNode(context), voice: null });
    this.#lanes = { reference: lane(), partner: lane() };
    for (const { level } of Object.values(this.#lanes)) level.connect(this.#master);
  }

  /** Seconds since the first bar of the grid at a time of the context; both loops repeat within it. */
  transport(time = this.#context.currentTime) {
    return this.#startedFrom + Math.max(0, time - this.#startedAt);
  }
  /** Seconds into the reference. */
  position() {
    const { voice } = this.#lanes.reference;
    return voice ? this.transport() % voice.seconds : 0;
  }
  get isRunning() {
    return this.#context.state === "running";
  }
  play = () => this.#context.resume();
  pause = () => this.#context.suspend();

  /**
   * Start the reference at a position; the partner follows the same clock.
   * @param {Float32Array[]} turn
   * @param {number} loudness
   * @param {() => number} position Seconds into the reference at a moment from now.
   */
  start(turn, loudness, position) {
    this.#startedAt = this.#context.currentTime + START_SECONDS;
    this.#startedFrom = position() + START_SECONDS;
    this.#setVoice("reference", turn, loudness, this.#startedAt);
  }
  /** Replace the partner without a gap. @param {Float32Array[]} turn @param {number} loudness */
  setPartner(turn, loudness) {
    this.#setVoice("partner", turn, loudness, Math.max(this.#startedAt, this.#context.currentTime + START_SECONDS));
  }
  removePartner() {
    this.#stop("partner", this.#context.currentTime);
  }
  /** @param {number} seconds */
  seek(seconds) {
    const time = this.#context.currentTime + FADE_SECONDS;
    this.#startedAt = time;
    this.#startedFrom = seconds;
    for (const name of /** @type {const} */ (["reference", "partner"])) {
      const { voice } = this.#lanes[name];
      if (voice?.source.buffer) this.#setVoice(name, voice.source.buffer, voice.loudness, time);
    }
  }
  /** @param {number} fader */
  setFader(fader) {
    const gains = faderGains(fader);
    for (const name of /** @type {const} */ (["reference", "partner"]))
      this.#ramp(this.#lanes[name].level, gains[name]);
  }
  /** @param {number} volume */
  setVolume(volume) {
    this.#ramp(this.#master, volume);
  }
  /** Fade out and free everything. @param {number} delaySeconds */
  async close(delaySeconds = 0) {
    const time = this.#context.currentTime + delaySeconds;
    this.#stop("reference", time);
    this.#stop("partner", time);
    await new Promise((resolve) => setTimeout(resolve, 1000 * (delaySeconds + 2 * FADE_SECONDS)));
    this.#master.disconnect();
    if (this.#context.state !== "closed") await this.#context.close();
  }
  /** For browser tests: where each voice can be heard. */
  get taps() {
    const { reference, partner } = this.#lanes;
    return { context: this.#context, reference: reference.level, partner: partner.level, master: this.#master };
  }

  /** @param {GainNode} node @param {number} value */
  #ramp(node, value) {
    node.gain.setTargetAtTime(value, this.#context.currentTime, FADE_SECONDS / 3);
  }
  /**
   * @param {"reference" | "partner"} name
   * @param {Float32Array[] | AudioBuffer} turn
   * @param {number} loudness
   * @param {number} time
   */
  #setVoice(name, turn, loudness, time) {
    const lane = this.#lanes[name];
    const buffer = Array.isArray(turn) ? this.#bufferOf(turn) : turn;
    const source = new AudioBufferSourceNode(this.#context, { buffer, loop: true });
    const gain = new GainNode(this.#context, { gain: 0 });
    source.connect(gain).connect(lane.level);
    gain.gain.setValueAtTime(0, time);
    gain.gain.linearRampToValueAtTime(loudness, time + FADE_SECONDS);
    source.start(time, this.transport(time) % buffer.duration);
    this.#stop(name, time);
    lane.voice = { source, gain, loudness, seconds: buffer.duration };
  }
  /** @param {"reference" | "partner"} name @param {number} time */
  #stop(name, time) {
    const lane = this.#lanes[name];
    if (!lane.voice) return;
    const { source, gain } = lane.voice;
    lane.voice = null;
    gain.gain.cancelScheduledValues(time);
    gain.gain.setTargetAtTime(0, time, FADE_SECONDS / 4);
    source.onended = () => {
      source.disconnect();
      gain.disconnect();
    };
    source.stop(time + 2 * FADE_SECONDS);
  }
  /** @param {Float32Array[]} channels */
  #bufferOf(channels) {
    const { sampleRate } = this.#context;
    const buffer = new AudioBuffer({ length: channels[0].length, numberOfChannels: channels.length, sampleRate });
    channels.forEach((channel, index) => buffer.copyToChannel(/** @type {any} */ (channel), index));
    return buffer;
  }
}
