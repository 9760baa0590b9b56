"""sketch.js: a small picture of a path, equal to that of the server."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page

from motion.views import figures

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("steps", [1, 2, 50, 200])
def test_sketch_equals_that_of_the_server(modules: Page, steps: int) -> None:
    positions = np.random.default_rng(7).normal(size=steps).cumsum().tolist()

    drawn = modules.evaluate(
        """async (positions) => {
          const [{ picture }, { Series }, { drawSketch }] = await Promise.all(
            ["/widgets/preview-card.js", "/live/series.js", "/chart/sketch.js"].map(
              (name) => import(name)));
          const series = new Series();
          series.replace({ epoch: 1, first_step: 300, stride: 1, positions });
          const shown = picture(series);
          let points = null;
          drawSketch({ setAttribute: (_, value) => { points = value; } }, shown, shown.yRange);
          return points;
        }""",
        positions,
    )

    ours = [point.split(",") for point in figures.draw_sketch(positions).split()]
    theirs = [point.split(",") for point in drawn.split()]
    assert np.allclose(np.array(theirs, float), np.array(ours, float), atol=0.11)
