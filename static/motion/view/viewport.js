// My view of the path, which nobody else sees: what part of it, and counted from where. Pure.

/** How many of the newest steps "follow" shows. */
export const FOLLOWED_STEPS = 600;

const FEWEST_STEPS = 20; // across the whole chart
const MARGIN = 0.03; // free space right of the newest point
const SLIVER = 0.05; // of the width: so much of the path stays in sight wherever it is moved
const WIDEST = 10; // times the path

export class View {
  /** @type {"follow" | "all" | "fixed"} */ mode = "follow"; // or "all", or "fixed": where I moved it to
  /** @type {Place | null} */ origin = null; // where I reset it: {epoch, step, position}
  /** @type {Span} */ range = [0, FEWEST_STEPS]; // steps of the path
  #last = Infinity; // its newest step; not known before the first drawing

  follow() {
    this.mode = "follow";
    this.#place();
  }

  /** Everything, from step 0: also undoes a reset. */
  all() {
    this.mode = "all";
    this.origin = null;
    this.#place();
  }

  /** Cleared, and starting again at zero from now.
   * @param {{ epoch: number | null, last: number, position: number }} series */
  reset({ epoch, last, position }) {
    this.mode = "follow";
    this.origin = { epoch, step: last, position };
    this.#place();
  }

  /** As after a reset at `origin`, wherever the view has been moved since. @param {Place} origin */
  countFrom(origin) {
    this.origin = origin;
    if (this.mode !== "fixed") this.#place();
  }

  /** Somebody moved or zoomed the chart; never so far that nothing of the path is left. @param {Span} range */
  fix(range) {
    this.mode = "fixed";
    this.range = this.#within(range);
  }

  /** Move by a fraction of the width. @param {number} fraction */
  pan(fraction) {
    const [from, to] = this.range;
    const shift = (to - from) * fraction;
    this.fix([from + shift, to + shift]);
  }

  /** Zoom about the middle; a factor below 1 shows less. @param {number} factor */
  zoom(factor) {
    const [from, to] = this.range;
    const middle = (from + to) / 2;
    const half = Math.max(((to - from) / 2) * factor, 2);
    this.fix([middle - half, middle + half]);
  }

  /** The step that this view counts from. */
  get start() {
    return this.origin?.step ?? 0;
  }

  /**
   * Look at a path of `epoch` that is at step `last`: where its edge is followed, the range moves
   * with it. Ends a reset that another epoch has made meaningless.
   * @param {{ epoch: number | null, last: number }} series
   */
  attend({ epoch, last }) {
    if (this.origin && this.origin.epoch !== epoch) this.origin = null;
    this.#last = last;
    if (this.mode === "fixed") this.range = this.#within(this.range); // a restart shortens a path
    else this.#place();
  }

  /** The range that the mode means; at once, so that a key pressed before the next drawing zooms it. */
  #place() {
    if (this.#last === Infinity) return;
    const last = this.#last;
    const length = last - this.start;
    const wanted = this.mode === "all" ? length : Math.min(length, FOLLOWED_STEPS);
    const width = Math.max(wanted, FEWEST_STEPS);
    const from = Math.max(this.start, last - width);
    this.range = [from, from + width * (1 + MARGIN)];
  }

  /** The range nearest to [from, to] that shows a part of the path. @param {Span} span @returns {Span} */
  #within([from, to]) {
    const length = this.#last - this.start;
    const width = Math.min(Math.max(to - from, 2), WIDEST * Math.max(length, FEWEST_STEPS));
    const room = (1 - SLIVER) * width;
    const wanted = width === to - from ? from : (from + to - width) / 2;
    const left = Math.min(Math.max(wanted, this.start - room), this.#last + room - width);
    return left === from && width === to - from ? [from, to] : [left, left + width];
  }
}

/**
 * A range for the y axis around `values` that does not tremble: the one there was, as long as
 * they fit into it and fill a good part of it; else a new one with room on both sides.
 * @param {Span | null | undefined} previous @param {number[]} values @returns {Span}
 */
export function steadyRange(previous, values) {
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
