"""What the increments of a window show, beside what theory says of them.

The numbers, their laws and their sources are in docs/statistics.md. Of a window of at most `EXACT`
increments, all are used. Of a longer one, mean, variance and histogram are those of evenly spread
runs of consecutive increments; the quadratic variation has every step of these runs, and larger
steps between them; the displacement over a lag is of positions at most a quarter of the lag apart,
at a few places where there are many. A window that is one step longer has intervals nearly as wide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import numpy as np

from . import increment_stats
from .agreement import agreement
from .brownian import Float64s
from .decomposition import Decomposition, Parts
from .displacement import displacement, stacked
from .timeline import find_log2_stride
from .variation import Squares, chained, joined, quadratic, squares

EXACT: Final = 2**16
"""The most increments that are all used."""
RUNS: Final = 16
RUN: Final = EXACT // RUNS
"""Consecutive increments in a run."""
MESH: Final = 2**14
"""The most multiples of a stride that are all used, where the increments are too many."""
LOOKS: Final = 4
"""Places at which the displacement is computed with a stride that has more multiples."""
RUNG: Final = 8
"""One stride of those looks is at most 2^RUNG times the one before."""


@dataclass(frozen=True)
class Run:
    """The increments first + 1 … last, at least one, and the path that they are of."""

    path: Decomposition
    first: int
    last: int

    @cached_property
    def parts(self) -> Parts:
        """At every step of it."""
        return self.path.at_stride(self.first, self.last)

    def laws(self, count: int) -> tuple[Float64s, Float64s]:
        """The variance and the drift of each of the first `count` increments."""
        return self.path.timeline.laws(self.first + 1, self.first + count)


def describe(path: Decomposition, first: int, last: int) -> dict[str, Any]:
    """The statistics of the increments first + 1 … last of a path that is known all along."""
    if first == last:
        nothing = {"quadratic": None, "displacement": None}
        return _judged({**_moments([], 0, is_steady=True), **nothing})
    runs = [Run(path, *ends) for ends in spread(first, last, runs=RUNS, length=RUN)]
    is_steady = path.is_steady(first, last)
    # One after another, so that what one needs is given back before the next begins.
    found = _moments(runs, last - first, is_steady=is_steady)
    found["quadratic"] = quadratic(_squares(path, first, last, runs=runs))
    ladder = list(_ladder(path, first, last, runs=runs))
    found["displacement"] = displacement(ladder, longest=(last - first) // 4, is_steady=is_steady)
    return _judged(found)


def describe_runs(runs: Sequence[Run], first: int, last: int) -> dict[str, Any]:
    """The same from a few runs of one length, where no more of the path is known.

    Each run, with what governs it, stands for an equal share of the window. Lags end at a quarter
    of a run.
    """
    shares = [first + (last - first) * index // len(runs) for index in range(len(runs) + 1)]
    drawn_out = zip((run.parts for run in runs), shares, shares[1:], strict=False)
    return _judged(
        {
            **_moments(runs, last - first, is_steady=False),
            "quadratic": quadratic(joined(list(drawn_out))),
            "displacement": displacement(
                [stacked([run.parts for run in runs])],
                longest=(runs[0].last - runs[0].first) // 4,
                is_steady=False,
            ),
        }
    )


def spread(first: int, last: int, *, runs: int, length: int) -> list[tuple[int, int]]:
    """Evenly from `first` to `last`, so many stretches of a length; one, where they fill it."""
    slack = last - first - length
    if last - first <= runs * length:
        return [(first, last)]
    starts = (first + slack * index // (runs - 1) for index in range(runs))
    return [(start, start + length) for start in starts]


def _judged(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "agreement": agreement(found)}


def _moments(runs: Sequence[Run], count: int, *, is_steady: bool) -> dict[str, Any]:
    """Of the increments; of (ΔX − drift)/√variance, which is ΔW, where they are of many laws."""
    dW = np.concatenate([np.empty(0), *(np.diff(run.parts.W) for run in runs)])
    variance, drift = (float(law[0]) for law in runs[0].laws(1)) if runs else (0.0, 0.0)
    random = _choose_random(runs, dW, is_steady=is_steady and variance > 0)
    standardised = not is_steady or _is_drowned(variance, drift)
    law = {"mean": 0.0, "deviation": 1.0}
    if not standardised:
        law = {"mean": drift, "deviation": variance**0.5}
    return {
        "count": count,
        "sampled": len(dW),
        "standardised": standardised,
        "still": len(dW) - len(random),
        "mean": increment_stats.mean(random, **law),
        "variance": increment_stats.variance(random, deviation=law["deviation"]),
        "histogram": increment_stats.histogram(random, **law),
    }


def _choose_random(runs: Sequence[Run], dW: Float64s, *, is_steady: bool) -> Float64s:
    """The increments with a variance; all of them, where the first one's governs them all."""
    if is_steady:
        return dW
    variances = [run.laws(run.last - run.first)[0] for run in runs]
    return dW[np.concatenate([np.empty(0), *variances]) > 0]


def _is_drowned(variance: float, drift: float) -> bool:
    """Whether drift ± deviation is lost in the rounding of floats, or the variance next to 0."""
    return 0 < variance < max(1e-18 * drift * drift, 1e-280)


def _squares(path: Decomposition, first: int, last: int, *, runs: Sequence[Run]) -> Squares:
    """Of every step of the runs, and between them of larger steps: none is left out."""
    if len(runs) == 1:
        return squares(runs[0].parts)
    between = _between(path, first, last, runs=runs)
    starts = [run.first for run in runs]  # where one begins that another ends at, of two the later
    places = (np.searchsorted(between.steps, starts, side="right") - 1).tolist()
    pieces = [squares(runs[0].parts)]
    for run, (before, place) in zip(runs[1:], pairwise(places), strict=True):
        pieces += [squares(between, slice(before + 1, place + 1)), squares(run.parts)]
    return chained(pieces)


def _between(path: Decomposition, first: int, last: int, *, runs: Sequence[Run]) -> Parts:
    """The ends of the runs, and between them multiples of a stride, or of twice that stride.

    Of at most 2·`MESH` strides some pairs, evenly spread, are joined so that `MESH` are left:
    their number does not fall to half where one step more doubles the stride.
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
    return path.at(np.concatenate(steps), np.concatenate(W))


def _ladder(path: Decomposition, first: int, last: int, *, runs: Sequence[Run]) -> Iterator[Parts]:
    """Looks at a window with ever longer strides, from every step of the runs to all of a mesh."""
    yield stacked([run.parts for run in runs])
    if len(runs) == 1:
        return
    log2_mesh = find_log2_stride(first, last, MESH)
    rungs = -(-log2_mesh // RUNG)
    for rung in range(1, rungs + 1):
        log2_stride = rung * log2_mesh // rungs
        start, end = -(-first >> log2_stride), last >> log2_stride
        looks = spread(start, end, runs=LOOKS, length=MESH // LOOKS)
        yield stacked([path.at_stride(*ends, log2_stride=log2_stride) for ends in looks])
