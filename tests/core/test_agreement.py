"""The mark of each picture, for numbers inside, outside and far outside of their ranges."""

from typing import Any

import pytest

from motion.core.agreement import judge_agreement


def make_interval(p: float) -> dict[str, float]:
    """An interval that contains the expected value if p is at least 5 %."""
    return {"low": 1.0, "high": 3.0, "expected": 2.0 if p >= 0.05 else 4.0, "p": p}


def make_statistics(**other: Any) -> dict[str, Any]:
    """Statistics in which everything is inside its range."""
    return {
        "histogram": {"p": 0.4},
        "mean": make_interval(0.5),
        "variance": make_interval(0.6),
        "quadratic": {"realised": [0.0, 2.0], "low": 1.0, "high": 3.0, "p": 0.7},
        "displacement": {
            "lags": [1, 2, 4],
            "realised": [2.0, 2.0, 2.0],
            "low": [1.0] * 3,
            "high": [3.0] * 3,
            "p": [0.2, 0.3, 0.9],
        },
    } | other


def judge(**other: Any) -> list[Any]:
    return [
        judged and judged["mark"] for judged in judge_agreement(make_statistics(**other)).values()
    ]


def test_marks_agree_when_everything_is_inside() -> None:
    found = judge_agreement(make_statistics())

    assert {judged["mark"] for judged in found.values() if judged} == {"agrees"}
    assert [judged["p"] for judged in found.values() if judged] == pytest.approx(
        [0.4, 1 - 0.5**2, 0.7, 3 * 0.2]
    )


@pytest.mark.parametrize(
    ("p", "mark"), [(0.051, "agrees"), (0.049, "chance"), (0.000251, "chance"), (0.000249, "rare")]
)
def test_mark_of_the_histogram_follows_its_p(p: float, mark: str) -> None:
    assert judge(histogram={"p": p})[0] == mark


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
    found = judge_agreement(
        make_statistics(mean=make_interval(mean), variance=make_interval(variance))
    )["moments"]

    assert found == {
        "mark": mark,
        "p": pytest.approx(1 - (1 - min(mean, variance)) ** 2),
        "outside": outside,
    }


@pytest.mark.parametrize(("p", "mark"), [(0.01, "chance"), (0.0002, "rare")])
def test_mark_of_the_quadratic_variation_follows_its_p(p: float, mark: str) -> None:
    quadratic = {"realised": [0.0, 5.0], "low": 1.0, "high": 3.0, "p": p}

    assert judge_agreement(make_statistics(quadratic=quadratic))["quadratic"] == {
        "mark": mark,
        "p": p,
        "outside": ["sum"],
    }


@pytest.mark.parametrize(("p", "mark"), [(0.01, "chance"), (0.00009, "chance"), (0.00008, "rare")])
def test_mark_of_the_displacement_multiplies_the_smallest_p(p: float, mark: str) -> None:
    displacement = make_statistics()["displacement"] | {
        "realised": [2.0, 5.0, 2.0],
        "p": [0.2, p, 0.9],
    }

    assert judge_agreement(make_statistics(displacement=displacement))["displacement"] == {
        "mark": mark,
        "p": pytest.approx(3 * p),
        "outside": [2],
    }


def test_marks_are_none_when_there_is_nothing_to_judge() -> None:
    nothing = dict.fromkeys(make_statistics())

    assert judge(**nothing) == [None] * 4
    assert judge(quadratic=None)[3] is None  # nothing random, so no chance to be judged
