// Selects, merges and thins points of a path: {steps, positions}, in order of their steps. Pure.

const OUTSIDE = 8; // so many times coarser outside the view

/** The index of the first element of `sorted` that is not less than `value`.
 * @param {number[]} sorted @param {number} value */
export function findLowerBound(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The points with `from` ≤ step ≤ `to`, and one more on each side.
 * @param {Points} points @param {number} from @param {number} to @returns {Points} */
export function selectBetween({ steps, positions }, from, to) {
  const start = Math.max(0, findLowerBound(steps, from) - 1);
  const end = Math.min(steps.length, findLowerBound(steps, to) + 2);
  return { steps: steps.slice(start, end), positions: positions.slice(start, end) };
}

/** The points of both, each step once. @param {Points} one @param {Points} other @returns {Points} */
export function mergePoints(one, other) {
  if (!other.steps.length) return one;
  /** @type {number[]} */ const steps = [];
  /** @type {number[]} */ const positions = [];
  /** @param {Points} points @param {number} at */
  const take = (points, at) => {
    steps.push(points.steps[at]);
    positions.push(points.positions[at]);
  };
  let i = 0;
  let j = 0;
  while (i < one.steps.length || j < other.steps.length) {
    const left = one.steps[i] ?? Infinity;
    const right = other.steps[j] ?? Infinity;
    if (left <= right) take(one, i);
    else take(other, j);
    if (left <= right) i += 1;
    if (right <= left) j += 1;
  }
  return { steps, positions };
}

/** The points up to step `last`. @param {Points} points @param {number} last @returns {Points} */
export function selectUpTo({ steps, positions }, last) {
  const end = findLowerBound(steps, last + 1);
  return { steps: steps.slice(0, end), positions: positions.slice(0, end) };
}

/** The points at multiples of `stride` within [from, to], fewer outside, and the two ends. The selection
 * stays the same while the range moves.
 * @param {Points} points @param {number} stride @param {Span} range @returns {Points} */
export function thinPoints({ steps, positions }, stride, [from, to]) {
  const end = steps.length - 1;
  const kept = [];
  for (let at = 0; at <= end; at += 1) {
    const step = steps[at];
    const wanted = step >= from && step <= to ? stride : stride * OUTSIDE;
    if (step % wanted === 0 || at === end || at === 0) kept.push(at);
  }
  return { steps: kept.map((at) => steps[at]), positions: kept.map((at) => positions[at]) };
}

/** The widest distance between neighbours of which one lies within [from, to].
 * @param {Points} points @param {number} from @param {number} to */
export function findWidestGap({ steps }, from, to) {
  const start = Math.max(1, findLowerBound(steps, from));
  let widest = 0;
  for (let at = start; at < steps.length && steps[at - 1] < to; at += 1) {
    widest = Math.max(widest, steps[at] - steps[at - 1]);
  }
  return widest;
}

/** Increments over `stride` steps each, X_k − X_{k−stride} at the multiples k of `stride` that have both
 * ends: {steps, positions}.
 * @param {Points} points @param {number} stride */
export function computeDifferences({ steps, positions }, stride) {
  /** @type {Points} */ const found = { steps: [], positions: [] };
  let previous = -1;
  for (let at = 0; at < steps.length; at += 1) {
    if (steps[at] % stride !== 0) continue;
    if (previous >= 0 && steps[at] - steps[previous] === stride) {
      found.steps.push(steps[at]);
      found.positions.push(positions[at] - positions[previous]);
    }
    previous = at;
  }
  return found;
}
