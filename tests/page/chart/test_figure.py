"""figure.js by itself: what Plotly is given of a picture, in whose margins its labels find room."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from motion.views import figures

pytestmark = pytest.mark.browser

DRAWN = """async ({ figure, picture, size }) => {
  const { dressed, drawn, titles } = await import("/chart/figure.js");
  const { framed } = await import("/chart/paper.js");
  const clothed = dressed(figure, (name) => `colour of ${name}`, "serif");
  const axis = { kind: "step", type: "linear", title: "step", describeStep: String };
  const { data, layout } = drawn(clothed, { ...picture, axis: { ...axis, ...picture.axis } }, size);
  const caption = { title: "<b>Walk</b>", lines: ["Steps 0 to 2"], foot: "today" };
  const words = titles({ ...picture, axis });
  const alone = framed({ data, layout }, words, caption, (name) => name, "serif");
  return { data, layout, alone, before: clothed };
}"""

PICTURE: dict[str, Any] = {
    "x": [0, 1, 2],
    "y": [0.0, -0.5, 1.5],
    "steps": [0, 1, 2],
    "newest": [2, 1.5],
    "marks": [],
    "band": None,
    "range": [0, 20.6],
    "yRange": [-1, 2],
    "axis": {},
    "up": "position",
    "stride": 1,
    "isCounted": False,
}

BAND = {"x": [0, 20], "mean": [0, 0], "low": [0, -8], "high": [0, 8]}
MARK = {"x": 1, "y": -0.5, "text": "It began"}
SIZE = {"width": 1_000, "height": 500}


def drawn(modules: Page, size: dict[str, int] = SIZE, **others: Any) -> Any:
    given = {"figure": figures.build_figure(), "picture": PICTURE | others, "size": size}
    return modules.evaluate(DRAWN, given)


def names(figure: Any) -> list[str]:
    return [trace["name"] for trace in figure["data"]]


def test_trace_without_points_is_left_out(modules: Page) -> None:
    bare = drawn(modules)
    full = drawn(modules, marks=[MARK], band=BAND)

    assert names(bare) == ["path", "newest"]
    assert names(full) == ["path", "newest", "marks", "band", "middle"]
    assert bare["layout"]["shapes"] == []
    assert full["layout"]["shapes"][0]["path"] == "M1,0V1"


def test_places_on_a_clock_are_texts_which_plotly_shifts_by_no_zone(modules: Page) -> None:
    at = [1_795_000_000_000, 1_795_000_001_500]

    figure = drawn(
        modules,
        axis={"kind": "clock", "type": "date"},
        x=[*at, at[1]],
        newest=[at[1], 1.5],
        marks=[MARK | {"x": at[1]}],
        range=at,
    )

    first, last = "2026-11-18T11:06:40.000", "2026-11-18T11:06:41.500"
    assert figure["data"][0]["x"] == [first, last, last]
    assert figure["layout"]["xaxis"]["range"] == [first, last]
    assert figure["layout"]["shapes"][0]["path"] == f"M{last.replace('T', '_')},0V1"


def test_band_is_drawn_there_and_back(modules: Page) -> None:
    *_, band, middle = drawn(modules, band=BAND)["data"]

    assert (band["x"], band["y"]) == ([0, 20, 20, 0], [0, 8, -8, 0])
    assert (middle["x"], middle["y"]) == ([0, 20], [0, 0])


def test_colours_come_from_the_style_sheet_and_leave_the_rest(modules: Page) -> None:
    figure = drawn(modules, marks=[MARK])

    path, newest, marks = figure["data"]
    assert path["line"] == figures.build_figure()["data"][0]["line"] | {
        "color": "colour of --accent"
    }
    assert newest["marker"]["size"] == figures.build_figure()["data"][1]["marker"]["size"]
    assert marks["marker"]["line"] == {"width": 1, "color": "colour of --card"}
    assert figure["layout"]["shapes"][0]["line"]["dash"] == "4px,4px"
    assert figure["layout"]["yaxis"]["gridcolor"] == "colour of --line"


def test_ranges_are_copies_for_plotly_writes_into_its_layout(modules: Page) -> None:
    figure = drawn(modules)

    assert figure["layout"]["xaxis"]["range"] == PICTURE["range"]
    assert figure["layout"]["yaxis"]["range"] == PICTURE["yRange"]
    assert "range" not in figure["before"]["layout"]["xaxis"]


@pytest.mark.parametrize(
    ("y_range", "longest"),
    [
        ([-1, 2], "−0.5"),
        ([0, 40], "40"),
        ([-0.004, 0.004], "−0.004"),
        ([-48_010, -47_990], "−48,010"),
        ([0, 3e9], "3,000,000,000"),
        ([97.2, 98.4], "97.2"),
    ],
)
def test_margin_has_room_for_the_longest_label(
    modules: Page, y_range: list[float], longest: str
) -> None:
    left = drawn(modules, yRange=y_range)["layout"]["margin"]["l"]

    room = left - 28  # the title, and a gap
    assert 7 * len(longest) <= room <= 7 * (len(longest) + 2)


def test_labels_across_find_room_side_by_side(modules: Page) -> None:
    far = [10**9, 10**9 + 600]
    wide, narrow = (
        drawn(modules, size={"width": width, "height": 400}, range=far)["layout"]
        for width in (1_400, 336)
    )

    half_a_label = 7 * len("1,000,000,600") / 2
    assert wide["xaxis"]["nticks"] == 10
    assert 2 <= narrow["xaxis"]["nticks"] <= 3
    assert narrow["margin"]["r"] >= half_a_label - 7


def test_phone_has_labels_across_at_every_two_hundred_steps(modules: Page) -> None:
    axis = drawn(modules, size={"width": 336, "height": 200}, range=[13_800, 14_420])["layout"]

    assert axis["xaxis"]["nticks"] == 4  # fewer would be at every five hundred: one alone


def test_picture_by_itself_has_its_titles_and_its_ground(modules: Page) -> None:
    layout = drawn(modules)["alone"]["layout"]

    assert layout["xaxis"]["title"]["text"] == "step"
    assert layout["yaxis"]["title"]["text"] == "position"
    assert layout["title"]["text"] == "&lt;b&gt;Walk&lt;/b&gt;"
    assert layout["title"]["subtitle"]["text"] == "Steps 0 to 2"
    assert layout["annotations"][0]["text"] == "today"
    assert (layout["paper_bgcolor"], layout["plot_bgcolor"]) == ("--card", "--card")
    assert layout["showlegend"] is False


def test_legend_names_the_band_and_the_changes_where_they_are_shown(modules: Page) -> None:
    alone = drawn(modules, marks=[MARK], band=BAND)["alone"]

    shown = [trace["name"] for trace in alone["data"] if trace["showlegend"]]
    assert shown == ["position", "change", "95 % band", "expected mean"]
    assert alone["layout"]["showlegend"] is True


@pytest.mark.parametrize(("height", "most"), [(500, 8), (126, 3), (40, 2)])
def test_labels_above_each_other_have_room(modules: Page, height: int, most: int) -> None:
    figure = drawn(modules, {"width": 430, "height": height})

    assert figure["layout"]["yaxis"]["nticks"] == most
