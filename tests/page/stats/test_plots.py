"""plots.js: the pictures of the theory."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import scipy
from playwright.sync_api import Page

from tests.page.stats.answers import answer, run

pytestmark = pytest.mark.browser

SIZE = {"width": 280, "height": 196}


def draw(modules: Page, picture: str, given: dict[str, Any], axes: Any = None) -> dict[str, Any]:
    part = given if picture == "moments" else given[picture]
    found: dict[str, Any] = run(
        modules, "return plots[a[0]](a[1], a[2], a[3])", [picture, part, SIZE, axes]
    )
    return found


def get_mark(found: dict[str, Any], name: str) -> str:
    (d,) = [each["d"] for each in found["marks"] if each["name"] == name]
    return str(d)


def parse_points(d: str) -> list[tuple[float, float]]:
    """The points of a line M…L…L…"""
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](\S+?) ([-\d.]+)", d)]


def test_bars_and_curve_have_the_same_scale(modules: Page) -> None:
    given = answer(6_000)
    found = draw(modules, "histogram", given)

    (left, right), (bottom, top) = found["axes"]["x"], found["axes"]["y"]
    across = (SIZE["width"] - 12 - 46) / (right - left)
    up = (SIZE["height"] - 38 - 8) / (top - bottom)
    base = SIZE["height"] - 38
    bars = re.findall(r"M(\S+) (\S+)V(\S+)H(\S+)V(\S+)Z", get_mark(found, "found bars"))
    histogram = given["histogram"]
    filled = [(at, value) for at, value in enumerate(histogram["counts"]) if value]
    assert len(bars) == len(filled)
    for (x, _, y, end, _), (at, value) in zip(bars, filled, strict=True):
        edge = histogram["first"] + at * histogram["width"]
        assert float(x) == pytest.approx(46 + (edge - left) * across, abs=0.6)
        assert float(end) - float(x) == pytest.approx(histogram["width"] * across, abs=1.2)
        assert float(y) == pytest.approx(base - value * up, abs=0.06)
    for x, y in parse_points(get_mark(found, "law")):
        at = left + (x - 46) / across
        height = 6_000 * histogram["width"] * scipy.stats.norm.pdf(at, 0, 0.5)
        assert y == pytest.approx(base - height * up, abs=0.6)


@pytest.mark.parametrize("mean", [0, -0.0111])
def test_labels_below_the_bars_do_not_overlap(modules: Page, mean: float) -> None:
    given = answer(6_000)
    given["histogram"]["mean"] = mean

    labels = draw(modules, "histogram", given)["labels"]

    under = [label for label in labels if label["y"] == SIZE["height"] - 38 + 16]
    assert str(mean).replace("-", "−") in [label["text"] for label in under]
    assert len(under) >= 3
    ends = [
        (each["x"] - 3 * len(each["text"]), each["x"] + 3 * len(each["text"])) for each in under
    ]
    for (_, before), (after, _) in pairwise(ends):
        assert before < after


def test_intervals_are_drawn_around_theory(modules: Page) -> None:
    given = answer()
    found = draw(modules, "moments", given)

    laws = [each["d"] for each in found["marks"] if each["name"] == "law"]
    whiskers = [each["d"] for each in found["marks"] if each["name"] == "found whisker"]
    for name, law, whisker in zip(("mean", "variance"), laws, whiskers, strict=True):
        reach = found["axes"][name]
        left = given[name]["expected"] - reach
        right = given[name]["expected"] + reach
        place = [
            12 + (given[name][end] - left) / (right - left) * (SIZE["width"] - 24)
            for end in ("expected", "low", "high")
        ]
        (line,) = re.findall(r"M(\S+) ", law)
        low, high = re.findall(r"^M(\S+) \S+H([\d.]+)", whisker)[0]
        assert [float(line), float(low), float(high)] == pytest.approx(place, abs=0.06)


def test_quadratic_variation_is_drawn_beside_its_expectation(modules: Page) -> None:
    given = answer()["quadratic"]
    found = draw(modules, "quadratic", {"quadratic": given})

    top = found["axes"]["y"][1]
    base, height, width = SIZE["height"] - 38, SIZE["height"] - 38 - 8, SIZE["width"] - 12 - 46
    start = given["steps"][0]
    for name, values in (("found line", given["realised"]), ("law", given["expected"])):
        expected = [
            (46 + width * (step - start) / (600 - start), base - height * value / top)
            for step, value in zip(given["steps"], values, strict=True)
        ]
        assert np.allclose(parse_points(get_mark(found, name)), expected, atol=0.06)
    low, high = re.findall(r"^M\S+ (\S+)V([\d.]+)", get_mark(found, "law whisker"))[0]
    assert float(low) == pytest.approx(base - height * given["low"] / top, abs=0.06)
    assert float(high) == pytest.approx(base - height * given["high"] / top, abs=0.06)


def test_displacement_is_a_straight_line_without_drift(modules: Page) -> None:
    given = answer()
    found = draw(modules, "displacement", given)

    law = parse_points(get_mark(found, "law"))
    slopes = np.diff([y for _, y in law]) / np.diff([x for x, _ in law])
    assert len(law) == 8
    assert np.ptp(slopes) < 0.01
    whiskers = get_mark(found, "law whisker")
    assert whiskers.count("V") == 8
    assert whiskers.count("h") == 5 + 8  # one that reaches down to 0 stays open there


def test_axes_stay_the_same_while_the_values_fit(modules: Page) -> None:
    for picture in ("histogram", "moments", "quadratic", "displacement"):
        first = draw(modules, picture, answer(seed=1))["axes"]
        second = draw(modules, picture, answer(seed=2, variance=0.23), first)["axes"]
        other = draw(modules, picture, answer(seed=2, variance=100), first)["axes"]

        assert second == first, picture
        assert other != first, picture


@pytest.mark.parametrize("picture", ["histogram", "moments", "quadratic", "displacement"])
@pytest.mark.parametrize(
    ("count", "variance"), [(4, 1), (600, 1e-12), (600, 1e4), (2_000_000_000, 1e4)]
)
def test_plots_stay_within_their_size(
    modules: Page, picture: str, count: int, variance: float
) -> None:
    found = draw(modules, picture, answer(count, variance))

    for each in found["marks"]:
        assert not re.search("NaN|Infinity|undefined", each["d"])
        for x, y in parse_points(each["d"]):
            assert -0.1 <= x <= SIZE["width"] + 0.1
            assert -0.1 <= y <= SIZE["height"] + 0.1
    assert found["labels"]
    for label in found["labels"]:
        assert -1 <= label["x"] <= SIZE["width"]
        assert 0 <= label["y"] <= SIZE["height"]
        assert not re.search("NaN|Infinity|undefined", label["text"])
