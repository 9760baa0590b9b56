"""The interval score, and the summary of a class's answers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion.core.intervals import normal_quantile
from motion.core.predictions import (
    MAX_BINS,
    MAX_INTERVALS,
    Ends,
    interval_score,
    make_bins,
    summarise_answers,
)
from motion.core.questions import ANSWER_LIMIT, Asked, Kind

values = st.floats(-ANSWER_LIMIT, ANSWER_LIMIT)
numbers = st.floats(-1e6, 1e6)
levels = st.sampled_from([0.5, 0.9])


def make_asked(kind: Kind, *, options: tuple[str, ...] = (), level: float | None = None) -> Asked:
    return Asked(
        id=1,
        motion_id=1,
        number=1,
        kind=kind,
        text="Where?",
        options=options,
        level=level,
        epoch=1,
        step=10,
        state="revealed",
        opened_at="2026-11-26T06:17:00.250+00:00",
        names_shown=False,
        correct=None,
    )


# --- the interval score ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "outcome", "level", "score"),
    [
        (0.0, 4.0, 1.0, 0.5, 4.0),
        (0.0, 4.0, 4.0, 0.5, 4.0),
        (0.0, 4.0, -1.0, 0.5, 4.0 + 4 * 1),
        (0.0, 4.0, 6.0, 0.5, 4.0 + 4 * 2),
        (0.0, 4.0, 6.0, 0.9, 4.0 + 20 * 2),
    ],
)
def test_interval_score_is_width_plus_penalty(
    low: float, high: float, outcome: float, level: float, score: float
) -> None:
    assert interval_score(low, high, outcome, level=level) == pytest.approx(score)


@given(numbers, numbers, numbers, levels)
def test_interval_score_is_at_least_the_width(
    one: float, other: float, outcome: float, level: float
) -> None:
    low, high = sorted([one, other])

    score = interval_score(low, high, outcome, level=level)

    assert score >= high - low
    assert (score == high - low) == (low <= outcome <= high) or score == pytest.approx(high - low)


@given(numbers, numbers, numbers, levels, st.floats(-1e3, 1e3))
def test_interval_score_stays_when_all_is_shifted(
    one: float, other: float, outcome: float, level: float, shift: float
) -> None:
    low, high = sorted([one, other])

    shifted = interval_score(low + shift, high + shift, outcome + shift, level=level)

    assert shifted == pytest.approx(interval_score(low, high, outcome, level=level), abs=1e-6)


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_interval_score_is_least_for_the_true_quantiles(level: float) -> None:
    """The mean over N(0, 1), by its quantiles at 20,000 equally probable places."""
    outcomes = normal_quantile((np.arange(20_000) + 0.5) / 20_000)
    reach = float(normal_quantile(np.array([(1 + level) / 2]))[0])

    def score(low: float, high: float) -> float:
        missed = np.maximum.reduce([low - outcomes, outcomes - high, np.zeros_like(outcomes)])
        by_hand = float((high - low + 2 / (1 - level) * missed).mean())
        found = [interval_score(low, high, x, level=level) for x in outcomes[::1_000]]
        assert found == pytest.approx(high - low + 2 / (1 - level) * missed[::1_000])
        return by_hand

    best = score(-reach, reach)

    for low, high in [(-1.2, 1.2), (-0.8, 0.8), (-1.0, 1.2), (-0.8, 1.0)]:
        assert score(low * reach, high * reach) > best


# --- the histogram -----------------------------------------------------------------------------


@given(st.lists(values, min_size=1, max_size=60))
def test_make_bins_counts_every_value_once(found: list[float]) -> None:
    edges, counts = make_bins(np.array(found))

    assert sum(counts) == len(found)
    assert len(edges) == len(counts) + 1 <= MAX_BINS + 3
    assert all(low < high for low, high in pairwise(edges))


def test_make_bins_has_round_edges() -> None:
    edges, counts = make_bins(np.array([12.0, 14.0, 17.0, 21.0, 22.0, 25.0, 31.0, 38.0]))

    assert edges == [10.0, 20.0, 30.0, 40.0]
    assert counts == [3, 3, 2]


@pytest.mark.parametrize("scale", [10, 100, 1_000])
def test_make_bins_puts_an_answer_on_an_edge_into_the_bin_that_begins_there(scale: int) -> None:
    typed = np.repeat(np.arange(-9, 13) / scale, 40)

    edges, counts = make_bins(typed)

    assert edges == [float(f"{edge:.9g}") for edge in edges]
    assert counts == [sum((low <= typed) & (typed < high)) for low, high in pairwise(edges)]
    assert 0 not in counts


@pytest.mark.parametrize("around", [0.0, 1e-13])
def test_make_bins_keeps_its_width_when_most_answers_are_equal(around: float) -> None:
    equal = np.linspace(20 - around, 20 + around, 24)
    others = np.array([17.0, 18.0, 19.0, 21.0, 23.0, ANSWER_LIMIT])

    edges, counts = make_bins(np.concatenate([equal, others]))

    assert edges[0] >= 10
    assert edges[-1] < 100
    assert sum(count > 0 for count in counts) > 3


def test_make_bins_keeps_its_width_when_one_answer_is_absurd() -> None:
    sensible = np.linspace(0, 20, 29)

    edges, counts = make_bins(np.append(sensible, ANSWER_LIMIT))

    assert edges[-1] < 100
    assert sum(count > 0 for count in counts) > 3


def test_make_bins_has_one_bin_around_equal_values() -> None:
    assert make_bins(np.array([3.0, 3.0])) == ([2.5, 3.5], [2])


def test_make_bins_is_empty_without_values() -> None:
    assert make_bins(np.array([])) == ([], [])


# --- the summary -------------------------------------------------------------------------------


def test_summarise_counts_the_intervals_that_contain_the_outcome() -> None:
    asked = make_asked(Kind.INTERVAL, level=0.5)

    found = summarise_answers(asked, [(4.0, 8.0), (0.0, 2.0), (1.0, 5.0)], outcome=4.5)

    assert found.intervals == [(0.0, 2.0), (1.0, 5.0), (4.0, 8.0)]
    assert (found.contained, found.median, found.outcome) == (2, 3.0, 4.5)
    assert found.mean_score == pytest.approx((4 + 2 + 4 * 2.5 + 4) / 3)


def test_summarise_scores_nothing_before_the_outcome() -> None:
    found = summarise_answers(make_asked(Kind.INTERVAL, level=0.5), [(0.0, 2.0)])

    assert (found.contained, found.mean_score, found.outcome) == (None, None, None)


def test_summarise_limits_the_intervals_but_scores_all() -> None:
    answers: list[Ends] = [(0.0, 1.0)] * (MAX_INTERVALS + 1)

    found = summarise_answers(make_asked(Kind.INTERVAL, level=0.9), answers, outcome=0.5)

    assert found.intervals is not None
    assert len(found.intervals) == MAX_INTERVALS
    assert found.contained == sum(found.counts) == MAX_INTERVALS + 1


def test_summarise_keeps_low_and_high_intervals_of_too_many() -> None:
    answers: list[Ends] = [(float(place), place + 1.0) for place in range(3 * MAX_INTERVALS)]

    found = summarise_answers(make_asked(Kind.INTERVAL, level=0.9), answers)

    assert found.intervals == answers[::3]


def test_summarise_counts_options_that_nobody_chose() -> None:
    asked = make_asked(Kind.CHOICE, options=("up", "down", "back"))

    found = summarise_answers(asked, [(0.0, 0.0), (2.0, 2.0), (0.0, 0.0)], outcome=2.0)

    assert (found.edges, found.counts, found.median) == (None, [2, 0, 1], None)
    assert (found.intervals, found.contained, found.mean_score) == (None, None, None)


@pytest.mark.parametrize(
    ("kind", "intervals"),
    [(Kind.WHERE, [(1.0, 1.0), (2.0, 2.0), (9.0, 9.0)]), (Kind.NUMBER, None)],
)
def test_summarise_has_the_median_of_numbers(kind: Kind, intervals: list[Ends] | None) -> None:
    found = summarise_answers(make_asked(kind), [(1.0, 1.0), (9.0, 9.0), (2.0, 2.0)])

    assert (found.median, found.intervals) == (2.0, intervals)
    assert (found.contained, found.mean_score) == (None, None)


@pytest.mark.parametrize("kind", list(Kind))
def test_summarise_takes_no_answers(kind: Kind) -> None:
    found = summarise_answers(make_asked(kind, options=("a", "b"), level=0.5), [], outcome=1.0)

    assert sum(found.counts) == 0
    assert (found.median, found.mean_score) == (None, None)
