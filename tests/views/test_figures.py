"""The chart as Python describes it."""

from __future__ import annotations

import json

from motion.views import figures


def test_figure_is_json_without_data_or_colours_of_its_own() -> None:
    figure = figures.build_figure()

    assert json.loads(json.dumps(figure)) == figure
    assert all("x" not in trace and "y" not in trace for trace in figure["data"])
    assert all("color" not in trace["line"] for trace in figure["data"] if "line" in trace)
    assert "color" not in figure["guide"]["line"]
    assert figure["layout"]["paper_bgcolor"] == "rgba(0,0,0,0)"
    assert figure["layout"]["plot_bgcolor"] == "rgba(0,0,0,0)"


def test_figure_has_a_line_its_newest_point_and_its_changes() -> None:
    path, newest, changes, *_ = figures.build_figure()["data"]

    assert [trace["mode"] for trace in (path, newest, changes)] == ["lines", "markers", "markers"]
    assert path["line"]["shape"] == "linear"


def test_figure_has_plotly_measure_no_label() -> None:
    layout = figures.build_figure()["layout"]

    for axis in (layout["xaxis"], layout["yaxis"]):
        assert axis["ticklabeloverflow"] == "allow"
        assert "automargin" not in axis
        assert axis["title"] == {"text": ""}


def test_figure_draws_theory_behind_the_path() -> None:
    path, *_, band, mean, _ = figures.build_figure()["data"]

    assert band["fill"] == "toself"
    assert band["zorder"] < mean["zorder"] < path.get("zorder", 0)


def test_guide_is_a_full_line_behind_the_path() -> None:
    guide = figures.build_figure()["guide"]

    assert (guide["type"], guide["xref"], guide["yref"]) == ("path", "x", "paper")
    assert guide["layer"] == "below"


def test_figure_keeps_the_zoom_of_a_person() -> None:
    layout = figures.build_figure()["layout"]

    assert "uirevision" not in layout  # so that no update brings an older range back
    assert layout["xaxis"]["autorange"] is False
    assert layout["yaxis"]["autorange"] is False
    assert layout["yaxis"]["fixedrange"] is True
    assert layout["dragmode"] == "pan"


def test_figure_uploads_nothing() -> None:
    config = figures.build_figure()["config"]

    assert config["showSendToCloud"] is False
    assert config["plotlyServerURL"] == ""
    assert config["displayModeBar"] is False
    assert config["scrollZoom"] is True
