// What the numbers of a window say of the theory, in plain sentences. Pure.
//
// Each takes an answer of statistics.json and gives {agrees, text}; `agrees` is null where there
// is nothing to judge. A judgement at 95 % fails one window in twenty by chance, and says so.

import { count, decimal, plain } from "./format.js";
import { fit, holds, strays, sum, tolerated } from "./judgement.js";
import { exact, writerFor } from "./measures.js";

const FEWEST_GROUPS = 3;
const PARTS = {
  histogram: ({ histogram }) => histogram,
  moments: ({ mean, variance }) => mean && variance,
  quadratic: ({ quadratic }) => quadratic,
  displacement: ({ displacement }) => displacement?.lags.length,
};
// Of so many increments a longer view is judged, and by strides of many steps; by fewer, and by
// those alone, where it has changes at more than 5,000 steps (docs/statistics.md).
const WHOLE = 65_536;
const CHANCE = "that happens to one window in twenty by chance";

/** Why there is nothing to show in a picture, or null. */
export function absence(picture, answer) {
  const { count: all, sampled, still } = answer;
  if (!all) return "No increments in view yet.";
  if (still === sampled) return "Nothing random here: the variance is 0.";
  if (sampled - still < 2) return "Fewer than 2 increments in view.";
  return PARTS[picture](answer) ? null : "Too few increments in view.";
}

export function histogram(answer) {
  const { mean, variance, counts } = answer.histogram;
  const law = `N(${plain(mean)}, ${plain(variance)})`;
  const { groups, statistic, bound } = fit(answer.histogram);
  if (groups < FEWEST_GROUPS) {
    return { agrees: null, text: `${count(sum(counts))} increments are too few to judge their law.` };
  }
  const agrees = statistic <= bound;
  if (agrees) return { agrees, text: `${capital(seen(answer))} agree with ${law}.` };
  const excess = above(statistic, bound);
  return { agrees, text: `${capital(seen(answer))} do not agree with ${law}: χ² is ${excess}; ${CHANCE}.` };
}

export function moments(answer) {
  const by = closed(`By ${seen(answer)}`);
  const missed = ["mean", "variance"].filter((name) => !holds(answer[name]));
  if (!missed.length) {
    const [mean, variance] = [plain(answer.mean.expected), plain(answer.variance.expected)];
    return { agrees: true, text: `${by} both intervals hold what theory says: mean ${mean}, variance ${variance}.` };
  }
  const [one, other] = missed.map((name) => `for the ${name}, ${miss(answer[name])}`);
  const said = other
    ? `the interval ${one}, and that ${other}: each ${CHANCE.slice(5)}`
    : `the interval ${one}: ${CHANCE}`;
  return { agrees: false, text: `${by} ${said}.` };
}

export function quadratic(answer) {
  const { realised, expected, low, high } = answer.quadratic;
  const range = { low, high, expected: realised[realised.length - 1] };
  const agrees = holds(range);
  const write = writerFor(range);
  const [reached, theory] = [realised, expected].map((values) => write(values[values.length - 1]));
  const ends = `${write(low)} to ${write(high)}`;
  const text = agrees
    ? `The squares add up to ${reached}; theory says ${theory}, and ${ends} in 95 windows of 100.`
    : `The squares add up to ${reached}, outside the ${ends} of theory: ${CHANCE}.`;
  return { agrees, text: text + squared(answer) };
}

export function displacement(answer) {
  const { lags } = answer.displacement;
  const stray = lags.filter((_, at) => strays(answer.displacement, at));
  const agrees = stray.length <= tolerated(lags.length);
  const stretches = isPartial(answer) ? " Judged by stretches spread evenly over the view." : "";
  if (!stray.length) {
    const all = lags.length === 1 ? "The one lag agrees" : `All ${lags.length} lags agree`;
    return { agrees, text: `${all} with theory, within 95 % intervals.${stretches}` };
  }
  const found = `${stray.length} of ${lags.length}`;
  const lie = stray.length === 1 ? "lies outside its 95 % interval" : "lie outside their 95 % intervals";
  const text = agrees
    ? `The lags agree with theory: ${found} ${lie}, as one in twenty does by chance.`
    : `${found} lags ${lie}, where one in twenty does by chance; neighbours stray together.`;
  return { agrees, text: text + stretches };
}

// --- words ---------------------------------------------------------------------------------

/** "0.211 to 0.239, misses 0.25" */
function miss(interval) {
  const { low, high, expected } = interval;
  const write = writerFor(interval);
  return `${write(low)} to ${write(high)}, misses ${write === exact ? exact(expected) : plain(expected)}`;
}

function above(statistic, bound) {
  const digits = [1, 3, 6].find((many) => Number(statistic.toFixed(many)) > Number(bound.toFixed(many)));
  const write = digits === undefined ? exact : (value) => decimal(value, digits);
  return `${write(statistic)}, above ${write(bound)}`;
}

/** "the 600 increments in view", or which of them; standardised, those that are random. */
function seen({ count: all, sampled, still, standardised }) {
  const random = count(standardised ? sampled - still : sampled);
  const which = sampled < all ? `${random} of the ${count(all)}` : `the ${random}`;
  const how = [sampled < all && "spread evenly", standardised && "standardised"].filter(Boolean);
  return how.length ? `${which} increments in view, ${how.join(" and ")},` : `${which} increments in view`;
}

/** What was squared where the view is too long for each increment. */
function squared(answer) {
  if (!isPartial(answer)) return "";
  const [few, all] = [count(answer.sampled), count(answer.count)];
  if (answer.sampled < WHOLE) return ` From ${few} of the ${all} increments, spread evenly and scaled up.`;
  return " Each square is of many steps at once; none is left out.";
}

const isPartial = ({ count: all, sampled }) => sampled < all;

const closed = (text) => (text.endsWith(",") ? text : `${text},`);

const capital = (text) => text[0].toUpperCase() + text.slice(1);
