"""How well a window agrees with theory: one mark for each of its four pictures.

- `agrees`: everything in the picture is inside its 95 % range.
- `chance`: something is outside, as happens in some correct windows.
- `rare`: something is further outside than in 3,999 of 4,000 correct windows. The four pictures
  share `RARE`, so about 1 of 1,000 correct windows has a picture with this mark.

docs/statistics.md has the other rules that were tried, and how often each mark appears when theory
is right, and when it is wrong.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .intervals import CONFIDENCE

Statistics = dict[str, Any]
"""Statistics by name, as in JSON: numbers, lists of numbers, and None."""

Mark = dict[str, object]

RARE: Final = 0.001
PICTURES: Final = 4


def judge_agreement(found: Statistics) -> dict[str, Mark | None]:
    """The mark of each picture of the statistics `found`; None if a picture has nothing to judge.

    `p` is the probability that a correct window is at least as far from theory as this one.
    `outside` names what is outside of its range.
    """
    return {
        "histogram": _judge_histogram(found["histogram"]),
        "moments": _judge_moments(found["mean"], found["variance"]),
        "quadratic": _judge_quadratic(found["quadratic"]),
        "displacement": found["quadratic"] and _judge_displacement(found["displacement"]),
    }


def _judge_histogram(histogram: Statistics | None) -> Mark | None:
    if not histogram or histogram["p"] is None:
        return None
    return _choose_mark(histogram["p"], ["counts"] if histogram["p"] < 1 - CONFIDENCE else [])


def _judge_moments(mean: Statistics | None, variance: Statistics | None) -> Mark | None:
    """Mean and variance are independent, so the smaller p is the minimum of two (Šidák 1967)."""
    if not mean or not variance:
        return None
    both = {"mean": mean, "variance": variance}
    outside = [name for name, of in both.items() if not of["low"] <= of["expected"] <= of["high"]]
    return _choose_mark(1 - (1 - min(mean["p"], variance["p"])) ** 2, outside)


def _judge_quadratic(quadratic: Statistics | None) -> Mark | None:
    if not quadratic:
        return None
    is_inside = quadratic["low"] <= quadratic["realised"][-1] <= quadratic["high"]
    return _choose_mark(quadratic["p"], [] if is_inside else ["sum"])


def _judge_displacement(displacement: Statistics | None) -> Mark | None:
    """The lags are dependent, so the smallest p is multiplied by their number (Bonferroni)."""
    if not displacement:
        return None
    columns = (displacement[name] for name in ("lags", "low", "realised", "high"))
    rows = zip(*columns, strict=True)
    outside = [lag for lag, low, realised, high in rows if not low <= realised <= high]
    return _choose_mark(len(displacement["p"]) * min(displacement["p"]), outside)


def judge_tests(chances: Mapping[str, float]) -> Mark:
    """The mark of a picture of an ensemble by the p of each of its tests, by name.

    It shares `RARE` with no other picture. The tests are of the same paths, so the smallest p is
    multiplied by their number (Bonferroni).
    """
    outside = [name for name, p in chances.items() if p < 1 - CONFIDENCE]
    return _choose_mark(len(chances) * min(chances.values()), outside, rare=RARE)


def _choose_mark(p: float, outside: Sequence[str | int], *, rare: float = RARE / PICTURES) -> Mark:
    mark = "rare" if p < rare else "chance" if outside else "agrees"
    return {"mark": mark, "p": min(p, 1.0), "outside": outside}
