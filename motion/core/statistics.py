"""Statistics of the increments of a window, compared with theory.

docs/statistics.md has the numbers, their laws and their sources. In a window of at most `EXACT`
increments, all are used. In a longer one, mean, variance and histogram come from evenly spread runs
of consecutive increments. The quadratic variation has every step of these runs, and larger steps
between them. The displacement over a lag uses positions at most a quarter of the lag apart, in a
few short windows if there are many. One step more hardly changes the width of an interval.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np

from . import increment_stats
from .agreement import Statistics, judge_agreement
from .brownian import Float64s
from .decomposition import Decomposition, Parts
from .displacement import compare_displacement, stack_parts
from .timeline import find_log2_stride
from .variation import (
    Squares,
    chain_squares,
    compare_quadratic_variation,
    compute_squares,
    join_runs,
)

EXACT: Final = 2**16
"""The most increments of a window of which all are used."""
RUNS: Final = 16
RUN: Final = EXACT // RUNS
"""Increments in a run."""
MESH: Final = 2**14
"""The most multiples of a stride that are used in a window of more than `EXACT` increments."""
SHORT_WINDOWS: Final = 4
"""Windows for the displacement at a stride that has more multiples in the whole window."""
RUNG: Final = 8
"""Each stride of these windows is at most 2^RUNG times the one before."""


@dataclass(frozen=True)
class Run:
    """The increments first + 1 … last of `path`; at least one."""

    path: Decomposition
    first: int
    last: int

    @cached_property
    def parts(self) -> Parts:
        """The parts at every step of the run."""
        return self.path.decompose_window(self.first, self.last)

    def laws(self, count: int) -> tuple[Float64s, Float64s]:
        """The variance and the drift of each of the first `count` increments."""
        return self.path.timeline.laws(self.first + 1, self.first + count)


def describe_window(path: Decomposition, first: int, last: int) -> Statistics:
    """The statistics of the increments first + 1 … last of a path whose regimes are all known."""
    if first == last:
        nothing = {"quadratic": None, "displacement": None}
        return _add_marks({**_describe_moments([], 0, is_steady=True), **nothing})
    runs = [Run(path, *ends) for ends in spread_evenly(first, last, runs=RUNS, length=RUN)]
    is_steady = path.is_steady(first, last)
    # One after the other, so that each releases its memory before the next one begins.
    found = _describe_moments(runs, last - first, is_steady=is_steady)
    found["quadratic"] = compare_quadratic_variation(_collect_squares(path, first, last, runs=runs))
    ladder = list(_decompose_ladder(path, first, last, runs=runs))
    found["displacement"] = compare_displacement(
        ladder, longest=(last - first) // 4, is_steady=is_steady
    )
    return _add_marks(found)


def describe_runs(runs: Sequence[Run], first: int, last: int) -> Statistics:
    """The statistics from a few runs of equal length, if no other regimes are known.

    Each run stands for an equal share of the window. Lags end at a quarter of a run.
    """
    shares = [first + (last - first) * index // len(runs) for index in range(len(runs) + 1)]
    scaled = zip((run.parts for run in runs), shares, shares[1:], strict=False)
    return _add_marks(
        {
            **_describe_moments(runs, last - first, is_steady=False),
            "quadratic": compare_quadratic_variation(join_runs(list(scaled))),
            "displacement": compare_displacement(
                [stack_parts([run.parts for run in runs])],
                longest=(runs[0].last - runs[0].first) // 4,
                is_steady=False,
            ),
        }
    )


def spread_evenly(first: int, last: int, *, runs: int, length: int) -> list[tuple[int, int]]:
    """The ends of `runs` evenly spread windows; one window, if these would fill first … last."""
    slack = last - first - length
    if last - first <= runs * length:
        return [(first, last)]
    starts = (first + slack * index // (runs - 1) for index in range(runs))
    return [(start, start + length) for start in starts]


def _add_marks(found: dict[str, object]) -> Statistics:
    return {**found, "agreement": judge_agreement(found)}


def _describe_moments(runs: Sequence[Run], count: int, *, is_steady: bool) -> dict[str, object]:
    """Count, mean, variance and histogram of ΔX, or of ΔW = (ΔX − drift)/√variance.

    ΔW is used if the increments have several laws, or if their variance is lost in rounding.
    """
    dW = np.concatenate([np.empty(0), *(np.diff(run.parts.W) for run in runs)])
    variance, drift = (float(law[0]) for law in runs[0].laws(1)) if runs else (0.0, 0.0)
    random = _choose_random(runs, dW, is_steady=is_steady and variance > 0)
    standardised = not is_steady or _is_below_rounding(variance, drift)
    law = {"mean": 0.0, "deviation": 1.0}
    if not standardised:
        law = {"mean": drift, "deviation": variance**0.5}
    return {
        "count": count,
        "sampled": len(dW),
        "standardised": standardised,
        "still": len(dW) - len(random),
        "mean": increment_stats.estimate_mean(random, **law),
        "variance": increment_stats.estimate_variance(random, deviation=law["deviation"]),
        "histogram": increment_stats.make_histogram(random, **law),
    }


def _choose_random(runs: Sequence[Run], dW: Float64s, *, is_steady: bool) -> Float64s:
    """The increments whose variance is not 0; if `is_steady`, all of them."""
    if is_steady:
        return dW
    variances = [run.laws(run.last - run.first)[0] for run in runs]
    return dW[np.concatenate([np.empty(0), *variances]) > 0]


def _is_below_rounding(variance: float, drift: float) -> bool:
    """Whether the deviation is lost when floats add it to the drift, or almost 0."""
    return 0 < variance < max(1e-18 * drift * drift, 1e-280)


def _collect_squares(path: Decomposition, first: int, last: int, *, runs: Sequence[Run]) -> Squares:
    """The squares of every step of the runs, and of larger steps between them, without gaps."""
    if len(runs) == 1:
        return compute_squares(runs[0].parts)
    between = _decompose_between(path, first, last, runs=runs)
    starts = [run.first for run in runs]  # of two equal steps in `between`, the later one
    places = (np.searchsorted(between.steps, starts, side="right") - 1).tolist()
    pieces = [compute_squares(runs[0].parts)]
    for run, (before, place) in zip(runs[1:], pairwise(places), strict=True):
        pieces += [
            compute_squares(between, slice(before + 1, place + 1)),
            compute_squares(run.parts),
        ]
    return chain_squares(pieces)


def _decompose_between(path: Decomposition, first: int, last: int, *, runs: Sequence[Run]) -> Parts:
    """The parts at the ends of the runs, and between them at multiples of one stride or of two.

    From at most 2·`MESH` multiples, `MESH` evenly spread ones are chosen. So the number does not
    fall to half when one step more doubles the stride.
    """
    log2_stride = find_log2_stride(first, last, 2 * MESH + 1)
    start, end = -(-first >> log2_stride), last >> log2_stride
    chosen = np.linspace(0, end - start, min(end - start, MESH) + 1).astype(np.int64)
    mesh = (start + chosen) << log2_stride
    W_mesh = path.standard(start, end, log2_stride=log2_stride)[chosen]
    steps, W = [], []
    for run, after in zip(runs, [*runs[1:], None], strict=True):
        here = slice(*np.searchsorted(mesh, [run.last + 1, after.first if after else 0]))
        steps += [run.parts.steps[[0, -1]], mesh[here]]
        W += [run.parts.W[[0, -1]], W_mesh[here]]
    return path.decompose(np.concatenate(steps), np.concatenate(W))


def _decompose_ladder(
    path: Decomposition, first: int, last: int, *, runs: Sequence[Run]
) -> Iterator[Parts]:
    """The parts at longer and longer strides, from every step of the runs to the whole window."""
    yield stack_parts([run.parts for run in runs])
    if len(runs) == 1:
        return
    log2_mesh = find_log2_stride(first, last, MESH)
    rungs = -(-log2_mesh // RUNG)
    for rung in range(1, rungs + 1):
        log2_stride = rung * log2_mesh // rungs
        start, end = -(-first >> log2_stride), last >> log2_stride
        ends = spread_evenly(start, end, runs=SHORT_WINDOWS, length=MESH // SHORT_WINDOWS)
        yield stack_parts([path.decompose_window(*pair, log2_stride=log2_stride) for pair in ends])
