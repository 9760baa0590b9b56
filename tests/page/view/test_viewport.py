"""viewport.js by itself: the range in view, while the path grows and the reader moves it."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.page import evaluation

pytestmark = pytest.mark.browser

VIEW = """async (a) => {
  const { Series } = await import("/live/series.js");
  const m = await import("/view/viewport.js");
  const series = new Series();
  series.begin(1);
  const view = new m.Viewport();
  const grow = (count) => {
    const last = series.last + count;
    const increments = Array(count).fill(1);
    series.append({ first_step: series.last + 1, increments, position: last });
    view.update(series);
  };
  BODY
}"""


def evaluate(modules: Page, body: str, argument: Any = None) -> Any:
    return modules.evaluate(VIEW.replace("BODY", body), argument)


RANGES = """
  let range = null;
  return a.map((values) => (range = m.chooseSteadyRange(range, values)));
"""

FOLLOWED = """
  let range = null;
  return a.lasts.map((last) =>
    (range = m.chooseSteadyRange(range, a.path.slice(Math.max(0, last - 600), last + 1))));
"""


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_y_range_contains_all_values_and_rarely_changes(modules: Page, scale: float) -> None:
    chance = random.Random(7)
    path = [0.0]
    for _ in range(3_000):
        path.append(path[-1] + scale * chance.gauss(0, 1))
    lasts = list(range(0, 3_000, 10))

    ranges = evaluate(modules, FOLLOWED, {"path": path, "lasts": lasts})

    windows = [path[max(0, last - 600) : last + 1] for last in lasts]
    for values, (bottom, top) in zip(windows, ranges, strict=True):
        assert bottom <= min(values) <= max(values) <= top
    filled = [
        (max(values) - min(values)) / (top - bottom)
        for values, (bottom, top) in zip(windows[5:], ranges[5:], strict=True)
    ]
    assert scale < 1e-9 or min(filled) > 0.25
    moves = sum(after != before for before, after in pairwise(ranges))
    assert moves <= 40


@pytest.mark.parametrize("value", [0.0, 3.0, -2.5, 1e15])
def test_y_range_has_space_around_a_level_path(modules: Page, value: float) -> None:
    ((bottom, top),) = evaluate(modules, RANGES, [[value] * 5])

    assert bottom < value < top
    assert top - bottom >= 1


def test_y_range_stays_the_same_without_values(modules: Page) -> None:
    ranges = evaluate(modules, RANGES, [[], [5.0, 9.0], []])

    assert ranges[0] == [-1, 1]
    assert ranges[2] == ranges[1]


def test_pan_and_zoom_keep_the_rest(modules: Page) -> None:
    panned, zoomed, out = evaluate(
        modules,
        """view.setRange([100, 200]);
        view.pan(0.2); const panned = view.range;
        view.zoom(0.5); const zoomed = view.range;
        view.zoom(2); return [panned, zoomed, view.range];""",
    )

    assert panned == [120, 220]
    assert zoomed == [145, 195]
    assert out == panned


def test_zoom_ends_at_two_steps(modules: Page) -> None:
    left, right = evaluate(
        modules, "for (let i = 0; i < 99; i += 1) view.zoom(0.1); return view.range"
    )

    assert right - left >= 2


@pytest.mark.parametrize("way", [-1, 1])
def test_range_keeps_the_path_in_view_when_it_is_moved(modules: Page, way: int) -> None:
    left, right = evaluate(
        modules,
        "grow(1_000); for (let i = 0; i < 99; i += 1) view.pan(a);return view.range",
        way,
    )

    width = right - left
    assert width == pytest.approx(618)
    seen = (min(right, 1_000) - max(left, 0)) / width
    assert seen == pytest.approx(0.05)


def test_range_keeps_the_path_in_view_when_it_is_zoomed(modules: Page) -> None:
    left, right = evaluate(
        modules,
        "grow(1_000); for (let i = 0; i < 999; i += 1) view.zoom(2);return view.range",
    )

    assert right - left == 10_000
    assert left < 0 < 1_000 < right


def test_fixed_view_stays_on_the_path_after_a_restart(modules: Page) -> None:
    left, right = evaluate(
        modules,
        "grow(1_000); view.setRange([600, 700]); series.begin(2); view.update(series);"
        "return view.range",
    )

    assert left < 0 < right
    assert right - left == pytest.approx(100)


def test_fixed_range_ignores_later_steps(modules: Page) -> None:
    before, after = evaluate(
        modules,
        """grow(1_000); view.setRange([100, 200]);
        const before = view.range; grow(500); return [before, view.range];""",
    )

    assert after == before == [100, 200]


def test_range_follows_the_newest_step(modules: Page) -> None:
    ranges = evaluate(
        modules,
        "return [5, 995, 500].map((count) => { grow(count); return view.range; })",
    )

    assert [left for left, _ in ranges] == [0, 400, 900]
    assert [right for _, right in ranges] == pytest.approx([20.6, 1_018, 1_518])


@pytest.mark.parametrize(("length", "jump"), [(50, 1), (1_000, 8), (9_000, 128), (10**9, 2**23)])
def test_whole_path_keeps_its_range_for_some_steps(modules: Page, length: int, jump: int) -> None:
    lasts = [length + at * jump / 8 for at in range(24)]
    ranges = evaluate(
        modules,
        """view.showAll();
        return a.map((last) => { view.update({ epoch: 1, last }); return view.range; })""",
        lasts,
    )

    free = [right / last for last, (_, right) in zip(lasts, ranges, strict=True)]
    assert {left for left, _ in ranges} == {0}
    assert 1.03 <= min(free) <= max(free) <= 1.03 * (1 + max(1 / 64, 1 / length)) + 1e-9
    jumps = [after - before for (_, before), (_, after) in pairwise(ranges) if after != before]
    assert jumps == pytest.approx([1.03 * jump] * 3)


@pytest.mark.parametrize(("mode", "middle"), [("follow", 609), ("showAll", 904 * 1.03 / 2)])
def test_zoom_starts_from_the_mode_that_was_just_chosen(
    modules: Page, mode: str, middle: float
) -> None:
    body = (
        f"grow(900); view.setRange([200, 300]); view.{mode}(); view.zoom(0.5); return view.range;"
    )

    low, high = evaluate(modules, body)

    assert (low + high) / 2 == pytest.approx(middle)


def test_reset_hides_earlier_steps(modules: Page) -> None:
    origin, follow, panned = evaluate(
        modules,
        """grow(1_001); view.reset(series); grow(3); const follow = view.range;
        for (let i = 0; i < 99; i += 1) view.pan(-1); return [view.origin, follow, view.range];""",
    )

    assert origin == {"epoch": 1, "step": 1_001, "position": 1_001}
    assert follow[0] == 1_001
    assert panned[1] > 1_001


def test_another_epoch_ends_a_reset(modules: Page) -> None:
    end = evaluate(
        modules,
        """grow(1_001); view.reset(series); series.begin(2); view.update(series);
        return [view.origin, view.start, view.range];""",
    )

    assert end == [None, 0, [0, 20.6]]


def test_y_range_is_steady_while_values_change(modules: Page) -> None:
    first, same, other, flat = evaluation.evaluate(
        modules,
        "view/viewport",
        "const first = m.chooseSteadyRange(null, [0, 10]);"
        "return [first, m.chooseSteadyRange(first, [-1, 11]), m.chooseSteadyRange(first, [0, 40]),"
        "  m.chooseSteadyRange(null, [3, 3])]",
    )

    assert first[0] < 0 < 10 < first[1]
    assert same == first
    assert other[1] > 40
    assert flat[0] < 3 < flat[1]


@pytest.mark.parametrize("mode", ["follow", "showAll"])
def test_range_reaches_beyond_the_next_step_and_stays_until_the_path_comes(
    modules: Page, mode: str
) -> None:
    before, *ranges, after, last = evaluate(
        modules,
        f"""grow(1_000); view.{mode}(); view.update(series);
        const ranges = [view.range];
        view.update(series, 1_100);
        ranges.push(view.range);
        const grown = (count, next) => {{
          const increments = Array(count).fill(1);
          series.append({{ first_step: series.last + 1, increments, position: 0 }});
          view.update(series, next);
          ranges.push(view.range);
        }};
        grown(60, 1_100);
        view.{mode}(); view.update(series, 1_100); view.update(series, 1_100);
        grown(40, null);
        return [...ranges, series.last];""",
    )

    assert ranges[0] == ranges[1]
    left, right = ranges[0]
    assert left == before[0]
    assert right == pytest.approx(1_100 + 0.3 * (1_100 - left))
    assert after[0] >= left
    assert last <= after[1] < right


@pytest.mark.parametrize("mode", ["follow", "showAll"])
@pytest.mark.parametrize(("last", "has_room"), [(120, True), (129, True), (131, False)])
def test_late_page_leaves_room_for_answers_until_the_path_has_filled_it(
    modules: Page, mode: str, last: int, has_room: bool
) -> None:
    once, again = evaluate(
        modules,
        f"""grow({last}); view.{mode}(); view.update(series, 100);
        const once = view.range; view.update(series, 100);
        return [once, view.range];""",
    )

    assert once == again
    assert (once[1] == pytest.approx(130)) is has_room  # 100 steps, and 0.3 of them


def test_next_step_leaves_a_fixed_view_alone(modules: Page) -> None:
    found = evaluate(
        modules, "grow(900); view.setRange([100, 200]); view.update(series, 990);return view.range"
    )

    assert found == [100, 200]
