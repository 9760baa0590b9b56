"""Positions and increments from a seed and regimes agree with a walk step by step."""

import math
from itertools import groupby

import numpy as np
import pytest
import scipy
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from motion.core.brownian import standard_path
from motion.core.parameters import STEP_LIMIT
from motion.core.timeline import (
    Regime,
    Timeline,
    UnknownAlgorithmError,
    find_log2_stride,
    thin_regimes,
)

from .timelines import (
    change_timeline,
    find_governing_regime,
    find_greatest,
    make_steady_timeline,
    seeds,
    timelines,
    variances,
)

exactly = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def sum_increments(timeline, last):
    """X_0 … X_last, as running sums of the increments."""
    positions = [0.0]
    for step in range(1, last + 1):
        regime = find_governing_regime(timeline, step)
        w_before, w = standard_path(timeline.seed, first=step - 1, last=step)
        z = float(w - w_before)
        positions.append(positions[-1] + regime.drift + math.sqrt(regime.variance) * z)
    return positions


def find_newest_step(timeline):
    return timeline.regimes[-1].step


# --- positions ----------------------------------------------------------------------------------


@settings(exactly, max_examples=40)
@given(timelines(), st.integers(1, 300))
def test_positions_agree_with_a_walk(timeline, further):
    last = find_newest_step(timeline) + further

    positions = timeline.positions(0, last)

    drift, variance = find_greatest(timeline)
    for k, (position, x) in enumerate(zip(positions, sum_increments(timeline, last), strict=True)):
        assert abs(position - x) <= 1e-9 * max(1, abs(x), drift * k, math.sqrt(variance * k))


@exactly
@given(timelines(), st.data(), st.integers(0, 39))
def test_window_agrees_with_single_positions_bit_for_bit(timeline, data, s):
    end = min(find_newest_step(timeline) + 2**s * 50, STEP_LIMIT - 1) >> s
    first = data.draw(st.integers(0, end))
    last = data.draw(st.integers(first, min(first + 300, end)))

    window = timeline.positions(first, last, log2_stride=s)

    some = data.draw(st.lists(st.integers(first, last), min_size=1, max_size=10))
    alone = np.array([timeline.position(i << s) for i in some])
    assert len(window) == last - first + 1
    assert window[np.array(some) - first].tobytes() == alone.tobytes()


@exactly
@given(timelines())
def test_position_at_a_change_is_the_stored_one(timeline):
    stored = [regime.position for regime in timeline.regimes]

    assert [timeline.position(regime.step) for regime in timeline.regimes] == stored


@exactly
@given(timelines(), st.integers(0, 2**38), st.integers(0, 600), st.integers(0, 28))
def test_newest_regime_gives_the_same_positions(timeline, further, length, s):
    newest = Timeline(timeline.seed, timeline.regimes[-1:])
    first = -(-(find_newest_step(timeline) + further) >> s)

    alone = newest.positions(first, first + length, log2_stride=s)

    assert alone.tobytes() == timeline.positions(first, first + length, log2_stride=s).tobytes()


@exactly
@given(timelines(), st.data())
def test_change_does_not_change_the_past(timeline, data):
    step = find_newest_step(timeline) + data.draw(st.integers(0, 300))
    before = timeline.positions(0, step)

    after = change_timeline(timeline, step=step, variance=10_000.0, drift=-1_000.0)

    assert after.positions(0, step).tobytes() == before.tobytes()


def test_last_of_several_changes_at_one_step_governs():
    timeline = make_steady_timeline(3, variance=1.0)
    for variance, drift in ((2_500.0, 7.0), (0.0, -1.5), (0.0, 2.0)):
        timeline = change_timeline(timeline, step=10, variance=variance, drift=drift)

    x = timeline.positions(10, 13)

    assert (x - x[0]).tolist() == pytest.approx([0.0, 2.0, 4.0, 6.0])


def test_positions_follow_the_drift_without_variance():
    timeline = change_timeline(
        make_steady_timeline(3, variance=0.0, drift=-0.5), step=8, variance=0.0, drift=0.0
    )

    positions = timeline.positions(0, 2**20)

    assert positions[:9].tolist() == [-0.5 * k for k in range(9)]
    assert (positions[9:] == -4.0).all()


# --- increments ---------------------------------------------------------------------------------


@exactly
@given(timelines(), st.data())
def test_increments_lead_from_one_position_to_another(timeline, data):
    last = find_newest_step(timeline) + data.draw(st.integers(1, 300))
    first = data.draw(st.integers(1, last))

    increments = timeline.increments(first, last)

    ends = timeline.position(first - 1), timeline.position(last)
    tolerance = 1e-9 * max(timeline.scale(first - 1), timeline.scale(last))
    assert len(increments) == last - first + 1
    assert math.fsum([ends[0], *increments]) == pytest.approx(ends[1], rel=0, abs=tolerance)


@exactly
@given(timelines(), st.data())
def test_increments_in_two_pieces_agree_with_one(timeline, data):
    last = find_newest_step(timeline) + data.draw(st.integers(2, 600))
    cut = data.draw(st.integers(1, last - 1))

    pieces = [timeline.increments(1, cut), timeline.increments(cut + 1, last)]

    assert np.concatenate(pieces).tobytes() == timeline.increments(1, last).tobytes()


@pytest.mark.parametrize("variance", [0.04, 1.0, 4.0, 10_000.0])
@pytest.mark.parametrize("step", [0, 10**9])
def test_increments_are_normal_with_the_drift_and_the_variance(variance, step):
    n = 100_000
    timeline = change_timeline(
        make_steady_timeline(1905, drift=5.0), step=step, variance=variance, drift=-3.0
    )

    dx = timeline.increments(step + 1, step + n)

    z = (dx + 3.0) / math.sqrt(variance)  # the variance's root is the standard deviation
    assert abs(np.mean(z)) * n**0.5 < 4
    assert abs(np.var(dx) / variance - 1) * (n / 2) ** 0.5 < 4
    assert abs(np.corrcoef(z[:-1], z[1:])[0, 1]) * n**0.5 < 4
    assert scipy.stats.kstest(z, "norm").pvalue > 1e-3


def test_increments_on_the_two_sides_of_a_change_are_independent():
    n = 20_000
    timeline = change_timeline(
        make_steady_timeline(1905, variance=9.0), step=n, variance=0.25, drift=0.0
    )

    dx = timeline.increments(1, 2 * n)
    before, after = dx[:n] / 3, dx[n:] / 0.5

    assert scipy.stats.kstest(before, "norm").pvalue > 1e-3
    assert scipy.stats.kstest(after, "norm").pvalue > 1e-3
    assert abs(np.corrcoef(before, after)[0, 1]) * n**0.5 < 4
    assert abs(np.corrcoef(before[::-1], after)[0, 1]) * n**0.5 < 4


# --- splits, scale, stride ------------------------------------------------------------------------


@exactly
@given(timelines(), st.data())
def test_split_steps_gives_the_longest_runs_of_one_regime(timeline, data):
    near = data.draw(st.sampled_from(timeline.regimes)).step
    last = max(1, near + data.draw(st.integers(-1, 1) | st.integers(-300, 300)))
    first = data.draw(st.integers(1, last))

    splits = list(timeline.split_steps(first, last))

    runs = groupby(
        range(first, last + 1), key=lambda step: find_governing_regime(timeline, step).step
    )
    steps = [list(run) for _, run in runs]
    assert splits == [(run[0], run[-1]) for run in steps]


def test_split_steps_cuts_off_runs_of_one_step():
    timeline = change_timeline(make_steady_timeline(1905), step=5, variance=2.0, drift=0.0)
    timeline = change_timeline(timeline, step=8, variance=3.0, drift=0.0)

    assert list(timeline.split_steps(5, 9)) == [(5, 5), (6, 8), (9, 9)]


@exactly
@given(
    timelines() | st.builds(make_steady_timeline, seeds, variance=variances), st.integers(0, 10**9)
)
def test_scale_is_the_largest_of_its_terms(timeline, step):
    drift, variance = find_greatest(timeline)
    x = timeline.position(step)

    assert timeline.scale(step) == pytest.approx(
        max(1, abs(x), drift * step, math.sqrt(variance * step))
    )


def list_multiples(first, last, s):
    return len(range(-(-first // 2**s) * 2**s, last + 1, 2**s))


@exactly
@example(0, 1_000, 1_000)
@example(0, 999, 1_000)
@given(st.integers(0, STEP_LIMIT - 1), st.integers(0, STEP_LIMIT - 1), st.integers(1, 10_000))
def test_find_log2_stride_is_the_least_and_leaves_a_point(one, other, points):
    first, last = sorted((one, other))

    s = find_log2_stride(first, last, points)

    assert 1 <= list_multiples(first, last, s) <= points
    assert s == 0 or list_multiples(first, last, s - 1) > points


@exactly
@given(timelines(), st.data())
def test_laws_agree_with_the_governing_regimes(timeline, data):
    last = data.draw(st.integers(1, find_newest_step(timeline) + 50))
    first = data.draw(st.integers(1, last))

    variance, drift = timeline.laws(first, last)

    regimes = [find_governing_regime(timeline, step) for step in range(first, last + 1)]
    assert variance.tolist() == [regime.variance for regime in regimes]
    assert drift.tolist() == [regime.drift for regime in regimes]


def test_laws_of_step_0_are_those_of_step_1():
    timeline = change_timeline(make_steady_timeline(7), step=0, variance=4.0, drift=0.5)

    assert [column.tolist() for column in timeline.laws(0, 1)] == [[4.0, 4.0], [0.5, 0.5]]


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "log2_stride"),
    [
        (99, 200, 0),
        (200, 199, 0),
        (-1, 200, 0),
        (STEP_LIMIT - 1, STEP_LIMIT, 0),
        (1, 2**20, 20),
        (6, 7, 4),
    ],
)
def test_positions_raise_outside_the_timeline(first, last, log2_stride):
    whole = change_timeline(make_steady_timeline(1), step=100, variance=2.0, drift=0.0)
    newest = Timeline(1, whole.regimes[-1:])

    with pytest.raises(ValueError, match="window"):
        newest.positions(first, last, log2_stride=log2_stride)


def test_timeline_raises_without_regimes_or_out_of_order():
    late, early = (
        Regime(step=step, position=0.0, standard=0.0, variance=1.0, drift=0.0) for step in (5, 4)
    )

    for regimes in ((), (late, early)):
        with pytest.raises(ValueError, match="regime"):
            Timeline(1, regimes)


def test_timeline_raises_with_another_algorithm():
    with pytest.raises(UnknownAlgorithmError):
        Timeline(1, make_steady_timeline(1).regimes, algorithm=2)


def test_find_log2_stride_raises_without_points():
    with pytest.raises(ValueError, match="point"):
        find_log2_stride(0, 10, 0)


def test_timeline_repr_has_no_seed():
    assert "190519" not in repr(make_steady_timeline(190519))


@pytest.mark.parametrize("step", [10**9, 2**36, 2**39])
def test_increments_stay_exact_far_from_0(step: int) -> None:
    regimes = (Regime(step=0, position=0.0, standard=0.0, variance=1.0, drift=1_000.0),)

    dx = Timeline(7, regimes).increments(step, step + 9_999)

    assert len(np.unique(dx)) == 10_000
    assert scipy.stats.kstest(dx, scipy.stats.norm(1_000.0, 1.0).cdf).pvalue > 1e-3


def test_increments_equal_the_drift_without_variance() -> None:
    regimes = (Regime(step=0, position=0.0, standard=0.0, variance=0.0, drift=0.1),)

    assert set(Timeline(7, regimes).increments(10**6, 10**6 + 50).tolist()) == {0.1}


# --- thinning -----------------------------------------------------------------------------------


def thin_timeline(timeline, s, fine_from):
    regimes = thin_regimes(timeline.regimes, log2_stride=s, fine_from=fine_from)
    return Timeline(timeline.seed, regimes, fine_from=fine_from, log2_stride=s)


@exactly
@given(timelines(), st.integers(0, 9), st.integers(0, 3_000), st.integers(1, 300))
def test_thin_regimes_keeps_the_known_positions(timeline, s, fine_from, further):
    few, last = (
        thin_timeline(timeline, s, fine_from),
        max(find_newest_step(timeline), fine_from) + further,
    )

    for stride in (s, s + 1):
        expected = timeline.positions(0, last >> stride, log2_stride=stride)
        assert few.positions(0, last >> stride, log2_stride=stride).tolist() == expected.tolist()
    fine = few.increments(fine_from + 1, last), few.positions(fine_from, last)
    assert fine[0].tolist() == timeline.increments(fine_from + 1, last).tolist()
    assert fine[1].tolist() == timeline.positions(fine_from, last).tolist()
    assert list(few.split_steps(fine_from + 1, last)) == list(
        timeline.split_steps(fine_from + 1, last)
    )


@exactly
@given(timelines(), st.data())
def test_thin_regimes_gives_the_same_when_repeated(timeline, data):
    s, fine_from, early, kept = 0, 0, data.draw(st.integers(1, 9)), ()
    for start in range(0, len(timeline.regimes), early):
        s, fine_from = s + data.draw(st.integers(0, 3)), fine_from + data.draw(st.integers(0, 900))
        grown = (*kept, *timeline.regimes[start : start + early])
        kept = thin_regimes(grown, log2_stride=s, fine_from=fine_from)

    assert kept == thin_regimes(timeline.regimes, log2_stride=s, fine_from=fine_from)


@exactly
@given(timelines(), st.integers(0, 9), st.integers(0, 3_000))
def test_thin_regimes_keeps_at_most_one_for_each_step(timeline, s, fine_from):
    few, last = thin_timeline(timeline, s, fine_from), find_newest_step(timeline)

    multiples_before = (min(fine_from, last) >> s) + 1
    assert len(few.regimes) <= multiples_before + max(last - fine_from, 0) + 1


def test_thinned_timeline_raises_between_its_multiples():
    timeline = thin_timeline(make_steady_timeline(1), 4, 100)

    assert timeline.position(100) == make_steady_timeline(1).position(100)
    with pytest.raises(ValueError, match="leaves the steps"):
        timeline.position(99)
    with pytest.raises(ValueError, match="leaves the steps"):
        timeline.positions(0, 10, log2_stride=3)
