// The band: a range that contains the position of 95 of 100 paths at each step. Pure.
//
// Over the steps (a, k] the displacement is normal; its mean is Σ drift and its variance Σ variance
// over these steps, also if somebody changed both in between.

import { isWhole } from "../live/changes.js";
import { findLowerBound } from "../live/points.js";

const POINTS = 160;
const MOST_STARTS = 160; // of regimes in view; more would be a few pixels apart

/** So many standard deviations around its mean contain 95 % of a normal distribution. */
export const DEVIATIONS = 1.96;

/** @typedef {{ mean: number, variance: number }} Sums */
/** @typedef {{ step: number, drift: number, variance: number, sums: Sums }} Regime */

/** The sums of drift and variance over the steps of a path, from its changes as far as they are known. */
export class Law {
  #starts; // the first steps of the regimes
  /** @type {Regime[]} */ #regimes = [];

  /** @param {Change[]} changes */
  constructor(changes) {
    this.first = isWhole(changes) || !changes.length ? 0 : changes[0].step;
    const regimes = new Map();
    for (const { step, drift, variance } of changes) regimes.set(step, { drift, variance });
    this.#starts = [...regimes.keys()];
    for (const [step, law] of regimes) {
      const [before] = this.#regimes.slice(-1);
      this.#regimes.push({ step, ...law, sums: before ? extendSums(before, step) : { mean: 0, variance: 0 } });
    }
  }

  /** {mean, variance} of X_step − X_first, where `first` is the first step with known changes. @param {number} step */
  sumTo(step) {
    if (!this.#regimes.length) return { mean: 0, variance: 0 };
    const at = Math.max(0, findLowerBound(this.#starts, step) - 1);
    return extendSums(this.#regimes[at], step);
  }

  /** The steps within (from, to) at which a regime starts; every nth of them if there are too many.
   * @param {number} from @param {number} to */
  findStarts(from, to) {
    const within = [...this.#starts.keys()].filter((at) => this.#starts[at] > from && this.#starts[at] < to);
    const nth = Math.ceil(within.length / MOST_STARTS);
    return within.filter((at) => at % nth === 0).map((at) => this.#starts[at]);
  }
}

/** The band {steps, mean, low, high} of positions over [left, right], for a path that is at `position`
 * at step `from`.
 * @param {Law} law @param {{ from: number, position: number }} start @param {Span} span @returns {Band} */
export function computePositionBand(law, { from, position }, [left, right]) {
  const before = law.sumTo(from);
  const start = Math.max(from, left);
  if (start >= right) return { steps: [], mean: [], low: [], high: [] };
  // It opens like a square root: points are closer where it begins.
  const steps = [...Array(POINTS).keys()].map((at) => {
    const part = at / (POINTS - 1);
    return start + (right - start) * (start === from ? part * part : part);
  });
  return createBand(mergeSteps(steps, law.findStarts(start, right)), (step) => {
    const { mean, variance } = law.sumTo(step);
    return { mean: position + mean - before.mean, variance: variance - before.variance };
  });
}

/** The band of increments over `stride` steps each.
 * @param {Law} law @param {number} stride @param {Span} span @returns {Band} */
export function computeIncrementBand(law, stride, [left, right]) {
  const start = Math.max(left, law.first + stride);
  const starts = law.findStarts(start - stride, right);
  const bends = starts.flatMap((step) => [step, step + stride]);
  const steps = mergeSteps([start, right], bends.filter((step) => step > start && step < right));
  return createBand(start < right ? steps : [], (step) => {
    const [before, after] = [law.sumTo(step - stride), law.sumTo(step)];
    return { mean: after.mean - before.mean, variance: after.variance - before.variance };
  });
}

/** @param {number[]} steps @param {(step: number) => { mean: number, variance: number }} sumAt @returns {Band} */
function createBand(steps, sumAt) {
  const laws = steps.map(sumAt);
  const half = laws.map(({ variance }) => DEVIATIONS * Math.sqrt(Math.max(0, variance)));
  return {
    steps,
    mean: laws.map(({ mean }) => mean),
    low: laws.map(({ mean }, at) => mean - half[at]),
    high: laws.map(({ mean }, at) => mean + half[at]),
  };
}

/** @param {Regime} regime @param {number} step @returns {Sums} */
function extendSums({ step: start, drift, variance, sums }, step) {
  const length = step - start;
  return { mean: sums.mean + drift * length, variance: sums.variance + variance * length };
}

/** @param {number[]} one @param {number[]} other */
function mergeSteps(one, other) {
  return [...new Set([...one, ...other])].sort((a, b) => a - b);
}
