// Sentences that say how well the increments in view agree with theory. Pure.
//
// Each function takes an answer of statistics.json and returns {mark, text}. The server has done the tests:
// `agreement` has the mark of each plot, how often a correct window differs as much, and what is outside.

import { formatCount, formatDecimal, formatNumber } from "../lib/format.js";
import { formatExactly, createFormatter } from "./significant-digits.js";

/** @typedef {{ mark: Agreement["mark"] | null, text: string }} FitSentence */

/** @type {Record<string, (answer: StatisticsJson) => unknown>} */ const PARTS = {
  histogram: ({ histogram }) => histogram,
  moments: ({ mean, variance }) => mean && variance,
  quadratic: ({ quadratic }) => quadratic,
  displacement: ({ displacement }) => displacement?.lags.length,
};
// Of so many increments the sample of a long view is; of fewer, where it has changes at more than
// 5,000 steps (docs/statistics.md).
const SAMPLE = 65_536;
const FEWEST = 1e-6; // a smaller share of windows is not worth its digits

/** Why a plot is empty, or null if it is not. @param {string} picture @param {StatisticsJson} answer */
export function explainAbsence(picture, answer) {
  const { count: all, sampled, still } = answer;
  if (!all) return "No steps in view yet.";
  if (still === sampled) return "Nothing random here: the variance is 0.";
  if (sampled - still < 2) return "Fewer than 2 random steps in view.";
  return PARTS[picture](answer) ? null : "Too few steps in view.";
}

/** @param {StatisticsJson} answer @returns {FitSentence} */
export function histogram(answer) {
  const { mean, variance, chi2, freedom, counts } = answer.histogram;
  const judgement = answer.agreement.histogram;
  if (!judgement) {
    const few = formatCount(counts.reduce((sum, value) => sum + value, 0));
    return { mark: null, text: `${few} increments are too few for a test.` };
  }
  const which = answer.standardised ? "The standardised increments" : "The increments";
  const law = `N(${formatNumber(mean)}, ${formatNumber(variance)})`;
  if (judgement.mark === "agrees") return { mark: judgement.mark, text: `${which} agree with ${law}.` };
  const text = `${which} differ from ${law}: χ² = ${formatDecimal(chi2, 1)} (${freedom} degrees of freedom) is outside its 95 % range.`;
  return { mark: judgement.mark, text: text + describeChance(judgement) };
}

/** @param {StatisticsJson} answer @returns {FitSentence} */
export function moments(answer) {
  const judgement = answer.agreement.moments;
  const { mark, outside } = judgement;
  const values = `(mean ${formatNumber(answer.mean.expected)}, variance ${formatNumber(answer.variance.expected)})`;
  if (!outside.length) return { mark, text: `Both 95 % intervals contain the true values ${values}.` };
  const text =
    outside.length === 2
      ? `Neither 95 % interval contains its true value ${values}.`
      : `The 95 % interval for the ${outside[0]}, ${describeMiss(answer[outside[0]])}.`;
  return { mark, text: text + describeChance(judgement) };
}

/** @param {StatisticsJson} answer @returns {FitSentence} */
export function quadratic(answer) {
  const { realised, expected, low, high } = answer.quadratic;
  const judgement = answer.agreement.quadratic;
  const write = createFormatter({ low, high, expected: realised[realised.length - 1] });
  const [reached, theory] = [realised, expected].map((values) => write(values[values.length - 1]));
  const range = `${write(low)}–${write(high)}`;
  const text =
    judgement.mark === "agrees"
      ? `Sum of squares ${reached}; expected ${theory} (95 % range ${range}).`
      : `Sum of squares ${reached}, outside the 95 % range ${range} (expected ${theory}).${describeChance(judgement)}`;
  return { mark: judgement.mark, text: text + describeSample(answer) };
}

/** @param {StatisticsJson} answer @returns {FitSentence} */
export function displacement(answer) {
  const { lags } = answer.displacement;
  const judgement = answer.agreement.displacement;
  const stretches = isPartial(answer) ? " From evenly spread stretches." : "";
  return { mark: judgement.mark, text: `${describeLags(judgement.outside, lags)}${describeChance(judgement)}${stretches}` };
}

// --- parts ---------------------------------------------------------------------------------

/** " By chance this happens in 1 of 40 correct windows."; nothing where all is inside.
 * @param {Pick<Agreement, "mark" | "p">} judgement */
function describeChance({ mark, p }) {
  if (mark === "agrees") return "";
  const often = p < FEWEST ? `fewer than 1 of ${formatCount(1 / FEWEST)}` : `1 of ${formatCount(Number((1 / p).toPrecision(2)))}`;
  const how = mark === "rare" && p >= FEWEST ? `only ${often}` : often;
  return ` By chance this happens in ${how} correct windows.`;
}

/** @param {number[]} outside @param {number[]} lags */
function describeLags(outside, lags) {
  if (!outside.length) {
    return lags.length === 1 ? "Lag 1 is inside its 95 % range." : `All ${lags.length} lags are inside the 95 % range.`;
  }
  if (outside.length === 1) return `Lag ${formatCount(outside[0])} is outside the 95 % range.`;
  return `${outside.length} of ${lags.length} lags are outside the 95 % range.`;
}

/** "0.211 to 0.239, does not contain 0.25" @param {Interval} interval */
function describeMiss(interval) {
  const { low, high, expected } = interval;
  const write = createFormatter(interval);
  return `${write(low)} to ${write(high)}, does not contain ${write === formatExactly ? formatExactly(expected) : formatNumber(expected)}`;
}

/** Of which steps the squares are where the view is too long for all its increments. @param {StatisticsJson} answer */
function describeSample(answer) {
  if (!isPartial(answer)) return "";
  return answer.sampled < SAMPLE ? " From evenly spread stretches, scaled up." : " No step is left out.";
}

/** @type {(answer: StatisticsJson) => boolean} */ const isPartial = ({ count: all, sampled }) => sampled < all;
