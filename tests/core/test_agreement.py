"""The mark of each picture, from numbers inside, outside and far outside of their ranges."""

from typing import Any

import pytest

from motion.core.agreement import agreement


def interval(p: float) -> dict[str, float]:
    """One that contains what is expected where p is at least 5 %."""
    return {"low": 1.0, "high": 3.0, "expected": 2.0 if p >= 0.05 else 4.0, "p": p}


def answer(**other: Any) -> dict[str, Any]:
    """One in which everything is inside."""
    return {
        "histogram": {"p": 0.4},
        "mean": interval(0.5),
        "variance": interval(0.6),
        "quadratic": {"realised": [0.0, 2.0], "low": 1.0, "high": 3.0, "p": 0.7},
        "displacement": {
            "lags": [1, 2, 4],
            "realised": [2.0, 2.0, 2.0],
            "low": [1.0] * 3,
            "high": [3.0] * 3,
            "p": [0.2, 0.3, 0.9],
        },
    } | other


def marks(**other: Any) -> list[Any]:
    return [judged and judged["mark"] for judged in agreement(answer(**other)).values()]


def test_marks_agree_where_everything_is_inside() -> None:
    found = agreement(answer())

    assert {judged["mark"] for judged in found.values() if judged} == {"agrees"}
    assert [judged["p"] for judged in found.values() if judged] == pytest.approx(
        [0.4, 1 - 0.5**2, 0.7, 3 * 0.2]
    )


@pytest.mark.parametrize(
    ("p", "mark"), [(0.051, "agrees"), (0.049, "chance"), (0.000251, "chance"), (0.000249, "rare")]
)
def test_mark_of_the_histogram_follows_its_p(p: float, mark: str) -> None:
    assert marks(histogram={"p": p})[0] == mark


@pytest.mark.parametrize(
    ("mean", "variance", "outside", "mark"),
    [
        (0.04, 0.5, ["mean"], "chance"),
        (0.04, 0.03, ["mean", "variance"], "chance"),
        (0.5, 0.00013, ["variance"], "chance"),
        (0.5, 0.00012, ["variance"], "rare"),
    ],
)
def test_mean_and_variance_share_one_mark(
    mean: float, variance: float, outside: list[str], mark: str
) -> None:
    found = agreement(answer(mean=interval(mean), variance=interval(variance)))["moments"]

    assert found == {
        "mark": mark,
        "p": pytest.approx(1 - (1 - min(mean, variance)) ** 2),
        "outside": outside,
    }


@pytest.mark.parametrize(("p", "mark"), [(0.01, "chance"), (0.0002, "rare")])
def test_sum_of_squares_outside_its_range_is_marked(p: float, mark: str) -> None:
    quadratic = {"realised": [0.0, 5.0], "low": 1.0, "high": 3.0, "p": p}

    assert agreement(answer(quadratic=quadratic))["quadratic"] == {
        "mark": mark,
        "p": p,
        "outside": ["sum"],
    }


@pytest.mark.parametrize(("p", "mark"), [(0.01, "chance"), (0.00009, "chance"), (0.00008, "rare")])
def test_smallest_p_of_the_lags_counts_as_often_as_there_are_lags(p: float, mark: str) -> None:
    displacement = answer()["displacement"] | {"realised": [2.0, 5.0, 2.0], "p": [0.2, p, 0.9]}

    assert agreement(answer(displacement=displacement))["displacement"] == {
        "mark": mark,
        "p": pytest.approx(3 * p),
        "outside": [2],
    }


def test_nothing_is_judged_where_there_is_nothing() -> None:
    nothing = dict.fromkeys(answer())

    assert marks(**nothing) == [None] * 4
    assert marks(quadratic=None)[3] is None  # nothing random, so no chance to be judged
