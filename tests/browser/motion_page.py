"""What a test reads from, and does with, a motion's page."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
from playwright.sync_api import Locator, Page, expect

from tests.support.servers import START_S, Site, wait_for

TOLERANCE = 1e-9
FOLLOWED_STEPS = 600  # as viewport.js has it

# What the chart shows, canvas or Plotly, is its `picture`. One string: Playwright takes long over
# each number of an array.
DRAWN = """() => {
  const { x, y } = document.getElementById("chart")?.picture ?? { x: [], y: [] };
  return JSON.stringify([x, y]);
}"""

NEWEST_DRAWN = """() => document.getElementById("chart")?.picture?.x.slice(-1)[0]"""

TRACE = """(name) => {
  const { newest, markers, band } = document.getElementById("chart").picture;
  if (name === "newest") return newest ? newest.map((value) => [value]) : [[], []];
  if (name === "markers") return [markers.map(({ x }) => x), markers.map(({ y }) => y)];
  const { x, low, mean, high } = band ?? { x: [], low: [], mean: [], high: [] };
  if (name === "mean") return [x, mean];
  return [[...x, ...x.toReversed()], [...high, ...low.toReversed()]]; // the outline
}"""

RANGES = """() => {
  const { range, yRange } = document.getElementById("chart").picture;
  return [range, yRange];
}"""

# Count the pictures that are drawn, in `drawings`, and call `window.onDrawing` with each.
COUNT_DRAWINGS = """() => {
  let { picture } = chart;
  window.drawings = 0;
  Object.defineProperty(chart, "picture", {
    get: () => picture,
    set: (drawn) => {
      picture = drawn;
      window.drawings += 1;
      window.onDrawing?.(drawn);
    },
  });
}"""

# So long a page that has begun to present takes views of the presenter before for late ones.
PASS_A_SECOND = """() => {
  const now = performance.now.bind(performance);
  performance.now = () => now() + 1_100;
}"""

TWO_FRAMES = """() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(done));
})"""

Path = dict[int, float]


def until(page: Page, condition: Callable[[], Any], what: str, within_s: float = START_S) -> Any:
    """The first true answer of `condition`, asked again and again while the page lives on."""

    def ask() -> Any:
        page.wait_for_timeout(100)  # lets Playwright hand on what the page did
        return condition()

    return wait_for(ask, what, within_s)


def drawn(page: Page) -> Path:
    """The points of the chart's line: step → position, as the view counts them."""
    return as_path(page.evaluate(DRAWN))


def as_path(text: str) -> Path:
    return {int(x): y for x, y in zip(*json.loads(text), strict=True)}


def trace(page: Page, name: str) -> tuple[list[float], list[float]]:
    """x and y of something beside the path: "newest", "markers", "band" (its outline) or "mean"."""
    x, y = page.evaluate(TRACE, name)
    return x, y


def titles(page: Page) -> list[str]:
    """Of the axes: across, and up."""
    return page.locator(".axis-title").all_text_contents()


def ranges(page: Page) -> tuple[list[float], list[float]]:
    """What the axes show: of steps, and of positions."""
    x_range, y_range = page.evaluate(RANGES)
    return x_range, y_range


def wait_drawn(page: Page, last: int = 0) -> Path:
    """The line, once it is drawn and has reached step `last`, and a hand can move the chart."""
    page.wait_for_selector("#chart .scatterlayer .trace", state="attached")
    until(
        page,
        lambda: (newest := page.evaluate(NEWEST_DRAWN)) is not None and newest >= last,
        f"a line up to step {last}",
    )
    return drawn(page)


def read_view(page: Page) -> tuple[int, Path]:
    """The step that the view counts from, and its points, read at one moment.

    A busy page may write the number of a step one picture before its line: two readings must agree.
    """
    views = [read_view_once(page)]

    def is_steady() -> bool:
        views.append(read_view_once(page))
        return views[-1][0] == views[-2][0]

    until(page, is_steady, "a number and a line of one step")
    return views[-1]


def read_view_once(page: Page) -> tuple[int, Path]:
    step, line = page.evaluate(f"() => [document.getElementById('step').textContent, ({DRAWN})()]")
    path = as_path(line)
    return int(step.replace(",", "")) - max(path), path


def assert_true_view(site: Site, slug: str, origin: int, path: Path) -> None:
    """`path`, counted from step `origin`, is the path that the database holds, no step missing."""
    assert_no_step_missing(path)
    ground = site.timeline(slug).positions(origin, origin)[0] if origin else 0.0
    shifted = {origin + step: ground + y for step, y in path.items()}
    assert_true_points(site, slug, shifted)


def assert_no_step_missing(path: Path) -> None:
    """Of those in view: left of it the chart has fewer, to be dragged into sight."""
    last = max(path)
    seen = [step for step in path if step >= last - FOLLOWED_STEPS]
    assert seen == list(range(max(min(path), last - FOLLOWED_STEPS), last + 1))


def assert_true_path(site: Site, slug: str, path: Path) -> None:
    """Every point is the path's, and between the first and the last no step is missing."""
    assert_true_view(site, slug, 0, path)


def assert_true_points(site: Site, slug: str, path: Path) -> None:
    """Every point is one of the path that the database holds."""
    timeline = site.timeline(slug)
    expected = np.array([timeline.positions(step, step)[0] for step in path])
    differences = np.abs(np.array(list(path.values())) - expected)
    assert (differences <= TOLERANCE * np.maximum(1.0, np.abs(expected))).all()


def status(page: Page) -> Locator:
    return page.locator("#status")


def expect_live(page: Page) -> None:
    expect(status(page)).to_have_text("Live")


def step_shown(page: Page) -> int:
    return int(page.locator("#step").inner_text().replace(",", ""))


def let_page_draw(page: Page) -> None:
    """Until the page has drawn what all events so far have changed."""
    page.evaluate(TWO_FRAMES)


def middle_of(page: Page) -> tuple[float, float]:
    box = page.locator("#chart .nsewdrag").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def let_steps_pass(page: Page, count: int = 5) -> Path:
    return wait_drawn(page, max(wait_drawn(page)) + count)
