"""When the steps of a path came, as far as anybody knows. Pure.

No step's time is stored. What is known is when each change was made, at which step, and how fast
the motion went from there. So between two changes the steps lie evenly, if that is about the time
that so many steps take. If it took much longer, the motion stood still somewhere between (its
server was off, or a computer slept), nobody knows where, and these steps have no time.

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

STOOD_S: Final = 60.0
"""So much longer than its steps take, and a stretch between two changes has no times.

It is one interval if that is longer: a change comes anywhere between two steps.
"""

DAY_MS: Final = 86_400_000
PATTERN: Final = b"0000-00-00 00:00:00.000\n"

Times = NDArray[np.datetime64]
"""To the millisecond, in UTC; NaT where nothing is known."""


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A step, and when it had come at the latest, in Unix seconds."""

    step: int
    came: float


@dataclass(frozen=True, kw_only=True)
class Pace(Arrival):
    """How fast the motion went from `step` on, where it was changed.

    Attributes:
        came: when the first change at `step` was made.
        since: when the last one was made; the next step came after it.
        interval: seconds a step.
    """

    since: float
    interval: float


class Frontier(Arrival):
    """The newest step of a path that goes on."""


@dataclass(frozen=True, kw_only=True)
class _Stretch:
    """The steps after `step` came at since, since + seconds, …; NaN seconds: not known when."""

    step: int
    since: float
    seconds: float


@dataclass(frozen=True)
class StepTimes:
    """The times of the steps of one path, or of a part of it.

    Two are equal where all their times are, although the path has gone on in between.
    """

    came: float
    stretches: tuple[_Stretch, ...]

    @classmethod
    def of(cls, paces: Sequence[Pace], end: Arrival) -> StepTimes:
        """From the paces that governed the steps, oldest first, one a step.

        Args:
            end: of the last pace: the next change, or the last step of the path.
        """
        return cls(paces[0].came, tuple(map(_stretch, paces, [*paces[1:], end])))

    def at(self, first: int, last: int) -> Times:
        """When the steps first … last came."""
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


def _stretch(pace: Pace, end: Arrival) -> _Stretch:
    """The steps from `pace` to what ended it.

    While it goes on they are laid out at the pace that was set, not evenly up to the newest one:
    so what a file says of a step stays the same while the motion goes on.
    """
    steps, took_s = end.step - pace.step, end.came - pace.since
    stood_still = abs(took_s - steps * pace.interval) > max(STOOD_S, pace.interval)
    if steps < 1 or isinstance(end, Frontier):
        seconds = np.nan if steps > 0 and stood_still else pace.interval
    else:
        seconds = np.nan if stood_still else max(took_s, 0.0) / steps
    return _Stretch(step=pace.step, since=pace.since, seconds=seconds)


def _to_milliseconds(moments: Float64s) -> Times:
    is_known = np.isfinite(moments)
    times = np.full(len(moments), "NaT", dtype="datetime64[ms]")
    times[is_known] = np.rint(moments[is_known] * 1_000).astype(np.int64).view("datetime64[ms]")
    return times


def write_times(times: Times) -> list[str]:
    """As "2026-11-26 06:17:00.250", and "" where nothing is known.

    Digit by digit, for all at once: `np.datetime_as_string` takes longer than the rest of a row.
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
"""Of the time of day: the column of a digit, its milliseconds, and how many there are."""
