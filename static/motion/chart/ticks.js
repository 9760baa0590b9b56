// The labels of an axis: where they stand and what they say, as Plotly chooses and writes them. Pure.
// A test compares them with Plotly's.

import { MONTHS } from "../lib/format.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365.25 * DAY; // on average
const MONTH = YEAR / 12;
const BEGINNING = Date.UTC(2000, 0, 1); // dates are counted from here, days and weeks from the Sunday after it
const SUNDAY = BEGINNING + DAY;
const OVERHANG = 1e-4; // of the range: Plotly labels a tick so far outside it
const DECIMALS = [2, 5, 10];
const SIXTIETHS = [1, 2, 5, 10, 15, 30];
const PARTS_OF_DAY = [1, 2, 3, 6, 12];
const DAYS = [1, 2, 3, 7, 14];
const MONTHS_OF_YEAR = [1, 2, 3, 6, 12];

/** The second line of a date is the day or the year: at the first label, and where it changes.
 * @typedef {{ value: number, lines: string[] }} Tick
 * @typedef {{ size: number, origin: number, months?: number }} Spacing in ms; months differ in length */

/** About `most` ticks in `range`, with at most so many `decimals`.
 * @param {Span} range @param {number} most @returns {Tick[]} */
export function listNumberTicks(range, most, decimals = 20) {
  const size = chooseDecimal((range[1] - range[0]) / most);
  const needed = Math.max(0, 2 - Math.floor(Math.log(size) / Math.LN10 + 0.01));
  const format = getFormat(Math.min(decimals, needed));
  const values = listMultiples(range, { size, origin: 0 });
  return values.map((value) => ({ value, lines: [format.format(value + 0).replace("-", "−")] })); // + 0: −0 is 0
}

/** @type {Intl.NumberFormat[]} */ const formats = []; // by their number of decimals: it takes long to make one

/** @param {number} decimals */
const getFormat = (decimals) =>
  (formats[decimals] ??= new Intl.NumberFormat("en", { maximumFractionDigits: decimals }));

/** The same for dates, in ms, of which Plotly takes whole ones. @param {Span} span @param {number} most @returns {Tick[]} */
export function listDateTicks(span, most) {
  /** @type {Span} */ const range = [Math.floor(span[0]), Math.floor(span[1])];
  const spacing = chooseSpacing((range[1] - range[0]) / most);
  let before = "";
  return listMultiples(range, spacing).map((value) => {
    const [time, day = ""] = formatDate(new Date(value), spacing);
    const isNew = day !== before;
    before = day;
    return { value, lines: isNew ? [time, day] : [time] };
  });
}

/** 2, 5 or 10 of a power of ten. @param {number} rough */
function chooseDecimal(rough) {
  const base = 10 ** Math.floor(Math.log(rough) / Math.LN10); // not log10, which rounds otherwise
  return base * roundUp(rough / base, DECIMALS);
}

/** @param {number} rough @returns {Spacing} */
function chooseSpacing(rough) {
  const isOver = (/** @type {number} */ unit) => 2 * rough > unit;
  /** @type {(unit: number, sizes: number[]) => number} */
  const round = (unit, sizes) => unit * roundUp(rough / unit, sizes);
  if (isOver(YEAR)) return countMonths(12 * chooseDecimal(rough / YEAR));
  if (isOver(MONTH)) return countMonths(roundUp(rough / MONTH, MONTHS_OF_YEAR));
  if (isOver(DAY)) return { size: round(DAY, DAYS), origin: SUNDAY };
  const origin = BEGINNING;
  if (isOver(HOUR)) return { size: round(HOUR, PARTS_OF_DAY), origin };
  if (isOver(MINUTE)) return { size: round(MINUTE, SIXTIETHS), origin };
  if (isOver(SECOND)) return { size: round(SECOND, SIXTIETHS), origin };
  return { size: chooseDecimal(rough), origin };
}

/** @param {number} months @returns {Spacing} */
const countMonths = (months) => ({ size: months * MONTH, origin: BEGINNING, months });

/** The next larger size, even of an equal value. @param {number} value @param {number[]} sizes */
const roundUp = (value, sizes) => sizes.find((size) => size > value) ?? sizes[sizes.length - 1];

/** @param {Span} range @param {Spacing} spacing */
function listMultiples([from, to], { size, origin, months }) {
  const room = OVERHANG * (to - from);
  const place = (/** @type {number} */ at) => (months ? Date.UTC(2000, months * at, 1) : origin + at * size);
  /** @type {number[]} */ const found = [];
  for (let at = Math.floor((from - origin) / size) - 1; place(at) <= to + room; at += 1) {
    if (place(at) >= from - room) found.push(place(at));
  }
  return found;
}

/** [time, day], [day, year] or [year], as fine as the spacing is; in UTC, as axis.js has shifted the times.
 * @param {Date} date @param {Spacing} spacing */
function formatDate(date, { size, months = 0 }) {
  const [year, month, day] = [date.getUTCFullYear(), MONTHS[date.getUTCMonth()], date.getUTCDate()];
  if (months >= 12) return [`${year}`];
  if (months) return [month, `${year}`];
  if (size >= DAY) return [`${day} ${month}`, `${year}`];
  const end = size < SECOND ? 23 : size < MINUTE ? 19 : 16; // of "2026-11-26T09:58:00.125Z"
  return [date.toISOString().slice(11, end), `${day} ${month} ${year}`];
}
