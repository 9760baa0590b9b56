// When the steps of a path came, and how long the motion had run, computed from its changes. Pure.
// motion/core/step_times.py has the same rules for files.

import { PiecewiseLinear } from "../lib/piecewise-linear.js";

/** @typedef {{ step: number, at: number }} Frontier
 * @typedef {{ step: number, position: number, interval: number, paused: boolean, begin: number, end: number }} Regime
 * @typedef {import("../lib/piecewise-linear.js").Piece & { position?: number }} Piece
 * @typedef {{ from: number, to: number, seconds: number }} Standstill */

const STANDSTILL_S = 60; // a regime that lasts so much longer than its steps contains a standstill
const SHORTEST = 0.01; // a step lasts this part of its interval at least, even if a clock was wrong

/** Step → seconds that the motion had run: the sum of the intervals of all steps up to it, without pauses.
 * @param {Change[]} changes of one path, oldest first
 * @param {number} interval in seconds, valid until the changes have been loaded */
export function buildRunningTime(changes, interval) {
  const regimes = readRegimes(changes);
  let before = { at: 0, value: 0, start: 0, slope: regimes[0]?.interval ?? interval };
  const pieces = regimes.map(({ step, interval: slope }) => {
    const value = before.value + (step - before.at) * before.slope;
    before = { at: step, value, start: value, slope };
    return before;
  });
  return new PiecewiseLinear(pieces.length ? pieces : [before]);
}

/** {moments, pauses, standstill}: step → ms in UTC, the pauses in ms, and the longest standstill or null.
 * Between two changes, or a change and the frontier, steps are evenly spaced. A pause is a jump.
 * @param {Change[]} changes @param {number} interval @param {Frontier} frontier as in axis.js */
export function buildStepTimes(changes, interval, { step, at }) {
  const regimes = readRegimes(changes);
  if (!regimes.length) {
    const pieces = [{ at: step, value: at, start: at, slope: 1_000 * interval }];
    return { moments: new PiecewiseLinear(pieces), pauses: [], standstill: null };
  }
  const last = regimes[regimes.length - 1];
  if (step <= last.step) {
    const end = last.paused ? Math.max(last.end, at) : last.end; // the pause continues
    return layOutRegimes([...regimes.slice(0, -1), { ...last, end }]);
  }
  // The frontier's time may come from a wrong clock, but no motion makes steps faster than its interval.
  const earliest = last.end + Math.max(0, step - last.step - 1) * 1_000 * last.interval;
  const moment = Math.max(at, earliest);
  return layOutRegimes([...regimes, { ...last, step, begin: moment, end: moment }]);
}

/** @param {Regime[]} regimes */
function layOutRegimes(regimes) {
  /** @type {Piece[]} */ const pieces = [];
  /** @type {Standstill | null} */ let standstill = null;
  for (const { step, begin, end, position, interval } of regimes) {
    const before = pieces[pieces.length - 1];
    let value = begin;
    if (before) {
      const steps = step - before.at;
      value = Math.max(begin, before.start + SHORTEST * steps * before.slope);
      const seconds = (value - before.start - steps * before.slope) / 1_000;
      if (seconds > Math.max(STANDSTILL_S, before.slope / 1_000, standstill?.seconds ?? 0)) {
        standstill = { from: before.at, to: step, seconds };
      }
      before.slope = (value - before.start) / steps;
    }
    pieces.push({ at: step, position, value, start: Math.max(value, end), slope: 1_000 * interval });
  }
  const pauses = pieces
    .filter(({ value, start }) => start > value)
    .map(({ at, position = 0, value, start }) => ({ step: at, position, from: value, to: start }));
  return { moments: new PiecewiseLinear(pieces, 1_000 * regimes[0].interval), pauses, standstill };
}

/** @type {WeakMap<Change[], Regime[]>} */
const regimesOf = new WeakMap(); // a list of changes is never altered, so its regimes are read once

/** One regime for each step that has changes, under the last of them; `begin` and `end` are the moments of
 * the first and the last, in ms.
 * @param {Change[]} changes @returns {Regime[]} */
function readRegimes(changes) {
  const known = regimesOf.get(changes);
  if (known) return known;
  /** @type {Regime[]} */ const regimes = [];
  for (const { step, position, interval, paused, at } of changes) {
    const end = Date.parse(at);
    const replaced = regimes[regimes.length - 1]?.step === step ? regimes.pop() : null;
    regimes.push({ step, position, interval, paused, begin: replaced?.begin ?? end, end });
  }
  regimesOf.set(changes, regimes);
  return regimes;
}
