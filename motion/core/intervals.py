"""Intervals that hold a value of a known law in 95 of 100 cases, the rest shared by both sides.

SciPy takes a tenth of a second to import, so nobody but the first who asks waits for it.
"""

from __future__ import annotations

import math
from typing import Final

SURE: Final = 0.95


def range_of_chi2(freedom: float) -> tuple[float, float]:
    """Between what χ²/freedom, of mean 1, lies; exactly 1 where `freedom` is infinite."""
    if math.isinf(freedom):
        return 1.0, 1.0
    from scipy import special

    least, most = special.chdtri(freedom, [(1 + SURE) / 2, (1 - SURE) / 2]) / freedom
    return float(least), float(most)


def reach_of_t(freedom: int) -> float:
    """How far from 0 Student's t of so many degrees of freedom lies, at most."""
    from scipy import special

    return float(special.stdtrit(freedom, (1 + SURE) / 2))
