"""markers.js: changes as markers on the path."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.page.live.test_changes import make_changes

pytestmark = pytest.mark.browser

MARKERS = """async (a) => {
  const { Markers } = await import("/chart/markers.js");
  const markers = new Markers();
  BODY
}"""


def find(modules: Page, body: str, items: list[dict[str, Any]]) -> Any:
    return modules.evaluate(MARKERS.replace("BODY", body), items)


NEWEST = 'async (items) => (await import("/live/changes.js")).listNewestEvents(items, 8)'
EVERY_TEN = make_changes(
    *[{"drift": at, "step": 10 * at, "position": 100 + at} for at in range(1, 11)]
)


def test_markers_are_on_the_path_within_the_range(modules: Page) -> None:
    found = find(modules, "return markers.find(a, [20, 45])", EVERY_TEN)

    assert [(marker["step"], marker["position"]) for marker in found] == [
        (20, 102),
        (30, 103),
        (40, 104),
    ]
    assert found[0]["text"].startswith("Change 3<br>")


def test_beginning_of_a_path_has_no_marker(modules: Page) -> None:
    items = make_changes({"paused": True}, {"paused": False, "step": 5})

    found = find(modules, "return markers.find(a, [-10, 60])", items)

    assert [marker["step"] for marker in found] == [0, 5]
    assert found[0]["text"].startswith("Change 2<br>")
    assert find(modules, "return markers.find(a, [0, 60])", items[:1]) == []


def test_changes_at_one_step_share_a_marker(modules: Page) -> None:
    items = make_changes(*[{"drift": value, "step": 5} for value in range(1, 10)])

    (marker,) = find(modules, "return markers.find(a, [0, 9])", items)

    assert marker["text"].startswith("8 earlier changes here<br>Change 10<br>")
    assert marker["text"].count("<br>") == 2


def test_change_of_control_is_listed_without_a_marker(modules: Page) -> None:
    items = make_changes({"kind": "let", "step": 5}, {"paused": True, "step": 6, "kind": ""})

    found = find(modules, "return markers.find(a, [0, 9], 1)", items)

    assert [marker["step"] for marker in found] == [6]
    assert len(modules.evaluate(NEWEST, items)) == 3


def test_drag_has_one_marker_at_its_first_step(modules: Page) -> None:
    drag = [{"variance": value, "step": value, "event": 2} for value in range(3, 9)]

    (marker,) = find(modules, "return markers.find(a, [0, 9], 1)", make_changes(*drag))

    assert (marker["step"], marker["text"].split("<br>")[0]) == (3, "Change 7")


def test_marker_text_is_wrapped_when_it_is_long(modules: Page) -> None:
    items = make_changes({"text": "Ada changed the variance 1 → 2 and the drift 0 → 1 at step 3"})

    (marker,) = find(modules, "return markers.find(a, [0, 9])", items)

    lines = marker["text"].split("<br>")[:-1]
    assert lines == ["Ada changed the variance 1 → 2 and", "the drift 0 → 1 at step 3"]


def test_marker_text_has_both_changes_when_there_are_two(modules: Page) -> None:
    items = make_changes({"drift": 1, "step": 5}, {"drift": 2, "step": 5})

    (marker,) = find(modules, "return markers.find(a, [0, 9])", items)

    assert marker["text"].startswith("Change 2<br>")
    assert "<br>Change 3<br>" in marker["text"]


def test_every_change_has_a_marker_when_there_are_very_many(modules: Page) -> None:
    items = make_changes(*[{"drift": at, "step": at} for at in range(1, 999)])

    wide, near = find(
        modules, "return [markers.find(a, [0, 999], 1000), markers.find(a, [400, 420], 20)]", items
    )

    # Each 16 of 1,000 steps share a marker; the first has 15 changes, as step 0 has no marker.
    assert [marker["step"] for marker in wide] == [1, *range(16, 999, 16)]
    assert wide[0]["text"].startswith("14 earlier changes here<br>")
    assert [marker["step"] for marker in near] == list(range(400, 421))


def test_markers_are_grouped_again_when_the_view_is_wider(modules: Page) -> None:
    body = """const steps = (width) => markers.find(a, [0, 100], width).map(({ step }) => step);
    return [steps(100), steps(2_000), steps(100)];"""

    near, wide, again = find(modules, body, EVERY_TEN)

    assert near == again == list(range(10, 101, 10))
    assert wide == [10, 40, 70, 100]


def test_marked_steps_are_those_of_all_changes(modules: Page) -> None:
    script = 'async (items) => (await import("/chart/markers.js")).findMarkedSteps(items)'

    assert modules.evaluate(script, EVERY_TEN) == list(range(10, 101, 10))
    assert len(modules.evaluate(script, (EVERY_TEN * 100)[:1_000])) == 1_000


def test_markers_are_the_same_list_until_one_is_different(modules: Page) -> None:
    body = """const one = markers.find(a, [20, 45]);
    return [[a, [19, 49]], [a, [21, 49]], [a.slice(), [20, 45]]].map(
      (given) => markers.find(...given) === one);"""

    assert find(modules, body, EVERY_TEN) == [True, False, False]


def test_marker_text_is_escaped_when_a_name_has_markup(modules: Page) -> None:
    items = make_changes({"text": "<b>&amp; paused it at step 1", "step": 1})

    (marker,) = find(modules, "return markers.find(a, [0, 9])", items)

    assert marker["text"].startswith("&lt;b&gt;&amp;amp; paused it at step 1<br>")
