// My view of the path, which nobody else sees: what part of it, and counted from where. Pure.

/** How many of the newest steps "follow" shows. */
export const FOLLOWED_STEPS = 600;

const FEWEST_STEPS = 20; // across the whole chart
const MARGIN = 0.03; // free space right of the newest point
const SLIVER = 0.05; // of the width: so much of the path stays in sight wherever it is moved
const WIDEST = 10; // times the path
const DRAWN_POINTS = 2_000;

export class View {
  mode = "follow"; // or "all", or "fixed": where I moved it to
  origin = null; // where I reset it: {epoch, step, position}
  range = [0, FEWEST_STEPS]; // steps, counted from the origin
  #last = Infinity; // the newest step, counted so; not known before the first drawing

  follow() {
    this.mode = "follow";
  }

  /** Everything, from step 0: also undoes a reset. */
  all() {
    this.mode = "all";
    this.origin = null;
  }

  /** Cleared, and starting again at zero from now. */
  reset({ epoch, last, position }) {
    this.mode = "follow";
    this.origin = { epoch, step: last, position };
  }

  /** Somebody moved or zoomed the chart; never so far that nothing of the path is left. */
  fix(range) {
    this.mode = "fixed";
    this.range = within(range, this.#last);
  }

  /** Move by a fraction of the width. */
  pan(fraction) {
    const [from, to] = this.range;
    const shift = (to - from) * fraction;
    this.fix([from + shift, to + shift]);
  }

  /** Zoom about the middle; a factor below 1 shows less. */
  zoom(factor) {
    const [from, to] = this.range;
    const middle = (from + to) / 2;
    const half = Math.max(((to - from) / 2) * factor, 2);
    this.fix([middle - half, middle + half]);
  }

  /**
   * What to draw of a series: steps and positions as this view counts them, the newest point,
   * and the range of steps. Ends a reset that another epoch has made meaningless.
   */
  of(series) {
    if (this.origin && this.origin.epoch !== series.epoch) this.origin = null;
    const { step: start, position: ground } = this.origin ?? { step: 0, position: 0 };
    this.#moveTo(series.last - start);
    const [from, to] = this.range;
    const width = to - from;
    // A width more on both sides, so that there is something to drag into sight.
    const part = series.between(Math.max(start, start + from - width), start + to + width);
    const { steps, positions } = thinned(clipped(part, start));
    return {
      x: steps.map((step) => step - start),
      y: positions.map((position) => position - ground),
      newest: [series.last - start, series.position - ground],
      range: this.range,
    };
  }

  #moveTo(last) {
    this.#last = last;
    if (this.mode === "fixed") {
      this.range = within(this.range, last); // a restart leaves a path that is shorter
      return;
    }
    const wanted = this.mode === "all" ? last : Math.min(last, FOLLOWED_STEPS);
    const width = Math.max(wanted, FEWEST_STEPS);
    const from = Math.max(0, last - width);
    this.range = [from, from + width * (1 + MARGIN)];
  }
}

/**
 * A range for the y axis around `values` that does not tremble: the one there was, as long as
 * they fit into it and fill a good part of it; else a new one with room on both sides.
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

/** The range nearest to [from, to] that shows a part of a path of `last` steps. */
function within([from, to], last) {
  const width = Math.min(Math.max(to - from, 2), WIDEST * Math.max(last, FEWEST_STEPS));
  const room = (1 - SLIVER) * width;
  const wanted = width === to - from ? from : (from + to - width) / 2;
  const left = Math.min(Math.max(wanted, -room), last + room - width);
  return left === from && width === to - from ? [from, to] : [left, left + width];
}

function clipped({ steps, positions }, start) {
  const first = steps.findIndex((step) => step >= start);
  return first <= 0 ? { steps, positions } : { steps: steps.slice(first), positions: positions.slice(first) };
}

/** Few enough points to draw at once; the kept ones stay the same while the view moves on. */
function thinned({ steps, positions }) {
  const last = steps.length - 1;
  let kept = [...steps.keys()];
  for (let stride = 2; kept.length > DRAWN_POINTS; stride *= 2) {
    kept = kept.filter((at) => steps[at] % stride === 0 || at === last);
  }
  return { steps: kept.map((at) => steps[at]), positions: kept.map((at) => positions[at]) };
}
