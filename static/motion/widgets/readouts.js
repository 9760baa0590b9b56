// What the page shows in numbers: where the path is, the law it follows, how fast it goes.

import { count, decimal, pace, plain } from "../lib/format.js";
import { Rate } from "../lib/rate.js";
import { writeText } from "../lib/dom.js";

/** @typedef {{ drift: number, variance: number }} Law */

export class Numbers {
  #rate = new Rate();

  /** Of the path and the state that `link` has. @param {HTMLElement} root @param {Link} link */
  constructor(root, link) {
    this.link = link;
    /** @param {string} id */
    this.find = (id) => root.querySelector(`#${id}`);
  }

  /** Steps have come. @param {number} now */
  mark(now) {
    this.#rate.mark(this.link.series.last, now, 1_000 * this.#state.interval);
  }

  /** What came until now says nothing of the pace. */
  clear() {
    this.#rate.clear();
  }

  /** Where the newest step was drawn from another law than the next one will be: from which. @param {number} last */
  #earlierLaw(last) {
    const { items } = this.link.changes;
    let at = items.length - 1;
    while (at >= 0 && items[at].step >= last) at -= 1;
    const isSame = at < 0 || lawOf(items[at]) === lawOf(this.#state);
    return isSame ? "" : `from ${lawOf(items[at])}`;
  }

  /** @param {Law} law */
  showLaw({ drift, variance }) {
    this.#write("law", lawOf({ drift, variance }));
    this.#write("deviation", decimal(Math.sqrt(variance)));
  }

  showPosition() {
    const { last, position, increment } = this.link.series;
    this.#write("step", count(last));
    this.#write("position", decimal(position, 3, true));
    this.#write("increment", increment === null ? "–" : decimal(increment, 3, true));
    this.#write("increment-law", increment === null ? "" : this.#earlierLaw(last));
    this.#write("summary", `The newest position is ${decimal(position)} at step ${count(last)}.`);
  }

  /** `isLive`: the state is the motion's; `isOpen`: so is the socket.
   * @param {number} now @param {{ isLive: boolean, isOpen: boolean }} page */
  showPace(now, { isLive, isOpen }) {
    const perSecond = isLive ? this.#perSecond(now) : null;
    const { roundTripMs, pong } = this.link;
    this.#write("rate", perSecond === null ? "–" : pace(perSecond));
    this.#write("round-trip", isOpen && roundTripMs !== null ? `${count(roundTripMs)} ms` : "–");
    this.#write("pong", pong === null ? "–" : count(pong));
  }

  /** As measured; as it should be, as long as there is too little to measure; or null. @param {number} now */
  #perSecond(now) {
    const { paused, interval } = this.#state;
    if (paused) return 0;
    const isLate = this.link.standstill(now) > 2_000 * interval + 2_000;
    return isLate ? null : (this.#rate.perSecond(now) ?? 1 / interval);
  }

  /** There is one before there are steps. */
  get #state() {
    return /** @type {StateFrame} */ (this.link.state);
  }

  /** @param {string} id @param {string} text */
  #write(id, text) {
    writeText(this.find(id), text);
  }
}

/** @type {(law: Law) => string} */
const lawOf = ({ drift, variance }) => `N(${plain(drift)}, ${plain(variance)})`;
