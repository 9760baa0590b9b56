// Steps a second, measured over the last seconds. Pure.

const WINDOW_MS = 10_000;
const SHORTEST_MS = 4_000; // less says more about the page's own delays

export class Rate {
  #marks = [];

  /** `step` was reached at `now`, in milliseconds. */
  mark(step, now) {
    if (this.#marks.length && step < this.#marks.at(-1).step) this.#marks = [];
    this.#marks.push({ step, now });
    while (this.#marks[0].now < now - WINDOW_MS) this.#marks.shift();
  }

  clear() {
    this.#marks = [];
  }

  /** Steps a second, or null before that can be known. */
  perSecond(now) {
    const first = this.#marks.find((mark) => mark.now >= now - WINDOW_MS);
    const last = this.#marks.at(-1);
    if (!first || last.now - first.now < SHORTEST_MS) return null;
    return ((last.step - first.step) / (last.now - first.now)) * 1_000;
  }
}
