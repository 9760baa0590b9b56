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
    """The mean of all pairs' squares that theory expects, and its degrees of freedom."""
    V, D, stride = looks.V, looks.D, max(1, lag // 4)
    expected = _mean_square(D, lag) + float((V[:, lag:] - V[:, :-lag]).mean())
    return expected, _freedom(V[:, ::stride], D[:, ::stride], lag // stride)


def _expect_of_one_law(looks: Parts, lag: int) -> tuple[float, float]:
    """The same where all pairs have one mean and one variance, which costs nothing."""
    mean, variance = float(looks.D[0, lag]), float(looks.V[0, lag])
    expected, stride = mean**2 + variance, max(1, lag // 4)
    if expected == 0:
        return 0.0, math.inf
    pairs = -(-looks.V.shape[1] // stride) - lag // stride
    shifts = np.arange(lag // stride)
    a, C = mean / math.sqrt(expected), (variance / expected) * (1 - shifts / len(shifts))
    count = np.where(shifts, 2, 1) * np.maximum(pairs - shifts, 0)
    spread = float(count @ (2 * C**2 + 4 * a**2 * C))
    return expected, 2 * len(looks.V) * pairs**2 / spread if spread > 0 else math.inf


def _mean_square(values: Float64s, lag: int) -> float:
    further = values[:, lag:] - values[:, :-lag]
    return _summed(further, further) / further.size


def _summed(*factors: Float64s) -> float:
    """The sum of all products, without the arrays between."""
    return float(np.einsum(",".join(["ij"] * len(factors)), *factors))


def _freedom(V: Float64s, D: Float64s, lag: int) -> float:
    """2·mean²/variance of the mean square, of pairs that begin a quarter of the lag apart.

    Of X ~ N(a, ·) and Y ~ N(b, ·) with covariance C, Cov(X², Y²) = 2C² + 4abC; and C of two
    displacements is V over the steps that they share. Nearer pairs add next to nothing.
    """
    a, own = D[:, lag:] - D[:, :-lag], V[:, lag:] - V[:, :-lag]
    scale = float((a**2 + own).max())  # else squares of squares may be lost
    if scale == 0:
        return math.inf
    a, own, V = a / math.sqrt(scale), own / scale, V / scale
    pairs, variance = own.shape[1], 0.0
    for shift in range(lag):
        shared = V[:, lag : lag + pairs - shift] - V[:, shift:pairs]
        covariance = 2 * _summed(shared, shared)
        covariance += 4 * _summed(a[:, : pairs - shift], a[:, shift:], shared)
        variance += (2 if shift else 1) * covariance
    return 2 * float((a**2 + own).sum()) ** 2 / variance if variance > 0 else math.inf
