// The four plots beside theory, as paths and labels of an SVG. Pure.
//
// Each function takes its part of an answer of statistics.json, the size of the SVG in pixels, and the
// `axes` of its last plot, which it keeps as long as they fit. Paths named "found…" show the increments
// in view, paths named "law…" theory.

import { formatCount } from "../lib/format.js";
import {
  RIGHT, chooseTop, createFrame, createScale, createTickFormat, drawDot, drawGrid, drawLevelWhisker, drawLine,
  drawWhisker, findDecades, findTicks, formatPower, keepAxis, labelSigmas, labelXAxis, labelYAxis, nameXAxis, px,
  widen,
} from "./plot-parts.js";
import { createFormatter } from "./significant-digits.js";
import { chooseSteadyRange } from "../view/viewport.js";

const CURVE = 96; // pieces of the normal curve
const DOT = 3.5;

/** @typedef {import("./plot-parts.js").Label} Label
 * @typedef {{ marks: { name: string, d: string }[], labels: Label[], axes: object }} Plot */

/** Bars of counts, under the curve that theory expects for as many increments.
 * @param {StatisticsJson["histogram"]} part @param {Size} size @param {any} axes @param {boolean} standardised
 * @returns {Plot} */
export function histogram({ first, width, counts, mean, variance }, size, axes, standardised) {
  const deviation = Math.sqrt(variance);
  const total = counts.reduce((sum, value) => sum + value, 0);
  /** @param {number} x */
  const height = (x) => (total * width * computeDensity((x - mean) / deviation)) / deviation;
  const far = 3.4 * deviation;
  const range = [Math.min(first, mean - far), Math.max(first + counts.length * width, mean + far)];
  const x = keepAxis(axes?.x, range, 0.7);
  const y = [0, chooseTop(axes?.y[1], Math.max(height(mean), ...counts))];
  const frame = createFrame(size, x, y);
  const gap = frame.x(width) - frame.x(0) > 4 ? 0.5 : 0;
  const bars = counts.map((value, bin) => {
    if (!value) return "";
    const [from, to] = [frame.x(first + bin * width) + gap, frame.x(first + (bin + 1) * width) - gap];
    return `M${px(from)} ${px(frame.bottom)}V${px(frame.y(value))}H${px(to)}V${px(frame.bottom)}Z`;
  });
  const curve = Array.from({ length: CURVE + 1 }, (_, at) => x[0] + ((x[1] - x[0]) * at) / CURVE);
  const ticks = labelSigmas(mean, deviation, frame, standardised);
  return {
    marks: [
      { name: "grid", d: drawGrid(frame, findTicks(y, 4)) },
      { name: "found bars", d: bars.join("") },
      { name: "law", d: drawLine(curve.map(frame.x), curve.map((at) => frame.y(height(at)))) },
      { name: "axis", d: `M${px(frame.left)} ${px(frame.bottom)}H${px(frame.right)}` + ticks.d },
    ],
    labels: [...labelYAxis(frame, findTicks(y, 4)), ...ticks.labels, nameXAxis(frame, ticks.name)],
    axes: { x, y },
  };
}

/** The confidence intervals of mean and variance, one above the other.
 * @param {Pick<StatisticsJson, "mean" | "variance">} part @param {Size} size @param {any} axes @returns {Plot} */
export function moments({ mean, variance }, size, axes) {
  const half = size.height / 2;
  const rows = [
    drawInterval("Mean", mean, { ...size, top: 0, height: half }, axes?.mean),
    drawInterval("Variance", variance, { ...size, top: half, height: half }, axes?.variance, 0),
  ];
  return {
    marks: rows.flatMap(({ marks }) => marks),
    labels: rows.flatMap(({ labels }) => labels),
    axes: { mean: rows[0].reach, variance: rows[1].reach },
  };
}

/** The running sum of squares, the sum that theory expects, and the 95 % range at the end.
 * @param {StatisticsJson["quadratic"]} part @param {Size} size @param {any} axes @returns {Plot} */
export function quadratic({ steps, realised, expected, low, high }, size, axes) {
  const x = [steps[0], Math.max(steps[steps.length - 1], steps[0] + 1)];
  const y = [0, chooseTop(axes?.y[1], Math.max(...realised, ...expected, high))];
  const frame = createFrame(size, x, y);
  const xs = steps.map(frame.x);
  const room = (frame.right - frame.left) / (20 + 6.4 * formatCount(x[1]).length);
  const ticks = findTicks(x, room).filter(Number.isInteger);
  return {
    marks: [
      { name: "grid", d: drawGrid(frame, findTicks(y, 4)) },
      { name: "law", d: drawLine(xs, expected.map(frame.y)) },
      { name: "law whisker", d: drawWhisker(xs[xs.length - 1], frame.y(low), frame.y(high)) },
      { name: "found line", d: drawLine(xs, realised.map(frame.y)) },
    ],
    labels: [
      ...labelYAxis(frame, findTicks(y, 4)),
      ...labelXAxis(frame, ticks, formatCount),
      nameXAxis(frame, "step"),
    ],
    axes: { y },
  };
}

/** The mean squared displacement at lags 1, 2, 4, …, both axes logarithmic.
 * @param {StatisticsJson["displacement"]} part @param {Size} size @param {any} axes @returns {Plot} */
export function displacement({ lags, realised, expected, low, high }, size, axes) {
  const known = lags.map((_, at) => at).filter((at) => realised[at] > 0 && expected[at] > 0);
  const values = known.flatMap((at) => [realised[at], expected[at], high[at], low[at]]);
  const x = [0, Math.max(1, Math.log10(lags[lags.length - 1]))];
  const y = chooseSteadyRange(axes?.y, values.filter((value) => value > 0).map(Math.log10));
  const frame = createFrame(size, widen(x), y);
  const xs = known.map((at) => frame.x(Math.log10(lags[at])));
  const up = (/** @type {number} */ value) => (value > 0 ? frame.y(Math.log10(value)) : frame.bottom);
  const whiskers = known.map((at, place) => drawWhisker(xs[place], up(low[at]), up(high[at]), 2.5, low[at] > 0));
  const dots = known.map((at, place) => drawDot(xs[place], up(realised[at]), 2.75));
  return {
    marks: [
      { name: "grid", d: drawGrid(frame, findDecades(y)) },
      { name: "law", d: drawLine(xs, known.map((at) => up(expected[at]))) },
      { name: "law whisker", d: whiskers.join("") },
      { name: "found dots", d: dots.join("") },
    ],
    labels: [
      ...labelYAxis(frame, findDecades(y), formatPower),
      ...labelXAxis(frame, findDecades(x), formatPower),
      nameXAxis(frame, "lag, in steps"),
    ],
    axes: { y },
  };
}

/** One interval: theory is in the middle, unless the axis ends at a `least` value near it.
 * @param {string} name @param {Interval} found @param {Size & { top: number }} box
 * @param {number | undefined} previous */
function drawInterval(name, { value, low, high, expected }, { width, top, height }, previous, least = -Infinity) {
  const reach = chooseTop(previous, Math.max(expected - low, high - expected), 1.4, 0.35);
  const range = [Math.max(expected - reach, least), expected + reach];
  const x = createScale(range, [RIGHT, width - RIGHT]);
  const middle = top + height / 2 + 2;
  const axis = middle + 18;
  const writeNumber = createFormatter({ low, high, expected });
  const text = `${writeNumber(value)} (${writeNumber(low)} to ${writeNumber(high)})`;
  const ticks = findTicks(range, 4);
  const write = createTickFormat(ticks);
  return {
    reach,
    marks: [
      { name: "axis", d: `M${RIGHT} ${px(axis)}H${px(width - RIGHT)}` + ticks.map((tick) => `M${px(x(tick))} ${px(axis)}v4`).join("") },
      { name: "law", d: `M${px(x(expected))} ${px(middle - 14)}V${px(axis)}` },
      { name: "found whisker", d: drawLevelWhisker(middle, x(low), x(high)) },
      { name: "found dots", d: drawDot(x(value), middle, DOT + 1) },
    ],
    labels: [
      { x: 0, y: top + 14, text: name, anchor: "start" },
      { x: width, y: top + 14, text, anchor: "end" },
      ...ticks.map((tick) => ({ x: x(tick), y: axis + 16, text: write(tick), anchor: "middle" })),
    ],
  };
}

/** The density of N(0, 1). @param {number} z */
const computeDensity = (z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
