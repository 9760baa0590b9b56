"""Ticks keep their schedule and never come in a burst, whatever happens to the clock."""

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion.core import pacing

unhurried = settings(deadline=None)  # a busy machine is no failure

NOW = 1_800_000_000.0  # Unix seconds
ULP = math.ulp(NOW)

intervals = st.sampled_from([0.02, 0.025, 0.05, 0.1, 0.5, 1.0, 3_600.0]) | st.floats(0.02, 3_600)
moments = st.floats(NOW - 1e6, NOW + 1e6)
waits = st.floats(0, 10) | st.floats(0, 1e5)


def is_due(*, next_at, now, interval):
    """The worker's rule: the time has come, or is too far ahead because the clock was set back."""
    return next_at <= now or next_at > now + interval + pacing.SHORTEST_PERIOD_S


def find_ticks(interval, *, next_at, clock):
    """The times in `clock` at which a worker makes a tick, if it wakes up at each of them."""
    for now in clock:
        if is_due(next_at=next_at, now=now, interval=interval):
            yield now
            next_at = pacing.schedule_after_tick(next_at=next_at, now=now, interval_s=interval)


@pytest.mark.parametrize(
    ("interval", "steps"),
    [(0.02, 3), (0.0249, 3), (0.025, 2), (0.0499, 2), (0.05, 1), (0.5, 1), (3_600.0, 1)],
)
def test_steps_per_tick_gives_at_most_20_frames_a_second(interval, steps):
    assert pacing.steps_per_tick(interval) == steps
    assert pacing.tick_period(interval) == steps * interval


@unhurried
@given(intervals)
def test_tick_period_is_the_shortest_with_20_frames_a_second(interval):
    period = pacing.tick_period(interval)

    assert period >= 0.05 * (1 - 1e-12)
    assert period == interval or period < interval + 0.05 + 1e-12


@unhurried
@given(intervals, st.lists(waits, min_size=2, max_size=80), st.floats(0, 5))
def test_ticks_are_never_faster_than_the_interval(interval, waiting, until_next):
    clock = [NOW]
    for wait in waiting:
        clock.append(clock[-1] + wait)

    ticks = list(find_ticks(interval, next_at=NOW + until_next, clock=clock))

    period = pacing.tick_period(interval)
    for i, earlier in enumerate(ticks):
        for more, later in enumerate(ticks[i + 1 :], start=1):
            assert later - earlier >= (more - 1) * period - more * ULP


@pytest.mark.parametrize("interval", [0.02, 0.1, 1 / 3, 0.5, 7.0])
def test_schedule_keeps_its_beat_when_ticks_are_late(interval):
    late = random.Random(1905)
    period = pacing.tick_period(interval)
    next_at = NOW

    for _ in range(10_000):
        now = next_at + late.uniform(0, 0.999) * period
        assert is_due(next_at=next_at, now=now, interval=interval)
        next_at = pacing.schedule_after_tick(next_at=next_at, now=now, interval_s=interval)

    # A sum of Unix seconds rounds by half a unit in the last place at most.
    assert abs(next_at - (NOW + 10_000 * period)) <= 10_000 * ULP / 2


@unhurried
@given(intervals, st.integers(0, 10**9))
def test_has_ensemble_turn_comes_evenly_and_at_most_ten_times_a_second(interval, start):
    a_tick = pacing.steps_per_tick(interval)
    turns = [at for at in range(100) if pacing.has_ensemble_turn(start + at * a_tick, interval)]

    (gap,) = {later - earlier for earlier, later in pairwise(turns)}
    assert gap * pacing.tick_period(interval) >= 0.1 - 1e-9
    assert gap == 1 or (gap - 1) * pacing.tick_period(interval) < 0.1


@unhurried
@given(intervals, moments, st.floats(-1e6, 1e6))
def test_schedule_after_tick_is_later_within_a_period(interval, next_at, late):
    now = next_at + late

    following = pacing.schedule_after_tick(next_at=next_at, now=now, interval_s=interval)

    assert now < following <= now + pacing.tick_period(interval)


@unhurried
@given(intervals, moments, st.floats(1, 1e6))
def test_schedule_after_tick_waits_a_period_after_a_stall(interval, next_at, periods_late):
    period = pacing.tick_period(interval)
    now = next_at + period * periods_late + ULP

    following = pacing.schedule_after_tick(next_at=next_at, now=now, interval_s=interval)

    assert following == now + period


@unhurried
@given(intervals, moments, st.floats(0, 1e6))
def test_motion_continues_soon_when_the_clock_is_set_back(interval, next_at, back):
    start, step = next_at - back, pacing.tick_period(interval) / 8
    clock = [start + i * step for i in range(32)]

    first, second, *_ = find_ticks(interval, next_at=next_at, clock=clock)

    soon = interval + pacing.SHORTEST_PERIOD_S
    assert first <= start + soon + step + ULP
    assert second - first <= pacing.tick_period(interval) + step + ULP


@unhurried
@given(intervals, moments, st.floats(-1e6, 1e6))
def test_schedule_after_change_waits_a_period_when_resumed(interval, next_at, late):
    now = next_at + late

    following = pacing.schedule_after_change(
        next_at=next_at, now=now, interval_s=interval, resumed=True
    )

    assert following == now + pacing.tick_period(interval)


@pytest.mark.parametrize(
    ("interval", "until_next", "expected"),
    [(0.5, 3_000.0, 0.5), (3_600.0, 0.25, 0.25), (0.02, 0.5, 0.06), (0.5, -0.1, -0.1)],
)
def test_schedule_after_change_moves_a_tick_only_forward(interval, until_next, expected):
    following = pacing.schedule_after_change(
        next_at=NOW + until_next, now=NOW, interval_s=interval, resumed=False
    )

    assert following == NOW + expected
