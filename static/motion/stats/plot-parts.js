// Axes, labels and lines of the plots beside theory (plots.js). Pure.

import { formatDecimal, formatNumber } from "../lib/format.js";
import { formatShort } from "./significant-digits.js";

/** @typedef {{ x: number, y: number, text: string, anchor: string }} Label
 * @typedef {ReturnType<typeof createFrame>} Area */

export const RIGHT = 12;
const TOP = 8;
const LEFT = 46; // for the labels of the y axis
const BOTTOM = 38; // for the labels and the name of the x axis
const SIGMAS = [-3, -2, -1, 0, 1, 2, 3];
const ROOM = 6; // between two labels
const CAP = 5; // half the end of a whisker

// --- axes ----------------------------------------------------------------------------------

/** The top of an axis from 0 that changes rarely: the previous one, as long as it fits.
 * @param {number | undefined} previous @param {number} highest */
export function chooseTop(previous, highest, room = 1.1, fill = 0.55) {
  if (previous && highest <= previous && highest >= fill * previous) return previous;
  if (!(highest > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(highest)) / 5;
  return Math.ceil((room * highest) / unit) * unit;
}

/** The previous axis, as long as `wanted` fits into it and fills a part `fill` of it.
 * @param {number[] | undefined} previous @param {number[]} wanted @param {number} fill @returns {number[]} */
export function keepAxis(previous, wanted, fill) {
  if (!previous) return wanted;
  const isWithin = wanted[0] >= previous[0] && wanted[1] <= previous[1];
  const isFilled = wanted[1] - wanted[0] >= fill * (previous[1] - previous[0]);
  return isWithin && isFilled ? previous : wanted;
}

/** About `wanted` ticks within [low, high]: multiples of 1, 2 or 5 times a power of ten.
 * @param {number[]} span @param {number} wanted */
export function findTicks([low, high], wanted) {
  const rough = (high - low) / Math.max(1, wanted);
  const unit = 10 ** Math.floor(Math.log10(rough));
  const spacing = unit * ([1, 2, 5].find((factor) => factor * unit >= rough) ?? 10);
  const start = Math.ceil(low / spacing - 1e-9);
  const length = Math.floor(high / spacing + 1e-9) - start + 1;
  return Array.from({ length }, (_, at) => (start + at) * spacing);
}

/** Logarithms of powers of ten within a range of them; of 2 and 5 times these if it is short. @param {number[]} span */
export function findDecades([low, high]) {
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
export const formatPower = (exponent) => formatShort(10 ** exponent);

/** @type {(span: number[]) => Span} */
export const widen = ([low, high]) => [low - 0.04 * (high - low), high + 0.02 * (high - low)];

/** The area of a plot, {left, right, top, bottom}, with scales x(value) and y(value) in pixels.
 * @param {Size} size @param {number[]} x @param {number[]} y */
export function createFrame({ width, height }, x, y) {
  const box = { left: LEFT, right: width - RIGHT, top: TOP, bottom: height - BOTTOM };
  return { ...box, x: createScale(x, [box.left, box.right]), y: createScale(y, [box.bottom, box.top]) };
}

/** @param {number[]} values @param {number[]} pixels @returns {(value: number) => number} */
export function createScale([low, high], [from, to]) {
  const factor = (to - from) / (high - low);
  return (value) => from + (value - low) * factor;
}

// --- labels --------------------------------------------------------------------------------

/** @param {number} mean @param {number} deviation @param {Area} frame @param {boolean} standardised */
export function labelSigmas(mean, deviation, frame, standardised) {
  const at = SIGMAS.map((times) => frame.x(mean + times * deviation));
  /** @param {number} times */
  const sign = (times) => `${times < 0 ? "−" : "+"}${Math.abs(times) === 1 ? "" : Math.abs(times)}σ`;
  /** @param {number} times */
  const text = (times) => (times ? sign(times) : formatNumber(Number(mean.toPrecision(4))));
  const labels = SIGMAS.map((times, index) => ({
    x: at[index],
    y: frame.bottom + 16,
    text: standardised ? formatNumber(times) : text(times),
    anchor: "middle",
  }));
  const name = standardised ? "(ΔX − drift) / √variance" : `ΔX, σ = ${formatShort(deviation)}`;
  const d = at.map((place) => `M${px(place)} ${px(frame.bottom)}v4`).join("");
  return { labels: selectFitting(labels), name, d };
}

/** From labels side by side: the middle one, and outwards from it all that have room. @param {Label[]} labels */
function selectFitting(labels) {
  const middle = (labels.length - 1) / 2;
  const fitting = [labels[middle]];
  const ways = [labels.slice(0, middle).reverse(), labels.slice(middle + 1)];
  for (const way of ways) {
    let before = labels[middle];
    for (const label of way) {
      if (Math.abs(label.x - before.x) < measureLabel(label) / 2 + measureLabel(before) / 2 + ROOM) continue;
      fitting.push(label);
      before = label;
    }
  }
  return fitting.sort((one, other) => one.x - other.x);
}

/** @param {Area} frame @param {number[]} ticks */
export function labelYAxis(frame, ticks, write = createTickFormat(ticks)) {
  return ticks.map((value) => ({
    x: frame.left - 6,
    y: frame.y(value) + 4,
    text: write(value),
    anchor: "end",
  }));
}

/** Labels of the x axis that have room.
 * @param {Area} frame @param {number[]} ticks @param {(value: number) => string} write @returns {Label[]} */
export function labelXAxis(frame, ticks, write) {
  let free = 0;
  return ticks.flatMap((value) => {
    const text = write(value);
    const half = measureLabel({ text }) / 2;
    const x = Math.min(frame.x(value), frame.right + RIGHT - half);
    if (x - half < free) return [];
    free = x + half + ROOM;
    return [{ x, y: frame.bottom + 16, text, anchor: "middle" }];
  });
}

/** @type {(frame: Area, text: string) => Label} */
export const nameXAxis = (frame, text) => ({
  x: (frame.left + frame.right) / 2,
  y: frame.bottom + 32,
  text,
  anchor: "middle",
});

/** A format for the ticks of an axis, with enough digits to differ.
 * @param {number[]} ticks @returns {(value: number) => string} */
export function createTickFormat(ticks) {
  const largest = Math.max(...ticks.map(Math.abs));
  const spacing = ticks.length > 1 ? ticks[1] - ticks[0] : largest;
  if (largest >= 1e5 || largest < 1e-3) return formatShort;
  const digits = Math.max(0, -Math.floor(Math.log10(spacing) + 1e-9));
  return (value) => formatDecimal(value, Math.min(digits, 6));
}

// --- lines ---------------------------------------------------------------------------------

/** The approximate width in pixels, at 11 px. @type {(label: { text: string }) => number} */
const measureLabel = ({ text }) => 6.4 * text.length;

/** @type {(value: number) => string} */
export const px = (value) => String(Math.round(value * 10) / 10);

/** @param {number[]} xs @param {number[]} ys */
export function drawLine(xs, ys) {
  return xs.map((x, at) => `${at ? "L" : "M"}${px(x)} ${px(ys[at])}`).join("");
}

/** @type {(frame: Area, ticks: number[]) => string} */
export const drawGrid = ({ left, right, y }, ticks) =>
  ticks.map((value) => `M${px(left)} ${px(y(value))}H${px(right)}`).join("");

/** `isClosed` is false if the whisker goes down to 0, which a logarithmic axis cannot show.
 * @param {number} x @param {number} low @param {number} high */
export function drawWhisker(x, low, high, cap = CAP, isClosed = true) {
  const end = (/** @type {number} */ y) => `M${px(x - cap)} ${px(y)}h${2 * cap}`;
  return `M${px(x)} ${px(low)}V${px(high)}${isClosed ? end(low) : ""}${end(high)}`;
}

/** @param {number} y @param {number} low @param {number} high */
export function drawLevelWhisker(y, low, high) {
  const end = (/** @type {number} */ x) => `M${px(x)} ${px(y - CAP)}v${2 * CAP}`;
  return `M${px(low)} ${px(y)}H${px(high)}${end(low)}${end(high)}`;
}

/** @type {(x: number, y: number, radius: number) => string} */
export const drawDot = (x, y, radius) =>
  `M${px(x - radius)} ${px(y)}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0Z`;
