"""link.js and series.js: whatever the network does, the points shown are points of the path."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

few = st.integers(1, 40)
many = st.sampled_from([900, 1_999, 2_000, 2_001, 4_999, 7_000])
actions = st.one_of(
    st.tuples(st.sampled_from(["tick", "tick", "tick", "lose"]), few),
    st.tuples(st.sampled_from(["tick", "lose"]), many),
    st.tuples(st.sampled_from(["again", "change", "restart", "reconnect"]), st.just(0)),
    st.tuples(st.just("late"), st.integers(0, 50)),
    st.tuples(st.just("wait"), st.integers(1, 5)),
)


def run(modules: Page, schedule: list[tuple[str, int]]) -> dict[str, Any]:
    script = 'async (schedule) => (await import("/fake_server.js")).run(schedule)'
    found: dict[str, Any] = modules.evaluate(script, schedule)
    return found


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(schedule=st.lists(actions, max_size=30))
def test_any_schedule_ends_with_the_whole_path(
    modules: Page, schedule: list[tuple[str, int]]
) -> None:
    end = run(modules, schedule)

    assert end["epoch"][0] == end["epoch"][1]
    assert end["last"][0] == end["last"][1]
    assert end["fine"][0] == end["fine"][1]


def test_a_lost_frame_is_asked_for_once(modules: Page) -> None:
    end = run(modules, [("tick", 3), ("lose", 2), *[("tick", 1)] * 5])

    assert end["syncs"] == [1, 1]
    assert end["last"] == [10, 10]


def test_the_last_frame_lost_is_noticed_by_the_pong(modules: Page) -> None:
    end = run(modules, [("tick", 3), ("lose", 2)])

    assert end["syncs"] == [0, 1]
    assert end["last"] == [5, 5]


@pytest.mark.parametrize("late", [0, 1])
def test_frames_of_an_older_epoch_are_dropped(modules: Page, late: int) -> None:
    end = run(modules, [("tick", 3), ("change", 0), ("restart", 0), ("tick", 2), ("late", late)])

    assert end["epoch"] == [2, 2]
    assert end["last"] == [2, 2]
    assert end["syncs"] == [0, 0]


def test_a_long_life_holds_few_points(modules: Page) -> None:
    end = run(modules, [("tick", 1_000)] * 200)

    assert end["points"] <= 5_000
    assert end["syncs"] == [0, 0]
