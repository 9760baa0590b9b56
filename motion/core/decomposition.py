"""What of a path is drift and what is chance, at any steps, whatever was changed on the way.

A path that is at X_a at step a is X_k = X_a + D_k + M_k (Doob's decomposition): D_k is the sum of
the drifts of the steps a + 1 … k, which theory knows; M_k is the sum of √variance·ΔW over them, a
martingale, so of mean 0 wherever it is looked at. V_k, the sum of the variances, is the expected
square of M_k, and of any path of M its quadratic variation, the closer the finer the steps.

Source: J. L. Doob, Stochastic Processes (1953), on the decomposition; D. Revuz, M. Yor,
Continuous Martingales and Brownian Motion (1999), chapter IV, on the quadratic variation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .brownian import Float64s, standard_path
from .timeline import Timeline

Int64s = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Parts:
    """D, M and V at some ascending `steps`, all counted from the first of them, and W there.

    The last axis is that of the steps; a look at several places has one before it.
    """

    steps: Int64s
    W: Float64s
    D: Float64s
    M: Float64s
    V: Float64s

    @cached_property
    def positions(self) -> Float64s:
        """Positions, counted from the first of them."""
        return self.D + self.M


@dataclass(frozen=True)
class Decomposition:
    """The parts of a timeline's path, anywhere in it, with no walk."""

    timeline: Timeline

    def at_stride(self, first: int, last: int, *, log2_stride: int = 0) -> Parts:
        """The parts at the steps i·2^log2_stride for i = first … last.

        Raises:
            ValueError: the window is empty, or leaves the steps that the timeline knows.
        """
        steps = np.arange(first, last + 1, dtype=np.int64) << log2_stride
        return self.at(steps, self.standard(first, last, log2_stride=log2_stride))

    def standard(self, first: int, last: int, *, log2_stride: int = 0) -> Float64s:
        """W at the steps i·2^log2_stride for i = first … last."""
        return standard_path(self.timeline.seed, first=first, last=last, log2_stride=log2_stride)

    def is_steady(self, first: int, last: int) -> bool:
        """Whether the increments first + 1 … last are all of one law."""
        here = self._governing(first, last)
        variance, drift = self._rows.variance[here], self._rows.drift[here]
        return bool((variance == variance[0]).all() and (drift == drift[0]).all())

    def at(self, steps: Int64s, W: Float64s) -> Parts:
        """The parts at some ascending steps at which W is known.

        Raises:
            ValueError: as `at_stride`.
        """
        here = self._governing(int(steps[0]), int(steps[-1]))
        variance, drift = self._rows.variance[here], self._rows.drift[here]
        deviation = np.sqrt(variance)
        since, W_since = self._rows.step[here].copy(), self._rows.standard[here].copy()
        since[0], W_since[0] = steps[0], W[0]  # what was before is not counted
        starts = np.searchsorted(steps, since)
        counts = np.diff(starts, append=len(steps))

        def spread(values: Float64s) -> Float64s:
            return np.repeat(values, counts)

        further, dW = steps - np.repeat(since, counts), W - np.repeat(W_since, counts)
        return Parts(
            steps=steps,
            W=W,
            D=spread(_sums(drift[:-1] * np.diff(since))) + spread(drift) * further,
            M=spread(_sums(deviation[:-1] * np.diff(W_since))) + spread(deviation) * dW,
            V=spread(_sums(variance[:-1] * np.diff(since))) + spread(variance) * further,
        )

    def _governing(self, first: int, last: int) -> slice:
        """Which regimes govern the increments first + 1 … last; at least one."""
        start = int(np.searchsorted(self._rows.step, first, side="right")) - 1
        if start < 0:
            raise ValueError("the window leaves the steps that this timeline knows")
        end = int(np.searchsorted(self._rows.step, last, side="left"))
        return slice(start, max(end, start + 1))

    @cached_property
    def _rows(self) -> _Rows:
        return _rows(self.timeline)


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """The regimes as arrays; of several that start at one step the last alone."""

    step: Int64s
    standard: Float64s
    variance: Float64s
    drift: Float64s


def _rows(timeline: Timeline) -> _Rows:
    by_step = {regime.step: regime for regime in timeline.regimes}
    regimes = list(by_step.values())
    return _Rows(
        step=np.array([regime.step for regime in regimes], dtype=np.int64),
        standard=np.array([regime.standard for regime in regimes]),
        variance=np.array([regime.variance for regime in regimes]),
        drift=np.array([regime.drift for regime in regimes]),
    )


def _sums(values: Float64s) -> Float64s:
    """0, and the sums of the first 1, 2, … of `values`."""
    return np.concatenate([_NOTHING, np.cumsum(values)])


_NOTHING: Final = np.zeros(1)
