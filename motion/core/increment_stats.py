"""Mean, variance and histogram of independent normal increments, with 95 % intervals.

The increments come as those of W, `dW`: an increment of the motion is drift + √variance·dW, and
dW is what it is standardised. `mean` and `deviation` are those that theory expects. Fewer than two
increments show nothing of their law: None. Each `p` is how often a correct window is at least as
far from what theory expects.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from .brownian import Float64s
from .intervals import normal_below, p_of_chi2, p_of_excess, p_of_t, range_of_chi2, reach_of_t

BINS: Final = 60
REACH: Final = 5.0
"""Bins cover the expected mean ± so many standard deviations; the outermost have all beyond."""
FEWEST_EXPECTED: Final = 5
"""Of a group of bins, for the law of Pearson's statistic to be near χ² (Cochran 1952)."""
FEWEST_GROUPS: Final = 3


def mean(dW: Float64s, *, mean: float, deviation: float) -> dict[str, float] | None:
    """The sample mean, with the interval of Student's t."""
    if len(dW) < 2:
        return None
    freedom, error = len(dW) - 1, max(float(dW.std(ddof=1)) / math.sqrt(len(dW)), 1e-300)
    value, reach = mean + deviation * float(dW.mean()), deviation * reach_of_t(freedom) * error
    p = p_of_t(freedom, float(dW.mean()) / error)
    return {"value": value, "low": value - reach, "high": value + reach, "expected": mean, "p": p}


def variance(dW: Float64s, *, deviation: float) -> dict[str, float] | None:
    """The sample variance, by n − 1, with the interval of χ²."""
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


def histogram(dW: Float64s, *, mean: float, deviation: float) -> dict[str, Any] | None:
    """Counts in an even number of equal bins about the expected mean.

    Their width is at most that of Scott's rule, 3.49·deviation/∛n, where `BINS` of them are enough.
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
        **fit(counts),
    }


def fit(counts: Sequence[int]) -> dict[str, Any]:
    """Pearson's χ² of such counts against the normal law, whose parameters are known; else None.

    Bins are joined, from the left, until `FEWEST_EXPECTED` are expected in each group. `freedom`
    is one less than there are groups.
    Source: K. Pearson, On the criterion that a given system of deviations … (1900).
    """
    found, expected = _grouped(counts)
    if len(found) < FEWEST_GROUPS:
        return {"chi2": None, "freedom": None, "p": None}
    chi2 = float(((found - expected) ** 2 / expected).sum())
    return {"chi2": chi2, "freedom": len(found) - 1, "p": p_of_excess(len(found) - 1, chi2)}


def _grouped(counts: Sequence[int]) -> tuple[Float64s, Float64s]:
    """The counts of groups of bins, and those that theory expects."""
    edges = np.linspace(-REACH, REACH, len(counts) + 1)[1:-1]
    total, cuts, ends = sum(counts), [0], [0.0]
    for bin_, below in enumerate(normal_below(edges).tolist(), start=1):
        if min(total * (below - ends[-1]), total * (1 - below)) >= FEWEST_EXPECTED:
            cuts.append(bin_)
            ends.append(below)
    found = np.add.reduceat(np.array(counts, dtype=np.float64), cuts)
    return found, total * np.diff([*ends, 1.0])
