"""growing-lines.js: how much of a line each step draws."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("stride", [1, 16])
def test_step_draws_only_the_end_of_a_line_when_the_range_stays(modules: Page, stride: int) -> None:
    first, *others = modules.evaluate(
        """async (stride) => {
          const { GrowingLines } = await import("/chart/growing-lines.js");
          const lines = new GrowingLines(document.createElement("canvas"));
          const scene = { box: { width: 500, height: 100 }, range: [0, 1_000], yRange: [-1, 1] };
          const drawn = [];
          for (let last = 900; last < 950; last += 1) {
            const steps = [...Array(last + 1).keys()];
            const x = steps.filter((step) => step % stride === 0 || step === last);
            const path = { x, y: x.map(Math.sin), colour: "red", width: 1 };
            const draw = (context, left, [from, to]) => drawn.push([from, to, last]);
            lines.update(scene, { areas: [], lines: [path] }, 1, draw);
          }
          return drawn;
        }""",
        stride,
    )

    assert first[0] == 0
    assert len(others) == 48
    for start, end, last in others:
        assert last - stride - 10 <= start < last - 1
        assert end > last
