"""The recipe in the docs gives the path: it is taken from there and run."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import pytest

from motion.core.timeline import AGREEMENT, Regime, Timeline
from tests.core.ensembles import change_ensemble, make_steady_ensemble
from tests.core.timelines import make_steady_timeline
from tests.support.doc_pages import DOCS, Page
from tests.support.servers import ROOT

RECIPE, EXAMPLE, STUDENT = (
    block.text for block in Page(DOCS / "reproduce.md").blocks if block.language == "python"
)
STEPS = [0, 1, 2, 999, 1_000, 1_001, 123_456, 2**20, 10**9, 2**39 + 7, 2**40 - 1]


@pytest.fixture(scope="module")
def recipe() -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(RECIPE, names)
    return names


def make_eventful_timeline(seed: int) -> Timeline:
    """Changes at the steps 1,000 (twice) and 10⁶, each where the path then is."""
    regimes = [Regime(step=0, position=0.0, standard=0.0, variance=1.0, drift=0.0)]
    for step, variance, drift in [(1_000, 9.0, 0.0), (1_000, 0.25, -0.5), (10**6, 4.0, 0.001)]:
        timeline = Timeline(seed, tuple(regimes))
        point = {"position": timeline.position(step), "standard": timeline.standard(step)}
        regimes.append(Regime(step=step, variance=variance, drift=drift, **point))
    return Timeline(seed, tuple(regimes))


@pytest.mark.parametrize("seed", [0, 2_718_281_828, 2**63 - 1])
def test_recipe_gives_the_path(recipe: dict[str, Any], seed: int) -> None:
    timeline = make_eventful_timeline(seed)
    changes = [
        (row.step, row.position, row.standard, row.variance, row.drift) for row in timeline.regimes
    ]

    for step in STEPS:
        computed = recipe["position"](seed, changes, step)

        assert abs(computed - timeline.position(step)) <= AGREEMENT * timeline.scale(step), step


def test_recipe_gives_the_standard_path(recipe: dict[str, Any]) -> None:
    timeline = make_steady_timeline(7)

    computed = [recipe["standard"](7, step) for step in STEPS]

    expected = [timeline.standard(step) for step in STEPS]
    assert computed == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_example_prints_the_documented_positions(recipe: dict[str, Any]) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(EXAMPLE, dict(recipe))

    first, second = map(float, printed.getvalue().split())
    changed, end = (make_steady_timeline(2_718_281_828).standard(step) for step in (1_000, 10**9))
    assert first == pytest.approx(changed, rel=1e-9)
    assert second == pytest.approx(changed + 0.5 * (end - changed), rel=1e-9)


def test_recipe_is_that_of_the_page() -> None:
    page = (ROOT / "templates" / "motion" / "recipe.py.txt").read_text()

    assert page.startswith("{% autoescape off %}" + RECIPE)


def test_recipe_of_a_student_gives_the_paths_of_the_ensemble(recipe: dict[str, Any]) -> None:
    names = dict(recipe)
    exec(STUDENT, names)
    ensemble = make_steady_ensemble(2_718_281_828, 7)
    for step, variance, drift in [(1_000, 9.0, 0.0), (1_000, 0.25, -0.5), (10**6, 4.0, 0.001)]:
        ensemble = change_ensemble(ensemble, step=step, variance=variance, drift=drift)
    changes = [
        (float(regime.step), 0.0, 0.0, regime.variance, regime.drift) for regime in ensemble.regimes
    ]

    for step in STEPS:
        for path in (1, 7):
            computed = names["student"](ensemble.seed, changes, step, path)

            expected = ensemble.positions_at(step)[path - 1]
            scale = max(1.0, abs(expected), 0.5 * step, 3.0 * step**0.5)
            assert abs(computed - expected) <= AGREEMENT * scale, step


def test_recipe_of_a_student_is_that_of_the_page() -> None:
    page = (ROOT / "templates" / "motion" / "recipe.py.txt").read_text()

    assert "{% if paths %}\n" + STUDENT + "\n{% endif %}" in page


def test_recipe_has_at_most_16_lines() -> None:
    lines = [line for line in RECIPE.splitlines() if line.strip()]

    assert len(lines) <= 16
