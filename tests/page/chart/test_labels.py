"""labels.js: no label covers another one, a point, the path or its newest part."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from playwright.sync_api import Page

from motion.views import figures

pytestmark = pytest.mark.browser

# A class at step 20,000; `change(picture)` alters its picture before the labels are placed.
PLACE = """async ([figure, changes, size]) => {
  const page = await import("/canvas_page.js");
  const { createScene, createScale } = await import("/chart/scene.js");
  const { placeLabels } = await import("/chart/labels.js");
  const { styleFigure } = await import("/chart/figure.js");
  const styled = styleFigure(figure, (name) => name, "sans-serif");
  const places = new Map();
  const measure = (text) => 8 * text.length;
  return changes.map((change) => {
    const picture = page.createClass({ count: 0, last: 20000, slice: true });
    new Function("picture", change)(picture);
    const scene = createScene(styled, picture, size);
    const scale = createScale(scene);
    const { path, ensemble, answers, box, points } = scene;
    const bold = (ensemble?.lines ?? []).slice(-(ensemble?.names.length || 1));
    const line = ({ x, y }) => x.map((step, at) => [scale.x(step), scale.y(y[at])]);
    const marked = [...points, ...(ensemble?.points ?? [])];
    if (answers?.outcome) marked.push({ x: answers.x, y: answers.outcome.y });
    const dots = marked.map(({ x, y }) => [scale.x(x), scale.y(y)]);
    const labels = placeLabels(scene, measure, places).map(({ text, x, y, align }) => {
      const left = align === "left" ? x : x - measure(text);
      return { text, left, right: left + measure(text), top: y - 7, bottom: y + 7 };
    });
    const lines = [path, ...(ensemble ? bold : [])].map(line);
    return { labels, box, dots, lines, step: answers && scale.x(answers.x) };
  });
}"""

ANSWERS = """picture.answers = { step: 19900, x: 19900, median: 8, outcome: %s, intervals: [],
  bars: [{ low: 0, high: 10, count: 4 }, { low: 200, high: 210, count: 2 },
    { low: -1e9, high: 1, count: 1 }, { low: -300, high: -290, count: 1 }] };"""

Drawn = dict[str, Any]


def place(modules: Page, *changes: str, width: int = 900, height: int = 400) -> list[Drawn]:
    size = {"width": width, "height": height}
    found: list[Drawn] = modules.evaluate(PLACE, [figures.build_figure(), changes, size])
    return found


def is_over(one: Drawn, other: Drawn) -> bool:
    across = one["left"] < other["right"] and one["right"] > other["left"]
    return bool(across and one["top"] < other["bottom"] and one["bottom"] > other["top"])


def covers(label: Drawn, points: list[list[float]]) -> bool:
    """Whether a label lies over one of the points."""
    return any(
        label["left"] < x < label["right"] and label["top"] < y < label["bottom"] for x, y in points
    )


@pytest.mark.parametrize("size", [(900, 400), (640, 180), (340, 300)], ids=["wall", "low", "phone"])
@pytest.mark.parametrize("outcome", ["null", "9", "30", "-60", "picture.ensemble.mine.y.at(-1)"])
@pytest.mark.parametrize("step", [19_450, 19_900, 19_990])
def test_labels_cover_nothing_that_matters(
    modules: Page, step: int, outcome: str, size: tuple[int, int]
) -> None:
    change = (ANSWERS % outcome).replace("19900", str(step))

    (drawn,) = place(modules, change, width=size[0], height=size[1])

    labels = drawn["labels"]
    assert len(labels) >= 2
    assert not any(is_over(one, other) for one, other in combinations(labels, 2))
    box = drawn["box"]
    for label in labels:
        assert not covers(label, drawn["dots"]), label
        for line in drawn["lines"]:
            newest = [[x, y] for x, y in line if x >= line[-1][0] - 0.1 * box["width"]]
            assert not covers(label, newest), label
        assert box["left"] <= label["left"] < label["right"] <= box["left"] + box["width"]
        assert box["top"] <= label["top"] + 2 < label["bottom"] - 2 <= box["top"] + box["height"]


def test_labels_say_how_many_answers_lie_beyond_the_axis(modules: Page) -> None:
    (drawn,) = place(modules, ANSWERS % "30")

    texts = {label["text"]: label for label in drawn["labels"]}
    assert {"+30.0", "median", "step 19,900", "2 answers lie above", "1 answer lies below"} < set(
        texts
    )
    middle = drawn["box"]["top"] + drawn["box"]["height"] / 2
    assert texts["2 answers lie above"]["bottom"] < middle < texts["1 answer lies below"]["top"]


@pytest.mark.parametrize(
    ("step", "outcome", "sides"),
    [(19_500, 34, "right right"), (19_500, 8.5, "right right"), (19_990, 34, "left left")],
    ids=["room", "outcome at the median", "no room"],
)
def test_marks_stand_right_of_the_answers_if_there_is_room(
    modules: Page, step: int, outcome: float, sides: str
) -> None:
    alone = (
        "picture.ensemble = picture.newest = null; picture.x = [19300, 19301]; picture.y = [0, 0];"
    )
    change = alone + (ANSWERS % outcome).replace("19900", str(step))

    (drawn,) = place(modules, change)

    labels = {label["text"]: label for label in drawn["labels"]}
    marks = [labels[text] for text in (f"+{outcome:.1f}", "median")]
    found = ["right" if mark["left"] > drawn["step"] else "left" for mark in marks]
    assert " ".join(found) == sides


def test_label_stays_until_it_would_cover_the_path(modules: Page) -> None:
    still = "picture.ensemble.lit = null; picture.ensemble.mine.y.fill(60); picture.y.fill(%s);"

    before, after, back = place(modules, still % 0, still % 66, still % 0)

    tops = [label["top"] for drawn in (before, after, back) for label in drawn["labels"]]
    assert tops[0] < tops[1] == tops[2]


def test_name_of_a_short_path_stays_in_the_plot(modules: Page) -> None:
    short = "picture.ensemble.lit = null; Object.assign(picture.ensemble.mine,"
    short += " { name: 'Maximiliane', x: [picture.range[0] + 1], y: [0] })"

    (drawn,) = place(modules, short)

    assert drawn["labels"][0]["left"] >= drawn["box"]["left"]
