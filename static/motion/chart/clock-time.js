// The clock on the wall of whoever looks, as a rising function of time. Pure, but for the zone.

import { Rising } from "../lib/piecewise-linear.js";

const WEEK_MS = 7 * 86_400_000; // no zone sets its clocks twice in a week

/**
 * UTC milliseconds → the milliseconds at which UTC's clock shows what the wall's clock shows,
 * between two moments. Where clocks go forward it jumps. Where they go back, the wall shows an
 * hour twice: those two hours go by at half the pace, so that time never turns round.
 * @param {Span} span
 */
export function wallClock([from, to]) {
  const pieces = [{ at: from, value: from + ahead(from), start: from + ahead(from), slope: 1 }];
  for (const { at, before, after } of settings(from, to)) {
    const back = before - after;
    if (back < 0) {
      pieces.push({ at, value: at + before, start: at + after, slope: 1 });
    } else {
      const twice = at - back + before;
      pieces.push({ at: at - back, value: twice, start: twice, slope: 1 / 2 });
      pieces.push({ at: at + back, value: twice + back, start: twice + back, slope: 1 });
    }
  }
  return new Rising(pieces);
}

/** How far the wall's clock is ahead of UTC, in milliseconds. @type {(at: number) => number} */
const ahead = (at) => -60_000 * new Date(at).getTimezoneOffset();

/** When the clocks were set: [{at, before, after}]. @param {number} from @param {number} to */
function settings(from, to) {
  const found = [];
  for (let at = from; at < to; at += WEEK_MS) {
    const [before, after] = [ahead(at), ahead(at + WEEK_MS)];
    if (before !== after) found.push({ at: border(at, at + WEEK_MS), before, after });
  }
  return found;
}

/** The first moment, to the millisecond, at which the clock is as far ahead as at `high`.
 * @param {number} low @param {number} high @returns {number} */
function border(low, high) {
  if (high - low <= 1) return high;
  const middle = Math.floor((low + high) / 2);
  return ahead(middle) === ahead(high) ? border(low, middle) : border(middle, high);
}
