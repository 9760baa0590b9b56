// Whether the numbers of a window agree with theory, at 95 %. Pure.

const LEAST_EXPECTED = 5; // of a group of bins, for the χ² law to hold of it
const NORMAL_95 = 1.6449; // 95 % of N(0, 1) lies below

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
    statistic += deviance(inside, total * (to - from));
    groups += 1;
    left -= inside;
    from = to;
    inside = 0;
  });
  statistic += deviance(left, total * (1 - from));
  return { statistic, groups: groups + 1, bound: chiSquare95(groups) };
}

/** Whether an interval holds the value that theory expects. */
export const holds = ({ low, high, expected }) => low <= expected && expected <= high;

/** Whether at a lag either value, what happened or what theory says, is outside the interval. */
export function strays({ realised, expected, low, high }, at) {
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

const deviance = (found, expected) => (found - expected) ** 2 / expected;

export const sum = (values) => values.reduce((total, value) => total + value, 0);
