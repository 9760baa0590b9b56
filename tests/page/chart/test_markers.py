"""markers.js: changes as points on the path."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.page.live.test_changes import changes

pytestmark = pytest.mark.browser

MARKS = """async (a) => {
  const { Marks } = await import("/chart/markers.js");
  const marks = new Marks();
  BODY
}"""


def marked(modules: Page, body: str, items: list[dict[str, Any]]) -> Any:
    return modules.evaluate(MARKS.replace("BODY", body), items)


NEWEST = 'async (items) => (await import("/live/changes.js")).listNewestEvents(items, 8)'
EVERY_TEN = changes(*[{"drift": at, "step": 10 * at, "position": 100 + at} for at in range(1, 11)])


def test_marks_stand_on_the_path_within_the_range(modules: Page) -> None:
    found = marked(modules, "return marks.of(a, [20, 45])", EVERY_TEN)

    assert [(mark["step"], mark["position"]) for mark in found] == [(20, 102), (30, 103), (40, 104)]
    assert found[0]["text"].startswith("Change 3<br>")


def test_beginning_of_an_epoch_is_no_mark(modules: Page) -> None:
    items = changes({"paused": True}, {"paused": False, "step": 5})

    found = marked(modules, "return marks.of(a, [-10, 60])", items)

    assert [mark["step"] for mark in found] == [0, 5]
    assert found[0]["text"].startswith("Change 2<br>")
    assert marked(modules, "return marks.of(a, [0, 60])", items[:1]) == []


def test_changes_at_one_step_share_a_mark(modules: Page) -> None:
    items = changes(*[{"drift": value, "step": 5} for value in range(1, 10)])

    (mark,) = marked(modules, "return marks.of(a, [0, 9])", items)

    assert mark["text"].startswith("8 earlier changes here<br>Change 10<br>")
    assert mark["text"].count("<br>") == 2


def test_who_controls_is_listed_and_no_mark(modules: Page) -> None:
    items = changes({"kind": "let", "step": 5}, {"paused": True, "step": 6, "kind": ""})

    found = marked(modules, "return marks.of(a, [0, 9], 1)", items)

    assert [mark["step"] for mark in found] == [6]
    assert len(modules.evaluate(NEWEST, items)) == 3


def test_drag_is_one_mark_where_it_began(modules: Page) -> None:
    drag = [{"variance": value, "step": value, "event": 2} for value in range(3, 9)]

    (mark,) = marked(modules, "return marks.of(a, [0, 9], 1)", changes(*drag))

    assert (mark["step"], mark["text"].split("<br>")[0]) == (3, "Change 7")


def test_long_words_are_wrapped(modules: Page) -> None:
    items = changes({"text": "Ada changed the variance 1 → 2 and the drift 0 → 1 at step 3"})

    (mark,) = marked(modules, "return marks.of(a, [0, 9])", items)

    lines = mark["text"].split("<br>")[:-1]
    assert lines == ["Ada changed the variance 1 → 2 and", "the drift 0 → 1 at step 3"]


def test_two_changes_at_a_mark_are_both_told(modules: Page) -> None:
    items = changes({"drift": 1, "step": 5}, {"drift": 2, "step": 5})

    (mark,) = marked(modules, "return marks.of(a, [0, 9])", items)

    assert mark["text"].startswith("Change 2<br>")
    assert "<br>Change 3<br>" in mark["text"]


def test_every_change_is_at_a_mark_however_many_there_are(modules: Page) -> None:
    items = changes(*[{"drift": at, "step": at} for at in range(1, 999)])

    wide, near = marked(
        modules, "return [marks.of(a, [0, 999], 1000), marks.of(a, [400, 420], 20)]", items
    )

    # Of 1,000 steps 16 share a mark; the first has 15 changes, for that of step 0 is none.
    assert [mark["step"] for mark in wide] == [1, *range(16, 999, 16)]
    assert wide[0]["text"].startswith("14 earlier changes here<br>")
    assert [mark["step"] for mark in near] == list(range(400, 421))


def test_marks_are_another_list_where_others_share_one(modules: Page) -> None:
    body = """const steps = (width) => marks.of(a, [0, 100], width).map(({ step }) => step);
    return [steps(100), steps(2_000), steps(100)];"""

    near, wide, again = marked(modules, body, EVERY_TEN)

    assert near == again == list(range(10, 101, 10))
    assert wide == [10, 40, 70, 100]


def test_strip_has_a_step_for_every_change(modules: Page) -> None:
    script = 'async (items) => (await import("/chart/markers.js")).marked(items)'

    assert modules.evaluate(script, EVERY_TEN) == list(range(10, 101, 10))
    assert len(modules.evaluate(script, (EVERY_TEN * 100)[:1_000])) == 1_000


def test_marks_stay_the_same_list_until_one_is_different(modules: Page) -> None:
    body = """const of = (changes, ...rest) => marks.of(changes, ...rest);
    const one = of(a, [20, 45]);
    return [of(a, [19, 49]) === one, of(a, [21, 49]) === one, of(a.slice(), [20, 45]) === one];"""

    assert marked(modules, body, EVERY_TEN) == [True, False, False]


def test_name_on_a_mark_is_text(modules: Page) -> None:
    items = changes({"text": "<b>&amp; paused it at step 1", "step": 1})

    (mark,) = marked(modules, "return marks.of(a, [0, 9])", items)

    assert mark["text"].startswith("&lt;b&gt;&amp;amp; paused it at step 1<br>")
