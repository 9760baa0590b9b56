// Formats of measured numbers: with as many digits as their confidence interval justifies. Pure.

import { formatDecimal, fromSuperscript, formatNumber, formatPower, toSuperscript } from "../lib/format.js";

const EXTRA_DIGITS = [0, 1, 2, 3, 4, 5]; // used if a difference is invisible without them

/** @type {(interval: { low: number, high: number, expected: number }) => boolean} */
const contains = ({ low, high, expected }) => low <= expected && expected <= high;

/** Down to the second digit of the width of the interval: 0.0123 in an interval 0.08 wide is "0.012".
 * @param {number} value @param {number} width */
export function formatMeasured(value, width, more = 0) {
  if (!(width > 0) || !value) return formatNumber(value);
  const digits = 1 - Math.floor(Math.log10(width)) + more;
  if (digits <= 5 && Math.abs(value) < 1e6) return formatDecimal(value, Math.max(0, digits));
  const size = Math.floor(Math.log10(Math.abs(value)));
  return formatPower(value.toExponential(Math.min(Math.max(size + digits, 0), 12)));
}

/** A format for the numbers of an interval, with enough digits to show if the interval contains the
 * expected value.
 * @param {{ low: number, high: number, expected: number }} interval */
export function createFormatter({ low, high, expected }) {
  const isInside = contains({ low, high, expected });
  const isFaithful = (/** @type {(value: number) => string} */ write) => {
    const [from, to, value] = [low, high, expected].map((each) => parseFormatted(write(each)));
    return contains({ low: from, high: to, expected: value }) === isInside;
  };
  const writers = EXTRA_DIGITS.map((more) => (/** @type {number} */ value) => formatMeasured(value, high - low, more));
  return writers.find(isFaithful) ?? formatExactly;
}

/** @type {(value: number) => string} */
export const formatExactly = (value) => String(value).replaceAll("-", "−");

/** The number in a text of `formatMeasured`. @param {string} text */
function parseFormatted(text) {
  const digits = text.replace(/·10(.+)/, (_, power) => `e${fromSuperscript(power)}`);
  return Number(digits.replaceAll(",", "").replaceAll("−", "-"));
}

/** A round number as people write it: 0.5, 20, "2.5·10⁵". @param {number} value */
export function formatShort(value) {
  const size = Math.abs(value);
  if (!size || (size < 1e4 && size >= 1e-3)) return formatNumber(Number(value.toPrecision(3)));
  const [factor, exponent] = Number(size.toPrecision(3)).toExponential().split("e");
  const by = factor === "1" ? "" : `${factor}·`;
  return `${value < 0 ? "−" : ""}${by}10${toSuperscript(exponent)}`;
}
