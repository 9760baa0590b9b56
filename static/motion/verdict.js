// What the numbers of a window say of the theory, in plain sentences. Pure.
//
// Each takes an answer of statistics.json and gives {agrees, text}; `agrees` is null where there
// is nothing to judge. A judgement at 95 % fails one window in twenty by chance, and says so.

import { count, decimal, plain } from "./format.js";
import { measured, rounded } from "./measures.js";

const LEAST_EXPECTED = 5; // of a group of bins, for the χ² law to hold of it
const FEWEST_GROUPS = 3;
const NORMAL_95 = 1.6449; // 95 % of N(0, 1) lies below
const PARTS = {
  histogram: ({ histogram }) => histogram,
  moments: ({ mean, variance }) => mean && variance,
  quadratic: ({ quadratic }) => quadratic,
  displacement: ({ displacement }) => displacement?.lags.length,
};
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
    return { agrees: null, text: `Too few to judge their law: ${count(sum(counts))} increments.` };
  }
  const agrees = statistic <= bound;
  const standardised = answer.standardised ? "Standardised, " : "";
  if (agrees) return { agrees, text: capital(`${standardised}in agreement with ${law}: ${of(answer)}.`) };
  const excess = above(statistic, bound);
  return {
    agrees,
    text: capital(`${standardised}not in agreement with ${law}: χ² is ${excess}; ${CHANCE}.${sampling(answer)}`),
  };
}

export function moments(answer) {
  const standardised = answer.standardised ? "Standardised: " : "";
  const missed = ["mean", "variance"].filter((name) => !holds(answer[name]));
  if (!missed.length) {
    const [mean, variance] = [plain(answer.mean.expected), plain(answer.variance.expected)];
    const held = `both intervals hold what theory says, mean ${mean} and variance ${variance}`;
    return { agrees: true, text: capital(`${standardised}${held}: ${of(answer)}.`) };
  }
  const [one, other] = missed.map((name) => `for the ${name}, ${between(answer[name])}, `);
  const [first, second] = missed.map((name) => plain(answer[name].expected));
  const said = other
    ? `the interval ${one}does not hold ${first}, nor that ${other}${second}: each ${CHANCE.slice(5)}`
    : `the interval ${one}does not hold ${first}: ${CHANCE}`;
  return { agrees: false, text: capital(`${standardised}${said}.${sampling(answer)}`) };
}

export function quadratic(answer) {
  const { realised, expected, low, high } = answer.quadratic;
  const [reached, theory] = [realised.at(-1), expected.at(-1)];
  const range = { low, high, expected: reached };
  const agrees = holds(range);
  const text = agrees
    ? `The squares add up to ${measured(reached, high - low)} where theory says ` +
      `${measured(theory, high - low)}, and ${between(range)} in 95 windows of 100.`
    : `The squares add up to ${measured(reached, high - low)}, outside ${between(range)}: ${CHANCE}.`;
  return { agrees, text: text + sampling(answer) };
}

export function displacement(answer) {
  const { lags } = answer.displacement;
  const stray = lags.filter((_, at) => strays(answer.displacement, at));
  const agrees = stray.length <= tolerated(lags.length);
  if (!stray.length) {
    const all = lags.length === 1 ? "The one lag agrees" : `All ${lags.length} lags agree`;
    return { agrees, text: `${all} with theory within 95 % intervals: ${of(answer)}.` };
  }
  const found = `${stray.length} of ${lags.length} lags ${stray.length === 1 ? "lies" : "lie"} outside`;
  const text = agrees
    ? `In agreement with theory: ${found} the 95 % intervals, as one in twenty does by chance.`
    : `${found} the 95 % intervals, where one in twenty does by chance; neighbours stray together.`;
  return { agrees, text: text + sampling(answer) };
}

// --- judging -------------------------------------------------------------------------------

/**
 * Pearson's χ² of the counts against N(mean, variance), which has no fitted parameter: bins are
 * joined until 5 are expected in each group, the outermost reach to infinity, and there is one
 * degree of freedom less than groups. `bound` is the 95 % point.
 */
export function fit({ first, width, counts, mean, variance }) {
  const total = sum(counts);
  const below = (edge) => normal((edge - mean) / Math.sqrt(variance));
  let statistic = 0;
  let groups = 0;
  let from = 0; // the probability below the group
  let inside = 0;
  let left = total;
  counts.forEach((value, bin) => {
    inside += value;
    const to = below(first + (bin + 1) * width);
    if (total * (to - from) < LEAST_EXPECTED || total * (1 - to) < LEAST_EXPECTED) return;
    statistic += squared(inside, total * (to - from));
    groups += 1;
    left -= inside;
    from = to;
    inside = 0;
  });
  statistic += squared(left, total * (1 - from));
  return { statistic, groups: groups + 1, bound: chiSquare95(groups) };
}

/** Whether an interval holds the value that theory expects. */
export const holds = ({ low, high, expected }) => low <= expected && expected <= high;

/** Whether at a lag either value, what happened or what theory says, is outside the interval. */
function strays({ realised, expected, low, high }, at) {
  const within = (value) => (low[at] ?? -Infinity) <= value && value <= high[at];
  return !within(realised[at]) || !within(expected[at]);
}

/** The 95 % point of χ², to 1 % (Wilson and Hilferty 1931). */
function chiSquare95(freedom) {
  const spread = 2 / (9 * freedom);
  return freedom * (1 - spread + NORMAL_95 * Math.sqrt(spread)) ** 3;
}

/** P(N(0, 1) < z), to 8e-8 (Abramowitz and Stegun 26.2.17). */
function normal(z) {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const factors = [1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.31938153];
  const tail = density(z) * factors.reduce((all, factor) => (all + factor) * t, 0);
  return z < 0 ? tail : 1 - tail;
}

/** The density of N(0, 1). */
export const density = (z) => Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);

/** How many of so many independent judgements at 95 % may fail before 95 of 100 have fewer. */
export function tolerated(judgements) {
  let chance = 0.95 ** judgements; // of exactly `failed` failures
  let all = chance;
  let failed = 0;
  while (all < 0.95) {
    chance *= ((judgements - failed) / (failed + 1)) * (0.05 / 0.95);
    failed += 1;
    all += chance;
  }
  return failed;
}

const squared = (found, expected) => (found - expected) ** 2 / expected;

const sum = (values) => values.reduce((total, value) => total + value, 0);

// --- words ---------------------------------------------------------------------------------

/** An interval in words, with as many digits as tell its ends from what it does not hold. */
function between(interval) {
  return ends(interval).join(" to ");
}

function ends(interval) {
  const { low, high, expected } = interval;
  if (holds(interval)) return rounded(interval);
  for (let more = 0; more < 6; more += 1) {
    const texts = rounded(interval, more);
    if (!texts.includes(measured(expected, high - low, more))) return texts;
  }
  return [plain(low), plain(high)];
}

function above(statistic, bound) {
  const digits = statistic.toFixed(1) === bound.toFixed(1) ? 3 : 1;
  return `${decimal(statistic, digits)}, above ${decimal(bound, digits)}`;
}

/** "600 increments in view", or of how many of them the numbers are. */
function of({ count: all, sampled, still, standardised }) {
  const random = standardised ? sampled - still : sampled;
  if (sampled < all) return `a sample of ${count(random)} of ${count(all)} increments`;
  return `${count(random)} increments in view`;
}

function sampling(answer) {
  return answer.sampled < answer.count ? ` From ${of(answer)}.` : "";
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);
