// Numbers that stand still: a true minus sign, fixed digits, grouped thousands.

import { serverNow } from "./clock.js";

const MINUS = "−";

const time = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** 14402 → "14,402". */
export const count = (value) => grouped.format(value).replace("-", MINUS);

/** "1 step", "1,204 steps". */
export const counted = (value, noun) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

/** −0.1125 → "−0.113"; with `sign`, 0.775 → "+0.775". Zero has no sign, nor what rounds to it. */
export function decimal(value, digits = 3, sign = false) {
  const size = Math.abs(value);
  const text = size >= 1e6 ? size.toExponential(digits) : fixed(size, digits);
  if (Number(size.toFixed(digits)) === 0) return text;
  if (value < 0) return MINUS + text;
  return (sign ? "+" : "") + text;
}

/** A parameter as a person would write it: 1, 0.25, −0.5. */
export const plain = (value) => String(Number(value.toPrecision(12))).replace("-", MINUS);

/** Steps a second: 20.0, 0.5, 0.00028. */
export const pace = (value) =>
  value === 0 || value >= 1 ? decimal(value, 1) : plain(Number(value.toPrecision(2)));

/** A moment on the clock of whoever looks: "18:22:05", on another day "21 Nov 2026, 18:22:05". */
export function clock(at, now = new Date(serverNow())) {
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return "";
  const isToday = day.format(moment) === day.format(now);
  return isToday ? time.format(moment) : `${day.format(moment)}, ${time.format(moment)}`;
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A name inside a sentence, as <bdi> would have it: from right to left, it leaves the rest in order. */
export const isolated = (name) => (RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name);

function fixed(value, digits) {
  const [whole, part] = value.toFixed(digits).split(".");
  return part === undefined ? count(Number(whole)) : `${count(Number(whole))}.${part}`;
}
