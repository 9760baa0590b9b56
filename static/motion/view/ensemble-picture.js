// The class in a picture: fan, theory, single paths and slice, in coordinates of the axes. Pure.

import { readQuantiles } from "../live/ensemble-series.js";
import { findLowerBound } from "../live/points.js";
import { isWideGap, selectSlices } from "./ensemble-window.js";
import { chooseEdges, countPositions, sampleDensity } from "./slice.js";

export const Z95 = 1.6448536269514722; // 5 % of a normal distribution lie above so many standard deviations

const STRETCH_GAP = 0.02; // of a stretch: more than the stride of a window, which ends before the newest step

/** @typedef {{ window: EnsembleWindow | null, count: number, slices: Slice[] }} Known the first `count` points of the
 *   window, and the slices after them
 * @typedef {(values: number[]) => number[]} Repeat each pause of a clock axis repeats a value */

/** The class in a view that ends at `end`, or null if it is not shown or not known yet.
 * @param {Ensemble} ensemble @param {number} end @param {Axis} axis @returns {EnsemblePicture | null} */
export function createEnsemblePicture(ensemble, end, axis) {
  if (!ensemble.isShown) return null;
  const known = selectKnown(ensemble, end);
  const steps = listSteps(known);
  const laws = steps.flatMap((step) => ensemble.findLaw(step) ?? []);
  if (!steps.length || laws.length < steps.length) return null;
  const { x, repeat } = placeSteps(steps, axis);
  const { lit, mine } = ensemble;
  return {
    x,
    fan: createFan(known, repeat),
    law: {
      low: repeat(laws.map(({ mean, variance }) => mean - Z95 * Math.sqrt(variance))),
      high: repeat(laws.map(({ mean, variance }) => mean + Z95 * Math.sqrt(variance))),
    },
    thin: listThin(ensemble, known, repeat, end),
    barriers: ensemble.laws.chosen === "barrier" ? ensemble.laws.lines : [],
    mine: mine && createBold(ensemble, mine.number, mine.name, end, axis),
    lit: lit === null ? null : createBold(ensemble, lit, ensemble.live.getName(lit), end, axis),
    slice: ensemble.hasSlice ? createSlice(ensemble, end, axis) : null,
  };
}

// --- points ---

/** A path with a name and a dot at its end, with every step that the socket has sent; null if the page lacks it.
 * @param {Ensemble} ensemble @param {number} seat @param {string} name @param {number} end @param {Axis} axis
 * @returns {BoldPath | null} */
function createBold(ensemble, seat, name, end, axis) {
  const known = selectKnown(ensemble, end, 1);
  const positions = readPath(known, seat);
  if (!positions) return null;
  const { x, repeat } = placeSteps(listSteps(known), axis);
  return { seat, name, x, y: repeat(positions), hasCrossed: hasCrossed(ensemble, seat, end) };
}

/** One slice in each `every` steps, by default as many as the window has, so that all of a line looks alike: it ends up to
 * a stride before the newest step, because a point that a later one replaces would have the canvas draw all lines again.
 * Not what lies beyond a wide gap: a line over it would hide what is missing.
 * @param {Ensemble} ensemble @param {number} end @param {number} [every] @returns {Known} */
function selectKnown({ window, slices, model }, end, every = window?.stride) {
  if (!window) return { window, count: 0, slices: selectSlices(slices, -1, end, 1) };
  const { first, last, stride } = window;
  const tail = selectSlices(slices, last, end, every ?? stride);
  const count = Math.max(0, Math.floor((Math.min(end, last) - first) / stride) + 1);
  const gap = tail.findIndex(({ step }, at) => isWideGap(step - (at ? tail[at - 1].step : last), stride));
  if (gap < 0) return { window, count, slices: tail };
  const isBeforeInView = model.view.range[0] < (gap ? tail[gap - 1].step : last);
  return isBeforeInView ? { window, count, slices: tail.slice(0, gap) } : { window: null, count: 0, slices: tail.slice(gap) };
}

/** @param {Known} known */
const listSteps = ({ window, count, slices }) => [
  ...Array.from({ length: count }, (_, at) => (window?.first ?? 0) + at * (window?.stride ?? 1)),
  ...slices.map(({ step }) => step),
];

/** The positions of a seat at the known steps, or null if the window lacks them.
 * @param {Known} known @param {number} seat @returns {number[] | null} */
function readPath({ window, count, slices }, seat) {
  const loaded = window ? window.paths.get(seat) : [];
  return loaded ? loaded.slice(0, count).concat(slices.map(({ positions }) => positions[seat - 1])) : null;
}

/** Whether a path has crossed a barrier by `end`. @param {Ensemble} ensemble @param {number} seat @param {number} end */
const hasCrossed = ({ laws, model }, seat, end) => laws.hasCrossed(model.series.epoch, seat, end);

/** @param {Ensemble} ensemble @param {Known} known @param {Repeat} repeat @param {number} end */
function listThin(ensemble, known, repeat, end) {
  const { seats, mine, mostThin } = ensemble;
  return seats.slice(0, mostThin).flatMap((seat) => {
    const y = seat === mine?.number ? null : readPath(known, seat);
    return y ? [{ seat, y: repeat(y), hasCrossed: hasCrossed(ensemble, seat, end) }] : [];
  });
}

/** @param {Known} known @param {Repeat} repeat @returns {EnsemblePicture["fan"]} */
function createFan({ window, count, slices }, repeat) {
  const tail = slices.map(readQuantiles);
  const [low5, low25, mid, high75, high95] = [0, 1, 2, 3, 4].map((at) =>
    repeat([...(window?.quantiles[at].slice(0, count) ?? []), ...tail.map((quantiles) => quantiles[at])]),
  );
  return { low5, low25, mid, high75, high95 };
}

/** The coordinates of steps, where each pause at one of them has two, and what repeats a value there.
 * @param {number[]} steps @param {Axis} axis @returns {{ x: number[], repeat: Repeat }} */
function placeSteps(steps, axis) {
  const ends = new Map(axis.pauses.map(({ step, to }) => [step, to]));
  if (!ends.size) return { x: steps.map(axis.toX), repeat: (values) => values };
  return {
    x: steps.flatMap((step) => [axis.toX(step), ends.get(step) ?? []].flat()),
    repeat: (values) => values.flatMap((value, at) => (ends.has(steps[at]) ? [value, value] : value)),
  };
}

/** The class between two coordinates, with its slice if the page `hasNumbersAt` that step; null if the page does not have it
 * from end to end.
 * @param {EnsemblePicture} ensemble @param {Span} range @param {(step: number) => boolean} hasNumbersAt
 * @returns {EnsemblePicture | null} */
export function cutEnsemble({ x, fan, law, thin, mine, lit, barriers, slice }, [from, to], hasNumbersAt) {
  const margin = STRETCH_GAP * (to - from);
  if (x[0] > from + margin || x[x.length - 1] < to - margin) return null;
  /** @param {number[]} values @param {number[]} xs */
  const cut = (values, xs = x) => values.filter((_, at) => xs[at] >= from && xs[at] <= to);
  /** @template {Record<string, number[]>} Curves @param {Curves} curves @returns {Curves} */
  const cutAll = (curves) => /** @type {any} */ (Object.fromEntries(Object.entries(curves).map(([name, y]) => [name, cut(y)])));
  /** @param {BoldPath | null} path */
  const cutBold = (path) => path && { ...path, x: cut(path.x, path.x), y: cut(path.y, path.x) };
  return {
    ...{ x: cut(x), fan: cutAll(fan), law: cutAll(law), thin: thin.map((path) => ({ ...path, y: cut(path.y) })) },
    ...{ mine: cutBold(mine), lit: cutBold(lit), barriers, slice: slice && hasNumbersAt(slice.step) ? slice : null },
  };
}

// --- the slice ---

/** @param {Ensemble} ensemble @param {number} end @param {Axis} axis @returns {SlicePicture} */
function createSlice(ensemble, end, axis) {
  const step = ensemble.getSliceStep(end);
  return { step, first: 0, last: end, x: axis.toX(step), ...createHistogram(ensemble, step) };
}

/** By the positions that the page has, or else by the newest answer of the server.
 * @param {Ensemble} ensemble @param {number} step @returns {Pick<SlicePicture, "edges" | "counts" | "density">} */
function createHistogram(ensemble, step) {
  const [positions, law] = [ensemble.findPositions(step), ensemble.findLaw(step)];
  if (!positions || !law) {
    const answer = ensemble.newestAnswer;
    if (!answer) return { edges: [], counts: [], density: [] };
    const { edges, counts, count } = answer;
    return { edges, counts, density: sampleDensity(law ?? answer.law, count, edges[1] - edges[0]) };
  }
  if (!(law.variance > 0)) return { edges: [], counts: [], density: [] }; // all at one place: no shape to compare
  const edges = chooseEdges(positions, law);
  return {
    edges,
    counts: countPositions(positions, edges),
    density: sampleDensity(law, positions.length, edges[1] - edges[0]),
  };
}

// --- the vertical range ---

/** The values of the class between two coordinates, also those of its outermost paths; none without a class.
 * @param {EnsemblePicture | null} ensemble @param {Span} range @returns {number[]} */
export function listValues(ensemble, [from, to]) {
  if (!ensemble) return [];
  const { x, fan, law, thin, mine, lit, barriers } = ensemble;
  /** @param {number[]} x @param {number[][]} lines */
  const list = (x, lines) => {
    const [start, end] = [findLowerBound(x, from), findLowerBound(x, to)];
    return lines.flatMap((values) => findEnds(values, start, end));
  };
  const bold = [mine, lit].flatMap((path) => (path ? list(path.x, [path.y]) : []));
  return [...list(x, [...Object.values(fan), law.low, law.high, ...thin.map(({ y }) => y)]), ...bold, ...barriers];
}

/** The least and the greatest of values with index `start` ≤ index < `end`. @param {number[]} values
 * @param {number} start @param {number} end */
function findEnds(values, start, end) {
  let [low, high] = [Infinity, -Infinity];
  for (let at = start; at < Math.min(end, values.length); at += 1) {
    if (values[at] < low) low = values[at];
    if (values[at] > high) high = values[at];
  }
  return low > high ? [] : [low, high];
}

// --- a path under the pointer ---

/** The seat of the path nearest to a point of the axes, at most `reach` away from it, or null.
 * @param {EnsemblePicture} ensemble @param {{ x: number, y: number }} point @param {number} reach */
export function findSeat({ x: xs, thin, mine }, { x, y }, reach) {
  const lines = thin.map((line) => ({ ...line, x: xs }));
  let [seat, nearest] = [/** @type {number | null} */ (null), reach];
  for (const line of mine ? [mine, ...lines] : lines) {
    const distance = Math.abs(interpolate(line, x) - y);
    if (distance < nearest) [seat, nearest] = [line.seat, distance];
  }
  return seat;
}

/** The height of a line at x; NaN beside it. @param {{ x: number[], y: number[] }} line @param {number} x */
function interpolate({ x: xs, y }, x) {
  const after = findLowerBound(xs, x);
  if (after === xs.length || (after === 0 && xs[0] > x)) return NaN;
  const before = Math.max(0, after - 1);
  const part = xs[after] > xs[before] ? (x - xs[before]) / (xs[after] - xs[before]) : 0;
  return y[before] + part * (y[after] - y[before]);
}
