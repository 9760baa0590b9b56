// One epoch's path as this page holds it: step → position, of bounded size for ever.
//
// The newest steps are held one by one. Of older ones those are kept whose step is a multiple of
// a power of two, so what is thinned out stays exact points of the path.

import { between, lowerBound, upTo } from "./points.js";

/** How many points are held at most. */
export const LIMIT = 3_000;

const FINE = 1_000; // the newest points, never thinned
const COARSE = 1_000; // how many of the others thinning leaves at most

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

  /** What is held now, up to step `last`, for a reader who goes on looking at it. */
  copy(last = Infinity) {
    const copy = new Series();
    copy.epoch = this.epoch;
    Object.assign(copy, upTo(this, last));
    return copy;
  }

  get last() {
    return this.steps[this.steps.length - 1];
  }

  get position() {
    return this.positions[this.positions.length - 1];
  }

  /** The newest increment, or null where two neighbouring steps are not held. */
  get increment() {
    const adjacent = this.steps[this.steps.length - 2] === this.last - 1;
    return adjacent ? this.position - this.positions[this.positions.length - 2] : null;
  }

  /** A `history` takes the place of all that is held. @param {Omit<HistoryFrame, "type" | "changes">} history */
  replace({ epoch, first_step: first, stride, positions }) {
    this.epoch = epoch;
    this.steps = positions.map((_, index) => first + index * stride);
    this.positions = positions.slice();
    this.mayJump = true; // the steps that follow may begin before, or beyond, its end
  }

  /**
   * Take `increments` in: "gap" where steps before them are missing, "old" where they tell nothing
   * new. Over a coarse stretch, as the end of a history is, they fill in what lies between.
   * @param {Pick<IncrementsFrame, "first_step" | "increments" | "position">} frame
   * @returns {"gap" | "old" | "new"}
   */
  append({ first_step: first, increments, position }) {
    const last = first + increments.length - 1;
    if (!this.mayJump && first > this.last + 1) return "gap";
    this.mayJump = false;
    if (last <= this.last - FINE) return "old";
    const taken = this.#merge(first, last, pointsBefore(position, increments));
    if (this.steps.length > LIMIT) this.#thin();
    return taken ? "new" : "old";
  }

  /** The points with `from` ≤ step ≤ `to`, and one more on each side: {steps, positions}.
   * @param {number} from @param {number} to */
  between(from, to) {
    return between(this, from, to);
  }

  /** Put the positions of `first − 1` to `last` in their place; false if all were held.
   * @param {number} first @param {number} last @param {number[]} positions */
  #merge(first, last, positions) {
    const start = lowerBound(this.steps, first);
    const end = lowerBound(this.steps, last + 1);
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

/** A frame's position is the truth: the others are computed backwards from it.
 * @param {number} position @param {number[]} increments */
function pointsBefore(position, increments) {
  const positions = [position];
  for (const increment of [...increments].reverse()) positions.push(positions[positions.length - 1] - increment);
  return positions.reverse();
}
