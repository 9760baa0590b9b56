"""The canvas and Plotly draw the same picture: the chart changes from one to the other unseen."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Browser, Page

from motion.views import figures
from tests.browser_fixtures import MODULES, serve_module

pytestmark = pytest.mark.browser

TOLERANCE = 48  # of 255, in each colour
SHARE = 2e-5  # of the pixels may differ by more: a few at sharp turns of a line

THEMES = ("light", "dark")

WALK = "const { steps: x, y } = page.walk(12345, 601); const newest = [x[600], y[600]];"
FIRST = "const { steps: x, y } = page.walk(0, 300); const newest = [x[299], y[299]];"
RANGE = "range: [12345, 12963]"
SCENES = {
    "path": f"{WALK} return {{ x, y, newest, {RANGE}, yRange: [-10, 30] }}",
    "beginning": f"{FIRST} return {{ x, y, newest, range: [0, 308], yRange: [-15, 30] }}",
    "part": f"{WALK} return {{ x, y, newest, range: [12400.3, 12460.7], yRange: [0, 20] }}",
    "band": f"""{WALK}
        const mean = x.map((_, at) => 10 + at / 50);
        const low = mean.map((value, at) => value - Math.sqrt(at));
        const high = mean.map((value, at) => value + Math.sqrt(at));
        return {{ x, y, newest, {RANGE}, yRange: [-30, 60], band: {{ x, mean, low, high }} }}""",
    "markers": f"""{WALK}
        const markers = [30, 155, 420].map((at) => ({{ x: x[at], y: y[at], text: "" }}));
        return {{ x, y, newest, {RANGE}, yRange: [-10, 30], markers }}""",
    "pause on the clock": f"""{WALK}
        const begin = 1795687080000;
        const at = x.map((_, at) => begin + 100 * at + (at > 300 ? 40_000 : 0));
        return {{ x: at, y, newest: [at[600], y[600]], range: [begin, begin + 103_000],
          yRange: [-10, 30], axis: {{ kind: "clock", type: "date" }} }}""",
}


@pytest.fixture(scope="module", params=[1, 2], ids=["1 to 1", "2 to 1"])
def paper(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page with Plotly and tests/page/canvas_page.js, on a screen of that density."""
    context = browser.new_context(device_scale_factor=request.param)
    context.route(f"{MODULES}/**", serve_module)
    page = context.new_page()
    page.goto(f"{MODULES}/")
    page.add_script_tag(path=finders.find("plotly.min.js"))
    page.evaluate("async () => { window.page = await import('/canvas_page.js'); }")
    yield page
    context.close()


def shoot(paper: Page, by: str, scene: str, theme: str, shift: int = 0) -> str:
    paper.evaluate(
        """([by, figure, scene, theme, shift]) =>
          page.draw(by, figure, page.complete(new Function(scene)()), theme, shift)""",
        [by, figures.build_figure(), SCENES.get(scene, scene), theme, shift],
    )
    return take_screenshot(paper)


def take_screenshot(paper: Page) -> str:
    return base64.b64encode(paper.locator("#chart").screenshot()).decode()


def compare(paper: Page, one: str, other: str) -> float:
    return float(
        paper.evaluate(
            "([one, other, most]) => page.compare(one, other, most)", [one, other, TOLERANCE]
        )
    )


@pytest.mark.parametrize(("scene", "theme"), list(product(SCENES, THEMES)))
def test_canvas_draws_the_pixels_of_plotly(paper: Page, scene: str, theme: str) -> None:
    plotly, canvas = (shoot(paper, by, scene, theme) for by in ("plotly", "canvas"))

    assert compare(paper, plotly, canvas) <= SHARE


def test_comparison_sees_a_shift_by_a_pixel(paper: Page) -> None:
    plotly = shoot(paper, "plotly", "path", "light")

    shifted = shoot(paper, "canvas", "path", "light", shift=1)

    assert compare(paper, plotly, shifted) > 100 * SHARE


MOVES = {
    "steps": [{"last": 20_000 + step, "shift": 0} for step in range(38)],
    "view": [{"last": 20_000, "shift": shift} for shift in (-500, -480, -350, -100, -160)],
    "steps in a still view": [{"last": 20_000 + step, "shift": -step} for step in range(38)],
    "steps on parts of a pixel, of a thick line": [
        {"last": 20_000 + step, "shift": -step, "pixels": 0.77, "width": 4} for step in range(150)
    ],
    "steps of a thinned path in a still view": [
        {"last": 20_000 + step, "shift": -step, "stride": 16} for step in range(38)
    ],
    "another path in a still view": [
        {"last": 20_000, "shift": 0, "stride": stride} for stride in (1, 300, 1)
    ],
    "steps of a thinned path": [
        {"last": 20_000 + step, "shift": 0, "stride": 16} for step in range(38)
    ],
    "both, beyond the strip": [{"last": 20_000 + 9 * at, "shift": 0} for at in range(40)],
}


@pytest.mark.parametrize("count", [0, 100])
@pytest.mark.parametrize("moves", MOVES.values(), ids=MOVES.keys())
def test_class_that_moved_looks_like_a_new_drawing(
    paper: Page, moves: list[dict[str, int]], count: int
) -> None:
    differing = paper.evaluate(
        "([figure, size, most]) => page.compareMoved(figure, size, most)",
        [figures.build_figure(), {"moves": moves, "count": count}, TOLERANCE],
    )

    assert differing <= 2 * SHARE


def test_step_in_a_still_view_draws_only_the_end_of_the_path(paper: Page) -> None:
    script = """([figure, moves]) => {
      const { clearRect } = CanvasRenderingContext2D.prototype;
      const cleared = [];
      CanvasRenderingContext2D.prototype.clearRect = function (...box) {
        cleared.push(box[2] / this.canvas.width);
        clearRect.apply(this, box);
      };
      page.moveClass(figure, { moves, count: 0 });
      Object.assign(CanvasRenderingContext2D.prototype, { clearRect });
      return cleared;
    }"""

    widths = paper.evaluate(script, [figures.build_figure(), MOVES["steps in a still view"]])

    assert widths[:3] == [1, 1, 1]  # the second step has other labels: canvas and strip
    assert len(widths[3:]) == 36
    assert max(widths[3:]) < 0.4


CLASS = "return page.createClass({ count: 30, last: 20000, slice: true })"
ANSWERED = f"""{WALK}
    const bars = [{{ low: 0, high: 10, count: 4 }}, {{ low: 10, high: 20, count: 2 }}];
    const answers = {{ step: 12800, x: 12800, bars, intervals: [], median: -6, outcome: -8 }};
    return {{ x, y, newest, {RANGE}, yRange: [-10, 30], answers }}"""


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("picture", [CLASS, ANSWERED], ids=["class", "answers"])
def test_picture_looks_the_same_under_a_hand(paper: Page, picture: str, theme: str) -> None:
    resting, held = (shoot(paper, by, picture, theme) for by in ("canvas", "both"))

    assert compare(paper, resting, held) <= SHARE


def read_class(paper: Page, places: list[dict[str, float]], change: str = "") -> list[list[int]]:
    """The colours at places of a class without thin lines, in a flat fan around 10."""
    script = """([figure, places, change]) => {
      const picture = page.createClass({ count: 0, last: 20000, slice: true });
      new Function("ensemble", change)(picture.ensemble);
      page.draw("canvas", figure, picture, "light");
      return page.readColours(figure, picture, places);
    }"""
    return paper.evaluate(script, [figures.build_figure(), places, change])  # type: ignore[no-any-return]


def test_fan_is_darker_in_the_middle(paper: Page) -> None:
    alone = "ensemble.mine = ensemble.lit = null"
    at = [{"x": 19_500.0, "y": y} for y in (90.0, 60.0, 30.0)]

    outside, outer, inner = read_class(paper, at, alone)

    assert outside == [255, 255, 255]
    assert outside > outer > inner


ANSWERS: dict[str, Any] = {
    "step": 60,
    "x": 60,
    "median": 8,
    "outcome": None,
    "intervals": [],
    "bars": [{"low": 0, "high": 10, "count": 4}, {"low": 10, "high": 20, "count": 2}],
}


def read_answers(paper: Page, places: list[dict[str, float]], **changed: Any) -> list[list[int]]:
    """The colours at places of the axes, of a picture of steps 0 to 100, in 0 to 20."""
    script = """([figure, answers, places]) => {
      const path = { x: [0, 60], y: [1, 1], newest: null, range: [0, 100], yRange: [-2, 22] };
      const picture = page.complete({ ...path, answers });
      page.draw("canvas", figure, picture, "light");
      return page.readColours(figure, picture, places);
    }"""
    arguments = [figures.build_figure(), ANSWERS | changed, places]
    return paper.evaluate(script, arguments)  # type: ignore[no-any-return]


def test_answers_stand_right_of_their_step(paper: Page) -> None:
    # 0.16 of the width are 16 steps: as long as the longest bar, and the other is half as long.
    at = [{"x": x, "y": y} for x, y in ((58, 6), (62, 6), (75, 6), (62, 16), (67, 16), (70, 16))]

    before, begin, end, half, near_end, beyond = read_answers(paper, at)

    assert begin == end == half == near_end
    assert before == beyond == [255, 255, 255] != begin


def test_interval_with_the_outcome_has_another_colour(paper: Page) -> None:
    intervals = [
        {"low": 2, "high": 6, "isHit": False},
        {"low": 6, "high": 18, "isHit": True},
    ]
    at = [{"x": x, "y": y} for x, y in ((64, 4), (64, 9), (72, 9), (72, 4), (60.2, 12))]

    missing, above, containing, below, dot = read_answers(
        paper, at, bars=[], intervals=intervals, median=None, outcome=12
    )

    assert missing != containing != above == below == [255, 255, 255] != missing
    assert dot not in (missing, containing, above)


def test_intervals_are_all_in_view_near_the_right_edge(paper: Page) -> None:
    intervals = [{"low": 0, "high": 20, "isHit": False}] * 2
    at = [{"x": x, "y": 4} for x in (92.5, 97.5)]

    first, second = read_answers(paper, at, step=90, x=90, bars=[], intervals=intervals)

    assert first == second != [255, 255, 255]


def test_histogram_is_as_long_as_the_counts(paper: Page) -> None:
    def reaches(y: float, right: float) -> dict[str, float]:
        return {"y": y, "right": right}

    # 17 of at most 23.8 paths are in the bin from 0 to 10; 1 in the lowest one.
    no_curve = "ensemble.slice.density = [{ y: 500, p: 14 }, { y: 501, p: 14 }]"
    at = [reaches(5, 14), reaches(5, 70), reaches(5, 110), reaches(-55, 12), reaches(-55, 30)]

    longest, middle, beyond, shortest, above = read_class(paper, at, no_curve)

    assert longest == middle == shortest != [255, 255, 255]
    assert beyond == above == [255, 255, 255]


def test_own_path_and_slice_lie_over_the_fan(paper: Page) -> None:
    flat = """
      ensemble.lit = null;
      ensemble.mine.y.fill(70);
      ensemble.slice.x = 19700;
    """
    at = [{"x": 19_500.0, "y": 70.0}, {"x": 19_700.0, "y": 88.0}, {"x": 19_690.0, "y": 88.0}]

    own, line, beside = read_class(paper, at, flat)

    assert own == [0xB3, 0x55, 0x00]
    assert line != beside == [255, 255, 255]


WIDTHS = {
    "step": (20.6, 200, 618, 10**9),
    "elapsed": (0.5, 20, 61.8, 10**6),
    "clock": (200, 10_000, 61_800, 86_400_000, 10**12),
}
BEGINNINGS = {"step": (0, 10**9), "elapsed": (-3, 10**5), "clock": (1.5e12, 1.9e12)}


def make_cases(count: int) -> list[dict[str, Any]]:
    """Ranges of all sizes, every third of them of a round width, as views have."""
    chance = random.Random(20_261_126)
    cases = []
    for number in range(count):
        kind = chance.choice(list(WIDTHS))
        least, *_, most = WIDTHS[kind]
        width = (
            chance.choice(WIDTHS[kind]) if number % 3 else least * (most / least) ** chance.random()
        )
        left = chance.uniform(*BEGINNINGS[kind]) if number % 4 or kind == "clock" else 0
        height = chance.choice([0.4, 1, 8, 80, 10 ** chance.uniform(-8, 9)])
        low = height * chance.choice([0, -0.5, chance.uniform(-3, 1)])
        cases.append(
            {
                "kind": kind,
                "range": [left, left + width],
                "yRange": [low, low + height],
                "size": {"width": chance.choice([300, 500, 900, 1_400]), "height": 400},
            }
        )
    return cases


def test_labels_of_the_axes_are_those_of_plotly(paper: Page) -> None:
    half = slice(int(paper.evaluate("devicePixelRatio")) - 1, None, 2)  # labels have no density

    found = paper.evaluate(
        "([figure, cases]) => page.findOtherTicks(figure, cases)",
        [figures.build_figure(), make_cases(300)[half]],
    )

    assert found == []
