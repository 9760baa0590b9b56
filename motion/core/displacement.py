"""The mean squared displacement of a path over lags, beside what theory expects of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

import numpy as np

from .brownian import Float64s
from .decomposition import Parts
from .intervals import SURE, p_of_chi2, range_of_chi2

ROUNDING: Final = 1e-12
"""Of a mean square, by the floats it is summed from."""

_COLUMNS: Final = ("realised", "expected", "low", "high", "p")
_PARTS: Final = tuple(field.name for field in fields(Parts))


def stacked(looks: Sequence[Parts]) -> Parts:
    """Looks at several places, each with as many steps at one stride, as one."""
    return Parts(**{name: np.stack([getattr(look, name) for look in looks]) for name in _PARTS})


def displacement(
    ladder: Sequence[Parts], *, longest: int, is_steady: bool
) -> dict[str, Any] | None:
    """At the lags 1, 2, 4, … up to `longest`; None: there is none.

    In 95 of 100 correct windows, or a few more, all lags are between `low` and `high`: of m lags
    each is so in a share 1 − 0.05/m (Bonferroni). `p` is that of each lag alone.

    `ladder` are looks with ever longer strides, the first at every step. A lag is computed with
    the longest stride up to a quarter of it. `is_steady`: one variance and one drift govern all.
    """
    lags = [1 << log2_lag for log2_lag in range(longest.bit_length())]
    if not lags:
        return None
    strides = [int(looks.steps[0, 1] - looks.steps[0, 0]) for looks in ladder]
    rungs = [sum(4 * stride <= lag for stride in strides[1:]) for lag in lags]
    sure = 1 - (1 - SURE) / len(lags)
    squares = [
        _squares(ladder[rung], lag // strides[rung], sure=sure, is_steady=is_steady)
        for lag, rung in zip(lags, rungs, strict=True)
    ]
    columns = (list(column) for column in zip(*squares, strict=True))
    return {"lags": lags, **dict(zip(_COLUMNS, columns, strict=True))}


def _squares(
    looks: Parts, lag: int, *, sure: float, is_steady: bool
) -> tuple[float, float, float, float, float]:
    """Mean (X_{k+lag} − X_k)² over all pairs, what theory expects, the range it gives, and p.

    X_{k+lag} − X_k ~ N(D, V) with what D and V grow by from k to k + lag.
    """
    realised = _mean_square(looks.positions, lag)
    expected, freedom = _expect_of_one_law(looks, lag) if is_steady else _expect(looks, lag)
    least, most = range_of_chi2(freedom, sure=sure)
    rounding = ROUNDING * expected
    low, high = least * expected - rounding, most * expected + rounding
    is_equal = abs(realised - expected) <= rounding
    p = 1.0 if is_equal else p_of_chi2(freedom, realised / expected)
    return realised, expected, low, high, p


def _expect(looks: Parts, lag: int) -> tuple[float, float]:
    """The mean of all pairs' squares that theory expects, and its degrees of freedom.

    Those are 2·mean²/variance of it. Of X ~ N(a, ·) and Y ~ N(b, ·) with covariance C,
    Cov(X², Y²) = 2C² + 4abC.
    """
    a, own = looks.D[:, lag:] - looks.D[:, :-lag], looks.V[:, lag:] - looks.V[:, :-lag]
    expected = (_summed(a, a) + float(own.sum())) / own.size
    if expected == 0:
        return 0.0, math.inf
    # Divided by what is expected: else squares of squares may be lost.
    stride = max(1, lag // 4)
    spread = _spread_of_noise(looks.V[:, ::stride] / expected, lag // stride)
    spread += _spread_of_means(a / math.sqrt(expected), np.diff(looks.V) / expected, lag)
    return expected, 2 / spread if spread > 0 else math.inf


def _expect_of_one_law(looks: Parts, lag: int) -> tuple[float, float]:
    """The same where all pairs have one mean and one variance, which costs nothing."""
    mean, variance = float(looks.D[0, lag]), float(looks.V[0, lag])
    expected, stride = mean**2 + variance, max(1, lag // 4)
    if expected == 0:
        return 0.0, math.inf
    steps = looks.V.shape[1]
    noise = _mean_share(-(-steps // stride), lag // stride, power=2) * (variance / expected) ** 2
    means = _mean_share(steps, lag, power=1) * (variance / expected) * (mean**2 / expected)
    spread = (2 * noise + 4 * means) / len(looks.V)
    return expected, 2 / spread if spread > 0 else math.inf


def _mean_share(steps: int, lag: int, *, power: int) -> float:
    """The mean of C**power over all pairs of displacements; C is 1 of one with itself."""
    displacements, shifts = steps - lag, np.arange(lag)
    count = np.where(shifts, 2, 1) * np.maximum(displacements - shifts, 0)
    return float(count @ (1 - shifts / lag) ** power) / displacements**2


def _mean_square(values: Float64s, lag: int) -> float:
    further = values[:, lag:] - values[:, :-lag]
    return _summed(further, further) / further.size


def _summed(*factors: Float64s) -> float:
    """The sum of all products, without the arrays between."""
    return float(np.einsum(",".join(["ij"] * len(factors)), *factors))


def _spread_of_noise(V: Float64s, lag: int) -> float:
    """The part 2C² of its variance, from displacements that begin a quarter of the lag apart.

    C, the covariance of two displacements, is V over the steps that they share. Closer ones add
    next to nothing.
    """
    pairs, total = V.shape[1] - lag, 0.0
    for shift in range(lag):
        shared = V[:, lag : lag + pairs - shift] - V[:, shift:pairs]
        total += (4 if shift else 2) * _summed(shared, shared)
    return float(total / (len(V) * pairs) ** 2)


def _spread_of_means(a: Float64s, steps: Float64s, lag: int) -> float:
    """The part 4abC, from all displacements: the sum of 4·v·w², w being their means over a step.

    Fewer would not do: a short drift at an edge of the window is in few of them.
    """
    reached = np.zeros((len(a), steps.shape[1] + 1))
    reached[:, 1 : a.shape[1] + 1] = np.cumsum(a, axis=1)
    reached[:, a.shape[1] + 1 :] = reached[:, a.shape[1], None]
    over = reached[:, 1:]
    over[:, lag:] -= reached[:, 1:-lag]
    return 4 * _summed(steps, over, over) / a.size**2
