"""figure.js by itself: the figure for Plotly, and room for labels in its margins."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from motion.views import figures

pytestmark = pytest.mark.browser

DRAW = """async ({ figure, picture, size }) => {
  const { fillFigure, getAxisTitles, styleFigure } = await import("/chart/figure.js");
  const { frameFigure } = await import("/chart/paper.js");
  const styled = styleFigure(figure, (name) => `colour of ${name}`, "serif");
  const name = { kind: "step", type: "linear", title: "step" };
  const axis = { ...name, describeStep: String, toStep: Number };
  const shown = { ...picture, axis: { ...axis, ...picture.axis } };
  const { data, layout } = fillFigure(styled, shown, size);
  const caption = { title: "<b>Walk</b>", lines: ["Steps 0 to 2"], foot: "today" };
  const titles = getAxisTitles({ ...picture, axis });
  const alone = frameFigure({ data, layout }, titles, caption, (name) => name, "serif");
  return { data, layout, alone, before: styled };
}"""

PICTURE: dict[str, Any] = {
    "x": [0, 1, 2],
    "y": [0.0, -0.5, 1.5],
    "steps": [0, 1, 2],
    "newest": [2, 1.5],
    "markers": [],
    "band": None,
    "range": [0, 20.6],
    "yRange": [-1, 2],
    "axis": {},
    "up": "position",
    "stride": 1,
    "isCounted": False,
}

BAND = {"x": [0, 20], "mean": [0, 0], "low": [0, -8], "high": [0, 8]}
MARKER = {"x": 1, "y": -0.5, "text": "It began"}
SIZE = {"width": 1_000, "height": 500}


def draw(modules: Page, size: dict[str, int] = SIZE, **others: Any) -> Any:
    given = {"figure": figures.build_figure(), "picture": PICTURE | others, "size": size}
    return modules.evaluate(DRAW, given)


def list_names(figure: Any) -> list[str]:
    return [trace["name"] for trace in figure["data"]]


def test_trace_is_left_out_when_it_has_no_points(modules: Page) -> None:
    bare = draw(modules)
    full = draw(modules, markers=[MARKER], band=BAND)

    assert list_names(bare) == ["path", "newest"]
    assert list_names(full) == ["path", "newest", "markers", "band", "mean"]
    assert bare["layout"]["shapes"] == []
    assert full["layout"]["shapes"][0]["path"] == "M1,0V1"


def test_coordinates_are_texts_when_the_axis_shows_clock_time(modules: Page) -> None:
    at = [1_795_000_000_000, 1_795_000_001_500]

    figure = draw(
        modules,
        axis={"kind": "clock", "type": "date"},
        x=[*at, at[1]],
        newest=[at[1], 1.5],
        markers=[MARKER | {"x": at[1]}],
        range=at,
    )

    first, last = "2026-11-18T11:06:40.000", "2026-11-18T11:06:41.500"
    assert figure["data"][0]["x"] == [first, last, last]
    assert figure["layout"]["xaxis"]["range"] == [first, last]
    assert figure["layout"]["shapes"][0]["path"] == f"M{last.replace('T', '_')},0V1"


def test_band_is_a_closed_line(modules: Page) -> None:
    *_, band, mean = draw(modules, band=BAND)["data"]

    assert (band["x"], band["y"]) == ([0, 20, 20, 0], [0, 8, -8, 0])
    assert (mean["x"], mean["y"]) == ([0, 20], [0, 0])


def test_own_path_has_labels_with_its_name_and_no_line(modules: Page) -> None:
    mine = {"seat": 7, "name": "<Mia>", "x": [0, 2], "y": [0, 5], "hasCrossed": False}

    *_, own = draw(modules, ensemble={"mine": mine, "slice": None})["data"]

    assert (own["name"], own["mode"]) == ("mine", "none")
    assert (own["x"], own["y"], own["customdata"]) == ([0, 2], [0, 5], [0, 2])
    assert own["meta"] == "&lt;Mia&gt;"
    assert own["hovertemplate"].startswith("%{meta} · step %{customdata:,d} · %{y}")


def test_style_adds_colours_and_keeps_the_rest(modules: Page) -> None:
    figure = draw(modules, markers=[MARKER])

    path, newest, markers = figure["data"]
    assert path["line"] == figures.build_figure()["data"][0]["line"] | {
        "color": "colour of --accent"
    }
    assert newest["marker"]["size"] == figures.build_figure()["data"][1]["marker"]["size"]
    assert markers["marker"]["line"] == {"width": 1, "color": "colour of --card"}
    assert figure["layout"]["shapes"][0]["line"]["dash"] == "4px,4px"
    assert figure["layout"]["yaxis"]["gridcolor"] == "colour of --line"


def test_ranges_are_copies(modules: Page) -> None:
    figure = draw(modules)

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
def test_left_margin_fits_the_longest_label(
    modules: Page, y_range: list[float], longest: str
) -> None:
    left = draw(modules, yRange=y_range)["layout"]["margin"]["l"]

    room = left - 28  # the title, and a gap
    assert 7 * len(longest) <= room <= 7 * (len(longest) + 2)


def test_x_labels_are_fewer_when_the_chart_is_narrow(modules: Page) -> None:
    far = [10**9, 10**9 + 600]
    wide, narrow = (
        draw(modules, size={"width": width, "height": 400}, range=far)["layout"]
        for width in (1_400, 336)
    )

    half_a_label = 7 * len("1,000,000,600") / 2
    assert wide["xaxis"]["nticks"] == 10
    assert 2 <= narrow["xaxis"]["nticks"] <= 3
    assert narrow["margin"]["r"] >= half_a_label - 7


def test_x_labels_are_at_every_200_steps_on_a_phone(modules: Page) -> None:
    axis = draw(modules, size={"width": 336, "height": 200}, range=[13_800, 14_420])["layout"]

    assert axis["xaxis"]["nticks"] == 4  # with fewer, Plotly labels every 500 steps: only one


def test_frame_has_titles_caption_and_background(modules: Page) -> None:
    layout = draw(modules)["alone"]["layout"]

    assert layout["xaxis"]["title"]["text"] == "step"
    assert layout["yaxis"]["title"]["text"] == "position"
    assert layout["title"]["text"] == "&lt;b&gt;Walk&lt;/b&gt;"
    assert layout["title"]["subtitle"]["text"] == "Steps 0 to 2"
    assert layout["annotations"][0]["text"] == "today"
    assert (layout["paper_bgcolor"], layout["plot_bgcolor"]) == ("--card", "--card")
    assert layout["showlegend"] is False


def test_legend_names_only_the_traces_that_are_shown(modules: Page) -> None:
    alone = draw(modules, markers=[MARKER], band=BAND)["alone"]

    shown = [trace["name"] for trace in alone["data"] if trace["showlegend"]]
    assert shown == ["position", "change", "95 % band", "expected mean"]
    assert alone["layout"]["showlegend"] is True


@pytest.mark.parametrize(("height", "most"), [(500, 8), (126, 3), (40, 2)])
def test_y_labels_are_fewer_when_the_chart_is_low(modules: Page, height: int, most: int) -> None:
    figure = draw(modules, {"width": 430, "height": height})

    assert figure["layout"]["yaxis"]["nticks"] == most
