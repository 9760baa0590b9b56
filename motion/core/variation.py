"""The quadratic variation of a path, compared with the sum of the variances."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from .brownian import Float64s, Int64s
from .decomposition import Parts
from .intervals import p_of_chi2, range_of_chi2

SHOWN_STEPS: Final = 128
"""The most steps of a result."""


@dataclass(frozen=True, kw_only=True)
class Squares:
    """Independent squares of increments without their drift.

    The square from steps[i] to steps[i + 1] is realised[i], with the law of expected[i]·χ² with
    one degree of freedom. There is one more step than squares.
    """

    steps: Int64s
    realised: Float64s
    expected: Float64s


def compute_squares(parts: Parts, some: slice = slice(None)) -> Squares:
    """The squares between all steps of `parts`, or the steps in the slice `some`."""
    M, V = parts.M[some], parts.V[some]
    return Squares(steps=parts.steps[some], realised=np.diff(M) ** 2, expected=np.diff(V))


def chain_squares(pieces: Sequence[Squares]) -> Squares:
    """The squares of windows, of which each begins at the end of the one before."""
    steps = [piece.steps[1:] for piece in pieces]
    return Squares(
        steps=np.concatenate([pieces[0].steps[:1], *steps]),
        realised=np.concatenate([piece.realised for piece in pieces]),
        expected=np.concatenate([piece.expected for piece in pieces]),
    )


def join_runs(runs: list[tuple[Parts, int, int]]) -> Squares:
    """The squares of runs, each scaled up to stand for all steps from its start to its end."""
    steps, realised, expected = [np.array([runs[0][1]])], [], []
    for parts, start, end in runs:
        own, length = compute_squares(parts), len(parts.steps) - 1
        steps.append(start + (end - start) * np.arange(1, length + 1) // length)
        realised.append(own.realised * ((end - start) / length))
        expected.append(own.expected * ((end - start) / length))
    return Squares(
        steps=np.concatenate(steps),
        realised=np.concatenate(realised),
        expected=np.concatenate(expected),
    )


def compare_quadratic_variation(squares: Squares) -> dict[str, object] | None:
    """Running sums at some steps, and the 95 % range of the last one; None if no variance is > 0.

    The sum of independent v_i·χ² is approximately c·χ² with (Σv)²/Σv² degrees of freedom and the
    right mean; this is exact if all v are equal.
    Source: F. E. Satterthwaite, An approximate distribution of estimates of variance components
    (1946).
    """
    if not squares.expected.any():
        return None
    even = np.linspace(squares.steps[0], squares.steps[-1], SHOWN_STEPS).astype(np.int64)
    shown = np.unique(np.searchsorted(squares.steps, even))
    realised, expected = (
        np.concatenate([[0.0], np.cumsum(summed)])[shown]
        for summed in (squares.realised, squares.expected)
    )
    shares = squares.expected / squares.expected.max()
    freedom = float(shares.sum() ** 2 / (shares**2).sum())
    least, most = range_of_chi2(freedom)
    return {
        "steps": squares.steps[shown].tolist(),
        "realised": realised.tolist(),
        "expected": expected.tolist(),
        "low": float(least * expected[-1]),
        "high": float(most * expected[-1]),
        "p": p_of_chi2(freedom, float(realised[-1] / expected[-1])),
    }
