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
    realised = _mean_square(looks.D + looks.M, lag)
    alike = len(looks.V) if is_steady else 1  # looks of one law: theory needs one of them
    D, V, stride = looks.D[::alike], looks.V[::alike], max(1, lag // 4)
    expected = _mean_square(D, lag) + float((V[:, lag:] - V[:, :-lag]).mean())
    freedom = alike * _freedom(V[:, ::stride], D[:, ::stride], lag // stride)
    least, most = range_of_chi2(freedom, sure=sure)
    rounding = ROUNDING * expected
    low, high = least * expected - rounding, most * expected + rounding
    is_equal = abs(realised - expected) <= rounding
    p = 1.0 if is_equal else p_of_chi2(freedom, realised / expected)
    return realised, expected, low, high, p


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
