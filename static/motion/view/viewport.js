// The part of a path that one reader sees, and the step that it counts from. Pure.

export const FOLLOWED_STEPS = 600; // of the newest ones

const FEWEST_STEPS = 20; // across the whole chart
const JUMP = 1 / 64; // of the whole path: "all" grows by so much or half of it at once: meanwhile its scale stays
const MARGIN = 0.03; // free space right of the newest point
const ROOM = 0.3; // of the width, right of the step that the path is on its way to
const SLIVER = 0.05; // of the width: so much of the path always stays in view
const WIDEST = 10; // times the path

export class Viewport {
  /** @type {"follow" | "all" | "fixed"} */ mode = "follow"; // "fixed" once the reader has moved it
  /** @type {Place | null} */ origin = null; // the newest point when the reader reset the view
  /** @type {Span} */ range = [0, FEWEST_STEPS]; // steps of the path
  #last = Infinity; // the newest step; unknown before the first update
  /** The step that the path is on its way to, or null. @type {number | null} */ #next = null;
  #heldFrom = 0; // the left edge until then: nothing moves but the end of the path
  #isClamped = true;

  follow() {
    this.mode = "follow";
    this.#next = null;
    this.#applyMode();
  }

  /** Everything, from step 0: also undoes a reset. */
  showAll() {
    this.mode = "all";
    this.#next = null;
    this.origin = null;
    this.#applyMode();
  }

  /** Hide the path so far, and count from zero from now on.
   * @param {{ epoch: number | null, last: number, position: number }} series */
  reset({ epoch, last, position }) {
    this.origin = { epoch, step: last, position };
    this.follow();
  }

  /** Count from `origin`, as after a reset there. @param {Place} origin */
  countFrom(origin) {
    this.#next = null;
    this.origin = origin;
    if (this.mode !== "fixed") this.#applyMode();
  }

  /** Show these steps, or the nearest range that has a part of the path. @param {Span} range */
  setRange(range) {
    this.mode = "fixed";
    this.range = this.#clampRange(range);
  }

  /** Show exactly these steps, also such as lie beyond the path. @param {Span} range */
  showExactly(range) {
    this.mode = "fixed";
    this.range = range;
    this.#isClamped = false;
  }

  /** Move by a fraction of the width. @param {number} fraction */
  pan(fraction) {
    const [from, to] = this.range;
    const shift = (to - from) * fraction;
    this.setRange([from + shift, to + shift]);
  }

  /** Zoom about the middle; a factor below 1 shows less. @param {number} factor */
  zoom(factor) {
    const [from, to] = this.range;
    const middle = (from + to) / 2;
    const half = Math.max(((to - from) / 2) * factor, 2);
    this.setRange([middle - half, middle + half]);
  }

  /** The step that the view counts from. */
  get start() {
    return this.origin?.step ?? 0;
  }

  /** The path has come to step `last`: move the range, unless it is fixed. A new epoch ends a reset. With `next`, show
   * the steps up to that one too, until the path has also filled the room right of it.
   * @param {{ epoch: number | null, last: number }} series @param {number | null} next */
  update({ epoch, last }, next = null) {
    if (this.origin && this.origin.epoch !== epoch) this.origin = null;
    this.#last = last;
    const isNear = next !== null && (next > last || last <= this.#findEndOfRoom(next));
    const wanted = isNear ? next : null;
    if (wanted !== this.#next && this.mode !== "fixed") this.#lookAhead(wanted);
    if (this.mode === "fixed") this.range = this.#clampRange(this.range); // a restart shortens a path
    else this.#applyMode();
  }

  /** Where the room right of a step ends, also if the page has come later than the path. @param {number} next */
  #findEndOfRoom(next) {
    if (next === this.#next) return this.range[1];
    const left = this.mode === "all" ? this.start : Math.max(this.start, this.#last - FOLLOWED_STEPS);
    return next + ROOM * (next - left);
  }

  /** @param {number | null} next */
  #lookAhead(next) {
    this.#next = null;
    this.#applyMode();
    this.#next = next;
    this.#heldFrom = this.range[0];
  }

  /** At once, so that a key pressed before the next picture zooms this range. */
  #applyMode() {
    if (this.#last === Infinity) return;
    if (this.#next !== null) {
      this.range = [this.#heldFrom, this.#next + ROOM * (this.#next - this.#heldFrom)];
      return;
    }
    const last = this.#last;
    const length = last - this.start;
    const wanted = this.mode === "all" ? roundUp(length) : Math.min(length, FOLLOWED_STEPS);
    const width = Math.max(wanted, FEWEST_STEPS);
    const from = Math.max(this.start, last - width);
    this.range = [from, from + width * (1 + MARGIN)];
  }

  /** The range nearest to [from, to] that shows a part of the path. @param {Span} span @returns {Span} */
  #clampRange([from, to]) {
    if (!this.#isClamped) return [from, to];
    const length = this.#last - this.start;
    const width = Math.min(Math.max(to - from, 2), WIDEST * Math.max(length, FEWEST_STEPS));
    const room = (1 - SLIVER) * width;
    const wanted = width === to - from ? from : (from + to - width) / 2;
    const left = Math.min(Math.max(wanted, this.start - room), this.#last + room - width);
    return left === from && width === to - from ? [from, to] : [left, left + width];
  }
}

/** The next multiple of a power of two that is JUMP of `length` at most, or of one step. @param {number} length */
function roundUp(length) {
  const unit = 2 ** Math.max(0, Math.floor(Math.log2(JUMP * length)));
  return Math.ceil(length / unit) * unit;
}

/** A range of the y axis around `values` that changes rarely: the previous one, as long as the values fit
 * into it and fill a good part of it; otherwise a new one with free space on both sides.
 * @param {Span | null | undefined} previous @param {number[]} values @returns {Span} */
export function chooseSteadyRange(previous, values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return previous ?? [-1, 1];
  const least = 1e-9 * Math.max(1, Math.abs(high));
  const span = high > low ? Math.max(high - low, least) : Math.max(1, least);
  if (previous) {
    const [bottom, top] = previous;
    if (low >= bottom && high <= top && span >= 0.4 * (top - bottom)) return previous;
  }
  const unit = 10 ** Math.floor(Math.log10(span)) / 2;
  return [
    Math.floor((low - 0.15 * span) / unit) * unit,
    Math.ceil((high + 0.15 * span) / unit) * unit,
  ];
}
