"""Times of steps: even between two changes, and unknown where the motion stood still."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion.core.step_times import Arrival, Frontier, Pace, StepTimes, write_times

BEGAN = 1_800_000_000.0


def make_pace(step: int, came: float, *, since: float | None = None, interval: float = 0.5) -> Pace:
    """Times are seconds after the path began."""
    since = came if since is None else since
    return Pace(step=step, came=BEGAN + came, since=BEGAN + since, interval=interval)


def compute_seconds(times: StepTimes, first: int, last: int) -> list[float | None]:
    """Seconds after the path began; None if unknown."""
    found = times.compute(first, last)
    begun = np.datetime64(int(BEGAN), "s")
    return [None if np.isnat(time) else (time - begun) / np.timedelta64(1, "s") for time in found]


def test_times_are_even_between_two_changes() -> None:
    times = StepTimes.from_paces(
        [make_pace(0, 0), make_pace(100, 52)], Arrival(step=104, came=BEGAN + 54)
    )

    assert compute_seconds(times, 0, 2) == [0, 0.52, 1.04]
    assert compute_seconds(times, 99, 104) == [51.48, 52, 52.5, 53, 53.5, 54]


def test_times_have_the_pause_between_two_steps() -> None:
    times = StepTimes.from_paces(
        [make_pace(0, 0), make_pace(10, 5, since=3_605)], Arrival(step=12, came=BEGAN + 3_606)
    )

    assert compute_seconds(times, 9, 12) == [4.5, 5, 3_605.5, 3_606]


@pytest.mark.parametrize("took", [111, 5_000, -70])
def test_times_are_unknown_when_the_motion_stood_still(took: int) -> None:
    times = StepTimes.from_paces(
        [make_pace(0, 0), make_pace(100, took)], Arrival(step=102, came=BEGAN + took + 1)
    )

    assert compute_seconds(times, 0, 1) == [0, None]
    assert compute_seconds(times, 100, 102) == [None, took + 0.5, took + 1]


def test_times_stay_known_when_a_change_comes_between_slow_steps() -> None:
    """The motion makes a step every 600 s; the change comes 300 s after the third step."""
    slow = [make_pace(0, 0, interval=600), make_pace(3, 2_100, interval=600)]

    times = StepTimes.from_paces(slow, Arrival(step=5, came=BEGAN + 3_000))

    assert compute_seconds(times, 0, 5) == [0, 700, 1_400, 2_100, 2_550, 3_000]


def test_times_stay_the_same_while_the_motion_goes_on() -> None:
    first, later = (
        StepTimes.from_paces([make_pace(0, 0)], Frontier(step=step, came=BEGAN + 0.5 * step + late))
        for step, late in ((10, 0.2), (1_000, 30))
    )

    assert first == later
    assert compute_seconds(first, 0, 2) == [0, 0.5, 1]


def test_times_up_to_the_frontier_are_unknown_after_a_standstill() -> None:
    times = StepTimes.from_paces([make_pace(0, 0)], Frontier(step=10, came=BEGAN + 500))

    assert compute_seconds(times, 0, 2) == [0, None, None]


def test_times_stay_known_when_the_path_is_paused() -> None:
    times = StepTimes.from_paces(
        [make_pace(0, 0), make_pace(10, 5)], Frontier(step=10, came=BEGAN + 900)
    )

    assert compute_seconds(times, 9, 10) == [4.5, 5]


@given(st.lists(st.none() | st.integers(0, 4_000_000_000_000), max_size=50))
def test_write_times_agrees_with_numpy(moments: list[int | None]) -> None:
    times = np.array(moments, dtype="datetime64[ms]")

    expected = [str(time).replace("NaT", "").replace("T", " ") for time in times]
    assert write_times(times) == expected
