"""changes.js: events in a list."""

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


def make_changes(*later: dict[str, Any], **first: Any) -> list[dict[str, Any]]:
    """The changes of an epoch: how it began, and what each `later` one made different."""
    items = [FIRST | first]
    for change in later:
        revision = items[-1]["revision"] + 1
        own = {"revision": revision, "event": revision, "text": f"Change {revision}"}
        items.append(items[-1] | own | change)
    return items


NEWEST = 'async (items) => (await import("/live/changes.js")).listNewestEvents(items, 8)'


def parse_seconds(value: float) -> str:
    return f"2026-11-22T18:00:{value:06.3f}+00:00"


def test_newest_returns_few_events_the_newest_first(modules: Page) -> None:
    items = make_changes(
        *[
            {"drift": value, "step": 10 * value, "at": parse_seconds(5 * value)}
            for value in range(1, 12)
        ]
    )

    found = modules.evaluate(NEWEST, items)

    assert [event["revision"] for event in found] == list(range(12, 4, -1))
    assert found[0] == {
        "revision": 12,
        "step": 110,
        "position": 0,
        "at": parse_seconds(55),
        "kind": "",
        "text": "Change 12",
    }


def test_newest_merges_an_event_and_takes_its_last_text(modules: Page) -> None:
    drag = [{"variance": 1 + value / 10, "step": value, "event": 2} for value in range(1, 50)]
    items = make_changes(*drag, {"paused": True, "step": 60, "event": 51})

    found = modules.evaluate(NEWEST, items)

    assert [event["text"] for event in found] == ["Change 51", "Change 50", "Change 1"]
    assert found[1]["step"] == 1


def test_newest_keeps_two_events_within_a_second_apart(modules: Page) -> None:
    items = make_changes(
        {"variance": 2, "at": parse_seconds(0.5)}, {"variance": 3, "at": parse_seconds(1)}
    )

    assert len(modules.evaluate(NEWEST, items)) == 3
