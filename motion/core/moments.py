"""Mean, variance and histogram of independent normal increments, with 95 % intervals.

The increments come as those of W, `dW`: an increment of the motion is drift + √variance·dW, and
dW is what it is standardised. `mean` and `deviation` are those that theory expects. Fewer than two
increments show nothing of their law: None.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from .brownian import Float64s
from .intervals import range_of_chi2, reach_of_t

BINS: Final = 60
REACH: Final = 5.0
"""Bins cover the expected mean ± so many standard deviations; the outermost have all beyond."""


def mean(dW: Float64s, *, mean: float, deviation: float) -> dict[str, float] | None:
    """The sample mean, with the interval of Student's t."""
    if len(dW) < 2:
        return None
    value = mean + deviation * float(dW.mean())
    reach = deviation * reach_of_t(len(dW) - 1) * float(dW.std(ddof=1)) / math.sqrt(len(dW))
    return {"value": value, "low": value - reach, "high": value + reach, "expected": mean}


def variance(dW: Float64s, *, deviation: float) -> dict[str, float] | None:
    """The sample variance, by n − 1, with the interval of χ²."""
    if len(dW) < 2:
        return None
    expected = deviation * deviation
    value = expected * float(dW.var(ddof=1))
    least, most = range_of_chi2(len(dW) - 1)
    return {"value": value, "low": value / most, "high": value / least, "expected": expected}


def histogram(dW: Float64s, *, mean: float, deviation: float) -> dict[str, Any] | None:
    """Counts in an even number of equal bins about the expected mean.

    Their width is at most that of Scott's rule, 3.49·deviation/∛n, where `BINS` of them are enough.
    Source: D. W. Scott, On optimal and data-based histograms (1979).
    """
    if len(dW) < 2:
        return None
    bins = min(BINS, 2 * math.ceil(REACH * len(dW) ** (1 / 3) / 3.49))
    numbers = np.floor((dW + REACH) * (bins / (2 * REACH))).astype(np.int64)
    return {
        "first": mean - REACH * deviation,
        "width": 2 * REACH * deviation / bins,
        "counts": np.bincount(np.clip(numbers, 0, bins - 1), minlength=bins).tolist(),
        "mean": mean,
        "variance": deviation * deviation,
    }
