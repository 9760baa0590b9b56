// The numbers of the page: where the path is, the law of its steps, how fast it goes.

import { formatCount, formatDecimal, formatPace, formatNumber } from "../lib/format.js";
import { Rate } from "../lib/rate.js";
import { writeProperty, writeText } from "../lib/dom.js";

/** @typedef {{ drift: number, variance: number }} Law */

export class Readouts {
  #rate = new Rate();

  /** @param {HTMLElement} root @param {Sync} sync */
  constructor(root, sync) {
    this.sync = sync;
    this.find = (/** @type {string} */ id) => root.querySelector(`#${id}`);
  }

  /** New steps have arrived. @param {number} now */
  markSteps(now) {
    this.#rate.mark(this.sync.series.last, now, 1_000 * this.#state.interval);
  }

  /** Measure the rate from the next steps on: earlier ones arrived with a delay. */
  clearRate() {
    this.#rate.clear();
  }

  /** "from N(0, 1)" if the newest step has another law than the next one, else "". @param {number} last */
  #describeEarlierLaw(last) {
    const { items } = this.sync.changes;
    let at = items.length - 1;
    while (at >= 0 && items[at].step >= last) at -= 1;
    const isSame = at < 0 || formatLaw(items[at]) === formatLaw(this.#state);
    return isSame ? "" : `from ${formatLaw(items[at])}`;
  }

  /** @param {Law} law */
  showLaw({ drift, variance }) {
    this.#write("law", formatLaw({ drift, variance }));
    this.#write("deviation", formatDecimal(Math.sqrt(variance)));
  }

  showPosition() {
    const { last, position, increment } = this.sync.series;
    this.#writeNumber("step", formatCount(last));
    this.#write("position", formatDecimal(position, 3, true));
    this.#writeNumber("increment", increment === null ? "–" : formatDecimal(increment, 3, true));
    this.#write("increment-law", increment === null ? "" : this.#describeEarlierLaw(last));
  }

  /** `isLive`: the state is up to date; `isOpen`: the socket is open.
   * @param {number} now @param {{ isLive: boolean, isOpen: boolean }} page */
  showPace(now, { isLive, isOpen }) {
    const perSecond = isLive ? this.#computeRate(now) : null;
    const { roundTripMs, pong } = this.sync;
    this.#writeNumber("rate", perSecond === null ? "–" : formatPace(perSecond));
    this.#writeNumber("round-trip", isOpen && roundTripMs !== null ? `${formatCount(roundTripMs)} ms` : "–");
    this.#writeNumber("pong", pong === null ? "–" : formatCount(pong));
    const { last, position } = this.sync.series; // for a screen reader, which no step interrupts
    this.#write("summary", `The newest position is ${formatDecimal(position)} at step ${formatCount(last)}.`);
  }

  /** As measured; as set while there is too little to measure; null if steps are late. @param {number} now */
  #computeRate(now) {
    const { paused, interval } = this.#state;
    if (paused) return 0;
    const isLate = this.sync.standstill(now) > 2_000 * interval + 2_000;
    return isLate ? null : (this.#rate.perSecond(now) ?? 1 / interval);
  }

  /** Set before the first steps arrive. */
  get #state() {
    return /** @type {StateFrame} */ (this.sync.state);
  }

  /** Write a number into a box that changes its size only with the number of letters: a new text then lays out
   * nothing else.
   * @param {string} id @param {string} text */
  #writeNumber(id, text) {
    const narrow = text.match(/[.,]/g)?.length ?? 0; // at most half as wide as a digit
    writeProperty(this.find(id), "--letters", text.length - narrow / 2);
    this.#write(id, text);
  }

  /** @param {string} id @param {string} text */
  #write(id, text) {
    writeText(this.find(id), text);
  }
}

/** @type {(law: Law) => string} */
const formatLaw = ({ drift, variance }) => `N(${formatNumber(drift)}, ${formatNumber(variance)})`;
