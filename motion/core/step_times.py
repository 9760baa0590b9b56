"""The times of the steps of a path, as far as they are known. Pure.

No time of a step is stored. Each change has its time, its step and the interval from there on. So
the steps between two changes are spread evenly, if the time between the changes is about what so
many steps take. If it is much longer, the motion stood still at an unknown step (its server was
off, or a computer slept), and these steps have no time.

`static/motion/chart/step-times.js` has the same rules for the page's axis "time of day".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .brownian import Float64s

STANDSTILL_S: Final = 60.0
"""A stretch between two changes that takes so much longer than its steps has no times.

An interval, if that is longer: a change may come at any time between two steps.
"""

DAY_MS: Final = 86_400_000
PATTERN: Final = b"0000-00-00 00:00:00.000\n"

Times = NDArray[np.datetime64]
"""Milliseconds in UTC; NaT if unknown."""


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A step, and the latest time at which it had come, in Unix seconds."""

    step: int
    came: float


@dataclass(frozen=True, kw_only=True)
class Pace(Arrival):
    """The speed of the motion after the changes at `step`.

    Attributes:
        came: the time of the first change at `step`.
        since: the time of the last one; the next step came after it.
        interval: seconds between two steps.
    """

    since: float
    interval: float


class Frontier(Arrival):
    """The frontier of the current epoch."""


@dataclass(frozen=True, kw_only=True)
class _Stretch:
    """The step `step` + i came at since + i·seconds; seconds is NaN if that is unknown."""

    step: int
    since: float
    seconds: float


@dataclass(frozen=True)
class StepTimes:
    """The times of the steps of a path, or of a part of it."""

    came: float
    stretches: tuple[_Stretch, ...]

    @classmethod
    def of(cls, paces: Sequence[Pace], end: Arrival) -> StepTimes:
        """The times from the paces that governed the steps, oldest first, at most one at a step.

        Args:
            end: the end of the last pace: the next change, or the last step of the path.
        """
        return cls(paces[0].came, tuple(map(_lay_out, paces, [*paces[1:], end])))

    def at(self, first: int, last: int) -> Times:
        """The times of the steps first … last."""
        steps = np.arange(first, last + 1, dtype=np.int64)
        starts, since, seconds = self._columns
        at = np.maximum(np.searchsorted(starts, steps, side="left") - 1, 0)
        moments = since[at] + (steps - starts[at]) * seconds[at]
        moments[steps == starts[0]] = self.came
        return _to_milliseconds(moments)

    @cached_property
    def _columns(self) -> tuple[NDArray[np.int64], Float64s, Float64s]:
        starts = np.array([stretch.step for stretch in self.stretches], dtype=np.int64)
        since = np.array([stretch.since for stretch in self.stretches])
        seconds = np.array([stretch.seconds for stretch in self.stretches])
        return starts, since, seconds


def _lay_out(pace: Pace, end: Arrival) -> _Stretch:
    """The steps from `pace` to its end.

    Up to the frontier they are laid out by the interval of the pace, not evenly, so the time of a
    step in a file stays the same while the motion goes on.
    """
    steps, took_s = end.step - pace.step, end.came - pace.since
    has_stood_still = abs(took_s - steps * pace.interval) > max(STANDSTILL_S, pace.interval)
    if steps < 1 or isinstance(end, Frontier):
        seconds = np.nan if steps > 0 and has_stood_still else pace.interval
    else:
        seconds = np.nan if has_stood_still else max(took_s, 0.0) / steps
    return _Stretch(step=pace.step, since=pace.since, seconds=seconds)


def _to_milliseconds(moments: Float64s) -> Times:
    is_known = np.isfinite(moments)
    times = np.full(len(moments), "NaT", dtype="datetime64[ms]")
    times[is_known] = np.rint(moments[is_known] * 1_000).astype(np.int64).view("datetime64[ms]")
    return times


def write_times(times: Times) -> list[str]:
    """Each time like "2026-11-26 06:17:00.250", or "" if unknown.

    All times are written at once, digit by digit: `np.datetime_as_string` takes longer than
    everything else in a row.
    """
    is_known = ~np.isnat(times)
    if not is_known.any():
        return [""] * len(times)
    days, of_day = np.divmod(times[is_known].view(np.int64), DAY_MS)
    signs = np.empty((len(days), len(PATTERN)), dtype=np.uint8)
    signs[:] = np.frombuffer(PATTERN, dtype=np.uint8)
    for day in np.unique(days) if days.min() < days.max() else days[:1]:
        date = np.datetime_as_string(day.astype("datetime64[D]")).encode()
        signs[days == day, :10] = np.frombuffer(date, dtype=np.uint8)
    of_day = of_day.astype(np.int32)
    for column, unit, most in _DIGITS:
        signs[:, column] += (of_day // unit % most).astype(np.uint8)
    written = signs.tobytes().decode("ascii").splitlines()
    if is_known.all():
        return written
    rest = iter(written)
    return [next(rest) if known else "" for known in is_known.tolist()]


_DIGITS: Final = (
    *((11, 36_000_000, 10), (12, 3_600_000, 10), (14, 600_000, 6), (15, 60_000, 10)),
    *((17, 10_000, 6), (18, 1_000, 10), (20, 100, 10), (21, 10, 10), (22, 1, 10)),
)
"""For each digit of the time of day: its column, its unit in milliseconds, and its base."""
