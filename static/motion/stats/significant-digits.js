// Measured numbers, with as many digits as their interval is worth. Pure.

import { decimal, lowered, plain, power, raised } from "../lib/format.js";

const DIGITS = [0, 1, 2, 3, 4, 5]; // more than an interval is worth, where they show a difference

/** @type {(interval: { low: number, high: number, expected: number }) => boolean} */
const contains = ({ low, high, expected }) => low <= expected && expected <= high;

/** Two digits of the width of the interval that it stands in: 0.0123 in one 0.08 wide is "0.012".
 * @param {number} value @param {number} width */
export function measured(value, width, more = 0) {
  if (!(width > 0) || !value) return plain(value);
  const digits = 1 - Math.floor(Math.log10(width)) + more;
  if (digits <= 5 && Math.abs(value) < 1e6) return decimal(value, Math.max(0, digits));
  const size = Math.floor(Math.log10(Math.abs(value)));
  return power(value.toExponential(Math.min(Math.max(size + digits, 0), 12)));
}

/**
 * Writes numbers with as many digits as a reader of the texts needs to see what is true of the
 * numbers: that the interval contains what is expected, or does not.
 * @param {{ low: number, high: number, expected: number }} interval
 */
export function writerFor({ low, high, expected }) {
  const isInside = contains({ low, high, expected });
  /** @param {(value: number) => string} write */
  const isTrue = (write) => {
    const [from, to, value] = [low, high, expected].map((each) => read(write(each)));
    return contains({ low: from, high: to, expected: value }) === isInside;
  };
  const writers = DIGITS.map((more) => (/** @type {number} */ value) => measured(value, high - low, more));
  return writers.find(isTrue) ?? exact;
}

/** @type {(value: number) => string} */
export const exact = (value) => String(value).replaceAll("-", "−");

/** The number that a text of `measured` shows. @param {string} text */
function read(text) {
  const digits = text.replace(/·10(.+)/, (_, power) => `e${lowered(power)}`);
  return Number(digits.replaceAll(",", "").replaceAll("−", "-"));
}

/** A round number as people write it: 0.5, 20, "2.5·10⁵". @param {number} value */
export function short(value) {
  const size = Math.abs(value);
  if (!size || (size < 1e4 && size >= 1e-3)) return plain(Number(value.toPrecision(3)));
  const [factor, exponent] = Number(size.toPrecision(3)).toExponential().split("e");
  const by = factor === "1" ? "" : `${factor}·`;
  return `${value < 0 ? "−" : ""}${by}10${raised(exponent)}`;
}
