"""Mean, variance and histogram of independent normal increments, with 95 % intervals.

The increments come standardised, as increments of W, `dW`: an increment of the motion is
mean + deviation·dW with the `mean` and the `deviation` of theory. All results are None for fewer
than two increments. Each `p` is the probability that a correct window is at least as far from
theory.
"""

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import numpy as np

from .brownian import Float64s
from .intervals import half_width_of_t, normal_cdf, p_of_chi2, p_of_excess, p_of_t, range_of_chi2

BINS: Final = 60
REACH: Final = 5.0
"""Bins cover the mean ± so many deviations; the outermost have everything beyond."""
FEWEST_EXPECTED: Final = 5
"""Expected count of a group of bins, so that Pearson's statistic is close to χ² (Cochran 1952)."""
FEWEST_GROUPS: Final = 3


def estimate_mean(dW: Float64s, *, mean: float, deviation: float) -> dict[str, float] | None:
    """The sample mean, with its confidence interval by Student's t."""
    if len(dW) < 2:
        return None
    freedom, error = len(dW) - 1, max(float(dW.std(ddof=1)) / math.sqrt(len(dW)), 1e-300)
    value, reach = mean + deviation * float(dW.mean()), deviation * half_width_of_t(freedom) * error
    p = p_of_t(freedom, float(dW.mean()) / error)
    return {"value": value, "low": value - reach, "high": value + reach, "expected": mean, "p": p}


def estimate_variance(dW: Float64s, *, deviation: float) -> dict[str, float] | None:
    """The sample variance, by n − 1, with its confidence interval by χ²."""
    if len(dW) < 2:
        return None
    expected = deviation * deviation
    ratio = float(dW.var(ddof=1))
    least, most = range_of_chi2(len(dW) - 1)
    return {
        "value": expected * ratio,
        "low": expected * ratio / most,
        "high": expected * ratio / least,
        "expected": expected,
        "p": p_of_chi2(len(dW) - 1, ratio),
    }


def make_histogram(dW: Float64s, *, mean: float, deviation: float) -> dict[str, object] | None:
    """Counts in an even number of equal bins around the expected mean.

    The bins are at most as wide as Scott's rule, 3.49·deviation/∛n, up to `BINS` bins.
    Source: D. W. Scott, On optimal and data-based histograms (1979).
    """
    if len(dW) < 2:
        return None
    bins = min(BINS, 2 * math.ceil(REACH * len(dW) ** (1 / 3) / 3.49))
    numbers = np.floor((dW + REACH) * (bins / (2 * REACH))).astype(np.int64)
    counts = np.bincount(np.clip(numbers, 0, bins - 1), minlength=bins).tolist()
    return {
        "first": mean - REACH * deviation,
        "width": 2 * REACH * deviation / bins,
        "counts": counts,
        "mean": mean,
        "variance": deviation * deviation,
        **measure_fit(counts, share_bins(bins)),
    }


def measure_fit(counts: Sequence[int], shares: Sequence[float]) -> dict[str, object]:
    """Pearson's χ² of the counts against a law with the probability `shares` of each bin.

    Bins are grouped from the left, so that at least `FEWEST_EXPECTED` are expected in each group.
    `freedom` is the number of groups − 1. With fewer than `FEWEST_GROUPS` all values are None.
    Source: K. Pearson, On the criterion that a given system of deviations … (1900).
    """
    found, expected = _group_counts(counts, shares)
    if len(found) < FEWEST_GROUPS:
        return {"chi2": None, "freedom": None, "p": None}
    chi2 = float(((found - expected) ** 2 / expected).sum())
    return {"chi2": chi2, "freedom": len(found) - 1, "p": p_of_excess(len(found) - 1, chi2)}


def share_bins(bins: int) -> list[float]:
    """The probability of each bin of a histogram of N(0, 1)."""
    edges = np.linspace(-REACH, REACH, bins + 1)[1:-1]
    below = np.concatenate([[0.0], normal_cdf(edges), [1.0]])
    shares: list[float] = np.diff(below).tolist()
    return shares


def _group_counts(counts: Sequence[int], shares: Sequence[float]) -> tuple[Float64s, Float64s]:
    """The counts in groups of bins, and the expected counts."""
    total, cuts, ends = sum(counts), [0], [0.0]
    for bin_, below in enumerate(accumulate(shares[:-1]), start=1):
        if min(total * (below - ends[-1]), total * (1 - below)) >= FEWEST_EXPECTED:
            cuts.append(bin_)
            ends.append(below)
    found = np.add.reduceat(np.array(counts, dtype=np.float64), cuts)
    return found, total * np.diff([*ends, 1.0])
