"""The positions and increments of a path, at any step, from its seed and its regimes.

In a regime that starts at step a,

    X_k = X_a + drift·(k − a) + √variance·(W_k − W_a),

so no step needs the steps before it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .brownian import ALGORITHM, Float64s, Int64s, standard_path
from .parameters import STEP_LIMIT

AGREEMENT: Final = 1e-9
"""Two positions agree if they differ by at most this times `Timeline.scale`."""


class Regime(NamedTuple):
    """A range of steps with one variance and one drift; it governs the steps after `step`.

    Attributes:
        step: a, the step at which it starts.
        position: X_a.
        standard: W_a.
        variance, drift: of one increment.
    """

    step: int
    position: float
    standard: float
    variance: float
    drift: float


class Columns(NamedTuple):
    """Regimes as arrays, oldest first; of several that start at one step only the last."""

    step: Int64s
    position: Float64s
    standard: Float64s
    variance: Float64s
    drift: Float64s
    deviation: Float64s


class UnknownAlgorithmError(Exception):
    """The path was made by a construction that this program does not have."""


@dataclass(frozen=True)
class Timeline:
    """One epoch of a motion, or the end of one: a seed and its regimes, oldest first.

    Several regimes may start at one step; the last of them governs. A timeline knows no step
    before its first regime, so at the frontier the newest regime is enough.

    Attributes:
        fine_from, log2_stride: from the step `fine_from` on, the timeline has all regimes. Before
            it, only those that govern a multiple of 2^log2_stride, so it knows only positions at
            these multiples.

    Raises:
        UnknownAlgorithmError: `algorithm` is not ours.
        ValueError: there is no regime, or they are out of order.
    """

    seed: int = field(repr=False)  # a secret: anyone who has it knows the future
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
        """X at the steps i·2^log2_stride for i = first … last: `last − first + 1` values.

        Within a regime X_k − X_j ~ N(drift·(k − j), variance·(k − j)).

        Raises:
            ValueError: the window is empty, or leaves [step of the first regime, 2^40).
        """
        self._check_range(first << log2_stride, last << log2_stride, log2_stride)
        W = standard_path(self.seed, first=first, last=last, log2_stride=log2_stride)
        steps = np.arange(first, last + 1, dtype=np.int64) << log2_stride
        at, columns = self._find_regimes(steps), self.columns
        result: Float64s = (
            columns.position[at]
            + columns.drift[at] * (steps - columns.step[at])
            + columns.deviation[at] * (W - columns.standard[at])
        )
        return result

    def increments(self, first: int, last: int) -> Float64s:
        """ΔX_k for k = first … last, with first ≥ 1; ΔX_k ~ N(drift, variance), independent.

        Computed from the increments of W. A difference of positions would be coarse where a drift
        has moved X far from 0.

        Raises:
            ValueError: as `positions`.
        """
        self._check_range(first - 1, last)
        dW = np.diff(standard_path(self.seed, first=first - 1, last=last))
        at = self._find_regimes(np.arange(first - 1, last, dtype=np.int64))
        increments: Float64s = self.columns.drift[at] + self.columns.deviation[at] * dW
        return increments

    def laws(self, first: int, last: int) -> tuple[Float64s, Float64s]:
        """Variance and drift of ΔX_k for k = first … last; for k = 0 those of ΔX_1.

        Raises:
            ValueError: as `increments`.
        """
        before = np.maximum(np.arange(first - 1, last, dtype=np.int64), 0)
        self._check_range(int(before[0]), last)
        at = self._find_regimes(before)
        return self.columns.variance[at], self.columns.drift[at]

    def split_steps(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """The steps first … last, cut after each step at which a regime starts."""
        if first > last:
            return
        cuts = {regime.step for regime in self.regimes if first <= regime.step < last}
        for before, end in pairwise(sorted({first - 1, last} | cuts)):
            yield before + 1, end

    def scale(self, step: int) -> float:
        """The unit of agreement at `step`: max(1, |X|, |drift|·k, √(variance·k)) over regimes."""
        drift = max(abs(regime.drift) for regime in self.regimes) * step
        deviation = (max(regime.variance for regime in self.regimes) * step) ** 0.5
        return float(max(1.0, abs(self.position(step)), drift, deviation))

    @cached_property
    def columns(self) -> Columns:
        step, *others = zip(*self.regimes, strict=True)
        steps = np.array(step, dtype=np.int64)
        position, standard, variance, drift = (
            np.array(column, dtype=np.float64) for column in others
        )
        columns = Columns(steps, position, standard, variance, drift, np.sqrt(variance))
        if len(steps) == 1:
            return columns
        is_last = np.append(steps[1:] != steps[:-1], True)  # of the regimes that start at one step
        return Columns._make(column[is_last] for column in columns)

    def _find_regimes(self, steps: Int64s) -> NDArray[np.intp]:
        """The index in `columns` of the regime that governs the increment after each step."""
        return np.searchsorted(self.columns.step, steps, side="right") - 1

    def _check_range(self, first: int, last: int, log2_stride: int = 0) -> None:
        is_known = first >= self.fine_from or log2_stride >= self.log2_stride
        if not is_known or first < self.regimes[0].step or last >= STEP_LIMIT:
            raise ValueError("the window leaves the steps that this timeline knows")


def thin_regimes(
    regimes: Sequence[Regime], *, log2_stride: int, fine_from: int
) -> tuple[Regime, ...]:
    """Only the regimes that a `Timeline` with these attributes needs; the newest is one of them.

    These are at most one for each step from `fine_from` on, and one for each multiple of
    2^log2_stride before it. Regimes that were thinned before, with a shorter stride and an earlier
    `fine_from`, give the same result.
    """
    needed = [
        regime
        for regime, next_one in pairwise(regimes)
        if max(regime.step, fine_from) < next_one.step
        or -(-regime.step >> log2_stride) << log2_stride < next_one.step
    ]
    return (*needed, regimes[-1])


def find_log2_stride(first: int, last: int, points: int) -> int:
    """The least s such that at most `points` multiples of 2^s are in [first, last].

    With this s at least one multiple is: a stride twice as long leaves at least every second one.

    Raises:
        ValueError: `points` is less than 1.
    """
    if points < 1:
        raise ValueError("a window has at least one point")
    log2_stride = 0
    while (last >> log2_stride) - (first - 1 >> log2_stride) > points:
        log2_stride += 1
    return log2_stride
