// The play head of a replay: which step is shown when, at a speed one may change. Pure.

const IN_SECONDS = 20;
const SLACK = 1e-6; // of a step: rounding makes none late

/** How fast a replay may go. */
export const PACES = ["lived", "x10", "x100", "x1000", "brief"];

/** @type {Record<string, number>} */ const FACTORS = { lived: 1, x10: 10, x100: 100, x1000: 1_000 };

/** Steps a second of a pace; `interval` in seconds is that of the motion, `brief` lasts 20 s.
 * @param {string} pace @param {Stretch & { interval: number }} stretch */
export function speed(pace, { first, last, interval }) {
  return pace === "brief" ? (last - first) / IN_SECONDS : FACTORS[pace] / interval;
}

/** It runs from step `first` to `last`; every `now` is in milliseconds, by one clock. */
export class Replay {
  #head; // where it was at #since, between two steps perhaps
  #since = 0;

  /** @param {Stretch & { stepsPerSecond?: number }} stretch */
  constructor({ first, last, stepsPerSecond = speed("brief", { first, last, interval: 1 }) }) {
    this.first = first;
    this.last = last;
    this.stepsPerSecond = stepsPerSecond;
    /** Whether it was told to play. */
    this.playing = false;
    this.#head = first;
  }

  /** At the end, from the beginning. @param {number} now */
  play(now) {
    this.#rest(this.hasEnded(now) ? this.first : this.#place(now), now);
    this.playing = true;
  }

  /** @param {number} now */
  pause(now) {
    this.#rest(this.#place(now), now);
    this.playing = false;
  }

  /** At the end it plays no longer, whatever it was told. @param {number} now */
  stopAtEnd(now) {
    if (this.playing && this.hasEnded(now)) this.pause(now);
  }

  /** It goes on from `step`, or stays there, as it did before. @param {number} step @param {number} now */
  seek(step, now) {
    this.#rest(Math.min(Math.max(step, this.first), this.last), now);
  }

  /** @param {number} stepsPerSecond @param {number} now */
  setSpeed(stepsPerSecond, now) {
    this.#rest(this.#place(now), now);
    this.stepsPerSecond = stepsPerSecond;
  }

  /** The whole step that is shown, in [first, last]. @param {number} now */
  at(now) {
    return Math.min(Math.floor(this.#place(now) + SLACK), this.last);
  }

  /** @param {number} now */
  hasEnded(now) {
    return this.at(now) >= this.last;
  }

  /** @param {number} place @param {number} now */
  #rest(place, now) {
    this.#head = place;
    this.#since = now;
  }

  /** @param {number} now */
  #place(now) {
    if (!this.playing) return this.#head;
    const passed = (Math.max(now - this.#since, 0) * this.stepsPerSecond) / 1_000;
    return Math.min(this.#head + passed, this.last);
  }
}
