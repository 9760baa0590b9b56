"""The chart, built in Python: its layout and behaviour for Plotly.

Colours are not set here: the page's style sheet has them, for dark and for light.
"""

from functools import cache
from typing import Any


@cache
def build_figure() -> dict[str, Any]:
    """Plotly's figure without data, its configuration, and the style of guides, for JSON.

    The traces are the path, its newest point, a point at each change, and what theory says: the
    band in which 95 of 100 paths lie at each step, and its mean. `mine` gives labels to the
    reader's own path of an ensemble. The shape `guide` is a line
    from the bottom (0) to the top (1) at each change.
    """
    return {
        "data": [trace.to_plotly_json() for trace in _build_traces()],
        "guide": _build_guide().to_plotly_json(),
        "layout": _build_layout().to_plotly_json(),
        "config": {
            "displayModeBar": False,
            "doubleClick": False,
            "scrollZoom": True,
            # Nothing of a visitor's chart leaves for anybody's cloud.
            "showSendToCloud": False,
            "plotlyServerURL": "",
        },
    }


def _build_layout() -> Any:
    """The ranges are always set by the page, never by Plotly: so a view that somebody zoomed or
    moved survives every update.
    """
    # Plotly takes a while to import, and only the first page needs it.
    from plotly import graph_objects

    axis = {
        "zeroline": True,
        "ticks": "",
        "autorange": False,
        "tickangle": 0,
        "ticklabeloverflow": "allow",  # else Plotly measures all labels for each of them
        "exponentformat": "none",  # −48,005, not −48.005k
        "separatethousands": True,
    }
    return graph_objects.Layout(
        xaxis=axis
        | {
            "title": {"text": ""},  # the page writes it: Plotly would measure all labels for it
            "showgrid": False,
            "ticklabelstandoff": 4,
        },
        yaxis=axis
        | {
            "type": "linear",
            "title": {"text": ""},
            "fixedrange": True,
            "nticks": 8,
            "hoverformat": ",.3f",
        },
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        hovermode="x",
        dragmode="pan",
    )


def _build_traces() -> list[Any]:
    from plotly.graph_objects import Scatter

    path = Scatter(
        name="path",
        mode="lines",
        # Plotly would leave out points it finds nearly collinear; this path shows every one.
        line={"width": 1.8, "shape": "linear", "simplify": False},
        hoverinfo="y",  # else a second label, on the axis, would say the step again
    )
    newest = Scatter(
        name="newest",
        mode="markers",
        marker={"size": 9, "line": {"width": 1}},
        hoverinfo="skip",
        cliponaxis=False,  # at step 0 it lies on the edge
    )
    changes = Scatter(
        name="markers",
        mode="markers",
        marker={"size": 7, "symbol": "diamond", "line": {"width": 1}},
        hoverinfo="y",
        hoverlabel={"align": "left"},
    )
    band = Scatter(
        name="band", mode="lines", fill="toself", line={"width": 0}, hoverinfo="skip", zorder=-2
    )
    mean = Scatter(
        name="mean",
        mode="lines",
        line={"width": 1, "dash": "dot"},
        opacity=0.7,
        hoverinfo="skip",
        zorder=-1,
    )
    mine = Scatter(name="mine", mode="none", hoverinfo="y")  # its line is on the canvas below
    return [path, newest, changes, band, mean, mine]


def _build_guide() -> Any:
    from plotly import graph_objects

    return graph_objects.layout.Shape(
        type="path",
        xref="x",
        yref="paper",
        layer="below",
        opacity=0.6,
        line={"width": 1, "dash": "4px,4px"},
    )
