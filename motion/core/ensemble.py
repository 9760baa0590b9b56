"""The positions and increments of an ensemble: the paths 1 … N of one epoch.

They have the seed and the changes of the epoch's own path, path 0, and independent increments. In a
regime that starts at step a, path i is

    X^i_k = O^i + drift·(k − a) + √variance·W^i_k,   O^i = X^i_a − √variance·W^i_a,

where W^i is path i of the seed. With the *offsets* O^i stored, no position needs W at the start
of a regime, so its cost does not depend on the number of changes before it.

The law at step k: X^i_k ~ N(m_k, v_k), independent over i, where m_k is the sum of drift·length
and v_k of variance·length over the regimes up to k. Both follow from Cov(W_j, W_k) = min(j, k).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .brownian import ALGORITHM, Float64s, Int64s
from .parallel_paths import standard_paths
from .parameters import STEP_LIMIT
from .timeline import UnknownAlgorithmError

LEVELS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
"""The quantiles of a fan."""

_PIECE: Final = 1 << 18
"""Positions that `quantiles` has in memory at once."""


class Offsets(NamedTuple):
    """What a change stores of the ensemble.

    Attributes:
        law_mean, law_variance: of each X^i_a, a being the step of the change.
        values: O^1 … O^N.
    """

    law_mean: float
    law_variance: float
    values: Float64s

    def __repr__(self) -> str:
        """Without the values: there may be a thousand, and they follow from seed and changes."""
        return f"Offsets(N({self.law_mean}, {self.law_variance}), {len(self.values)} paths)"


def encode_offsets(offsets: Offsets) -> bytes:
    """The mean, the variance, and O^1 … O^N as little-endian float64."""
    return np.concatenate([offsets[:2], offsets.values]).astype("<f8").tobytes()


def decode_offsets(data: bytes, *, paths: int) -> Offsets:
    """The offsets that `encode_offsets` made for an ensemble of `paths`.

    Raises:
        ValueError: these are not finite numbers for so many paths.
    """
    if len(data) != 8 * (paths + 2):
        raise ValueError(f"{len(data)} bytes are not the offsets of {paths} paths")
    numbers = np.frombuffer(data, dtype="<f8").astype(np.float64)
    if not np.isfinite(numbers).all() or numbers[1] < 0.0:
        raise ValueError("an offset or a law is not finite")
    return Offsets(float(numbers[0]), float(numbers[1]), numbers[2:])


class EnsembleRegime(NamedTuple):
    """A range of steps with one variance and one drift; it governs the steps after `step`.

    Attributes:
        step: a, the step at which it starts.
        offsets: for its own variance.
        variance, drift: of one increment.
    """

    step: int
    offsets: Offsets
    variance: float
    drift: float


def make_first_regime(paths: int, *, variance: float, drift: float) -> EnsembleRegime:
    """The regime that starts at step 0, where all paths are at 0."""
    return EnsembleRegime(0, Offsets(0.0, 0.0, np.zeros(paths)), variance, drift)


class _Columns(NamedTuple):
    """Regimes as arrays, oldest first."""

    step: Int64s
    mean: Float64s
    spread: Float64s
    variance: Float64s
    drift: Float64s
    deviation: Float64s


@dataclass(frozen=True)
class Ensemble:
    """The paths 1 … `paths` of one epoch, or the end of them: a seed and regimes, oldest first.

    Several regimes may start at one step; the last of them governs. An ensemble knows no step
    before its first regime, so at the frontier the newest regime is enough.

    Raises:
        UnknownAlgorithmError: `algorithm` is not ours.
        ValueError: there is no path or no regime; or regimes are out of order, or for another
            number of paths.
    """

    seed: int = field(repr=False)  # a secret: anyone who has it knows the future
    paths: int
    regimes: tuple[EnsembleRegime, ...]
    algorithm: int = ALGORITHM

    def __post_init__(self) -> None:
        if self.algorithm != ALGORITHM:
            raise UnknownAlgorithmError(f"there is no algorithm version {self.algorithm}")
        starts = [regime.step for regime in self.regimes]
        if self.paths < 1 or not starts or starts != sorted(starts):
            raise ValueError("an ensemble has a path and a regime, and regimes are in order")
        if any(len(regime.offsets.values) != self.paths for regime in self.regimes):
            raise ValueError("each regime has an offset for each path")

    def positions(
        self, first: int, last: int, *, log2_stride: int = 0, paths: Sequence[int] | None = None
    ) -> Float64s:
        """X at the steps i·2^log2_stride for i = first … last, as an array (paths, steps).

        Args:
            paths: some of 1 … N; None stands for all.

        Raises:
            ValueError: the window is empty, or leaves [step of the first regime, 2^40); or there is
                no such path.
        """
        self._check_range(first << log2_stride, last << log2_stride)
        W = self._compute_standard(first, last, log2_stride, paths)
        steps = np.arange(first, last + 1, dtype=np.int64) << log2_stride
        at, columns = self._find_regimes(steps), self._columns
        shift = columns.drift[at] * (steps - columns.step[at])
        offsets = self._offsets if paths is None else self._offsets[:, np.array(paths) - 1]
        result: Float64s = (offsets[at].T + shift) + columns.deviation[at] * W
        return result

    def positions_at(self, step: int) -> Float64s:
        """X^1 … X^N at one step; raises as `positions`."""
        return self.positions(step, step)[:, 0]

    def increments(self, first: int, last: int, *, paths: Sequence[int] | None = None) -> Float64s:
        """ΔX_k for k = first … last, with first ≥ 1, as an array (paths, steps).

        ΔX_k ~ N(drift, variance), independent over steps and paths. Computed from the increments of
        W, as those of a `Timeline` are.

        Raises:
            ValueError: as `positions`.
        """
        self._check_range(first - 1, last)
        dW = np.diff(self._compute_standard(first - 1, last, 0, paths))
        at = self._find_regimes(np.arange(first - 1, last, dtype=np.int64))
        increments: Float64s = self._columns.drift[at] + self._columns.deviation[at] * dW
        return increments

    def quantiles(
        self, first: int, last: int, *, log2_stride: int = 0, levels: Sequence[float] = LEVELS
    ) -> Float64s:
        """Quantiles over all paths at the steps of `positions`, as an array (levels, steps).

        NumPy's linear method, number 7 of Hyndman and Fan, Sample quantiles in statistical packages
        (1996). Needs memory for a few hundred thousand positions, however long the window is.

        Raises:
            ValueError: as `positions`.
        """
        self._check_range(first << log2_stride, last << log2_stride)
        pieces = [
            np.quantile(self.positions(*ends, log2_stride=log2_stride), levels, axis=0)
            for ends in self._split_window(first, last)
        ]
        return np.concatenate(pieces, axis=1)

    def laws(self, first: int, last: int, *, log2_stride: int = 0) -> tuple[Float64s, Float64s]:
        """Mean and variance of X at the steps of `positions`: X_k ~ N(mean, variance).

        Raises:
            ValueError: as `positions`.
        """
        self._check_range(first << log2_stride, last << log2_stride)
        steps = np.arange(first, last + 1, dtype=np.int64) << log2_stride
        at, columns = self._find_regimes(steps), self._columns
        length = steps - columns.step[at]
        return (
            columns.mean[at] + columns.drift[at] * length,
            columns.spread[at] + columns.variance[at] * length,
        )

    def next_regime(self, step: int, *, variance: float, drift: float) -> EnsembleRegime:
        """The regime that starts at `step`, after the newest one.

        Raises:
            ValueError: as `positions`; or `step` is before the newest regime.
        """
        if step < self.regimes[-1].step:
            raise ValueError("a regime starts after the one before it")
        (mean,), (spread,) = self.laws(step, step)
        W = self._compute_standard(step, step, 0, None)[:, 0]
        values = self.positions_at(step) - math.sqrt(variance) * W
        return EnsembleRegime(step, Offsets(float(mean), float(spread), values), variance, drift)

    def _split_window(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        most = max(1, _PIECE // self.paths)
        for start in range(first, last + 1, most):
            yield start, min(start + most - 1, last)

    def _compute_standard(
        self, first: int, last: int, log2_stride: int, paths: Sequence[int] | None
    ) -> Float64s:
        if paths is None:
            numbers: Sequence[int] = range(1, self.paths + 1)  # a range: blocks are cached
        elif all(1 <= path <= self.paths for path in paths):
            numbers = list(paths)
        else:
            raise ValueError(f"the paths are numbered 1 … {self.paths}")
        return standard_paths(
            self.seed, paths=numbers, first=first, last=last, log2_stride=log2_stride
        )

    @cached_property
    def _offsets(self) -> Float64s:
        """O as an array (regimes, paths)."""
        return np.stack([regime.offsets.values for regime in self.regimes])

    @cached_property
    def _columns(self) -> _Columns:
        step, offsets, variance, drift = zip(*self.regimes, strict=True)
        mean, spread, _ = zip(*offsets, strict=True)
        columns = (mean, spread, variance, drift, np.sqrt(variance))
        floats = (np.array(column, dtype=np.float64) for column in columns)
        return _Columns._make([np.array(step, dtype=np.int64), *floats])

    def _find_regimes(self, steps: Int64s) -> NDArray[np.intp]:
        """The index of the regime that governs the increment after each step."""
        return np.searchsorted(self._columns.step, steps, side="right") - 1

    def _check_range(self, first: int, last: int) -> None:
        if not self.regimes[0].step <= first <= last < STEP_LIMIT:
            raise ValueError("the window leaves the steps that this ensemble knows")
