"""points.js and tiles.js by themselves: finer points where a view needs them."""

from __future__ import annotations

import random
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# X of a step is a function of it, exact in binary: what is held can be judged point by point.
TILES = """async (a) => {
  const { Series } = await import("/live/series.js");
  const { Tiles, LENGTH, chooseStride } = await import("/view/tiles.js");
  const { computeDifferences, thinPoints, findWidestGap } = await import("/live/points.js");
  const X = (step) => ((step * 7919) % 1013) / 8;
  const range = (count) => [...Array(count).keys()];
  const source = new Series();
  const grow = (last, first = source.last + 1) => {
    const steps = range(last - first + 1).map((at) => first + at);
    const increments = steps.map((s) => X(s) - X(s - 1));
    source.append({ first_step: first, increments, position: X(last) });
  };
  const long = (last) => {
    let stride = 1;
    while (last / stride > 999) stride *= 2;
    const positions = range(Math.floor(last / stride) + 1).map((at) => X(at * stride));
    source.replace({ epoch: 7, first_step: 0, stride, positions });
    grow(last, last - 999);
  };
  const answer = ({ first, last, stride }) =>
    range(Math.floor((last - first) / stride) + 1).map((at) => X(first + at * stride));
  const tiles = new Tiles();
  const fetch = (view, now = 0) => {
    const wanted = tiles.listMissing(source, view, now);
    for (const tile of wanted) tiles.markRequested(tile);
    for (const tile of wanted) tiles.add(tile, answer(tile));
    return wanted;
  };
  const isTrue = ({ steps, positions }) => steps.every((step, at) => positions[at] === X(step));
  BODY
}"""


def evaluate(modules: Page, body: str, argument: Any = None) -> Any:
    return modules.evaluate(TILES.replace("BODY", body), argument)


def test_missing_tiles_are_aligned(modules: Page) -> None:
    end = evaluate(
        modules,
        """long(1_000_000);
        const asked = fetch([500_000, 500_600]);
        const points = tiles.selectBetween(source, 500_000, 500_600);
        return { asked, again: fetch([500_000, 500_600]), points, isTrue: isTrue(points) };""",
    )

    assert [(tile["first"], tile["last"], tile["stride"]) for tile in end["asked"]] == [
        (499_712, 500_224, 1),
        (500_224, 500_736, 1),
    ]
    assert end["again"] == []
    assert set(range(500_000, 500_601)) <= set(end["points"]["steps"])
    assert end["points"]["steps"] == sorted(set(end["points"]["steps"]))
    assert end["isTrue"]


@pytest.mark.parametrize("view", [[999_400, 1_000_018], [0, 1_030_000], [999_990, 1_000_000]])
def test_no_tile_is_missing_when_its_points_are_known(modules: Page, view: list[int]) -> None:
    assert evaluate(modules, "long(1_000_000); return fetch(a);", view) == []


def test_any_view_is_fine_with_few_points(modules: Page) -> None:
    chance = random.Random(5)
    views = []
    for _ in range(300):
        width = 10 ** chance.uniform(0.5, 9)
        from_ = chance.uniform(-0.5 * width, 1e9)
        views.append([from_, from_ + width])

    seen = evaluate(
        modules,
        """long(1_000_000_000);
        return a.map((view) => {
          fetch(view);
          const [from, to] = [Math.max(0, view[0]), Math.min(view[1], source.last)];
          const points = tiles.selectBetween(source, from, to);
          const stride = chooseStride(view[1] - view[0]);
          const drawn = thinPoints(points, stride, view);
          return {
            size: tiles.size, drawn: drawn.steps.length, isTrue: isTrue(points), stride,
            gap: findWidestGap(
              { steps: drawn.steps.filter((s) => s >= from && s <= to) }, from, to),
            more: fetch(view).length,
          };
        });""",
        views,
    )

    assert all(each["isTrue"] for each in seen)
    assert all(each["more"] == 0 for each in seen)
    assert max(each["size"] for each in seen) <= 4 * 513
    assert max(each["drawn"] for each in seen) <= 1_000
    assert all(each["gap"] <= each["stride"] for each in seen)


def test_last_tile_is_requested_again_once_stale(modules: Page) -> None:
    asked = evaluate(
        modules,
        """long(1_000_000);
        return [0, 4_000, 500, 2_000].map((steps) => {
          for (let left = steps; left > 0; left -= 500) grow(source.last + 500);
          return fetch([source.last - 20_000, source.last]).map(({ first, last }) => [first, last]);
        });""",
    )

    held, outgrown, fresh, renewed = asked
    assert held[-1] == [983_040, 999_424]  # after it, every step is held
    assert outgrown == [[999_424, 1_004_000]]
    assert fresh == []
    assert renewed == [[999_424, 1_006_500]]


def test_tiles_drop_the_least_recently_used_one(modules: Page) -> None:
    requested = evaluate(
        modules,
        """long(1_000_000);
        const view = (at) => [at * LENGTH + 10, at * LENGTH + 100];
        return [101, 102, 103, 104, 101, 105, 101, 103, 104, 105, 102].map(
          (at) => fetch(view(at)).length);""",
    )

    # 105 takes the place of 102, because 101 has been used since.
    assert requested == [1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1]


def test_failed_tile_is_requested_later(modules: Page) -> None:
    asked = evaluate(
        modules,
        """long(1_000_000);
        const view = [500_000, 500_100];
        const [tile] = tiles.listMissing(source, view, 0);
        tiles.markRequested(tile);
        const onItsWay = tiles.listMissing(source, view, 1_000).length;
        tiles.markFailed(tile, 1_000);
        const later = [1_001, 4_999, 5_000].map((at) => tiles.listMissing(source, view, at).length);
        return [onItsWay, ...later];""",
    )

    assert asked == [0, 0, 0, 1]


def test_tiles_of_another_path_are_ignored(modules: Page) -> None:
    steps = evaluate(
        modules,
        """long(1_000_000); fetch([500_000, 500_100]);
        source.begin(8); return tiles.selectBetween(source, 0, 1e6).steps;""",
    )

    assert steps == [0]


def test_increments_have_equal_strides(modules: Page) -> None:
    found = evaluate(
        modules,
        """const points = { steps: [0, 2, 4, 5, 6, 10, 12], positions: [0, 1, 3, 4, 6, 9, 5] };
        return [1, 2, 4].map((stride) => computeDifferences(points, stride));""",
    )

    assert found == [
        {"steps": [5, 6], "positions": [1, 2]},
        {"steps": [2, 4, 6, 12], "positions": [1, 2, 3, -4]},
        {"steps": [4], "positions": [3]},
    ]
