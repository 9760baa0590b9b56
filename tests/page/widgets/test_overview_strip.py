"""overview-strip.js: the geometry of the overview."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def evaluate_geometry(modules: Page, body: str, argument: Any = None) -> Any:
    return modules.evaluate(
        f'async (a) => {{ const m = await import("/widgets/overview-strip.js"); {body} }}', argument
    )


@pytest.mark.parametrize("last", [1, 700, 14_402, 10**9, 2**40])
def test_window_can_be_dragged_on_a_path_of_any_length(modules: Page, last: int) -> None:
    chance = random.Random(last)
    places = []
    for _ in range(50):
        start = chance.uniform(-0.1, 1) * last
        places.append({"range": [start, start + 600], "last": last, "width": 900})
    places += [{"range": [last - 600, last + 18], "last": last, "width": 900}]

    found = evaluate_geometry(
        modules,
        """return a.flatMap((place) => [14, 28].map((grip) => {
          const window = m.computeWindow(place);
          const zones = m.computeHandles(window, grip);
          const middle = (window[0] + window[1]) / 2;
          const part = (x) => m.findPart(x, place, grip);
          const ends = [part(zones.left[0] + 1), part(zones.right[1] - 1), part(zones.left[0] - 1)];
          return { window, zones, grip, parts: [part(middle), ...ends] };
        }));""",
        places,
    )

    for case in found:
        left, right = case["window"]
        assert 0 <= left < right <= 900
        assert right - left >= 2 - 1e-9
        for low, high in case["zones"].values():
            assert high - low >= case["grip"] - 1e-9
        assert case["parts"] == ["window", "left", "right", "outside"]


def test_grips_cover_the_edges_of_a_wide_window(modules: Page) -> None:
    zones = evaluate_geometry(modules, "return m.computeHandles([100, 400], 14)")

    assert zones == {"left": [93, 107], "window": [107, 393], "right": [393, 407]}


def test_dragged_window_keeps_its_width_and_stays_on_the_path(modules: Page) -> None:
    chance = random.Random(1)
    stops = [chance.uniform(-500, 1_500) for _ in range(100)]

    ranges = evaluate_geometry(
        modules,
        """const place = { range: [2_900, 3_500], last: 10_000, width: 1_000 };
        return a.map(m.startDrag("window", 300, place));""",
        stops,
    )

    for stop, (start, end) in zip(stops, ranges, strict=True):
        assert end - start == pytest.approx(600)
        assert start == pytest.approx(min(max(2_900 + 10 * (stop - 300), 0), 10_000 - 600 / 1.03))


@pytest.mark.parametrize("last", [100, 1_025, 14_402, 10**9])
def test_left_grip_keeps_the_right_end_of_a_view_of_all(modules: Page, last: int) -> None:
    view = evaluate_geometry(
        modules,
        """const { Viewport } = await import("/view/viewport.js");
        const view = new Viewport();
        view.update({ epoch: 1, last: a });
        view.showAll();
        const place = { range: view.range, last: a, width: 900 };
        return [view.range, m.startDrag("left", 0, place)(90)];""",
        last,
    )

    (start, end), (dragged_start, dragged_end) = view
    assert dragged_end == end
    assert dragged_start == pytest.approx(start + last / 10)


def test_dragged_edge_never_crosses_the_other(modules: Page) -> None:
    left, right = evaluate_geometry(
        modules,
        """const place = { range: [2_000, 4_000], last: 10_000, width: 1_000 };
        const stops = [-500, 150, 210, 900, 2_000];
        return ["left", "right"].map((part) => stops.map(m.startDrag(part, 200, place)));""",
    )

    assert left == [[0, 4_000], [1_500, 4_000], [2_100, 4_000], *[[3_980, 4_000]] * 2]
    assert right == [[2_000, 2_020], [2_000, 3_500], [2_000, 4_100], *[[2_000, 10_240]] * 2]


@pytest.mark.parametrize("part", ["left", "right"])
@pytest.mark.parametrize(
    "window", [[2_000, 4_000], [2_000, 2_003], [9_400, 10_018], [9_000, 10_200]]
)
def test_drag_changes_nothing_when_the_grip_has_not_moved(
    modules: Page, window: list[float], part: str
) -> None:
    place = {"range": window, "last": 10_000, "width": 1_000}

    assert evaluate_geometry(modules, f"return m.startDrag('{part}', 321, a)(321)", place) == window


def test_zoom_keeps_the_step_under_the_pointer(modules: Page) -> None:
    inside, beside, out, tiny = evaluate_geometry(
        modules,
        """const place = { range: [2_000, 4_000], last: 10_000, width: 1_000 };
        const far = { range: [5e8, 5e8 + 600], last: 1e9, width: 1_000 };
        return [m.zoomAt(250, 0.5, place), m.zoomAt(900, 0.5, place),
          m.zoomAt(300, 1e6, place), m.zoomAt(500.5, 0.5, far)];""",
    )

    assert inside == [2_250, 3_250]
    assert beside == [3_000, 4_000]
    assert out == [0, 10_300]
    assert 5e8 <= tiny[0] < tiny[1] <= 5e8 + 600
    assert tiny[1] - tiny[0] == pytest.approx(300)


def test_drag_uses_only_the_visible_part_of_the_window(modules: Page) -> None:
    (start, end), panned = evaluate_geometry(
        modules,
        """const place = { range: [-5_000, 20_000], last: 10_000, width: 1_000 };
        return [m.startDrag("left", 0, place)(100), m.startDrag("window", 500, place)(800)];""",
    )

    assert (start, end) == (1_000, 10_300)
    assert panned == [0, 10_300]


@pytest.mark.parametrize("count", [1, 2, 200, 3_000])
def test_thin_line_keeps_all_extremes(modules: Page, count: int) -> None:
    chance = random.Random(count)
    steps = sorted(chance.sample(range(10**6), count))
    positions = [chance.gauss(0, 1) for _ in steps]

    line = evaluate_geometry(
        modules, "return m.thinLine(a, a.steps.at(-1))", {"steps": steps, "positions": positions}
    )

    path = dict(zip(steps, positions, strict=True))
    assert len(line["steps"]) <= 500
    assert all(a < b for a, b in pairwise(line["steps"]))
    assert [path[step] for step in line["steps"]] == line["positions"]
    assert line["steps"][-1] == steps[-1]
    assert {max(positions), min(positions)} <= set(line["positions"])


def test_thin_line_keeps_its_points_while_the_path_grows(modules: Page) -> None:
    chance = random.Random(5)
    positions = [chance.gauss(0, 1) for _ in range(1_801)]

    lines = evaluate_geometry(
        modules,
        """return [1_500, 1_501, 1_599, 1_800].map((last) => {
          const steps = Array.from({ length: last + 1 }, (_, step) => step);
          return m.thinLine({ steps, positions: a.slice(0, last + 1) }, last);
        });""",
        positions,
    )

    first, second, _, fourth = lines
    assert first["key"] == second["key"] != fourth["key"]
    assert set(first["steps"][:-3]) <= set(fourth["steps"])
