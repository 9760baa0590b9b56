"""Whether what a window shows agrees with theory: one mark for each of its four pictures.

- `agrees`: everything that the picture draws lies inside its 95 % range.
- `chance`: something lies outside, as it does in some correct windows.
- `rare`: it lies further outside than in 3,999 of 4,000 correct windows. The four pictures share
  `RARE`, so of 1,000 correct windows about one has a picture with this mark.

docs/statistics.md says which other rules were tried, and how often each mark appears, whether
theory is right or wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from .intervals import SURE

RARE: Final = 0.001
PICTURES: Final = 4


def agreement(found: dict[str, Any]) -> dict[str, dict[str, Any] | None]:
    """The mark of each picture; None where there is nothing to judge.

    `p` is how often a correct window is at least as far from theory as this one; `outside` names
    what lies outside of its range.
    """
    return {
        "histogram": _of_histogram(found["histogram"]),
        "moments": _of_moments(found["mean"], found["variance"]),
        "quadratic": _of_quadratic(found["quadratic"]),
        "displacement": found["quadratic"] and _of_displacement(found["displacement"]),
    }


def _of_histogram(histogram: dict[str, Any] | None) -> dict[str, Any] | None:
    if not histogram or histogram["p"] is None:
        return None
    return _marked(histogram["p"], ["counts"] if histogram["p"] < 1 - SURE else [])


def _of_moments(mean: dict[str, Any] | None, variance: dict[str, Any] | None) -> Any:
    """The two are independent, so the smaller p counts as the smallest of two (Šidák 1967)."""
    if not mean or not variance:
        return None
    both = {"mean": mean, "variance": variance}
    outside = [name for name, of in both.items() if not of["low"] <= of["expected"] <= of["high"]]
    return _marked(1 - (1 - min(mean["p"], variance["p"])) ** 2, outside)


def _of_quadratic(quadratic: dict[str, Any] | None) -> dict[str, Any] | None:
    if not quadratic:
        return None
    is_inside = quadratic["low"] <= quadratic["realised"][-1] <= quadratic["high"]
    return _marked(quadratic["p"], [] if is_inside else ["sum"])


def _of_displacement(displacement: dict[str, Any] | None) -> dict[str, Any] | None:
    """The smallest p counts as often as there are lags, which are dependent (Bonferroni)."""
    if not displacement:
        return None
    columns = (displacement[name] for name in ("lags", "low", "realised", "high"))
    rows = zip(*columns, strict=True)
    outside = [lag for lag, low, realised, high in rows if not low <= realised <= high]
    return _marked(len(displacement["p"]) * min(displacement["p"]), outside)


def _marked(p: float, outside: Sequence[str | int]) -> dict[str, Any]:
    mark = "rare" if p < RARE / PICTURES else "chance" if outside else "agrees"
    return {"mark": mark, "p": min(p, 1.0), "outside": outside}
