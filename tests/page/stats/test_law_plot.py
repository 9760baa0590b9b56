"""law-plot.js: bars beside the arcsine law, and a survival curve beside theory."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

ARCSINE = {
    "law": "time-above",
    "edges": [0, 10, 20],
    "counts": [30, 10],
    "theory": [20, 20],
}
BARRIER = {
    **ARCSINE,
    "law": "barrier",
    "survival": {"steps": [0, 10, 20], "seen": [40, 30, 10], "theory": [40, 20, 10]},
}


def plot(modules: Page, answer: dict[str, Any]) -> dict[str, str]:
    """The marks by name."""
    marks = modules.evaluate(
        """async (answer) => {
          const { plotLaw } = await import("/stats/law-plot.js");
          return plotLaw(answer, { width: 280, height: 196 }).marks;
        }""",
        answer,
    )
    return {mark["name"]: mark["d"] for mark in marks}


def parse_heights(d: str) -> list[float]:
    return [float(y) for y in re.findall(r"[ML]\S+? ([-\d.]+)", d)]


def test_bar_is_as_high_as_its_count_in_the_scale_of_theory(modules: Page) -> None:
    marks = plot(modules, ARCSINE)

    tops = [float(top) for top in re.findall(r"V([-\d.]+)H", marks["found bars"])]
    bottom = parse_heights(marks["axis"])[0]
    law = parse_heights(marks["law"])
    assert (bottom - tops[0]) / (bottom - law[0]) == pytest.approx(30 / 20, abs=0.01)
    assert (bottom - tops[1]) / (bottom - law[0]) == pytest.approx(10 / 20, abs=0.01)
    assert len(set(law)) == 1


def test_survival_curve_has_theory_beside_it(modules: Page) -> None:
    marks = plot(modules, BARRIER)

    found, law = parse_heights(marks["found line"]), parse_heights(marks["law"])
    assert "found bars" not in marks
    assert (found[0], found[2]) == (law[0], law[2])
    assert found[1] < law[1]
