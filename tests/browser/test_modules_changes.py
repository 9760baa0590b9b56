"""changes.js and marks.js: what was done, as sentences, and as points on the path."""

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
        items.append(items[-1] | {"revision": items[-1]["revision"] + 1, "by": None} | change)
    return items


def sentence(modules: Page, items: list[dict[str, Any]], index: int = -1) -> str:
    script = 'async ([items, at]) => (await import("/changes.js")).sentence(items, at)'
    said: str = modules.evaluate(script, [items, index % len(items)])
    return said


def marked(modules: Page, body: str, items: list[dict[str, Any]]) -> Any:
    return modules.evaluate(MARKS.replace("BODY", body), items)


# --- sentences -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"by": "JM", "variance": 0.25, "step": 14_162},
            "JM changed the variance 1 → 0.25 at step 14,162",
        ),
        ({"drift": -0.5, "step": 7}, "Somebody changed the drift 0 → −0.5 at step 7"),
        (
            {"by": "Ada Kovács", "interval": 0.1, "step": 8},
            "Ada Kovács changed the interval 0.5 → 0.1 s at step 8",
        ),
        ({"paused": True, "step": 9}, "Somebody paused it at step 9"),
        (
            {"by": "JM", "variance": 2, "drift": 1, "step": 3},
            "JM changed the variance 1 → 2 and the drift 0 → 1 at step 3",
        ),
        (
            {"by": "JM", "variance": 2, "drift": 1, "interval": 1, "paused": True, "step": 3},
            "JM changed the variance 1 → 2, the drift 0 → 1 and the interval 0.5 → 1 s,"
            " and paused it at step 3",
        ),
        ({"by": "JM", "step": 3}, "JM changed it at step 3"),
        ({"by": "علی", "step": 3}, "\u2068علی\u2069 changed it at step 3"),
        ({"variance": 0.1 + 0.2, "step": 3}, "Somebody changed the variance 1 → 0.3 at step 3"),
    ],
)
def test_change_is_a_sentence(modules: Page, change: dict[str, Any], said: str) -> None:
    assert sentence(modules, changes(change)) == said


def test_resuming_is_told_apart_from_pausing(modules: Page) -> None:
    items = changes({"paused": False, "by": "JM", "step": 4}, paused=True)

    assert sentence(modules, items) == "JM resumed it at step 4"


@pytest.mark.parametrize(
    ("revision", "by", "said"),
    [
        (1, None, "It began"),
        (1, "Ada", "Ada began it"),
        (7, "JM", "JM restarted it"),
        (7, None, "Somebody restarted it"),
    ],
)
def test_beginning_is_a_sentence(modules: Page, revision: int, by: str | None, said: str) -> None:
    assert sentence(modules, changes(revision=revision, by=by), 0) == said


def test_oldest_of_a_list_that_is_cut_off_is_no_beginning(modules: Page) -> None:
    items = changes(*[{}] * 999, revision=501, step=80, by="JM")

    assert sentence(modules, items, 0) == "JM changed it at step 80"


NEWEST = 'async (items) => (await import("/changes.js")).newest(items, 8)'


def seconds(value: float) -> str:
    return f"2026-11-22T18:00:{value:06.3f}+00:00"


def test_newest_come_first_and_few(modules: Page) -> None:
    items = changes(
        *[{"drift": value, "step": 10 * value, "at": seconds(5 * value)} for value in range(1, 12)]
    )

    told = modules.evaluate(NEWEST, items)

    assert [change["revision"] for change in told] == list(range(12, 4, -1))
    assert told[0]["text"] == "Somebody changed the drift 10 → 11 at step 110"
    assert told[-1]["text"] == "Somebody changed the drift 3 → 4 at step 40"
    assert told[0]["at"] == seconds(55)


def test_dragged_slider_is_one_deed(modules: Page) -> None:
    drag = [
        {"by": "JM", "variance": 1 + value / 10, "step": value, "at": seconds(value / 5)}
        for value in range(1, 20)
    ]
    items = changes(*drag, {"by": "JM", "paused": True, "step": 30, "at": seconds(4)})

    told = modules.evaluate(NEWEST, items)

    assert [change["text"] for change in told] == [
        "JM paused it at step 30",
        "JM changed the variance 1 → 2.9 at step 19",
        "It began",
    ]
    assert told[1]["revision"] == 20


@pytest.mark.parametrize(
    "second",
    [
        {"by": "AK", "variance": 3, "at": seconds(1)},
        {"by": "JM", "variance": 3, "at": seconds(4)},
        {"by": "JM", "drift": 3, "at": seconds(1)},
        {"by": "JM", "variance": 3, "paused": True, "at": seconds(1)},
    ],
)
def test_what_is_another_deed_is_told_apart(modules: Page, second: dict[str, Any]) -> None:
    items = changes({"by": "JM", "variance": 2, "at": seconds(0.5)}, second)

    assert len(modules.evaluate(NEWEST, items)) == 3


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
    assert found[0]["text"].startswith("Somebody changed the drift 1 → 2<br>at step 20<br>")


def test_beginning_of_an_epoch_is_no_mark(modules: Page) -> None:
    items = changes({"paused": True}, {"paused": False, "step": 5})

    found = marked(modules, "return marks.of(a, [-10, 60])", items)

    assert [mark["step"] for mark in found] == [0, 5]
    assert "paused it" in found[0]["text"]
    assert marked(modules, "return marks.of(a, [0, 60])", items[:1]) == []


def test_changes_at_one_step_share_a_mark(modules: Page) -> None:
    items = changes(*[{"drift": value, "step": 5} for value in range(1, 10)])

    (mark,) = marked(modules, "return marks.of(a, [0, 9])", items)

    assert mark["text"].startswith("8 more before<br>")
    assert mark["text"].count("Somebody") == 1
    assert "8 → 9" in mark["text"]


def test_two_changes_at_a_mark_are_both_told(modules: Page) -> None:
    items = changes({"drift": 1, "step": 5}, {"drift": 2, "step": 5})

    (mark,) = marked(modules, "return marks.of(a, [0, 9])", items)

    assert mark["text"].startswith("Somebody")
    assert mark["text"].count("Somebody") == 2


def test_every_change_is_at_a_mark_however_many_there_are(modules: Page) -> None:
    items = changes(*[{"drift": at, "step": at} for at in range(1, 999)])

    wide, near = marked(
        modules, "return [marks.of(a, [0, 999], 1000), marks.of(a, [400, 420], 20)]", items
    )

    # Of 1,000 steps 16 share a mark; the first has 15 changes, for that of step 0 is none.
    assert [mark["step"] for mark in wide] == [1, *range(16, 999, 16)]
    assert wide[0]["text"].startswith("14 more before<br>")
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
    items = changes({"by": "<b>&amp;", "paused": True, "step": 1})

    (mark,) = marked(modules, "return marks.of(a, [0, 9])", items)

    assert mark["text"].startswith("&lt;b&gt;&amp;amp; paused it at step 1<br>")
