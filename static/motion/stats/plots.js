// The small pictures of the theory, as lines and labels of an SVG in pixels of its own. Pure.
//
// Each takes its part of an answer of statistics.json, the size of its SVG, and the `axes` of its
// last picture, which it keeps while they fit: {marks: [{name, d}], labels, axes}. Marks "found…"
// show the increments in view, marks "law…" theory.

import { count, decimal, plain } from "../lib/format.js";
import { short, writerFor } from "./significant-digits.js";
import { steadyRange } from "../view/viewport.js";

const TOP = 8;
const LEFT = 46; // for the labels of the y axis
const RIGHT = 12;
const BOTTOM = 38; // for the labels of the x axis, and its name
const CURVE = 96; // pieces of the normal curve
const SIGMAS = [-3, -2, -1, 0, 1, 2, 3];
const ROOM = 6; // between two labels
const DOT = 3.5;
const CAP = 5; // half the end of a whisker

/**
 * @typedef {{ x: number, y: number, text: string, anchor: string }} Label
 * @typedef {{ marks: { name: string, d: string }[], labels: Label[], axes: object }} Plot
 * @typedef {ReturnType<typeof framed>} Area
 */

/** Bars of counts, under the curve that `sampled` increments of the law would follow.
 * @param {StatisticsJson["histogram"]} part @param {Size} size @param {any} axes @param {boolean} standardised
 * @returns {Plot} */
export function histogram({ first, width, counts, mean, variance }, size, axes, standardised) {
  const deviation = Math.sqrt(variance);
  const total = counts.reduce((sum, value) => sum + value, 0);
  /** @param {number} x */
  const height = (x) => (total * width * density((x - mean) / deviation)) / deviation;
  const far = 3.4 * deviation;
  const range = [
    Math.min(first, mean - far),
    Math.max(first + counts.length * width, mean + far),
  ];
  const x = kept(axes?.x, range, 0.7);
  const y = [0, steadyTop(axes?.y[1], Math.max(height(mean), ...counts))];
  const frame = framed(size, x, y);
  const gap = frame.x(width) - frame.x(0) > 4 ? 0.5 : 0;
  const bars = counts.map((value, bin) => {
    if (!value) return "";
    const [from, to] = [frame.x(first + bin * width) + gap, frame.x(first + (bin + 1) * width) - gap];
    return `M${px(from)} ${px(frame.bottom)}V${px(frame.y(value))}H${px(to)}V${px(frame.bottom)}Z`;
  });
  const curve = Array.from({ length: CURVE + 1 }, (_, at) => x[0] + ((x[1] - x[0]) * at) / CURVE);
  const ticks = sigmas(mean, deviation, frame, standardised);
  return {
    marks: [
      { name: "grid", d: across(frame, niceTicks(y, 4)) },
      { name: "found bars", d: bars.join("") },
      { name: "law", d: line(curve.map(frame.x), curve.map((at) => frame.y(height(at)))) },
      { name: "axis", d: `M${px(frame.left)} ${px(frame.bottom)}H${px(frame.right)}` + ticks.d },
    ],
    labels: [...beside(frame, niceTicks(y, 4)), ...ticks.labels, named(frame, ticks.name)],
    axes: { x, y },
  };
}

/** Two intervals, one above the other: mean and variance.
 * @param {Pick<StatisticsJson, "mean" | "variance">} part @param {Size} size @param {any} axes @returns {Plot} */
export function moments({ mean, variance }, size, axes) {
  const strip = size.height / 2;
  const strips = [
    interval("Mean", mean, { ...size, top: 0, height: strip }, axes?.mean),
    interval("Variance", variance, { ...size, top: strip, height: strip }, axes?.variance, 0),
  ];
  return {
    marks: strips.flatMap(({ marks }) => marks),
    labels: strips.flatMap(({ labels }) => labels),
    axes: { mean: strips[0].reach, variance: strips[1].reach },
  };
}

/** The running sum of squares against the running Σ variance, and where it is to end.
 * @param {StatisticsJson["quadratic"]} part @param {Size} size @param {any} axes @returns {Plot} */
export function quadratic({ steps, realised, expected, low, high }, size, axes) {
  const x = [steps[0], Math.max(steps[steps.length - 1], steps[0] + 1)];
  const y = [0, steadyTop(axes?.y[1], Math.max(...realised, ...expected, high))];
  const frame = framed(size, x, y);
  const xs = steps.map(frame.x);
  const room = (frame.right - frame.left) / (28 + 6.4 * count(x[1]).length);
  const ticks = niceTicks(x, room).filter(Number.isInteger);
  return {
    marks: [
      { name: "grid", d: across(frame, niceTicks(y, 4)) },
      { name: "law", d: line(xs, expected.map(frame.y)) },
      { name: "law whisker", d: whisker(xs[xs.length - 1], frame.y(low), frame.y(high)) },
      { name: "found line", d: line(xs, realised.map(frame.y)) },
    ],
    labels: [
      ...beside(frame, niceTicks(y, 4)),
      ...under(frame, ticks, count),
      named(frame, "step"),
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
  const y = steadyRange(axes?.y, values.filter((value) => value > 0).map(Math.log10));
  const frame = framed(size, widened(x), y);
  const xs = known.map((at) => frame.x(Math.log10(lags[at])));
  /** @param {number} value */
  const up = (value) => (value > 0 ? frame.y(Math.log10(value)) : frame.bottom);
  const whiskers = known.map((at, place) => whisker(xs[place], up(low[at]), up(high[at]), 2.5, low[at] > 0));
  const dots = known.map((at, place) => dot(xs[place], up(realised[at]), 2.75));
  return {
    marks: [
      { name: "grid", d: across(frame, decades(y)) },
      { name: "law", d: line(xs, known.map((at) => up(expected[at]))) },
      { name: "law whisker", d: whiskers.join("") },
      { name: "found dots", d: dots.join("") },
    ],
    labels: [
      ...beside(frame, decades(y), power),
      ...under(frame, decades(x), power),
      named(frame, "lag, in steps"),
    ],
    axes: { y },
  };
}

// --- axes ----------------------------------------------------------------------------------

/** The top of an axis from 0 that does not tremble: the one there was, while it will do.
 * @param {number | undefined} previous @param {number} highest */
function steadyTop(previous, highest, room = 1.1, fill = 0.55) {
  if (previous && highest <= previous && highest >= fill * previous) return previous;
  if (!(highest > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(highest)) / 5;
  return Math.ceil((room * highest) / unit) * unit;
}

/** The axis there was, as long as `wanted` fits into it and fills so much of it.
 * @param {number[] | undefined} previous @param {number[]} wanted @param {number} fill @returns {number[]} */
function kept(previous, wanted, fill) {
  if (!previous) return wanted;
  const isWithin = wanted[0] >= previous[0] && wanted[1] <= previous[1];
  const isFilled = wanted[1] - wanted[0] >= fill * (previous[1] - previous[0]);
  return isWithin && isFilled ? previous : wanted;
}

/** Multiples of 1, 2 or 5 times a power of ten within [low, high], about `wanted` of them.
 * @param {number[]} span @param {number} wanted */
export function niceTicks([low, high], wanted) {
  const rough = (high - low) / Math.max(1, wanted);
  const unit = 10 ** Math.floor(Math.log10(rough));
  const spacing = unit * ([1, 2, 5].find((factor) => factor * unit >= rough) ?? 10);
  const start = Math.ceil(low / spacing - 1e-9);
  const length = Math.floor(high / spacing + 1e-9) - start + 1;
  return Array.from({ length }, (_, at) => (start + at) * spacing);
}

/** Logarithms of powers of ten within a range of them; of 2 and 5 times these where it is short.
 * @param {number[]} span */
function decades([low, high]) {
  const exponents = Array.from(
    { length: Math.ceil(high) - Math.floor(low) + 1 },
    (_, at) => Math.floor(low) + at,
  );
  /** @type {(values: number[]) => number[]} */
  const within = (values) => values.filter((value) => value >= low && value <= high);
  if (high - low < 2.5) {
    return within(exponents.flatMap((exponent) => [1, 2, 5].map((by) => exponent + Math.log10(by))));
  }
  const every = Math.ceil((high - low) / 6);
  return within(exponents.filter((exponent) => exponent % every === 0));
}

/** @param {number} exponent */
const power = (exponent) => short(10 ** exponent);

/** @type {(span: number[]) => Span} */
const widened = ([low, high]) => [low - 0.04 * (high - low), high + 0.02 * (high - low)];

/** A plot area within a size, and the ways into it: {left, right, top, bottom, x(), y()}.
 * @param {Size} size @param {number[]} x @param {number[]} y */
function framed({ width, height }, x, y) {
  const box = { left: LEFT, right: width - RIGHT, top: TOP, bottom: height - BOTTOM };
  return { ...box, x: scale(x, [box.left, box.right]), y: scale(y, [box.bottom, box.top]) };
}

/** @param {number[]} values @param {number[]} pixels @returns {(value: number) => number} */
function scale([low, high], [from, to]) {
  const factor = (to - from) / (high - low);
  return (value) => from + (value - low) * factor;
}

// --- labels --------------------------------------------------------------------------------

/** @param {number} mean @param {number} deviation @param {Area} frame @param {boolean} standardised */
function sigmas(mean, deviation, frame, standardised) {
  const at = SIGMAS.map((times) => frame.x(mean + times * deviation));
  /** @param {number} times */
  const sign = (times) => `${times < 0 ? "−" : "+"}${Math.abs(times) === 1 ? "" : Math.abs(times)}σ`;
  /** @param {number} times */
  const text = (times) => (times ? sign(times) : plain(Number(mean.toPrecision(4))));
  const labels = SIGMAS.map((times, index) => ({
    x: at[index],
    y: frame.bottom + 16,
    text: standardised ? plain(times) : text(times),
    anchor: "middle",
  }));
  const name = standardised ? "(ΔX − drift) / √variance" : `ΔX, σ = ${short(deviation)}`;
  const d = at.map((place) => `M${px(place)} ${px(frame.bottom)}v4`).join("");
  return { labels: outwards(labels), name, d };
}

/** Of labels side by side the middle one, and outwards from it those for which there is room.
 * @param {Label[]} labels */
function outwards(labels) {
  const middle = (labels.length - 1) / 2;
  const kept = [labels[middle]];
  const ways = [labels.slice(0, middle).reverse(), labels.slice(middle + 1)];
  for (const way of ways) {
    let before = labels[middle];
    for (const label of way) {
      if (Math.abs(label.x - before.x) < breadth(label) / 2 + breadth(before) / 2 + ROOM) continue;
      kept.push(label);
      before = label;
    }
  }
  return kept.sort((one, other) => one.x - other.x);
}

/** @param {Area} frame @param {number[]} ticks */
function beside(frame, ticks, write = inSteps(ticks)) {
  return ticks.map((value) => ({
    x: frame.left - 6,
    y: frame.y(value) + 4,
    text: write(value),
    anchor: "end",
  }));
}

/** Labels of the x axis, without those for which there is no room.
 * @param {Area} frame @param {number[]} ticks @param {(value: number) => string} write @returns {Label[]} */
function under(frame, ticks, write) {
  let free = 0;
  return ticks.flatMap((value) => {
    const text = write(value);
    const half = breadth({ text }) / 2;
    const x = Math.min(frame.x(value), frame.right + RIGHT - half);
    if (x - half < free) return [];
    free = x + half + ROOM;
    return [{ x, y: frame.bottom + 16, text, anchor: "middle" }];
  });
}

/** @type {(frame: Area, text: string) => Label} */
const named = (frame, text) => ({
  x: (frame.left + frame.right) / 2,
  y: frame.bottom + 32,
  text,
  anchor: "middle",
});

/** How to write the ticks of an axis: with enough digits to differ.
 * @param {number[]} ticks @returns {(value: number) => string} */
function inSteps(ticks) {
  const largest = Math.max(...ticks.map(Math.abs));
  const spacing = ticks.length > 1 ? ticks[1] - ticks[0] : largest;
  if (largest >= 1e5 || largest < 1e-3) return short;
  const digits = Math.max(0, -Math.floor(Math.log10(spacing) + 1e-9));
  return (value) => decimal(value, Math.min(digits, 6));
}

/** The density of N(0, 1). @param {number} z */
const density = (z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

// --- lines ---------------------------------------------------------------------------------

/** The line of theory stands in the middle, unless there is a `least` value near it.
 * @param {string} name @param {Interval} found @param {Size & { top: number }} box
 * @param {number | undefined} previous */
function interval(name, { value, low, high, expected }, { width, top, height }, previous, least = -Infinity) {
  const reach = steadyTop(previous, Math.max(expected - low, high - expected), 1.4, 0.35);
  const range = [Math.max(expected - reach, least), expected + reach];
  const x = scale(range, [RIGHT, width - RIGHT]);
  const middle = top + height / 2 + 2;
  const axis = middle + 18;
  const writeNumber = writerFor({ low, high, expected });
  const text = `${writeNumber(value)} (${writeNumber(low)} to ${writeNumber(high)})`;
  const ticks = niceTicks(range, 4);
  const write = inSteps(ticks);
  return {
    reach,
    marks: [
      { name: "axis", d: `M${RIGHT} ${px(axis)}H${px(width - RIGHT)}` + ticks.map((tick) => `M${px(x(tick))} ${px(axis)}v4`).join("") },
      { name: "law", d: `M${px(x(expected))} ${px(middle - 14)}V${px(axis)}` },
      { name: "found whisker", d: level(middle, x(low), x(high)) },
      { name: "found dots", d: dot(x(value), middle, DOT + 1) },
    ],
    labels: [
      { x: 0, y: top + 14, text: name, anchor: "start" },
      { x: width, y: top + 14, text, anchor: "end" },
      ...ticks.map((tick) => ({ x: x(tick), y: axis + 16, text: write(tick), anchor: "middle" })),
    ],
  };
}

/** About, at 11 px. @type {(label: { text: string }) => number} */
const breadth = ({ text }) => 6.4 * text.length;

/** @type {(value: number) => string} */
const px = (value) => String(Math.round(value * 10) / 10);

/** @param {number[]} xs @param {number[]} ys */
function line(xs, ys) {
  return xs.map((x, at) => `${at ? "L" : "M"}${px(x)} ${px(ys[at])}`).join("");
}

/** @type {(frame: Area, ticks: number[]) => string} */
const across = ({ left, right, y }, ticks) =>
  ticks.map((value) => `M${px(left)} ${px(y(value))}H${px(right)}`).join("");

/** One that is not closed below goes down to 0, which a logarithmic axis does not show.
 * @param {number} x @param {number} low @param {number} high */
function whisker(x, low, high, cap = CAP, isClosed = true) {
  /** @param {number} y */
  const end = (y) => `M${px(x - cap)} ${px(y)}h${2 * cap}`;
  return `M${px(x)} ${px(low)}V${px(high)}${isClosed ? end(low) : ""}${end(high)}`;
}

/** @param {number} y @param {number} low @param {number} high */
function level(y, low, high) {
  /** @param {number} x */
  const end = (x) => `M${px(x)} ${px(y - CAP)}v${2 * CAP}`;
  return `M${px(low)} ${px(y)}H${px(high)}${end(low)}${end(high)}`;
}

/** @type {(x: number, y: number, radius: number) => string} */
const dot = (x, y, radius) =>
  `M${px(x - radius)} ${px(y)}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0Z`;
