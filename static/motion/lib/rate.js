// Steps per second, measured over the last seconds. Pure.

const WINDOW_MS = 10_000;
const SHORTEST_MS = 4_000; // less would measure the page's own delays

export class Rate {
  /** @type {{ step: number, now: number }[]} */ #marks = [];

  /** `step` was reached at `now`, in milliseconds, of a motion that should take `periodMs` a step.
   * A step that arrives much too early follows late ones, which waited while the page was loading: the
   * measurement starts again with it.
   * @param {number} step @param {number} now */
  mark(step, now, periodMs = 0) {
    const last = this.#marks[this.#marks.length - 1];
    if (last && (step < last.step || this.#isBurst(step - last.step, now, periodMs))) {
      this.#marks = [];
    }
    this.#marks.push({ step, now });
    while (this.#marks[0].now < now - WINDOW_MS) this.#marks.shift();
  }

  /** @param {number} steps @param {number} now @param {number} periodMs */
  #isBurst(steps, now, periodMs) {
    const early = now - this.#marks[this.#marks.length - 1].now < 0.3 * steps * periodMs;
    return early && now - this.#marks[0].now < SHORTEST_MS;
  }

  clear() {
    this.#marks = [];
  }

  /** Steps per second, or null while there are too few. @param {number} now */
  perSecond(now) {
    const first = this.#marks.find((mark) => mark.now >= now - WINDOW_MS);
    const last = this.#marks[this.#marks.length - 1];
    if (!first || last.now - first.now < SHORTEST_MS) return null;
    return ((last.step - first.step) / (last.now - first.now)) * 1_000;
  }
}
