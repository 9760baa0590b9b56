// The path of one epoch as this page has it: step → position, of bounded size.
//
// It has every one of the newest steps. Of older ones it keeps the multiples of a power of two, so all
// remaining points are exact points of the path.

import { findLowerBound, selectUpTo } from "./points.js";

export const LIMIT = 3_000; // points at most

const FINE = 1_000; // the newest points, never thinned
const COARSE = 1_000; // older points after thinning, at most

export class Series {
  /** @type {number | null} */ epoch = null;
  steps = [0];
  positions = [0];
  mayJump = false;

  /** A new path: X = 0 at step 0. @param {number | null} epoch */
  begin(epoch) {
    this.epoch = epoch;
    this.steps = [0];
    this.positions = [0];
    this.mayJump = false;
  }

  /** A copy up to step `last`, which no longer grows. */
  copy(last = Infinity) {
    const copy = new Series();
    copy.epoch = this.epoch;
    Object.assign(copy, selectUpTo(this, last));
    return copy;
  }

  get last() {
    return this.steps[this.steps.length - 1];
  }

  get position() {
    return this.positions[this.positions.length - 1];
  }

  /** The newest increment, or null without both of its ends. */
  get increment() {
    const adjacent = this.steps[this.steps.length - 2] === this.last - 1;
    return adjacent ? this.position - this.positions[this.positions.length - 2] : null;
  }

  /** Replace all points by those of a `history`. @param {Omit<HistoryFrame, "type" | "changes">} history */
  replace({ epoch, first_step: first, stride, positions }) {
    this.epoch = epoch;
    this.steps = positions.map((_, index) => first + index * stride);
    this.positions = positions.slice();
    this.mayJump = true; // the next steps may begin before or after its end
  }

  /** Take in increments: "gap" if steps before them are missing, "old" if they bring nothing new. In a
   * coarse stretch, such as the end of a history, they add the points between.
   * @param {Pick<IncrementsFrame, "first_step" | "increments" | "position">} frame
   * @returns {"gap" | "old" | "new"} */
  append({ first_step: first, increments, position }) {
    const last = first + increments.length - 1;
    if (!this.mayJump && first > this.last + 1) return "gap";
    this.mayJump = false;
    if (last <= this.last - FINE) return "old";
    const taken = this.#merge(first, last, pointsBefore(position, increments));
    if (this.steps.length > LIMIT) this.#thin();
    return taken ? "new" : "old";
  }

  /** Insert the positions of `first − 1` to `last`; false if all are here already.
   * @param {number} first @param {number} last @param {number[]} positions */
  #merge(first, last, positions) {
    const start = findLowerBound(this.steps, first);
    const end = findLowerBound(this.steps, last + 1);
    if (end - start > last - first) return false;
    const from = this.steps[start - 1] === first - 1 ? first : first - 1;
    const kept = positions.slice(from - first + 1);
    this.steps.splice(start, end - start, ...kept.map((_, index) => from + index));
    this.positions.splice(start, end - start, ...kept);
    return true;
  }

  #thin() {
    const border = this.steps.length - FINE;
    const older = this.steps.slice(0, border);
    let stride = 1;
    while (older.filter((step) => step % stride === 0).length > COARSE) stride *= 2;
    const kept = [...this.steps.keys()].filter(
      (index) => index >= border || this.steps[index] % stride === 0,
    );
    this.steps = kept.map((index) => this.steps[index]);
    this.positions = kept.map((index) => this.positions[index]);
  }
}

/** The positions before and after each increment, backwards from the exact one of the frame.
 * @param {number} position @param {number[]} increments */
function pointsBefore(position, increments) {
  const positions = [position];
  for (const increment of [...increments].reverse()) positions.push(positions[positions.length - 1] - increment);
  return positions.reverse();
}
