// Numbers and times in texts, formatted as in motion/core/format.py and motion/templatetags/moments.py.
// Not for values of inputs, addresses or files.

import { serverNow } from "./server-clock.js";

const MINUS = "−";
const LARGE = 1e6; // from here on a number with decimals is written with a power of ten
const RAISED = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹";
const LEVEL = "-0123456789";
export const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" "); // Intl's British one is "Sept"

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const significant = new Intl.NumberFormat("en", { maximumSignificantDigits: 12 });

/** 14402 → "14,402". @type {(value: number) => string} */
export const formatCount = (value) => grouped.format(value).replace("-", MINUS);

/** "1 step", "1,204 steps". @type {(value: number, noun: string) => string} */
export const formatCounted = (value, noun) => `${formatCount(value)} ${noun}${value === 1 ? "" : "s"}`;

/** @type {Record<string, string>} */ const SUFFIXES = { one: "st", two: "nd", few: "rd", other: "th" };
const ordinalRules = new Intl.PluralRules("en", { type: "ordinal" });

/** 2 → "2nd", 1023 → "1,023rd". @type {(number: number) => string} */
export const formatOrdinal = (number) => `${formatCount(number)}${SUFFIXES[ordinalRules.select(number)]}`;

/** −0.1125 → "−0.113"; with `sign`, 0.775 → "+0.775". Zero has no sign, and neither has a number that rounds to it.
 * @param {number} value */
export function formatDecimal(value, digits = 3, sign = false) {
  const size = Math.abs(value);
  const text = size >= LARGE ? formatPower(size.toExponential(digits)) : formatFixed(size, digits);
  if (Number(size.toFixed(digits)) === 0) return text;
  if (value < 0) return MINUS + text;
  return (sign ? "+" : "") + text;
}

/** A number as a person would write it: 1, 0.25, −0.5, 10,000. @type {(value: number) => string} */
export const formatNumber = (value) => significant.format(value + 0).replace("-", MINUS); // + 0: −0 is 0

/** "2.5e-7": "2.5·10⁻⁷". @param {string} exponential */
export function formatPower(exponential) {
  const [factor, exponent] = exponential.split("e");
  return `${factor.replace("-", MINUS)}·10${toSuperscript(exponent)}`;
}

/** @type {(exponent: string | number) => string} */
export const toSuperscript = (exponent) => [...String(Number(exponent))].map((sign) => RAISED[LEVEL.indexOf(sign)]).join("");

/** @type {(text: string) => string} */
export const fromSuperscript = (text) => [...text].map((sign) => LEVEL[RAISED.indexOf(sign)]).join("");

/** Steps a second: 20.0, 0.5, 0.00028. @type {(value: number) => string} */
export const formatPace = (value) =>
  value === 0 || value >= 1 ? formatDecimal(value, 1) : formatNumber(Number(value.toPrecision(2)));

/** A time in the reader's zone, to the "day", the "minute" or the "second": "21 Nov 2026, 18:22"; "" if
 * `at` is no time.
 * @param {Moment} at @param {"day" | "minute" | "second"} to */
export function formatLocalTime(at, to = "minute") {
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return "";
  const day = `${moment.getDate()} ${MONTHS[moment.getMonth()]} ${moment.getFullYear()}`;
  return to === "day" ? day : `${day}, ${formatTimeOfDay(moment, to)}`;
}

/** To the second: "18:22:05", on another day "21 Nov 2026, 18:22:05". @param {Moment} at */
export function formatClock(at, now = new Date(serverNow())) {
  const isToday = formatLocalTime(at, "day") === formatLocalTime(now, "day");
  return isToday ? formatTimeOfDay(new Date(at), "second") : formatLocalTime(at, "second");
}

/** A time in ms as the server writes it: "21 Nov 2026, 09:22 UTC". @param {number} at */
export function formatUtcTime(at) {
  const [day, time] = new Date(at).toISOString().split("T");
  const [year, month, date] = day.split("-").map(Number);
  return `${date} ${MONTHS[month - 1]} ${year}, ${time.slice(0, 5)} UTC`;
}

/** @param {Date} moment @param {"minute" | "second"} to */
function formatTimeOfDay(moment, to) {
  const parts = [moment.getHours(), moment.getMinutes(), moment.getSeconds()];
  return parts.slice(0, to === "second" ? 3 : 2).map((part) => String(part).padStart(2, "0")).join(":");
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A name inside a sentence, isolated as by <bdi> if its letters run from right to left.
 * @type {(name: string) => string} */
export const isolateName = (name) => (RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name);

/** @param {number} value @param {number} digits */
function formatFixed(value, digits) {
  const [whole, part] = value.toFixed(digits).split(".");
  return part === undefined ? formatCount(Number(whole)) : `${formatCount(Number(whole))}.${part}`;
}
