"""touch.js: gestures on the chart."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.page.evaluation import evaluate

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("fingers", "expected"),
    [
        ([{"x": 150, "step": 100}], [-200, 1_800]),  # step 100 was at 50 px
        ([{"x": 0, "step": 400}, {"x": 500, "step": 600}], [400, 800]),
        ([{"x": 250, "step": 400}, {"x": 250, "step": 600}], [0, 2_000]),
        ([{"x": 300, "step": 400}, {"x": 200, "step": 600}], [0, 2_000]),
    ],
    ids=["one", "two", "on-one-spot", "crossed"],
)
def test_range_puts_each_finger_on_its_step(
    modules: Page, fingers: list[dict[str, int]], expected: list[int]
) -> None:
    body = "return m.computeRange(a, 1000, [0, 2000])"

    assert evaluate(modules, "chart/touch", body, fingers) == expected
