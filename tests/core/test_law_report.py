"""The report of a law: counts beside theory, what does not apply, and one sentence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion.core.law_report import BARRIER, LAWS, MAXIMUM, TIME_ABOVE, Counted, Lines, describe_law
from motion.core.laws import compute_staying_positive

from .ensembles import make_steady_ensemble

NO_LINES = Lines(None, None)


def describe(law, *, paths=200, n=100, log2_stride=0, first=0, lines=NO_LINES, seed=3, cause=""):
    """The report of walks of variance 4, in two pieces."""
    ensemble = make_steady_ensemble(seed, paths, variance=4.0)
    ends = first >> log2_stride, (first >> log2_stride) + n
    positions = ensemble.positions(*ends, log2_stride=log2_stride)
    counted = Counted(first, ends[1] << log2_stride, log2_stride, 4.0, cause)
    return describe_law(law, counted, np.array_split(positions, 2), lines=lines), positions


def draw_lines(law):
    return Lines(None, 20.0) if law == BARRIER else NO_LINES


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(LAWS),
    st.integers(2, 150),
    st.integers(1, 120),
    st.integers(0, 5),
    st.integers(0, 3),
)
def test_every_path_is_counted_once(law, paths, n, log2_stride, start):
    first = start << log2_stride
    lines = Lines(-100.0, 30.0) if law == BARRIER else NO_LINES

    report, _ = describe(law, paths=paths, n=n, log2_stride=log2_stride, first=first, lines=lines)

    assert sum(report["counts"]) == (len(report["crossed"]) if law == BARRIER else paths)
    assert len(report["edges"]) == len(report["counts"]) + 1 == len(report["theory"]) + 1 <= 21
    assert (np.diff(report["edges"]) > 0).all()
    assert sum(report["theory"]) <= paths + 1e-9


def test_time_above_is_in_steps_and_has_the_paths_that_were_never_above():
    report, positions = describe(TIME_ABOVE, n=99)

    above = (positions[:, 1:] > 0).sum(axis=1)
    assert report["counts"] == np.histogram(above, np.array(report["edges"]))[0].tolist()
    assert (report["edges"][0], report["edges"][-1]) == (0, 99)
    never = {"seen": int((above == 0).sum()), "theory": 200 * compute_staying_positive(99)[-1]}
    assert report["never"] == pytest.approx(never)


def test_maximum_is_placed_at_steps_of_the_path():
    report, positions = describe(MAXIMUM, n=99, first=40)

    places = 40 + positions.argmax(axis=1)
    assert report["counts"] == np.histogram(places, np.array(report["edges"]))[0].tolist()
    assert (report["edges"][0], report["edges"][-1]) == (40, 139)


def test_barrier_has_the_step_at_which_each_path_crossed():
    report, positions = describe(BARRIER, lines=Lines(None, 20.0))

    crossed = {
        str(path): int(np.argmax(row >= 20))
        for path, row in enumerate(positions, start=1)
        if row.max() >= 20
    }
    assert report["crossed"] == crossed
    survival = report["survival"]
    seen = [200 - sum(at <= step for at in crossed.values()) for step in survival["steps"]]
    assert survival["seen"] == seen
    assert survival["theory"][-1] == pytest.approx(200 - report["upper"]["theory"])
    assert "lower" not in report
    assert "ruin" not in report


def test_paths_beyond_a_line_or_too_near_are_left_out():
    report, positions = describe(BARRIER, first=50, lines=Lines(-10.0, 15.0))

    start = positions[:, 0]
    inside = (start >= -10 + 2) & (start <= 15 - 2)
    assert report["count"] == inside.sum() == 200 - report["left_out"]
    assert 0 < report["left_out"] < 200
    numbers = set(report["crossed"])
    assert numbers <= {str(path) for path in np.flatnonzero(inside) + 1}
    assert report["text"].endswith("began beyond a line or too near to it, and did not count.")
    assert report["upper"]["seen"] + report["lower"]["seen"] == len(numbers)


def test_line_at_the_beginning_is_refused_with_the_least_distance():
    report, _ = describe(BARRIER, log2_stride=2, lines=Lines(None, 3.9))

    assert (
        report["reason"]
        == report["text"]
        == (
            "The line must be at least 4 from where the paths begin, on the side to which they go:"
            " nearer, the corrected law does not hold, looked at every 4th step."
        )
    )


# --- sentences ------------------------------------------------------------------------------


def test_sentence_says_that_the_paths_agree_and_which_steps_count():
    report, _ = describe(TIME_ABOVE, log2_stride=4, first=1_248, cause="the variance changed")

    assert report["text"] == (
        "The 200 paths agree with the arcsine law,"
        " looked at every 16th step, from step 1,248 on, after the variance changed."
    )


def test_sentence_says_that_paths_differ_and_how_often_that_happens():
    ensemble = make_steady_ensemble(3, 200, drift=0.5)
    positions = ensemble.positions(0, 50)

    report = describe_law(TIME_ABOVE, Counted(0, 50, 0, 1.0), [positions], lines=NO_LINES)

    assert report["agreement"]["mark"] == "rare"
    assert report["text"] == (
        "The 200 paths differ from the arcsine law."
        " By chance this happens in fewer than 1 of 1,000,000 correct classes."
    )


def test_few_paths_are_not_compared_with_the_arcsine_law():
    report, _ = describe(MAXIMUM, paths=5)

    assert report["agreement"] is None
    assert report["text"] == "5 paths are too few to compare with the arcsine law."


def test_sentence_has_the_number_that_crossed_and_its_interval():
    report, _ = describe(BARRIER, lines=Lines(-30.0, 20.0))

    upper, lower = report["upper"], report["lower"]
    assert report["agreement"]["mark"] == "agrees"
    assert report["text"] == (
        f"Of 200 paths, {upper['seen']} reached 20 first and {lower['seen']} reached −30 first;"
        f" theory expects {upper['low']} to {upper['high']} and {lower['low']} to {lower['high']}."
    )
    assert upper["low"] <= upper["theory"] <= upper["high"]


# --- law, at fixed seeds --------------------------------------------------------------------


@pytest.mark.parametrize("law", LAWS)
def test_marks_come_as_often_as_they_say_when_the_law_is_right(law):
    lines = draw_lines(law)

    found = [
        describe(law, paths=100, n=50, lines=lines, seed=seed)[0]["agreement"]["mark"]
        for seed in range(300)
    ]

    assert found.count("agrees") >= 300 * 0.95 - 12  # 3 σ
    assert found.count("rare") <= 2
