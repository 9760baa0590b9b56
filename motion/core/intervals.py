"""Intervals that contain a value of a known law with a given probability, and p-values.

Both are two-sided, with equal tails. SciPy takes a tenth of a second to import, so each function
imports it itself.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from .brownian import Float64s

CONFIDENCE: Final = 0.95


def range_of_chi2(freedom: float, *, sure: float = CONFIDENCE) -> tuple[float, float]:
    """The interval of χ²/freedom, whose mean is 1; (1, 1) if `freedom` is infinite."""
    if math.isinf(freedom):
        return 1.0, 1.0
    from scipy import special

    low, high = special.chdtri(freedom, [(1 + sure) / 2, (1 - sure) / 2]) / freedom
    return float(low), float(high)


def half_width_of_t(freedom: int) -> float:
    """Half the width of the interval of Student's t."""
    from scipy import special

    return float(special.stdtrit(freedom, (1 + CONFIDENCE) / 2))


def p_of_chi2(freedom: float, ratio: float) -> float:
    """The probability that χ²/freedom is at least as extreme as `ratio`, on either side."""
    if math.isinf(freedom):
        return 1.0 if ratio == 1 else 0.0
    from scipy import special

    below, above = special.chdtr(freedom, freedom * ratio), special.chdtrc(freedom, freedom * ratio)
    return min(1.0, 2 * float(min(below, above)))


def p_of_excess(freedom: int, chi2: float) -> float:
    """The probability that χ² is at least `chi2`."""
    from scipy import special

    return float(special.chdtrc(freedom, chi2))


def normal_cdf(z: Float64s) -> Float64s:
    """The probability that N(0, 1) is below each z."""
    from scipy import special

    below: Float64s = special.ndtr(z)
    return below


def normal_quantile(levels: Sequence[float]) -> Float64s:
    """The values that N(0, 1) is below with the probabilities `levels`."""
    from scipy import special

    values: Float64s = special.ndtri(np.array(levels))
    return values


def p_of_distance(count: int, distance: float) -> float:
    """The probability that the Kolmogorov–Smirnov distance of `count` draws is at least this.

    By Kolmogorov's limit with the correction for finite samples of M. A. Stephens, Use of the
    Kolmogorov–Smirnov, Cramér–von Mises and related statistics without extensive tables (1970).
    """
    from scipy import special

    root = math.sqrt(count)
    return float(special.kolmogorov((root + 0.12 + 0.11 / root) * distance))


def p_of_t(freedom: int, value: float) -> float:
    """The probability that Student's t is at least as far from 0 as `value`."""
    from scipy import special

    return min(1.0, 2 * float(special.stdtr(freedom, -abs(value))))
