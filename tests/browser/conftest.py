"""A real Chromium and a real Firefox, and pages in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    Route,
    expect,
    sync_playwright,
)

from tests.browser.people import People
from tests.browser.visitors import Visitors
from tests.browser_binary import FLAGS, chromium
from tests.servers import ROOT, Daphne, Site
from tests.stage import make_motions

expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong

MODULES = "http://modules.test"
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
ONE_PROCESS = "--process-per-site"  # which stays (people.py), and keeps what it compiled
FOLDERS = (ROOT / "static" / "motion", ROOT / "tests" / "browser")


# Not of the session's scope: while it is started, no other test could run an event loop.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    binary = chromium()
    if binary is None:
        pytest.fail("The browser tests need Chromium: sudo apt install chromium")
    browser = playwright.chromium.launch(executable_path=binary, args=[*FLAGS, ONE_PROCESS])
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def shelf(browser: Browser) -> BrowserContext:
    """Where pages may `import("/series.js")`: our modules, and this folder's."""

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(f"{MODULES}/")
        if not name.endswith(".js"):
            route.fulfill(body="<!doctype html><title>modules</title>", content_type="text/html")
            return
        path = next(path for folder in FOLDERS if (path := folder / name).exists())
        route.fulfill(body=path.read_text(), content_type="text/javascript")

    context = browser.new_context()
    context.route(f"{MODULES}/**", serve)
    return context


@pytest.fixture(scope="module")
def modules(shelf: BrowserContext) -> Iterator[Page]:
    """An empty page that knows our modules."""
    page = shelf.new_page()
    page.goto(f"{MODULES}/")
    yield page
    page.close()


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
def people(browser: Browser) -> People:
    return People(browser)


@pytest.fixture
def visitors(people: People) -> Iterator[Visitors]:
    """Lets people in, sends them home, and fails the test if their browser complained."""
    visitors = Visitors(people)
    yield visitors
    visitors.leave()
    assert visitors.unexpected() == []
