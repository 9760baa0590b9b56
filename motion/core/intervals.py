"""Intervals that contain a value of a known law with a given probability, and p-values.

Both share what lies outside evenly between the two sides. SciPy takes a tenth of a second to
import, so only the first caller waits for it.
"""

from __future__ import annotations

import math
from typing import Final

from .brownian import Float64s

SURE: Final = 0.95


def range_of_chi2(freedom: float, *, sure: float = SURE) -> tuple[float, float]:
    """The interval of χ²/freedom, of mean 1; exactly 1 where `freedom` is infinite."""
    if math.isinf(freedom):
        return 1.0, 1.0
    from scipy import special

    low, high = special.chdtri(freedom, [(1 + sure) / 2, (1 - sure) / 2]) / freedom
    return float(low), float(high)


def reach_of_t(freedom: int) -> float:
    """Half the width of the interval of Student's t."""
    from scipy import special

    return float(special.stdtrit(freedom, (1 + SURE) / 2))


def p_of_chi2(freedom: float, ratio: float) -> float:
    """How often χ²/freedom is at least as far out as `ratio`, on either side."""
    if math.isinf(freedom):
        return 1.0 if ratio == 1 else 0.0
    from scipy import special

    below, above = special.chdtr(freedom, freedom * ratio), special.chdtrc(freedom, freedom * ratio)
    return min(1.0, 2 * float(min(below, above)))


def p_of_excess(freedom: int, chi2: float) -> float:
    """How often χ² is at least `chi2`."""
    from scipy import special

    return float(special.chdtrc(freedom, chi2))


def normal_below(z: Float64s) -> Float64s:
    """How much of N(0, 1) lies below each z."""
    from scipy import special

    below: Float64s = special.ndtr(z)
    return below


def p_of_t(freedom: int, value: float) -> float:
    """How often Student's t is at least as far from 0 as `value`."""
    from scipy import special

    return min(1.0, 2 * float(special.stdtr(freedom, -abs(value))))
