// A function that rises in straight pieces, with jumps upwards between them, and its inverse. Pure.

/** @typedef {{ at: number, value: number, start: number, slope: number }} Piece */

export class PiecewiseLinear {
  #pieces;
  #before;

  /** `pieces` are {at, value, start, slope}, at least one, in ascending order. The function has
   * `value` at `at`. To the right of `at` it goes on from `start` ≥ `value` with `slope` > 0. To the
   * left of the first piece its slope is `before`.
   * @param {Piece[]} pieces */
  constructor(pieces, before = pieces[0].slope) {
    this.#pieces = pieces;
    this.#before = before;
  }

  /** The value at `at`; at a jump, the value below the jump. @param {number} at */
  evaluate(at) {
    const index = findLastBelow(this.#pieces, (piece) => piece.at < at);
    if (index < 0) return this.#pieces[0].value + (at - this.#pieces[0].at) * this.#before;
    const { at: from, start, slope } = this.#pieces[index];
    return start + (at - from) * slope;
  }

  /** Where the function has `value`; for a value within a jump, where it jumps. @param {number} value */
  invert(value) {
    const index = findLastBelow(this.#pieces, (piece) => piece.start < value);
    if (index < 0) {
      const [{ at, value: first }] = this.#pieces;
      return at + Math.min(0, value - first) / this.#before;
    }
    const { at, start, slope } = this.#pieces[index];
    return Math.min(at + (value - start) / slope, this.#pieces[index + 1]?.at ?? Infinity);
  }
}

/** The index of the last piece that is below, in a list that begins with all pieces that are; or −1.
 * @param {Piece[]} sorted @param {(piece: Piece) => boolean} isBelow */
function findLastBelow(sorted, isBelow) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBelow(sorted[middle])) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
