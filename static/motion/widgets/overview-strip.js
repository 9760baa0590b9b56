// The motion's whole life on a strip, and a window on it: where they lie, what a hand does. Pure.
//
// A place is {range, last, width}: the steps [from, to] in the window, the newest step, and the
// width in pixels onto which the steps from 0 to `last` are laid.

/** @typedef {{ range: Span, last: number, width: number }} Place */

const THINNEST_PX = 2; // a window of far less than a pixel is seen all the same
const FEWEST_STEPS = 20; // in a window that a hand makes smaller
const MARGIN = 0.03; // of a window: free space right of the newest point, as in viewport.js
const BINS = 240; // of the line, each with its lowest and its highest point
const ROOM = 0.06; // of the line's height, above and below

/** Where the window is drawn: [left, right] in pixels. @param {Place} place @returns {Span} */
export function windowOn({ range, last, width }) {
  const [left, right] = range.map((step) => Math.min(Math.max(step / last, 0), 1) * width);
  const half = Math.max(right - left, THINNEST_PX) / 2;
  const middle = Math.min(Math.max((left + right) / 2, half), width - half);
  return [middle - half, middle + half];
}

/**
 * What a hand takes where: {left, window, right}, each [from, to] in pixels. The grips, `grip`
 * wide, lie over the edges of a broad window, and beside one in which they would leave no middle.
 * @param {Span} edges @param {number} grip @returns {Record<string, Span>}
 */
export function handles([left, right], grip) {
  if (right - left >= 3 * grip) {
    const [a, b] = [left + grip / 2, right - grip / 2];
    return { left: [a - grip, a], window: [a, b], right: [b, b + grip] };
  }
  const middle = (left + right) / 2;
  const half = Math.max(right - left, grip) / 2;
  const [a, b] = [middle - half, middle + half];
  return { left: [a - grip, a], window: [a, b], right: [b, b + grip] };
}

/** "left", "window", "right", or "outside" of all of them.
 * @param {number} x @param {Place} place @param {number} grip */
export function partAt(x, place, grip) {
  const zones = Object.entries(handles(windowOn(place), grip));
  return zones.find(([, [from, to]]) => x >= from && x <= to)?.[0] ?? "outside";
}

/** The range after a hand that took `part` at `x` has moved to another x: a function of that.
 * @param {string} part @param {number} x @param {Place} place @returns {(now: number) => Span} */
export function hold(part, x, place) {
  const { last, width } = place;
  const range = part === "outside" ? centred(place, x) : withinLife(place);
  const perPixel = last / width;
  const [from, to] = range;
  const least = Math.min(FEWEST_STEPS, to - from);
  const edge = last + MARGIN * (last - from);
  return (now) => {
    const steps = (now - x) * perPixel;
    if (part === "left") return [clamp(from + steps, 0, to - least), to];
    if (part === "right") return [from, clamp(to + steps, from + least, Math.max(to, edge))];
    return fitted([from + steps, to + steps], last);
  };
}

/** Zoom about the pixel `x`; from outside, about the window's nearer edge.
 * @param {number} x @param {number} factor @param {Place} place */
export function zoomedAt(x, factor, place) {
  const [left, right] = windowOn(place);
  return zoomed(factor, place, clamp((x - left) / (right - left), 0, 1));
}

/** Zoom about the point that lies `share` of the window's width within it.
 * @param {number} factor @param {Place} place */
export function zoomed(factor, place, share = 0.5) {
  const { last } = place;
  const [from, to] = withinLife(place);
  const width = Math.max((to - from) * factor, Math.min(to - from, FEWEST_STEPS));
  const left = from + share * (to - from - width);
  return fitted([left, left + width], last);
}

/** Move by a part of the window's width. @param {number} share @param {Place} place */
export function panned(share, { range: [from, to], last }) {
  const steps = share * (to - from);
  return fitted([from + steps, to + steps], last);
}

/** The window, as wide as it is, over the first steps. @type {(place: Place) => Span} */
export const atBeginning = ({ range: [from, to], last }) => fitted([0, to - from], last);

/** Whether the newest step is in the window. @type {(place: Pick<Place, "range" | "last">) => boolean} */
export const isLive = ({ range: [, to], last }) => to >= last;

/**
 * The line in few points: of the points in each of at most 240 stretches of 2ⁿ steps, the lowest
 * and the highest, and the newest: {steps, positions, key}. The stretches, and so the points, stay
 * the same while the path grows; `key` is another if those before the newest stretch are others.
 * @param {Points} points @param {number} last
 */
export function outline({ steps, positions }, last) {
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, last / BINS)));
  /** @type {number[]} */ const kept = [];
  let count = 0;
  let total = 0;
  for (let index = 0; index < steps.length; ) {
    const end = (Math.floor(steps[index] / size) + 1) * size;
    const [low, high, next] = extremes(steps, positions, index, end);
    if (next < steps.length) {
      count += 1;
      total += positions[low] + positions[high];
    }
    kept.push(Math.min(low, high), ...(low === high ? [] : [Math.max(low, high)]));
    index = next;
  }
  if (kept.length && kept[kept.length - 1] < steps.length - 1) kept.push(steps.length - 1);
  return {
    steps: kept.map((index) => steps[index]),
    positions: kept.map((index) => positions[index]),
    key: [size, count, total, steps[0]].join(),
  };
}

/** The range of y: the one there was, while a new one would lie within a pixel of it.
 * @param {Span | undefined} previous @param {number[]} values @param {number} height @returns {Span} */
export function steadySpread(previous, values, height) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = high > low ? (high - low) * ROOM : 1;
  /** @type {Span} */ const spread = [low - room, high + room];
  const pixel = (spread[1] - spread[0]) / Math.max(1, height);
  const isNear = previous?.every((end, index) => Math.abs(end - spread[index]) < pixel);
  return previous && isNear ? previous : spread;
}

/** The indices of the lowest and the highest position before the step `end`; the next one's.
 * @param {number[]} steps @param {number[]} positions @param {number} index @param {number} end */
function extremes(steps, positions, index, end) {
  let [low, high] = [index, index];
  for (; index < steps.length && steps[index] < end; index += 1) {
    if (positions[index] < positions[low]) low = index;
    if (positions[index] > positions[high]) high = index;
  }
  return [low, high, index];
}

/** The window, as wide as it is, about the pixel `x`. @param {Place} place @param {number} x */
function centred({ range: [from, to], last, width }, x) {
  const middle = (x / width) * last;
  const half = (to - from) / 2;
  return fitted([middle - half, middle + half], last);
}

/** What of the window lies over the path: a view may reach far beyond it. @param {Place} place @returns {Span} */
function withinLife({ range: [from, to], last }) {
  const edge = Math.min(to, last * (1 + MARGIN));
  return from >= 0 && edge === to ? [from, to] : fitted([Math.max(0, from), edge], last);
}

/** The range of this width, or of the whole path's, that is nearest to [from, to] on the path.
 * @param {Span} span @param {number} last @returns {Span} */
function fitted([from, to], last) {
  const width = Math.min(to - from, Math.max(last, FEWEST_STEPS) * (1 + MARGIN));
  const left = clamp(from, 0, Math.max(0, last - width / (1 + MARGIN)));
  return [left, left + width];
}

/** @type {(value: number, low: number, high: number) => number} */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
