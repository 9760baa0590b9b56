// The card "My position": the path of this reader's own seat.

import { computeRank } from "../live/ensemble-series.js";
import { formatCount, formatDecimal, formatNumber } from "../lib/format.js";
import { writeHidden, writeText } from "../lib/dom.js";
import { describeRank, describeWait } from "./class-text.js";
import { describeHolders } from "./watching-text.js";

export class MyCard {
  #isAwaited; // the page came with a seat, whose frame comes after the first state

  /** @param {HTMLElement} root @param {Sync} sync */
  constructor(root, sync) {
    this.root = root;
    this.sync = sync;
    this.card = root.querySelector("#mine");
    this.find = (/** @type {string} */ id) => root.querySelector(`#mine-${id}`);
    this.#isAwaited = root.hasAttribute("data-seat");
  }

  /** The reader's seat is known. */
  showSeat() {
    this.#isAwaited = false;
    this.showState();
  }

  /** What does not move with a step; hidden without a seat in a class. */
  showState() {
    const { state, ensemble } = this.sync;
    const { seat } = ensemble;
    const hasClass = state !== null && (state.paths > 0 || state.ensemble > 0);
    if (hasClass && this.#isAwaited) return; // else all below the card would move up and down again
    const isShown = hasClass && seat !== null;
    writeHidden(this.card, !isShown);
    this.root.toggleAttribute("data-seat", isShown);
    writeText(this.root.querySelector("#now-title"), isShown ? "The motion itself" : "Now");
    writeText(this.find("name"), isShown ? seat.name : "");
    if (!isShown) return;
    const wait = describeWait(seat.number, state);
    writeText(this.find("wait"), wait);
    writeHidden(this.find("wait"), !wait);
    writeHidden(this.find("place"), Boolean(wait));
    writeText(this.find("variance"), formatNumber(state.variance));
    writeText(this.find("state"), state.can_control ? "You control" : describeHolders(state));
    this.showPosition();
  }

  /** The newest position, as long as the reader has a path. */
  showPosition() {
    const { newest: slice, seat } = this.sync.ensemble;
    if (this.card.hidden || !seat) return;
    const position = slice?.positions[seat.number - 1] ?? (this.sync.series.last === 0 ? 0 : null);
    writeText(this.find("position"), position === null ? "–" : formatDecimal(position, 2, true));
    writeText(this.find("rank"), slice?.step && position !== null ? describeRank(computeRank(slice, seat.number), slice.positions.length) : "");
    writeText(this.find("step"), formatCount(slice?.step ?? this.sync.series.last));
  }
}
