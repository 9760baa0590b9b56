"""presenting.js: when a page sends its view, and whose view it follows."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.page import evaluation

pytestmark = pytest.mark.browser

SETUP = """
  const live = { page: 1, mode: "live", range: null, band: null, pointer: null };
  const fixed = (first) => ({ ...live, mode: "fixed", range: [first, first + 100] });
  const presenting = new m.Presenting(1);
  const following = new m.Following();
  const frame = { type: "view", by: "Ana" };
  const take = (view, now = 0, id = "1") => following.take({ ...frame, id, view }, now);
"""


def evaluate(modules: Page, body: str) -> Any:
    return evaluation.evaluate(modules, "live/presenting", SETUP + body)


def test_view_is_due_at_most_ten_times_a_second_and_the_newest_comes_last(modules: Page) -> None:
    sent = evaluate(
        modules,
        """presenting.start(0);
        const sent = [];
        for (let now = 0; now < 1_000; now += 10) {
          const view = fixed(Math.min(now, 950)); // a hand that moves, and rests
          if (presenting.isDue(view, now)) sent.push(view.range[0]);
        }
        return sent;""",
    )

    assert len(sent) == 10
    assert sent == sorted(set(sent))
    assert sent[-1] == 950


def test_view_that_rests_is_due_every_two_seconds(modules: Page) -> None:
    due = evaluate(
        modules,
        """presenting.start(0);
        const views = [[live, 0], [live, 1_999], [{ ...live }, 1_999], [live, 2_000],
          [live, 2_250], [{ ...live, band: "view" }, 2_251]];
        return views.map(([view, now]) => presenting.isDue(view, now));""",
    )

    assert due == [True, False, False, True, False, True]


def test_first_view_on_another_socket_is_due_at_once(modules: Page) -> None:
    due = evaluate(
        modules,
        """presenting.start(0);
        presenting.isDue(live, 500);
        const before = [presenting.isDue(live, 510), presenting.getWait(510)];
        presenting.repeat();
        return [...before, presenting.getWait(510), presenting.isDue(live, 510)];""",
    )

    assert due == [False, 100, 0, True]


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("giveWay(other, 0)", [True, False]),
        ("start(0); giveWay(other, 999)", [False, True]),
        ("start(0); giveWay(other, 1_000)", [True, False]),
        ("start(0); giveWay(null, 5_000)", [False, True]),
        ("start(0); giveWay(live, 5_000)", [False, True]),
        ("start(0); stop(); giveWay(live, 5_000)", [False, False]),
        ("start(0); stop(); giveWay(null, 5_000)", [True, False]),
    ],
    ids=[
        "it does not present",
        "it has just begun",
        "another page begins",
        "another page stops",
        "its own view",
        "its own view after the end",
        "its own end",
    ],
)
def test_page_follows_a_view_of_another_page(
    modules: Page, what: str, expected: list[bool]
) -> None:
    calls = "; isTaken = ".join(f"presenting.{call}" for call in what.split("; "))

    found = evaluate(
        modules,
        f"""const other = {{ ...live, page: 2 }};
        let isTaken = {calls};
        return [isTaken, presenting.isOn];""",
    )

    assert found == expected


def test_page_follows_until_its_reader_leaves(modules: Page) -> None:
    found = evaluate(
        modules,
        """const found = [following.isOn];
        const note = () => found.push(following.isOn);
        take(live); note();
        following.leave(); note();
        take(fixed(5)); note();
        following.return(); note();
        return [...found, following.newest.view.range];""",
    )

    assert found == [False, True, False, False, True, [5, 105]]


def test_leaving_ends_with_the_presenter(modules: Page) -> None:
    found = evaluate(
        modules,
        """take(live);
        following.leave();
        take(live, 0, "2");
        const another = following.isOn;
        take(live, 0, "1");
        const same = following.isOn;
        take(null, 0, "1");
        const gone = following.newest;
        take(live, 0, "1");
        return [another, same, gone, following.isOn];""",
    )

    assert found == [True, False, None, True]


def test_presenter_is_gone_after_six_seconds_without_a_view(modules: Page) -> None:
    found = evaluate(
        modules,
        """take(live, 1_000);
        following.leave();
        const before = [following.expire(7_000), following.newest !== null];
        const after = [following.expire(7_001), following.newest, following.expire(9_000)];
        take(live, 9_000);
        return [...before, ...after, following.isOn];""",
    )

    assert found == [False, True, True, None, False, False]  # the reader has left before the gap
