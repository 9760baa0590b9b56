"""The times of the steps of a path, as far as they are known. Pure.

No time of a step is stored. Each change has its time, its step and the interval from there on. So
the steps between two changes are spread evenly, if the time between the changes is about what so
many steps take. If it is much longer, the motion stood still at an unknown step (its server was
off, or a computer slept), and these steps have no time.

`static/motion/chart/step-times.js` has the same rules for the page's axis "time of day".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from .brownian import Float64s, Int64s

STANDSTILL_S: Final = 60.0
"""Steps have no times if the two changes around them are so much further apart than they take.

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
class StepTimes:
    """The times of the steps of a path, or of a part of it.

    Attributes:
        came: the time of the first step.
        starts, since, seconds: for each pace, step starts + i came at since + i·seconds; seconds is
            NaN if that is unknown.
    """

    came: float
    starts: Int64s
    since: Float64s
    seconds: Float64s

    @classmethod
    def from_paces(cls, paces: Sequence[Pace], end: Arrival) -> Self:
        """The times from the paces that governed the steps, oldest first, at most one at a step.

        Args:
            end: the end of the last pace: the next change, or the last step of the path.
        """
        return cls(
            came=paces[0].came,
            starts=np.array([pace.step for pace in paces], dtype=np.int64),
            since=np.array([pace.since for pace in paces]),
            seconds=np.array(list(map(_find_interval, paces, [*paces[1:], end]))),
        )

    def compute(self, first: int, last: int) -> Times:
        """The times of the steps first … last."""
        steps = np.arange(first, last + 1, dtype=np.int64)
        at = np.maximum(np.searchsorted(self.starts, steps, side="left") - 1, 0)
        moments = self.since[at] + (steps - self.starts[at]) * self.seconds[at]
        moments[steps == self.starts[0]] = self.came
        return _to_milliseconds(moments)


def _find_interval(pace: Pace, end: Arrival) -> float:
    """The seconds between two steps from `pace` to its end; NaN if unknown.

    Up to the frontier that is the interval of the pace, not the mean, so the time of a step in a
    file stays the same while the motion goes on.
    """
    steps, took_s = end.step - pace.step, end.came - pace.since
    has_stood_still = abs(took_s - steps * pace.interval) > max(STANDSTILL_S, pace.interval)
    if steps > 0 and has_stood_still:
        return float("nan")
    if steps < 1 or isinstance(end, Frontier):
        return pace.interval
    return max(took_s, 0.0) / steps


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
