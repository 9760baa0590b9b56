"""paper.js: the caption of a saved picture, and its class."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

CAPTION = """async (a) => {
  const { writeCaption } = await import("/chart/paper.js");
  const first = { revision: 1, step: 0, variance: 1, drift: 0, interval: 0.5, paused: false };
  const items = [first];
  for (const [step, values] of a.changes) items.push({ ...items.at(-1), ...values, step });
  const at = Date.parse("2026-11-26T06:17:30Z");
  return writeCaption({ title: "Walk", path: 2, at, items, more: [], ...a });
}"""


def write_caption(
    modules: Page,
    changes: list[Any],
    stretch: tuple[int, int] = (200, 800),
    stride: int = 1,
    address: str = "",
) -> Any:
    given = {"changes": changes, "stretch": stretch, "stride": stride, "address": address}
    return modules.evaluate(CAPTION, given)


def test_caption_names_steps_parameters_and_changes(modules: Page) -> None:
    changes = [[100, {"variance": 4}], [300, {"drift": -0.5}], [400, {"paused": True}]]

    found = write_caption(modules, changes, address="https://example.org/motions/walk/")

    assert found == {
        "title": "Walk",
        "lines": [
            "Steps 200 to 800 of the 2nd path",
            "Variance 4, drift 0, 2.0 steps/s. Changed: drift −0.5 from step 300 on",
        ],
        "foot": "https://example.org/motions/walk/ · 26 Nov 2026, 06:17 UTC",
    }


def test_caption_has_ranges_when_there_are_many_changes(modules: Page) -> None:
    changes = [[step, {"variance": step / 100, "interval": 0.25}] for step in range(210, 800, 10)]

    lines = write_caption(modules, changes, stride=4)["lines"]

    assert lines[0].endswith(", of which one in 4 is drawn")
    assert lines[1] == (
        "Variance 1, drift 0, 2.0 steps/s. 59 changes between steps 210 and 790:"
        " variance 1 to 7.9, 2.0 to 4.0 steps/s"
    )


def test_caption_leaves_out_parameters_when_they_are_unknown(modules: Page) -> None:
    changes = [[step, {"variance": step}] for step in range(1_000, 2_000)]

    lines = write_caption(modules, changes, stretch=(500, 900))["lines"]

    assert lines == ["Steps 500 to 900 of the 2nd path"]


def test_caption_says_what_else_the_picture_shows(modules: Page) -> None:
    given = {"changes": [], "stretch": (0, 9), "stride": 1, "more": ["", "Class", "Answers"]}

    lines = modules.evaluate(CAPTION, given | {"address": ""})["lines"]

    assert lines[1:] == ["Variance 1, drift 0, 2.0 steps/s", "Class", "Answers"]


def test_caption_names_the_slice(modules: Page) -> None:
    text = modules.evaluate(
        """async () => {
          const { describeClass } = await import("/chart/paper.js");
          return describeClass({ thin: [], mine: null, barriers: [], slice: { step: 1200 } }, 0);
        }"""
    )

    assert text.endswith("Right: all positions at step 1,200, beside the normal density of theory")


@pytest.mark.parametrize(
    ("thin", "barriers", "text"),
    [
        (
            [False] * 39,
            [],
            "Class of 40 paths. Shaded: 90 % and 50 % of them, with the median."
            " Dashed: 90 % in theory",
        ),
        (
            [False, True],
            [10, -2.5],
            "Class of 40 paths, 3 of them drawn. Shaded: 90 % and 50 % of them, with the median."
            " Dashed: 90 % in theory. Red: barriers at 10 and −2.5, and the paths that crossed",
        ),
        (
            [False] * 39,
            [10],
            "Class of 40 paths. Shaded: 90 % and 50 % of them, with the median."
            " Dashed: 90 % in theory. Red: a barrier at 10",
        ),
    ],
)
def test_caption_describes_the_class(
    modules: Page, thin: list[bool], barriers: list[float], text: str
) -> None:
    found = modules.evaluate(
        """async ({ thin, barriers }) => {
          const { describeClass } = await import("/chart/paper.js");
          const paths = thin.map((hasCrossed) => ({ hasCrossed }));
          return describeClass({ thin: paths, mine: { hasCrossed: false }, barriers }, 40);
        }""",
        {"thin": thin, "barriers": barriers},
    )

    assert found == text


def test_class_of_a_picture_has_the_lines_of_the_canvas(modules: Page) -> None:
    area, thin, law, end = modules.evaluate(
        """async () => {
          const { traceClass } = await import("/chart/paper.js");
          const x = [1, 2];
          return traceClass({
            areas: [{ x, low: [-1, -2], high: [1, 2], colour: "blue", opacity: 0.2 }],
            thin: [{ x, y: [0, 1], colour: "blue", width: 1, opacity: 0.35 }],
            lines: [{ x, y: [3, 4], colour: "green", width: 1.6, dash: [8, 6] }],
            points: [{ x: 2, y: 1, radius: 5, colour: "red", edge: { colour: "white", width: 1 } }],
          }, (value) => value + 10);
        }"""
    )

    assert (area["x"], area["y"]) == ([11, 12, 12, 11], [1, 2, -2, -1])
    assert (thin["x"], thin["y"], thin["opacity"]) == ([11, 12], [0, 1], 0.35)
    assert law["line"] == {"color": "green", "width": 1.6, "dash": "8px,6px"}
    assert (end["x"], end["y"], end["marker"]["color"]) == ([12], [1], "red")
    assert area["zorder"] < thin["zorder"] < 0 < end["zorder"]


def test_slice_of_a_picture_has_an_axis_of_its_own(modules: Page) -> None:
    bars, curve = modules.evaluate(
        """async () => {
          const { traceSlice } = await import("/chart/paper.js");
          return traceSlice({
            bars: [{ low: 0, high: 100, part: 0.5 }, { low: 100, high: 200, part: 0 }],
            curve: [{ y: -3, part: 0 }, { y: 50, part: 0.6 }],
            colour: "blue", opacity: 0.75, edge: { colour: "green", width: 1.6 },
          });
        }"""
    )

    assert bars["x"] == [0, 0.5, 0.5, 0, 0, None, 0, 0, 0, 0, 0, None]
    assert bars["y"][:6] == [6, 6, 94, 94, 6, None]  # with a gap to the next one
    assert (curve["x"], curve["y"], curve["line"]["color"]) == ([0, 0.6], [-3, 50], "green")
    assert bars["xaxis"] == curve["xaxis"] == "x2"


def test_answers_of_a_picture_stand_right_of_their_step(modules: Page) -> None:
    bars, missing, hit, median, outcome, dot = modules.evaluate(
        """async () => {
          const { traceAnswers } = await import("/chart/paper.js");
          const colours = ["soft", "accent", "soft"];
          const stems = colours.map((colour, at) => ({ low: at, high: at + 2, colour }));
          const stroke = { colour: "ink", width: 2 };
          return traceAnswers({
            bars: [{ low: 0, high: 100, part: 0.5 }], stems,
            colour: "soft", opacity: 0.75, ink: "ink",
            median: { y: 7, stroke }, outcome: { y: 9, stroke: { ...stroke, dash: [3, 3] } },
          }, (part) => 100 + 12 * part, "white");
        }"""
    )

    assert bars["x"] == [100, 106, 106, 100, 100, None]
    assert (missing["x"], missing["y"]) == (
        [102, 102, None, 110, 110, None],
        [0, 2, None, 2, 4, None],
    )
    assert (hit["x"], hit["line"]["color"]) == ([106, 106, None], "accent")
    assert (median["x"], median["y"]) == ([100, 112], [7, 7])
    assert outcome["line"]["dash"] == "3px,3px"
    assert (dot["x"], dot["y"], dot["marker"]["color"]) == ([100], [9], "ink")
