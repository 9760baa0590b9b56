"""status-text.js: what the page is doing, as a sentence."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.page.evaluation import evaluate

pytestmark = pytest.mark.browser

STATE = {"paused": False, "interval": 0.5}
LIVE = {"phase": "live", "now": 0, "state": STATE, "standstillMs": 0}
SILENT = {"phase": "waiting", "now": 0, "retryAt": 900, "code": 1006, "silentMs": 10_001}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"phase": "connecting", "now": 0}, "Connecting…"),
        ({"phase": "waiting", "now": 1_000, "retryAt": 3_500}, "Reconnecting in 3 s"),
        ({"phase": "waiting", "now": 4_000, "retryAt": 3_500}, "Reconnecting…"),
        (
            {"phase": "waiting", "now": 0, "retryAt": 900, "code": 4412},
            "The server is not available. Reconnecting in 1 s",
        ),
        ({"phase": "waiting", "now": 0, "retryAt": 900, "code": 1006}, "Reconnecting in 1 s"),
        (
            {"phase": "connecting", "now": 0, "silentMs": 5_001},
            "The server is slow to answer. Please wait.",
        ),
        (SILENT, "The server is not answering. Reconnecting in 1 s; check your network."),
        (
            SILENT | {"retryAt": 0},
            "The server is not answering. Reconnecting; check your network.",
        ),
        (SILENT | {"code": 4412}, "The server is not available. Reconnecting in 1 s"),
        (LIVE, "Live"),
        (LIVE | {"standstillMs": 4_900}, "Live"),
        (LIVE | {"standstillMs": 7_000}, "No new steps for 7 s; the server is not answering"),
        (LIVE | {"standstillMs": 7_000, "state": STATE | {"interval": 2}}, "Live"),
        (LIVE | {"standstillMs": 7_000, "state": STATE | {"paused": True}}, "Paused, for everyone"),
        (LIVE | {"phase": "polling"}, "No live connection: updated every 2 s"),
        (
            LIVE | {"phase": "polling", "standstillMs": 7_000},
            "No new steps for 7 s; the server is not answering",
        ),
        (
            LIVE | {"phase": "polling", "state": STATE | {"paused": True}},
            "Paused, for everyone",
        ),
        (LIVE | {"isOffline": True}, "You are offline. This page reconnects by itself."),
        (SILENT | {"isOffline": True}, "You are offline. This page reconnects by itself."),
        (
            {"phase": "ended", "now": 0, "code": 4404, "isOffline": True},
            "This motion was deleted, or you may no longer watch it.",
        ),
    ],
)
def test_describe_status_names_the_phase(modules: Page, given: dict[str, Any], text: str) -> None:
    assert (
        evaluate(modules, "widgets/status-text", "return m.describeStatus(a).text", given) == text
    )


PAST = LIVE | {"past": {"first": 2_936, "last": 3_213}}


def test_describe_status_names_the_steps_of_an_earlier_view(modules: Page) -> None:
    assert evaluate(modules, "widgets/status-text", "return m.describeStatus(a)", PAST) == {
        "text": "Viewing steps 2,936 to 3,213",
        "tone": "quiet",
        "announcement": "Viewing earlier steps",
    }


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"state": STATE | {"paused": True}}, "Paused, for everyone"),
        ({"standstillMs": 7_000}, "No new steps for 7 s; the server is not answering"),
        ({"phase": "polling"}, "No live connection: updated every 2 s"),
        ({"phase": "connecting"}, "Connecting…"),
        ({"past": None}, "Live"),
    ],
)
def test_describe_status_shows_trouble_in_an_earlier_view(
    modules: Page, given: dict[str, Any], text: str
) -> None:
    assert (
        evaluate(modules, "widgets/status-text", "return m.describeStatus(a).text", PAST | given)
        == text
    )


VIEW_OF = {
    "isLive": False,
    "isFrozen": False,
    "pastOrdinal": None,
    "replay": None,
    "missedSteps": 1_204,
}


@pytest.mark.parametrize(
    ("model", "announcement", "text"),
    [
        ({"isFrozen": True}, "View frozen", "View frozen, 1,204 steps behind"),
        ({"isFrozen": True, "missedSteps": 1}, "View frozen", "View frozen, 1 step behind"),
        ({"pastOrdinal": 2}, *["Earlier path (2nd). The live motion continues."] * 2),
        ({"replay": {}}, *["Replay. The live motion continues."] * 2),
        ({"replay": {}, "pastOrdinal": 2}, *["Replay. The live motion continues."] * 2),
    ],
)
def test_describe_view_names_a_view_that_is_not_live(
    modules: Page, model: dict[str, Any], announcement: str, text: str
) -> None:
    status = evaluate(modules, "widgets/status-text", "return m.describeView(a)", VIEW_OF | model)

    assert status == {"text": text, "tone": "warn", "announcement": announcement}


def test_describe_view_names_a_restart_while_frozen(modules: Page) -> None:
    frozen = VIEW_OF | {"isFrozen": True}
    body = "return m.describeView({ ...a, missedSteps: Infinity }).text"

    assert (
        evaluate(modules, "widgets/status-text", body, frozen)
        == "Frozen; the motion was restarted since then"
    )


def test_describe_view_is_null_when_live(modules: Page) -> None:
    assert (
        evaluate(
            modules, "widgets/status-text", "return m.describeView(a)", VIEW_OF | {"isLive": True}
        )
        is None
    )
