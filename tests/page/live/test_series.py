"""series.js by itself: bounded for ever, and made of exact points of the path."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# X of a step is a function of it, exact in binary: what is held can be judged point by point.
SERIES = """async (a) => {
  const { LIMIT, Series } = await import("/live/series.js");
  const X = (step) => ((step * 7919) % 1013) / 8;
  const steps = (first, last) => Array.from({ length: last - first + 1 }, (_, at) => first + at);
  const increments = (first, last) => ({
    first_step: first,
    increments: steps(first, last).map((step) => X(step) - X(step - 1)),
    position: X(Math.max(last, first - 1)),
  });
  const history = (last, stride) => ({
    epoch: 1, first_step: 0, stride,
    positions: steps(0, Math.floor(last / stride)).map((at) => X(at * stride)),
  });
  const wrong = () => series.steps.filter((step, at) => series.positions[at] !== X(step));
  const series = new Series();
  series.begin(1);
  BODY
}"""


def evaluate(modules: Page, body: str, argument: Any = None) -> Any:
    return modules.evaluate(SERIES.replace("BODY", body), argument)


def test_series_keeps_few_points_of_a_million_steps(modules: Page) -> None:
    end = evaluate(
        modules,
        """let most = 0;
        for (let step = 1; step <= 1_000_000; step += 25) {
          series.append(increments(step, step + 24));
          most = Math.max(most, series.steps.length);
        }
        return { most, limit: LIMIT, last: series.last, wrong: wrong(), steps: series.steps };""",
    )

    assert end["most"] <= end["limit"] <= 3_000
    assert end["last"] == 1_000_000
    assert end["wrong"] == []
    assert end["steps"][-1_000:] == list(range(999_001, 1_000_001))
    assert end["steps"][0] == 0
    older = [step for step in end["steps"] if step <= 999_000]
    assert any(step % 256 == 0 for step in older)
    gaps = [after - before for before, after in pairwise(older)]
    assert max(gaps) <= 2_048
    assert all(step % (gap & -gap) == 0 for step, gap in zip(older, gaps, strict=False))


@pytest.mark.parametrize("shift", [-700, -1, 0, 1, 300], ids=str)
def test_series_appends_steps_around_the_end_of_a_history(modules: Page, shift: int) -> None:
    end = evaluate(
        modules,
        """series.replace(history(64_000, 64));
        const first = 64_000 + 1 + a;
        const result = series.append(increments(first, first + 999));
        const next = series.append(increments(first + 1_000, first + 1_000));
        return { result, next, wrong: wrong(), steps: series.steps, first };""",
        shift,
    )

    assert (end["result"], end["next"]) == ("new", "new")
    assert end["wrong"] == []
    assert end["steps"] == sorted(set(end["steps"]))
    assert end["steps"][-1_001:] == list(range(end["first"], end["first"] + 1_001))


@pytest.mark.parametrize(
    ("first", "last", "result"),
    [
        (11, 12, "new"),
        (11, 10, "old"),  # nothing is missing
        (9, 11, "new"),
        (8, 10, "old"),
        (1, 10, "old"),
        (12, 13, "gap"),
        (12, 11, "gap"),  # nothing is missing after step 11, which is not held
    ],
)
def test_append_returns_new_old_or_gap(modules: Page, first: int, last: int, result: str) -> None:
    end = evaluate(
        modules,
        """series.append(increments(1, 10));
        const result = series.append(increments(...a));
        return { result, wrong: wrong(), steps: series.steps };""",
        [first, last],
    )

    assert end["result"] == result
    assert end["wrong"] == []
    assert end["steps"] == list(range(max(10, last if result == "new" else 0) + 1))


def test_append_leaves_thinned_points_alone_when_a_frame_is_old(modules: Page) -> None:
    end = evaluate(
        modules,
        """series.replace(history(64_000, 64)); series.append(increments(64_001, 65_000));
        const before = series.steps.length;
        const result = [63_901, 5].map((step) => series.append(increments(step, step + 99)));
        return { result, grown: series.steps.length - before, wrong: wrong() };""",
    )

    assert end == {"result": ["old", "old"], "grown": 0, "wrong": []}


def test_append_takes_the_position_of_the_frame(modules: Page) -> None:
    positions = evaluate(
        modules,
        """series.append({ first_step: 1, increments: [0.1, 0.2], position: 0.25 });
        series.append({ first_step: 3, increments: [1], position: 1.5 });
        return [series.positions[2], series.positions[3], series.increment];""",
    )

    assert positions == [0.25, 1.5, 1.25]


def test_select_between_adds_a_point_on_each_side(modules: Page) -> None:
    inside, start, beyond = evaluate(
        modules,
        """const points = await import("/live/points.js");
        series.append(increments(1, 20));
        const select = (range) => points.selectBetween(series, ...range).steps;
        return [[5, 7], [-9, 1], [30, 40]].map(select);""",
    )

    assert inside == [4, 5, 6, 7, 8]
    assert start == [0, 1, 2]
    assert beyond == [20]
