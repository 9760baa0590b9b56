"""The pictures of a path that the server draws are those of the page."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page

from motion.views import figures, sketches

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

    ours = [point.split(",") for point in sketches.draw_sketch(positions).split()]
    theirs = [point.split(",") for point in drawn.split()]
    assert np.allclose(np.array(theirs, float), np.array(ours, float), atol=0.11)


FIRST_PICTURE = """async ({ figure, step, positions }) => {
  const names = ["live/series", "view/view-model", "chart/scene", "chart/sketch", "chart/figure"];
  const [{ Series }, { ViewModel }, { createScene }, { drawSketch }, { styleFigure }] =
    await Promise.all(names.map((name) => import(`/${name}.js`)));
  const series = new Series();
  series.replace({ epoch: 1, first_step: step - positions.length + 1, stride: 1, positions });
  const picture = new ViewModel(series, { items: [] }).pictures.create(0, 0.1);
  const size = { width: 1_000, height: 500 };
  const { box, ticks } = createScene(styleFigure(figure, String, "serif"), picture, size);
  let points = "";
  drawSketch({ setAttribute: (_, value) => { points = value; } }, picture, picture.yRange);
  return {
    points,
    right: size.width - box.left - box.width,
    left: box.left,
    edges: [box.top, size.height - box.top - box.height],
    labels: ticks.up.map(({ value, lines }) => [
      (100 * (picture.yRange[1] - value)) / (picture.yRange[1] - picture.yRange[0]), lines[0]]),
    newest: [
      (100 * (step - picture.range[0])) / (picture.range[1] - picture.range[0]),
      (100 * (picture.yRange[1] - positions.at(-1))) / (picture.yRange[1] - picture.yRange[0])],
    isYoung: picture.range[0] === 0,
  };
}"""


@pytest.mark.parametrize("scale", [1e-4, 1, 1e6])
@pytest.mark.parametrize("step", [0, 1, 19, 300, 600, 601, 100_000, 2**39])
def test_sketch_of_the_server_is_the_first_picture_of_the_chart(
    modules: Page, step: int, scale: float
) -> None:
    count = min(step, sketches.FOLLOWED_STEPS) + 1
    walk = np.random.default_rng(step % 997).normal(scale=scale, size=count).cumsum()
    positions = (walk - walk[0] if count <= sketches.FOLLOWED_STEPS else walk).tolist()

    sketch = sketches.sketch_page(step, positions)

    given = {"figure": figures.build_figure(), "step": step, "positions": positions}
    chart = modules.evaluate(FIRST_PICTURE, given)
    assert (sketch.left, sketch.right) == (chart["left"], chart["right"])
    assert chart["edges"] == [8, 42]  # as in chart.css
    theirs = [point.split(",") for point in chart["points"].split()]
    ours = [point.split(",") for point in sketch.points.split()]
    assert np.allclose(np.array(ours, float), np.array(theirs, float), atol=0.11)
    assert [label.text for label in sketch.labels] == [text for _, text in chart["labels"]]
    for ours_down, theirs_down in zip(sketch.labels, chart["labels"], strict=True):
        assert float(ours_down.down[:-1]) == pytest.approx(theirs_down[0], abs=0.011)
    assert [float(place[:-1]) for place in sketch.newest] == pytest.approx(
        chart["newest"], abs=0.011
    )
    assert sketch.is_young == chart["isYoung"]
