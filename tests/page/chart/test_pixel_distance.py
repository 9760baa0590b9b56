"""pixel-distance.js by itself: by how many pixels a picture differs from the last."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

MOVED = """async ({ before, changed, size, enough }) => {
  const { measureShift } = await import("/chart/pixel-distance.js");
  const moved = measureShift({ ...before, ...changed }, before, size, enough);
  return moved === Infinity ? "another" : moved;
}"""

AXIS = {"kind": "step", "title": "step"}
MARKER = {"x": 10, "y": 1.0, "text": "It began"}
BAND = {"x": [0, 100], "mean": [0, 0], "low": [0, -2], "high": [0, 2]}

PICTURE: dict[str, Any] = {
    "x": [0, 50, 100],
    "y": [0.0, 1.0, 2.0],
    "markers": [MARKER],
    "band": BAND,
    "range": [0, 100],
    "yRange": [-5, 5],
    "axis": AXIS,
    "up": "position",
    "stride": 1,
    "isCounted": False,
    "ensemble": None,
}

FAN = {"low5": [-2, -3], "high95": [2, 3]}
SLICE = {"x": 100, "edges": [0, 1], "counts": [7]}
CLASS = {"x": [0, 100], "fan": FAN, "thin": [{"y": [0, 1]}], "mine": None, "lit": None}
CLASS["slice"] = SLICE

SIZE = {"width": 1_000, "height": 100}  # 10 pixels a step, 10 pixels a unit


def measure_move(
    modules: Page, enough: float = 1e9, before: dict[str, Any] = PICTURE, **changed: Any
) -> Any:
    given = {"before": before, "changed": changed, "size": SIZE, "enough": enough}
    return modules.evaluate(MOVED, given)


def test_shift_is_zero_when_the_picture_is_the_same(modules: Page) -> None:
    assert measure_move(modules) == 0


@pytest.mark.parametrize(
    ("changed", "pixels"),
    [
        ({"range": [0, 100.25]}, 2.5),
        ({"x": [0, 50, 100.02]}, 0.2),
        ({"y": [0.0, 1.04, 2.01]}, 0.4),
        ({"markers": [MARKER | {"x": 10.5}]}, 5),
        ({"markers": [MARKER | {"y": 0.5}]}, 5),
        ({"band": BAND | {"high": [0, 2.1]}}, 1),
        ({"band": BAND | {"low": [-0.3, -2]}}, 3),
    ],
)
def test_shift_is_that_of_the_point_that_moved_most(
    modules: Page, changed: dict[str, Any], pixels: float
) -> None:
    assert measure_move(modules, **changed) == pytest.approx(pixels)


@pytest.mark.parametrize(
    ("changed", "pixels"),
    [
        ({}, 0),
        ({"fan": FAN | {"high95": [2, 3.25]}}, 2.5),
        ({"thin": [{"y": [0, 1.5]}]}, 5),
        ({"slice": SLICE | {"x": 100.5}}, 5),
        ({"slice": SLICE | {"counts": [8]}}, "another"),
        ({"lit": {"seat": 3, "name": "Mia"}}, "another"),
        ({"thin": [{"y": [0, 1], "seat": 1, "hasCrossed": True}]}, "another"),
        ({"barriers": [20]}, "another"),
    ],
)
def test_shift_is_that_of_the_class_too(
    modules: Page, changed: dict[str, Any], pixels: float | str
) -> None:
    before = PICTURE | {"ensemble": CLASS}
    moved = measure_move(modules, before=before, ensemble=CLASS | changed)
    assert moved == (pixels if isinstance(pixels, str) else pytest.approx(pixels))


def test_shift_is_that_of_the_view_when_it_is_enough(modules: Page) -> None:
    changed = {"range": [0, 100.25], "x": [0, 50, 101], "up": "increments"}
    assert measure_move(modules, enough=2.5, **changed) == 2.5
    assert measure_move(modules, enough=2.6, **changed) == "another"


@pytest.mark.parametrize(
    "changed",
    [
        {"x": [0, 50, 100, 100], "y": [0.0, 1.0, 2.0, 2.0]},
        {"markers": []},
        {"markers": [MARKER | {"text": "Somebody paused it"}]},
        {"band": None},
        {"yRange": [-6, 5]},
        {"axis": AXIS | {"kind": "elapsed"}},
        {"axis": AXIS | {"title": "steps since the reset"}},
        {"up": "increments"},
        {"stride": 2},
    ],
)
def test_shift_is_infinite_when_the_picture_is_another(
    modules: Page, changed: dict[str, Any]
) -> None:
    assert measure_move(modules, **changed) == "another"


ANSWERS = {"step": 90, "x": 90, "median": 1, "outcome": None, "bars": [], "intervals": []}


@pytest.mark.parametrize(
    ("changed", "moved"),
    [({}, 0), ({"x": 90.5}, 5), ({"outcome": 2}, "another"), ({"median": 2}, "another")],
)
def test_answers_move_with_their_step_and_change_with_the_outcome(
    modules: Page, changed: dict[str, Any], moved: Any
) -> None:
    before = PICTURE | {"answers": ANSWERS}

    assert measure_move(modules, before=before, answers=ANSWERS | changed) == moved
