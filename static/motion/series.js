// One epoch's path as this page holds it: step → position, of bounded size for ever.
//
// The newest steps are held one by one. Of older ones those are kept whose step is a multiple of
// a power of two, so what is thinned out stays exact points of the path.

/** How many points are held at most. */
export const LIMIT = 5_000;

const FINE = 2_000; // the newest points, never thinned
const COARSE = 1_500; // how many of the others thinning leaves at most

export class Series {
  constructor() {
    this.epoch = null;
    this.begin(null);
  }

  /** A new path: X = 0 at step 0. */
  begin(epoch) {
    this.epoch = epoch;
    this.steps = [0];
    this.positions = [0];
    this.mayJump = false;
  }

  get last() {
    return this.steps.at(-1);
  }

  get position() {
    return this.positions.at(-1);
  }

  /** The newest increment, or null where two neighbouring steps are not held. */
  get increment() {
    const adjacent = this.steps.at(-2) === this.last - 1;
    return adjacent ? this.position - this.positions.at(-2) : null;
  }

  /** A `history` takes the place of all that is held. */
  replace({ epoch, first_step: first, stride, positions }) {
    this.epoch = epoch;
    this.steps = positions.map((_, index) => first + index * stride);
    this.positions = positions.slice();
    this.mayJump = true; // the steps that follow may begin before, or beyond, its end
  }

  /** Take `increments` in; "gap" where steps before them are missing, "old" where all are held. */
  append({ first_step: first, increments, position }) {
    const last = first + increments.length - 1;
    if (!this.mayJump && first > this.last + 1) return "gap";
    if (last <= this.last && !(this.mayJump && increments.length)) {
      this.mayJump = false;
      return "old";
    }
    this.#dropFrom(this.mayJump ? first - 1 : this.last + 1);
    this.mayJump = false;
    this.#push(first, increments, position);
    if (this.steps.length > LIMIT) this.#thin();
    return "new";
  }

  /** The points with `from` ≤ step ≤ `to`, and one more on each side: {steps, positions}. */
  between(from, to) {
    const start = Math.max(0, lowerBound(this.steps, from) - 1);
    const end = lowerBound(this.steps, to) + 2;
    return { steps: this.steps.slice(start, end), positions: this.positions.slice(start, end) };
  }

  #dropFrom(step) {
    const length = lowerBound(this.steps, step);
    this.steps.length = length;
    this.positions.length = length;
  }

  /** The frame's position is the truth: points are computed backwards from it. */
  #push(first, increments, position) {
    const held = this.steps.length ? this.last : -1;
    const points = [];
    for (let index = increments.length - 1; index >= -1; index -= 1) {
      const step = first + index;
      if (step <= held) break;
      points.push([step, position]);
      position -= increments[index] ?? 0;
    }
    for (const [step, value] of points.reverse()) {
      this.steps.push(step);
      this.positions.push(value);
    }
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

/** The index of the first element that is not less than `value`. */
function lowerBound(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
