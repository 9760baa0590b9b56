"""changelog-text.js: settings, and a path that has not begun, in the words of the server."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from motion.core.parameters import Parameters
from motion.queries import changelog
from tests.page.evaluation import evaluate

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    "parameters",
    [
        Parameters(),
        Parameters(variance=0.25, drift=-0.5, interval=0.02, paused=True),
        Parameters(variance=1 / 3, drift=1e-4, interval=3_600),
        Parameters(interval=1),
        Parameters(variance=10_000, drift=0.1 + 0.2, interval=7),
    ],
)
def test_describe_settings_writes_as_the_server(modules: Page, parameters: Parameters) -> None:
    described = evaluate(
        modules, "live/changelog-text", "return m.describeSettings(a)", vars(parameters)
    )

    assert described == changelog.describe_settings(parameters)


WAITING = {"step": 0, "paused": True, "interval": 0.5, "can_control": False}
PEOPLE = {"by": None, "owner": None, "controllers": []}


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ({"step": 1}, ""),
        ({"can_control": True}, "Paused at step 0. Press Resume to begin."),
        ({"owner": "Ada"}, "This path has not begun yet; waiting for Ada."),
        ({"owner": "Ada", "by": "root"}, "This path has not begun yet; waiting for Ada."),
        (
            {"owner": "Ada", "by": "Ben", "controllers": ["Ben"]},
            "This path has not begun yet; waiting for Ben.",
        ),
        ({"by": "root"}, "This path has not begun yet; waiting for root."),
        ({}, "This path has not begun yet."),
        ({"paused": False}, ""),
        (
            {"paused": False, "interval": 90.5},
            "No steps yet: the first comes within 90.5 s.",
        ),
    ],
)
def test_describe_beginning_writes_as_the_server(
    modules: Page, state: dict[str, Any], text: str
) -> None:
    script = "return m.describeBeginning(a, 0, true)"

    described = evaluate(modules, "live/changelog-text", script, WAITING | PEOPLE | state)

    assert described == changelog.describe_beginning(WAITING | PEOPLE | state) == text
