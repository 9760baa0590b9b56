"""The mean squared displacement of a path over lags, and the range that theory gives."""

import math
from collections.abc import Sequence
from dataclasses import fields
from typing import Final

import numpy as np

from .brownian import Float64s
from .decomposition import Parts
from .intervals import CONFIDENCE, p_of_chi2, range_of_chi2

ROUNDING: Final = 1e-12
"""Relative error of a mean square, from the floats in its sum."""

_COLUMNS: Final = ("realised", "expected", "low", "high", "p")
_PARTS: Final = tuple(field.name for field in fields(Parts))


def stack_parts(windows: Sequence[Parts]) -> Parts:
    """Several windows, equally long and at one stride, as rows of one `Parts`."""
    return Parts(**{name: np.stack([getattr(one, name) for one in windows]) for name in _PARTS})


def compare_displacement(
    ladder: Sequence[Parts], *, longest: int, is_steady: bool
) -> dict[str, object] | None:
    """The mean squared displacements over the lags 1, 2, 4, … up to `longest`; None without a lag.

    In at least 95 of 100 correct windows all lags are between `low` and `high`: each of m lags is
    so with probability 1 − 0.05/m (Bonferroni). `p` is that of each lag alone.

    Args:
        ladder: stacked parts at longer and longer strides, the first at every step. A lag is
            computed at the longest stride up to a quarter of it.
        is_steady: whether one variance and one drift govern all steps.
    """
    lags = [1 << log2_lag for log2_lag in range(longest.bit_length())]
    if not lags:
        return None
    strides = [int(parts.steps[0, 1] - parts.steps[0, 0]) for parts in ladder]
    rungs = [sum(4 * stride <= lag for stride in strides[1:]) for lag in lags]
    sure = 1 - (1 - CONFIDENCE) / len(lags)
    squares = [
        _compare_lag(ladder[rung], lag // strides[rung], sure=sure, is_steady=is_steady)
        for lag, rung in zip(lags, rungs, strict=True)
    ]
    columns = (list(column) for column in zip(*squares, strict=True))
    return {"lags": lags, **dict(zip(_COLUMNS, columns, strict=True))}


def _compare_lag(
    parts: Parts, lag: int, *, sure: float, is_steady: bool
) -> tuple[float, float, float, float, float]:
    """The mean of (X_{k+lag} − X_k)² over all k, its expectation, its range, and p.

    X_{k+lag} − X_k ~ N(D_{k+lag} − D_k, V_{k+lag} − V_k).
    """
    realised = _mean_square(parts.positions, lag)
    expected, freedom = _expect_of_one_law(parts, lag) if is_steady else _expect(parts, lag)
    least, most = range_of_chi2(freedom, sure=sure)
    rounding = ROUNDING * expected
    low, high = least * expected - rounding, most * expected + rounding
    is_equal = abs(realised - expected) <= rounding
    p = 1.0 if is_equal else p_of_chi2(freedom, realised / expected)
    return realised, expected, low, high, p


def _expect(parts: Parts, lag: int) -> tuple[float, float]:
    """The expectation of the mean square, and its degrees of freedom, 2·expectation²/variance.

    For X ~ N(a, ·) and Y ~ N(b, ·) with covariance C, Cov(X², Y²) = 2C² + 4abC.
    """
    a, own = parts.D[:, lag:] - parts.D[:, :-lag], parts.V[:, lag:] - parts.V[:, :-lag]
    expected = (_sum_products(a, a) + float(own.sum())) / own.size
    if expected == 0:
        return 0.0, math.inf
    # Divided by the expectation, because squares of squares may underflow.
    stride = max(1, lag // 4)
    spread = _variance_from_noise(parts.V[:, ::stride] / expected, lag // stride)
    spread += _variance_from_means(a / math.sqrt(expected), np.diff(parts.V) / expected, lag)
    return expected, 2 / spread if spread > 0 else math.inf


def _expect_of_one_law(parts: Parts, lag: int) -> tuple[float, float]:
    """The same if all displacements have one mean and one variance, at almost no cost."""
    mean, variance = float(parts.D[0, lag]), float(parts.V[0, lag])
    expected, stride = mean**2 + variance, max(1, lag // 4)
    if expected == 0:
        return 0.0, math.inf
    steps = parts.V.shape[1]
    noise = _mean_share(-(-steps // stride), lag // stride, power=2) * (variance / expected) ** 2
    means = _mean_share(steps, lag, power=1) * (variance / expected) * (mean**2 / expected)
    spread = (2 * noise + 4 * means) / len(parts.V)
    return expected, 2 / spread if spread > 0 else math.inf


def _mean_share(steps: int, lag: int, *, power: int) -> float:
    """The mean of C**power over all pairs of displacements, where C(itself) = 1."""
    displacements, shifts = steps - lag, np.arange(lag)
    count = np.where(shifts, 2, 1) * np.maximum(displacements - shifts, 0)
    return float(count @ (1 - shifts / lag) ** power) / displacements**2


def _mean_square(values: Float64s, lag: int) -> float:
    further = values[:, lag:] - values[:, :-lag]
    return _sum_products(further, further) / further.size


def _sum_products(*factors: Float64s) -> float:
    """The sum of all products, without temporary arrays."""
    return float(np.einsum(",".join(["ij"] * len(factors)), *factors))


def _variance_from_noise(V: Float64s, lag: int) -> float:
    """The part 2C² of the variance, from displacements that begin a quarter of the lag apart.

    C, the covariance of two displacements, is the growth of V over their common steps. More
    displacements would change the sum very little.
    """
    pairs, total = V.shape[1] - lag, 0.0
    for shift in range(lag):
        shared = V[:, lag : lag + pairs - shift] - V[:, shift:pairs]
        total += (4 if shift else 2) * _sum_products(shared, shared)
    return float(total / (len(V) * pairs) ** 2)


def _variance_from_means(a: Float64s, v: Float64s, lag: int) -> float:
    """The part 4abC of the variance: the sum over steps of 4·v·w².

    w is the sum of the means of all displacements over the step. All are needed, because a short
    drift at an edge of the window is in few of them.
    """
    reached = np.zeros((len(a), v.shape[1] + 1))
    reached[:, 1 : a.shape[1] + 1] = np.cumsum(a, axis=1)
    reached[:, a.shape[1] + 1 :] = reached[:, a.shape[1], None]
    over = reached[:, 1:]
    over[:, lag:] -= reached[:, 1:-lag]
    return 4 * _sum_products(v, over, over) / a.size**2
