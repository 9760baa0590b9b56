"""Regimes of parameters → positions and increments of a motion, anywhere, with no walk.

In a regime that starts at step a,

    X_k = X_a + drift·(k − a) + √variance·(W_k − W_a),

so the regimes and the seed give every X_k.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .brownian import ALGORITHM, Float64s, standard_path
from .parameters import STEP_LIMIT

AGREEMENT: Final = 1e-9
"""Two positions are equal if they differ by at most this times `scale` (docs/architecture.md)."""


@dataclass(frozen=True, kw_only=True)
class Regime:
    """A stretch of steps, from `step` on, over which variance and drift stay the same.

    Attributes:
        step: a, the step it starts at; it governs the steps after a.
        position: X_a.
        standard: W_a.
        variance, drift: of one increment.
    """

    step: int
    position: float
    standard: float
    variance: float
    drift: float


class UnknownAlgorithmError(Exception):
    """The path was made by a construction that this program does not have."""


@dataclass(frozen=True)
class Timeline:
    """One epoch of a motion, or the end of one: a seed and its regimes, oldest first.

    Several regimes may start at one step; the last of them governs. Steps before the first
    regime cannot be asked for, so the newest regime alone serves a reader at the frontier.

    Attributes:
        fine_from: from this step on all regimes are there. Before it there are those that govern
            a multiple of 2^log2_stride, so only positions at these may be asked for.

    Raises:
        UnknownAlgorithmError: `algorithm` is not one of ours.
        ValueError: there is no regime, or they are out of order.
    """

    seed: int = field(repr=False)  # a secret: a person who has it knows the future
    regimes: tuple[Regime, ...]
    algorithm: int = ALGORITHM
    fine_from: int = 0
    log2_stride: int = 0

    def __post_init__(self) -> None:
        if self.algorithm != ALGORITHM:
            raise UnknownAlgorithmError(f"there is no algorithm version {self.algorithm}")
        starts = [regime.step for regime in self.regimes]
        if not starts or starts != sorted(starts):
            raise ValueError("a timeline has at least one regime, and they are in order")

    def standard(self, step: int) -> float:
        """W at `step`."""
        return float(standard_path(self.seed, first=step, last=step)[0])

    def position(self, step: int) -> float:
        """X at `step`."""
        return float(self.positions(step, step)[0])

    def positions(self, first: int, last: int, *, log2_stride: int = 0) -> Float64s:
        """X at the steps i·2^log2_stride for i = first … last.

        Within a regime X_k − X_j ~ N(drift·(k − j), variance·(k − j)).

        Raises:
            ValueError: the window is empty, or leaves [step of the first regime, 2^40).
        """
        self._check(first << log2_stride, last << log2_stride, log2_stride)
        W = standard_path(self.seed, first=first, last=last, log2_stride=log2_stride)
        steps = np.arange(first, last + 1, dtype=np.int64) << log2_stride
        at, columns = self._regimes_at(steps), self._columns
        result: Float64s = (
            columns.position[at]
            + columns.drift[at] * (steps - columns.step[at])
            + columns.deviation[at] * (W - columns.standard[at])
        )
        return result

    def increments(self, first: int, last: int) -> Float64s:
        """ΔX_k for k = first … last, with first ≥ 1; ΔX_k ~ N(drift, variance), independent.

        Computed from the increments of W, not from positions: their difference would be coarse
        where a drift has carried X far away.

        Raises:
            ValueError: as `positions`.
        """
        self._check(first - 1, last)
        dW = np.diff(standard_path(self.seed, first=first - 1, last=last))
        at = self._regimes_at(np.arange(first - 1, last, dtype=np.int64))
        increments: Float64s = self._columns.drift[at] + self._columns.deviation[at] * dW
        return increments

    def laws(self, first: int, last: int) -> tuple[Float64s, Float64s]:
        """Variance and drift of ΔX_k for k = first … last; for k = 0 those of ΔX_1.

        Raises:
            ValueError: as `increments`.
        """
        before = np.maximum(np.arange(first - 1, last, dtype=np.int64), 0)
        self._check(int(before[0]), last)
        at = self._regimes_at(before)
        return self._columns.variance[at], self._columns.drift[at]

    def split_steps(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """The steps first … last cut after each step at which a regime starts."""
        if first > last:
            return
        cuts = {regime.step for regime in self.regimes if first <= regime.step < last}
        for before, end in pairwise(sorted({first - 1, last} | cuts)):
            yield before + 1, end

    def scale(self, step: int) -> float:
        """What agreement at `step` is relative to: max(1, |X|, |drift|·k, √(variance·k)) so far."""
        drift = float(np.abs(self._columns.drift).max()) * step
        deviation = float(self._columns.deviation.max()) * step**0.5
        return max(1.0, abs(self.position(step)), drift, float(deviation))

    @cached_property
    def _columns(self) -> _Columns:
        return _columns(self.regimes)

    def _regimes_at(self, steps: NDArray[np.int64]) -> NDArray[np.intp]:
        """The number of the regime that governs the increment after each of `steps`."""
        return np.searchsorted(self._columns.step, steps, side="right") - 1

    def _check(self, first: int, last: int, log2_stride: int = 0) -> None:
        is_known = first >= self.fine_from or log2_stride >= self.log2_stride
        if not is_known or first < self.regimes[0].step or last >= STEP_LIMIT:
            raise ValueError("the window leaves the steps that this timeline knows")


@dataclass(frozen=True)
class _Columns:
    """The regimes as arrays, so that a window looks all its points up at once."""

    step: NDArray[np.int64]
    position: Float64s
    standard: Float64s
    drift: Float64s
    variance: Float64s
    deviation: Float64s


def _columns(regimes: Iterable[Regime]) -> _Columns:
    rows = list(regimes)
    variance = np.array([row.variance for row in rows])
    return _Columns(
        step=np.array([row.step for row in rows], dtype=np.int64),
        position=np.array([row.position for row in rows]),
        standard=np.array([row.standard for row in rows]),
        drift=np.array([row.drift for row in rows]),
        variance=variance,
        deviation=np.sqrt(variance),
    )


def thinned(regimes: Sequence[Regime], *, log2_stride: int, fine_from: int) -> tuple[Regime, ...]:
    """Those of `regimes` that a `Timeline` with these attributes needs; the newest among them.

    They are one for each step from `fine_from` on, and one for each multiple before, at most. To
    thin what was thinned before, at a shorter stride and an earlier step, loses nothing.
    """
    needed = [
        regime
        for regime, next_one in pairwise(regimes)
        if max(regime.step, fine_from) < next_one.step
        or -(-regime.step >> log2_stride) << log2_stride < next_one.step
    ]
    return (*needed, regimes[-1])


def log2_stride_for(steps: int, points: int) -> int:
    """The least s such that the multiples of 2^s in [0, steps] are at most `points`.

    Raises:
        ValueError: `points` is less than 1.
    """
    return log2_stride_within(0, steps, points)


def log2_stride_within(first: int, last: int, points: int) -> int:
    """The least s such that the multiples of 2^s in [first, last] are at most `points`.

    There is at least one: a stride twice as long takes no more than every second away.

    Raises:
        ValueError: `points` is less than 1.
    """
    if points < 1:
        raise ValueError("at least one point is asked for")
    log2_stride = 0
    while (last >> log2_stride) - (first - 1 >> log2_stride) > points:
        log2_stride += 1
    return log2_stride
