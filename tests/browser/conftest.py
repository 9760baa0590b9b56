"""Whole pages of a real site, in a real Chromium and a real Firefox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.people import People
from tests.browser.visitors import Visitors
from tests.browser_fixtures import browser, modules, playwright, shelf  # noqa: F401
from tests.support.servers import Daphne, Site
from tests.support.stage import make_motions

STILL = {"paused": True, "step": 40}
TITLE = "Unbroken" * 15  # as long as a title may be
MOTIONS: dict[str, dict[str, Any]] = {
    "running": {"interval": 0.1},
    "foxed": {"interval": 0.1},
    "restarted": {"interval": 0.1},
    "administered": {"interval": 0.25},
    "aged": {"interval": 0.1, "step": 400, "title": "0, an aged motion"},
    "long": {"interval": 0.1, "step": 1_500_000},
    "stopped": STILL | {"interval": 0.1},
    "titled": {"interval": 0.1, "title": TITLE},
    "guarded": STILL | {"control": "controllers"},
    **dict.fromkeys(
        (
            *("still", "gripped", "dragged", "stepped", "paced", "held", "typed", "written"),
            *("tilted", "kept", "cleared", "contended", "parted"),
            *("comma", "undone", "arrows", "beyond"),
        ),
        STILL,
    ),
}


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An installation with a motion for every test that changes one."""
    site = Site(tmp_path_factory.mktemp("site"), settings={"MOTION_SWEEP_S": 0.5}).setup()
    make_motions(site, **MOTIONS)
    yield site
    site.stop()


@pytest.fixture(scope="package")
def daphne(site: Site) -> Daphne:
    return site.start_daphne()


@pytest.fixture(scope="package")
def people(browser: Browser) -> People:  # noqa: F811
    return People(browser)


@pytest.fixture
def visitors(people: People) -> Iterator[Visitors]:
    """Lets people in, sends them home, and fails the test if their browser complained."""
    visitors = Visitors(people)
    yield visitors
    visitors.leave()
    assert visitors.unexpected() == []
