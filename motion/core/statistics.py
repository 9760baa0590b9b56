"""What the increments of a window show, beside what theory says of them.

The numbers, their laws and their sources are in docs/statistics.md. A window of at most `EXACT`
increments is told whole. Of a longer one, mean, variance and histogram are those of evenly spread
runs of consecutive increments; the quadratic variation, of a mesh over all of it; the displacement
over a lag, of positions at most a quarter of the lag apart, at a few places where there are many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from . import moments
from .brownian import Float64s
from .decomposition import Decomposition, Parts
from .displacement import displacement, stacked
from .timeline import log2_stride_within
from .variation import joined, quadratic, squares

EXACT: Final = 2**16
"""The most increments that are all looked at."""
RUNS: Final = 16
RUN: Final = EXACT // RUNS
"""Consecutive increments in a run."""
MESH: Final = 2**14
"""The most multiples of a stride that are all looked at, where the increments are too many."""
LOOKS: Final = 4
"""At so many places the displacement is looked at with a stride that has more multiples."""
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

    @cached_property
    def laws(self) -> tuple[Float64s, Float64s]:
        """The variance and the drift of each increment."""
        return self.path.timeline.laws(self.first + 1, self.last)


def describe(path: Decomposition, first: int, last: int) -> dict[str, Any]:
    """The statistics of the increments first + 1 … last of a path that is known all along."""
    if first == last:
        return {**_moments([], 0, is_steady=True), "quadratic": None, "displacement": None}
    runs = [Run(path, *ends) for ends in spread(first, last, runs=RUNS, length=RUN)]
    if len(runs) == 1:
        added, ladder = squares(runs[0].parts), [stacked([runs[0].parts])]
    else:
        log2_mesh = log2_stride_within(first, last, MESH)
        added = squares(path.between(first, last, log2_stride=log2_mesh))
        ladder = list(_ladder(path, first, last, runs=runs, log2_mesh=log2_mesh))
    return {
        **_moments(runs, last - first, is_steady=path.is_steady(first, last)),
        "quadratic": quadratic(added),
        "displacement": displacement(ladder, longest=(last - first) // 4),
    }


def describe_runs(runs: Sequence[Run], first: int, last: int) -> dict[str, Any]:
    """The same from a few runs of one length, where no more of the path is known.

    Each run, with what governs it, stands for an equal share of the window. Lags end at a quarter
    of a run.
    """
    shares = [first + (last - first) * index // len(runs) for index in range(len(runs) + 1)]
    drawn_out = zip((run.parts for run in runs), shares, shares[1:], strict=False)
    return {
        **_moments(runs, last - first, is_steady=False),
        "quadratic": quadratic(joined(list(drawn_out))),
        "displacement": displacement(
            [stacked([run.parts for run in runs])], longest=(runs[0].last - runs[0].first) // 4
        ),
    }


def spread(first: int, last: int, *, runs: int, length: int) -> list[tuple[int, int]]:
    """Evenly from `first` to `last`, so many stretches of a length; one, where they fill it."""
    slack = last - first - length
    if last - first <= runs * length:
        return [(first, last)]
    starts = (first + slack * index // (runs - 1) for index in range(runs))
    return [(start, start + length) for start in starts]


def _moments(runs: Sequence[Run], count: int, *, is_steady: bool) -> dict[str, Any]:
    """Of the increments; of (ΔX − drift)/√variance, which is ΔW, where they are of many laws."""
    dW = np.concatenate([np.empty(0), *(np.diff(run.parts.W) for run in runs)])
    variances = np.concatenate([np.empty(0), *(run.laws[0] for run in runs)])
    random = variances > 0
    variance, drift = (float(law[0]) for law in runs[0].laws) if runs else (0.0, 0.0)
    standardised = not is_steady or _is_drowned(variance, drift)
    law = {"mean": 0.0, "deviation": 1.0}
    if not standardised:
        law = {"mean": drift, "deviation": variance**0.5}
    return {
        "count": count,
        "sampled": len(dW),
        "standardised": standardised,
        "still": int(len(dW) - random.sum()),
        "mean": moments.mean(dW[random], **law),
        "variance": moments.variance(dW[random], deviation=law["deviation"]),
        "histogram": moments.histogram(dW[random], **law),
    }


def _is_drowned(variance: float, drift: float) -> bool:
    """Whether drift ± deviation is lost in the rounding of floats, or the variance next to 0."""
    return 0 < variance < max(1e-18 * drift * drift, 1e-280)


def _ladder(
    path: Decomposition, first: int, last: int, *, runs: Sequence[Run], log2_mesh: int
) -> Iterator[Parts]:
    """Looks at a window with ever longer strides, from every step of some runs to all the mesh."""
    yield stacked([run.parts for run in runs[:: (RUNS - 1) // (LOOKS - 1)]])
    rungs = -(-log2_mesh // RUNG)
    for rung in range(1, rungs + 1):
        log2_stride = rung * log2_mesh // rungs
        start, end = -(-first >> log2_stride), last >> log2_stride
        looks = spread(start, end, runs=LOOKS, length=MESH // LOOKS)
        yield stacked([path.at_stride(*ends, log2_stride=log2_stride) for ends in looks])
