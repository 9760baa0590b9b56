"""rate.js: measured steps per second."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.page.evaluation import evaluate

pytestmark = pytest.mark.browser

RATE = """
  const rate = new m.Rate();
  for (const [step, now] of a.marks) rate.mark(step, now);
  return rate.perSecond(a.now);
"""


@pytest.mark.parametrize(
    ("marks", "now", "expected"),
    [
        ([[step, 500 * step] for step in range(60)], 29_500, 2.0),
        ([[25 * step, 50 * step] for step in range(100)], 4_950, 500.0),
        ([[1, 0], [2, 500]], 500, None),
        ([], 500, None),
        ([[7, 0], [8, 500], *([k, 500 * k + 500] for k in range(1, 10))], 5_000, 2.0),
    ],
    ids=["steady", "batches", "too-soon", "nothing", "after-a-restart"],
)
def test_rate_measures_steps_per_second(
    modules: Page, marks: list[list[int]], now: int, expected: float | None
) -> None:
    assert evaluate(modules, "lib/rate", RATE, {"marks": marks, "now": now}) == expected
