"""Pace: on the beat, never a burst, whatever the clock does."""

import math
import random

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
    """The worker's rule: the time has come, or lies too far ahead, for the clock was set back."""
    return next_at <= now or next_at > now + interval + pacing.SHORTEST_PERIOD_S


def ticks_of(interval, *, next_at, clock):
    """The moments of `clock` at which a worker that looks at each of them makes a tick."""
    for now in clock:
        if is_due(next_at=next_at, now=now, interval=interval):
            yield now
            next_at = pacing.after_tick(next_at=next_at, now=now, interval_s=interval)


@pytest.mark.parametrize(
    ("interval", "steps"),
    [(0.02, 3), (0.0249, 3), (0.025, 2), (0.0499, 2), (0.05, 1), (0.5, 1), (3_600.0, 1)],
)
def test_tick_makes_as_many_steps_as_20_frames_a_second_need(interval, steps):
    assert pacing.steps_per_tick(interval) == steps
    assert pacing.period(interval) == steps * interval


@unhurried
@given(intervals)
def test_period_is_the_shortest_whole_number_of_intervals_that_20_frames_a_second_allow(interval):
    period = pacing.period(interval)

    assert period >= 0.05 * (1 - 1e-12)
    assert period == interval or period < interval + 0.05 + 1e-12


@unhurried
@given(intervals, st.lists(waits, min_size=2, max_size=80), st.floats(0, 5))
def test_ticks_never_outrun_the_pace(interval, waiting, until_next):
    clock = [NOW]
    for wait in waiting:
        clock.append(clock[-1] + wait)

    ticks = list(ticks_of(interval, next_at=NOW + until_next, clock=clock))

    period = pacing.period(interval)
    for i, earlier in enumerate(ticks):
        for more, later in enumerate(ticks[i + 1 :], start=1):
            assert later - earlier >= (more - 1) * period - more * ULP


@pytest.mark.parametrize("interval", [0.02, 0.1, 1 / 3, 0.5, 7.0])
def test_pace_does_not_drift_while_ticks_are_less_than_a_period_late(interval):
    late = random.Random(1905)
    period = pacing.period(interval)
    next_at = NOW

    for _ in range(10_000):
        now = next_at + late.uniform(0, 0.999) * period
        assert is_due(next_at=next_at, now=now, interval=interval)
        next_at = pacing.after_tick(next_at=next_at, now=now, interval_s=interval)

    # A sum of Unix seconds rounds by half a unit in the last place at most.
    assert abs(next_at - (NOW + 10_000 * period)) <= 10_000 * ULP / 2


@unhurried
@given(intervals, moments, st.floats(-1e6, 1e6))
def test_tick_puts_the_next_one_at_most_a_period_ahead_and_never_at_once(interval, next_at, late):
    now = next_at + late

    following = pacing.after_tick(next_at=next_at, now=now, interval_s=interval)

    assert now < following <= now + pacing.period(interval)


@unhurried
@given(intervals, moments, st.floats(1, 1e6))
def test_stall_is_followed_by_one_tick_and_a_whole_period(interval, next_at, periods_late):
    period = pacing.period(interval)
    now = next_at + period * periods_late + ULP

    following = pacing.after_tick(next_at=next_at, now=now, interval_s=interval)

    assert following == now + period


@unhurried
@given(intervals, moments, st.floats(0, 1e6))
def test_clock_set_back_stops_no_motion_for_long(interval, next_at, back):
    start, step = next_at - back, pacing.period(interval) / 8
    clock = [start + i * step for i in range(32)]

    first, second, *_ = ticks_of(interval, next_at=next_at, clock=clock)

    soon = interval + pacing.SHORTEST_PERIOD_S
    assert first <= start + soon + step + ULP
    assert second - first <= pacing.period(interval) + step + ULP


@unhurried
@given(intervals, moments, st.floats(-1e6, 1e6))
def test_resumed_motion_waits_a_whole_period(interval, next_at, late):
    now = next_at + late

    following = pacing.after_change(next_at=next_at, now=now, interval_s=interval, resumed=True)

    assert following == now + pacing.period(interval)


@pytest.mark.parametrize(
    ("interval", "until_next", "expected"),
    [(0.5, 3_000.0, 0.5), (3_600.0, 0.25, 0.25), (0.02, 0.5, 0.06), (0.5, -0.1, -0.1)],
)
def test_change_of_interval_brings_a_tick_forward_but_never_puts_it_off(
    interval, until_next, expected
):
    following = pacing.after_change(
        next_at=NOW + until_next, now=NOW, interval_s=interval, resumed=False
    )

    assert following == NOW + expected
