// What the page shows in numbers: where the path is, the law it follows, how fast it goes.

import { count, decimal, pace, plain } from "./format.js";
import { Rate } from "./rate.js";
import { writeText } from "./write.js";

export class Numbers {
  #rate = new Rate();

  /** Of the path and the state that `link` has. */
  constructor(root, link) {
    this.link = link;
    this.find = (id) => root.querySelector(`#${id}`);
  }

  /** Steps have come. */
  mark(now) {
    this.#rate.mark(this.link.series.last, now, 1_000 * this.link.state.interval);
  }

  /** What came until now says nothing of the pace. */
  clear() {
    this.#rate.clear();
  }

  showLaw({ drift, variance }) {
    this.#write("law", `N(${plain(drift)}, ${plain(variance)})`);
    this.#write("deviation", decimal(Math.sqrt(variance)));
  }

  showPosition() {
    const { last, position, increment } = this.link.series;
    this.#write("step", count(last));
    this.#write("position", decimal(position, 3, true));
    this.#write("increment", increment === null ? "–" : decimal(increment, 3, true));
    this.#write("summary", `The newest position is ${decimal(position)} at step ${count(last)}.`);
  }

  /** `isLive`: the state is the motion's; `isOpen`: so is the socket. */
  showPace(now, { isLive, isOpen }) {
    const perSecond = isLive ? this.#perSecond(now) : null;
    const { roundTripMs, pong } = this.link;
    this.#write("rate", perSecond === null ? "–" : pace(perSecond));
    this.#write("round-trip", isOpen && roundTripMs !== null ? `${count(roundTripMs)} ms` : "–");
    this.#write("pong", pong === null ? "–" : count(pong));
  }

  /** As measured; as it should be, as long as there is too little to measure; or null. */
  #perSecond(now) {
    const { paused, interval } = this.link.state;
    if (paused) return 0;
    const isLate = this.link.standstill(now) > 2_000 * interval + 2_000;
    return isLate ? null : (this.#rate.perSecond(now) ?? 1 / interval);
  }

  #write(id, text) {
    writeText(this.find(id), text);
  }
}
