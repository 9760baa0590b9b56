"""changes.js and marks.js: events in a list, and as points on the path."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

FIRST = {
    "revision": 1,
    "step": 0,
    "position": 0,
    "variance": 1,
    "drift": 0,
    "interval": 0.5,
    "paused": False,
    "at": "2026-11-22T18:00:00.000+00:00",
    "by": None,
    "event": 1,
    "kind": "",
    "text": "Change 1",
}

MARKS = """async (a) => {
  const { Marks } = await import("/marks.js");
  const marks = new Marks();
  BODY
}"""


def changes(*later: dict[str, Any], **first: Any) -> list[dict[str, Any]]:
    """The changes of an epoch: how it began, and what each `later` one made different."""
    items = [FIRST | first]
    for change in later:
        revision = items[-1]["revision"] + 1
        own = {"revision": revision, "event": revision, "text": f"Change {revision}"}
        items.append(items[-1] | own | change)
    return items


def marked(modules: Page, body: str, items: list[dict[str, Any]]) -> Any:
    return modules.evaluate(MARKS.replace("BODY", body), items)


# --- events --------------------------------------------------------------------------------

NEWEST = 'async (items) => (await import("/changes.js")).newest(items, 8)'


def seconds(value: float) -> str:
    return f"2026-11-22T18:00:{value:06.3f}+00:00"


def test_newest_come_first_and_few(modules: Page) -> None:
    items = changes(
        *[{"drift": value, "step": 10 * value, "at": seconds(5 * value)} for value in range(1, 12)]
    )

    told = modules.evaluate(NEWEST, items)

    assert [event["revision"] for event in told] == list(range(12, 4, -1))
    assert told[0] == {
        "revision": 12,
        "step": 110,
        "position": 0,
        "at": seconds(55),
        "kind": "",
        "text": "Change 12",
    }


def test_changes_of_one_event_are_one_line_with_the_words_of_the_last(modules: Page) -> None:
    drag = [{"variance": 1 + value / 10, "step": value, "event": 2} for value in range(1, 50)]
    items = changes(*drag, {"paused": True, "step": 60, "event": 51})

    told = modules.evaluate(NEWEST, items)

    assert [event["text"] for event in told] == ["Change 51", "Change 50", "Change 1"]
    assert told[1]["step"] == 1


def test_changes_of_two_people_within_a_second_are_two_lines(modules: Page) -> None:
    items = changes({"variance": 2, "at": seconds(0.5)}, {"variance": 3, "at": seconds(1)})

    assert len(modules.evaluate(NEWEST, items)) == 3


def test_server_of_the_version_before_sends_no_words(modules: Page) -> None:
    items = changes({"variance": 2, "step": 40})
    for item in items:
        del item["event"], item["text"]

    assert [event["text"] for event in modules.evaluate(NEWEST, items)] == [
        *("Changed at step 40", "Changed at step 0")
    ]


def test_moment_is_told_with_its_day_unless_that_is_today(modules: Page) -> None:
    script = """async () => {
      const { clock } = await import("/format.js");
      const at = (...parts) => new Date(2026, 10, ...parts);
      const moment = at(22, 9, 5, 7).toISOString();
      return [clock(moment, at(22, 23, 0)), clock(moment, at(23, 0, 1)), clock("never")];
    }"""

    assert modules.evaluate(script) == ["09:05:07", "22 Nov 2026, 09:05:07", ""]


# --- marks ---------------------------------------------------------------------------------

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
    script = 'async (items) => (await import("/marks.js")).marked(items)'

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
