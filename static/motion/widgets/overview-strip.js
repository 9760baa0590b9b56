// The geometry of the overview: the whole path on a strip, and the window of the chart on it. Pure.
//
// A place is {range, last, width}: the steps [from, to] in the window, the newest step, and the width in
// pixels of the steps from 0 to `last`.

/** @typedef {{ range: Span, last: number, width: number }} Place */

const THINNEST_PX = 2; // a shorter window would be invisible
const FEWEST_STEPS = 20; // the reader cannot make a window smaller
const MARGIN = 0.03; // of a window: free space right of the newest point, as in viewport.js
const JUMP = 1 / 64; // of the path: a view of all of it is longer by up to so much, as in viewport.js
const BINS = 240; // of the line, each with its lowest and its highest point
const ROOM = 0.06; // above and below the line, as a part of its height

/** The edges of the window, [left, right] in pixels. @param {Place} place @returns {Span} */
export function computeWindow({ range, last, width }) {
  const [left, right] = range.map((step) => Math.min(Math.max(step / last, 0), 1) * width);
  const half = Math.max(right - left, THINNEST_PX) / 2;
  const middle = Math.min(Math.max((left + right) / 2, half), width - half);
  return [middle - half, middle + half];
}

/** The parts that the reader can drag, {left, window, right}, each [from, to] in pixels. The grips are
 * `grip` wide; they cover the edges of a wide window, and lie beside a narrow one.
 * @param {Span} edges @param {number} grip @returns {Record<string, Span>} */
export function computeHandles([left, right], grip) {
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
export function findPart(x, place, grip) {
  const zones = Object.entries(computeHandles(computeWindow(place), grip));
  return zones.find(([, [from, to]]) => x >= from && x <= to)?.[0] ?? "outside";
}

/** A drag of `part` that begins at `x`: a function of the x of the pointer that returns the range.
 * @param {string} part @param {number} x @param {Place} place @returns {(now: number) => Span} */
export function startDrag(part, x, place) {
  const { last, width } = place;
  const range = part === "outside" ? centre(place, x) : clampToPath(place);
  const perPixel = last / width;
  const [from, to] = range;
  const least = Math.min(FEWEST_STEPS, to - from);
  const edge = last + MARGIN * (last - from);
  return (now) => {
    const steps = (now - x) * perPixel;
    if (part === "left") return [clamp(from + steps, 0, to - least), to];
    if (part === "right") return [from, clamp(to + steps, from + least, Math.max(to, edge))];
    return fit([from + steps, to + steps], last);
  };
}

/** Zoom about the pixel `x`, or about the nearer edge if `x` is outside the window.
 * @param {number} x @param {number} factor @param {Place} place */
export function zoomAt(x, factor, place) {
  const [left, right] = computeWindow(place);
  return zoom(factor, place, clamp((x - left) / (right - left), 0, 1));
}

/** Zoom about the point that lies `share` of the window's width within it.
 * @param {number} factor @param {Place} place */
export function zoom(factor, place, share = 0.5) {
  const { last } = place;
  const [from, to] = clampToPath(place);
  const width = Math.max((to - from) * factor, Math.min(to - from, FEWEST_STEPS));
  const left = from + share * (to - from - width);
  return fit([left, left + width], last);
}

/** Move by a part of the window's width. @param {number} share @param {Place} place */
export function pan(share, { range: [from, to], last }) {
  const steps = share * (to - from);
  return fit([from + steps, to + steps], last);
}

/** Move to the first steps. @type {(place: Place) => Span} */
export const moveToBeginning = ({ range: [from, to], last }) => fit([0, to - from], last);

/** True if the window contains the newest step. @type {(place: Pick<Place, "range" | "last">) => boolean} */
export const isLive = ({ range: [, to], last }) => to >= last;

/** The line in few points, {steps, positions, key}: the lowest and the highest point of each of at most 240
 * bins of 2ⁿ steps, and the newest point. The points stay the same while the path grows; `key` changes if
 * points before the newest bin change.
 * @param {Points} points @param {number} last */
export function thinLine({ steps, positions }, last) {
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, last / BINS)));
  /** @type {number[]} */ const kept = [];
  let count = 0;
  let total = 0;
  for (let index = 0; index < steps.length; ) {
    const end = (Math.floor(steps[index] / size) + 1) * size;
    const [low, high, next] = findExtremes(steps, positions, index, end);
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

/** The range of y: the previous one, unless the new one differs by a pixel.
 * @param {Span | undefined} previous @param {number[]} values @param {number} height @returns {Span} */
export function chooseSpread(previous, values, height) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = high > low ? (high - low) * ROOM : 1;
  /** @type {Span} */ const spread = [low - room, high + room];
  const pixel = (spread[1] - spread[0]) / Math.max(1, height);
  const isNear = previous?.every((end, index) => Math.abs(end - spread[index]) < pixel);
  return previous && isNear ? previous : spread;
}

/** The indices of the lowest and the highest position before the step `end`, and of the next step.
 * @param {number[]} steps @param {number[]} positions @param {number} index @param {number} end */
function findExtremes(steps, positions, index, end) {
  let [low, high] = [index, index];
  for (; index < steps.length && steps[index] < end; index += 1) {
    if (positions[index] < positions[low]) low = index;
    if (positions[index] > positions[high]) high = index;
  }
  return [low, high, index];
}

/** Move the middle of the window to the pixel `x`. @param {Place} place @param {number} x */
function centre({ range: [from, to], last, width }, x) {
  const middle = (x / width) * last;
  const half = (to - from) / 2;
  return fit([middle - half, middle + half], last);
}

/** The part of the window on the path: a view can reach far beyond it. @param {Place} place @returns {Span} */
function clampToPath({ range: [from, to], last }) {
  const edge = Math.min(to, last * (1 + JUMP) * (1 + MARGIN));
  return from >= 0 && edge === to ? [from, to] : fit([Math.max(0, from), edge], last);
}

/** The range on the path that is nearest to [from, to]; at most as wide as the path.
 * @param {Span} span @param {number} last @returns {Span} */
function fit([from, to], last) {
  const width = Math.min(to - from, Math.max(last, FEWEST_STEPS) * (1 + MARGIN));
  const left = clamp(from, 0, Math.max(0, last - width / (1 + MARGIN)));
  return [left, left + width];
}

/** @type {(value: number, low: number, high: number) => number} */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
