// The play head of a replay: which step it shows at which moment. Pure.

const BRIEF_S = 20;
const SLACK = 1e-6; // of a step, so that rounding delays none

/** @type {Record<string, number>} */ const FACTORS = { lived: 1, x10: 10, x100: 100, x1000: 1_000 };

/** Steps a second of a pace; `interval` in seconds is that of the motion, `brief` lasts 20 s.
 * @param {string} pace @param {Stretch & { interval: number }} stretch */
export function computeSpeed(pace, { first, last, interval }) {
  return pace === "brief" ? (last - first) / BRIEF_S : FACTORS[pace] / interval;
}

/** From step `first` to `last`; each `now` is in ms of the same clock. */
export class Replay {
  #head; // its place at #startedAt, as a fraction
  #startedAt = 0;

  /** @param {Stretch & { stepsPerSecond?: number }} stretch */
  constructor({ first, last, stepsPerSecond = computeSpeed("brief", { first, last, interval: 1 }) }) {
    this.first = first;
    this.last = last;
    this.stepsPerSecond = stepsPerSecond;
    this.playing = false;
    this.#head = first;
  }

  /** At the end, play from the beginning. @param {number} now */
  play(now) {
    this.#restart(this.hasEnded(now) ? this.first : this.#findHead(now), now);
    this.playing = true;
  }

  /** @param {number} now */
  pause(now) {
    this.#restart(this.#findHead(now), now);
    this.playing = false;
  }

  /** Pause if the end has been reached. @param {number} now */
  stopAtEnd(now) {
    if (this.playing && this.hasEnded(now)) this.pause(now);
  }

  /** Go to `step`, and keep playing or pausing. @param {number} step @param {number} now */
  seek(step, now) {
    this.#restart(Math.min(Math.max(step, this.first), this.last), now);
  }

  /** @param {number} stepsPerSecond @param {number} now */
  setSpeed(stepsPerSecond, now) {
    this.#restart(this.#findHead(now), now);
    this.stepsPerSecond = stepsPerSecond;
  }

  /** The whole step to show, in [first, last]. @param {number} now */
  getStep(now) {
    return Math.min(Math.floor(this.#findHead(now) + SLACK), this.last);
  }

  /** @param {number} now */
  hasEnded(now) {
    return this.getStep(now) >= this.last;
  }

  /** @param {number} place @param {number} now */
  #restart(place, now) {
    this.#head = place;
    this.#startedAt = now;
  }

  /** @param {number} now */
  #findHead(now) {
    if (!this.playing) return this.#head;
    const passed = (Math.max(now - this.#startedAt, 0) * this.stepsPerSecond) / 1_000;
    return Math.min(this.#head + passed, this.last);
  }
}
