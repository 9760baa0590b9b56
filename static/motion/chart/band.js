// What theory says of the path, before it is walked: the band in which, at each step,
// 95 of 100 paths lie. Pure.
//
// Over the steps (a, k] the position moves by drift·(k − a) on average, with variance Σ variance:
// normal, whatever was changed on the way.

import { isWhole } from "../live/changes.js";
import { findLowerBound } from "../live/points.js";

const POINTS = 160;
const BENDS = 160; // more in view are a few pixels apart

/** Of a normal distribution, 95 % lie so many deviations about the mean. */
export const DEVIATIONS = 1.96;

/** @typedef {{ mean: number, variance: number }} Sums */
/** @typedef {{ step: number, drift: number, variance: number, sums: Sums }} Regime */

/** Sums of drift and variance over the steps of a path, from the changes that are known of it. */
export class Law {
  #starts; // the steps at which a regime starts, each once
  /** @type {Regime[]} */ #regimes = [];

  /** @param {Change[]} changes */
  constructor(changes) {
    this.first = isWhole(changes) || !changes.length ? 0 : changes[0].step;
    const regimes = new Map();
    for (const { step, drift, variance } of changes) regimes.set(step, { drift, variance });
    this.#starts = [...regimes.keys()];
    for (const [step, law] of regimes) {
      const [before] = this.#regimes.slice(-1);
      this.#regimes.push({ step, ...law, sums: before ? summed(before, step) : { mean: 0, variance: 0 } });
    }
  }

  /** {mean, variance} of X_k − X_a for the first step a that is known, and any k after it. @param {number} step */
  until(step) {
    if (!this.#regimes.length) return { mean: 0, variance: 0 };
    const at = Math.max(0, findLowerBound(this.#starts, step) - 1);
    return summed(this.#regimes[at], step);
  }

  /** The steps within (from, to) at which a regime starts; of more than `BENDS` every nth.
   * @param {number} from @param {number} to */
  startsWithin(from, to) {
    const within = [...this.#starts.keys()].filter((at) => this.#starts[at] > from && this.#starts[at] < to);
    const nth = Math.ceil(within.length / BENDS);
    return within.filter((at) => at % nth === 0).map((at) => this.#starts[at]);
  }
}

/**
 * The band of positions over [left, right] of a path that is at `position` at step `from`:
 * {steps, mean, low, high}.
 * @param {Law} law @param {{ from: number, position: number }} start @param {Span} span @returns {Band}
 */
export function bandFrom(law, { from, position }, [left, right]) {
  const ground = law.until(from);
  const start = Math.max(from, left);
  if (start >= right) return { steps: [], mean: [], low: [], high: [] };
  // It opens like a root: points lie closer where it begins.
  const steps = [...Array(POINTS).keys()].map((at) => {
    const part = at / (POINTS - 1);
    return start + (right - start) * (start === from ? part * part : part);
  });
  return around(merged(steps, law.startsWithin(start, right)), (step) => {
    const { mean, variance } = law.until(step);
    return { mean: position + mean - ground.mean, variance: variance - ground.variance };
  });
}

/** The band of increments over `stride` steps each.
 * @param {Law} law @param {number} stride @param {Span} span @returns {Band} */
export function bandOfIncrements(law, stride, [left, right]) {
  const start = Math.max(left, law.first + stride);
  const starts = law.startsWithin(start - stride, right);
  const bends = starts.flatMap((step) => [step, step + stride]);
  const steps = merged([start, right], bends.filter((step) => step > start && step < right));
  return around(start < right ? steps : [], (step) => {
    const [before, after] = [law.until(step - stride), law.until(step)];
    return { mean: after.mean - before.mean, variance: after.variance - before.variance };
  });
}

/** @param {number[]} steps @param {(step: number) => { mean: number, variance: number }} lawAt @returns {Band} */
function around(steps, lawAt) {
  const laws = steps.map(lawAt);
  const half = laws.map(({ variance }) => DEVIATIONS * Math.sqrt(Math.max(0, variance)));
  return {
    steps,
    mean: laws.map(({ mean }) => mean),
    low: laws.map(({ mean }, at) => mean - half[at]),
    high: laws.map(({ mean }, at) => mean + half[at]),
  };
}

/** @param {Regime} regime @param {number} step @returns {Sums} */
function summed({ step: start, drift, variance, sums }, step) {
  const length = step - start;
  return { mean: sums.mean + drift * length, variance: sums.variance + variance * length };
}

/** @param {number[]} one @param {number[]} other */
function merged(one, other) {
  return [...new Set([...one, ...other])].sort((a, b) => a - b);
}
