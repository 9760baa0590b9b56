"""Doob's decomposition of a path into drift and noise, at any steps, over any regimes.

A path that is at X_a at step a is X_k = X_a + D_k + M_k. D_k is the sum of the drifts of the steps
a + 1 … k. M_k is the sum of √variance·ΔW over them, a martingale, so of mean 0. V_k, the sum of
the variances, is the mean of M_k², and the limit of the quadratic variation of M for fine steps.

Source: J. L. Doob, Stochastic Processes (1953), on the decomposition; D. Revuz, M. Yor,
Continuous Martingales and Brownian Motion (1999), chapter IV, on the quadratic variation.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from .brownian import Float64s, Int64s, standard_path
from .timeline import Timeline


@dataclass(frozen=True, kw_only=True)
class Parts:
    """W, and D, M and V counted from the first step, at some ascending `steps`.

    The last axis of each array is that of the steps. Parts of several windows have another axis
    before it.
    """

    steps: Int64s
    W: Float64s
    D: Float64s
    M: Float64s
    V: Float64s

    @cached_property
    def positions(self) -> Float64s:
        """X, counted from the first step."""
        return self.D + self.M


@dataclass(frozen=True)
class Decomposition:
    """Computes the parts of a timeline's path, anywhere in it."""

    timeline: Timeline

    def decompose_window(self, first: int, last: int, *, log2_stride: int = 0) -> Parts:
        """The parts at the steps i·2^log2_stride for i = first … last.

        Raises:
            ValueError: the window is empty, or leaves the steps that the timeline knows.
        """
        steps = np.arange(first, last + 1, dtype=np.int64) << log2_stride
        return self.decompose(steps, self.standard(first, last, log2_stride=log2_stride))

    def standard(self, first: int, last: int, *, log2_stride: int = 0) -> Float64s:
        """W at the steps i·2^log2_stride for i = first … last."""
        return standard_path(self.timeline.seed, first=first, last=last, log2_stride=log2_stride)

    def is_steady(self, first: int, last: int) -> bool:
        """Whether the increments first + 1 … last have one law."""
        here = self._find_regimes(first, last)
        variance, drift = self.timeline.columns.variance[here], self.timeline.columns.drift[here]
        return bool((variance == variance[0]).all() and (drift == drift[0]).all())

    def decompose(self, steps: Int64s, W: Float64s) -> Parts:
        """The parts at ascending `steps`, with W at these steps.

        Raises:
            ValueError: as `decompose_window`.
        """
        here = self._find_regimes(int(steps[0]), int(steps[-1]))
        columns = self.timeline.columns
        variance, drift, deviation = (
            column[here] for column in (columns.variance, columns.drift, columns.deviation)
        )
        since, W_since = columns.step[here].copy(), columns.standard[here].copy()
        since[0], W_since[0] = steps[0], W[0]  # the parts are counted from the first step
        starts = np.searchsorted(steps, since)
        counts = np.diff(starts, append=len(steps))

        def repeat(values: Float64s) -> Float64s:
            return np.repeat(values, counts)

        further, dW = steps - np.repeat(since, counts), W - np.repeat(W_since, counts)
        return Parts(
            steps=steps,
            W=W,
            D=repeat(_sum_up(drift[:-1] * np.diff(since))) + repeat(drift) * further,
            M=repeat(_sum_up(deviation[:-1] * np.diff(W_since))) + repeat(deviation) * dW,
            V=repeat(_sum_up(variance[:-1] * np.diff(since))) + repeat(variance) * further,
        )

    def _find_regimes(self, first: int, last: int) -> slice:
        """Which regimes govern the increments first + 1 … last; at least one."""
        step = self.timeline.columns.step
        start = int(np.searchsorted(step, first, side="right")) - 1
        if start < 0:
            raise ValueError("the window leaves the steps that this timeline knows")
        end = int(np.searchsorted(step, last, side="left"))
        return slice(start, max(end, start + 1))


def _sum_up(values: Float64s) -> Float64s:
    """0, and the sums of the first 1, 2, … of `values`."""
    return np.concatenate([_ZERO, np.cumsum(values)])


_ZERO: Final = np.zeros(1)
