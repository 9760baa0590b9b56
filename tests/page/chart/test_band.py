"""band.js by itself: the range of the path, compared with a plain computation."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

BAND = """async (a) => {
  const { Law, computePositionBand, computeIncrementBand } = await import("/chart/band.js");
  const change = ([step, variance, drift], at) =>
    ({ revision: at + 1, step, position: 0, variance, drift, interval: 1, paused: false });
  const law = new Law(a.laws.map(change));
  BODY
}"""

# (step, variance, drift); of the two changes at step 30 the last one is in force
LAWS = [(0, 1.0, 0.0), (10, 4.0, 0.5), (30, 9.0, 9.0), (30, 0.0, -1.0), (45, 0.25, 0.0)]


def compute_sums(first: int, last: int) -> tuple[float, float]:
    """Σ drift and Σ variance of the increments first + 1 … last."""
    mean = variance = 0.0
    for k in range(first + 1, last + 1):
        _, of_step, drift = [law for law in LAWS if law[0] < k][-1]
        mean, variance = mean + drift, variance + of_step
    return mean, variance


def evaluate(modules: Page, body: str, **given: Any) -> Any:
    return modules.evaluate(BAND.replace("BODY", body), {"laws": LAWS, **given})


def test_band_follows_the_changes_of_the_path(modules: Page) -> None:
    band = evaluate(
        modules, "return computePositionBand(law, { from: 5, position: 2.5 }, [0, 60]);"
    )

    whole = [at for at, step in enumerate(band["steps"]) if step == int(step)]
    assert len(whole) >= 4  # both ends, and the starts of regimes
    assert {10, 30, 45} <= set(band["steps"])
    assert (band["steps"][0], band["steps"][-1]) == (5, 60)
    for at in whole:
        mean, variance = compute_sums(5, int(band["steps"][at]))
        assert band["mean"][at] == pytest.approx(2.5 + mean)
        assert band["high"][at] == pytest.approx(2.5 + mean + 1.96 * sqrt(variance))
        assert band["low"][at] == pytest.approx(2.5 + mean - 1.96 * sqrt(variance))


def test_band_is_the_same_in_a_partial_view(modules: Page) -> None:
    band = evaluate(modules, "return computePositionBand(law, { from: 0, position: 0 }, [40, 50]);")

    assert (band["steps"][0], band["steps"][-1]) == (40, 50)
    assert band["high"][0] - band["mean"][0] == pytest.approx(1.96 * sqrt(compute_sums(0, 40)[1]))


def test_band_is_empty_when_it_begins_after_the_view(modules: Page) -> None:
    band = evaluate(modules, "return computePositionBand(law, { from: 50, position: 0 }, [0, 40]);")

    assert band == {"steps": [], "mean": [], "low": [], "high": []}


@pytest.mark.parametrize("stride", [1, 8])
def test_increment_band_is_that_of_their_law(modules: Page, stride: int) -> None:
    band = evaluate(modules, "return computeIncrementBand(law, a.stride, [0, 60]);", stride=stride)

    assert (band["steps"][0], band["steps"][-1]) == (stride, 60)
    for at, step in enumerate(band["steps"]):
        mean, variance = compute_sums(int(step) - stride, int(step))
        assert band["mean"][at] == pytest.approx(mean)
        assert band["high"][at] - band["mean"][at] == pytest.approx(1.96 * sqrt(variance))


@pytest.mark.parametrize(
    "band", ["computePositionBand(law, { from: 0, position: 0 }", "computeIncrementBand(law, 8"]
)
def test_band_has_few_points_when_there_are_very_many_changes(modules: Page, band: str) -> None:
    laws = [(step, 1.0 + step % 7, 0.0) for step in range(0, 10_000, 10)]

    found = modules.evaluate(
        BAND.replace("BODY", f"return {band}, [0, 10_000]).steps;"), {"laws": laws}
    )

    assert (found[0], found[-1]) in {(0, 10_000), (8, 10_000)}
    assert 160 <= len(found) <= 480
    assert max(after - before for before, after in pairwise(found)) < 130


def test_law_begins_at_the_first_known_change(modules: Page) -> None:
    first, ground, later = modules.evaluate(
        """async () => {
          const { Law } = await import("/chart/band.js");
          const changes = Array.from({ length: 1000 }, (_, at) =>
            ({ revision: at + 500, step: 70 + at, position: at, variance: 2, drift: 0 }));
          const law = new Law(changes);
          return [law.first, law.sumTo(70), law.sumTo(80)];
        }"""
    )

    assert first == 70
    assert ground == {"mean": 0, "variance": 0}
    assert later == {"mean": 0, "variance": 20}
