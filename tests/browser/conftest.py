"""A real Chromium, and pages in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from tests.browser_binary import FLAGS, chromium
from tests.servers import ROOT

MODULES = "http://modules.test"
FOLDERS = (ROOT / "static" / "motion", ROOT / "tests" / "browser")


# Not of the session's scope: while it is started, no other test could run an event loop.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    binary = chromium()
    if binary is None:
        pytest.fail("The browser tests need Chromium: sudo apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def modules(browser: Browser) -> Iterator[Page]:
    """An empty page that can `import("/series.js")`: our modules, and this folder's."""

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(f"{MODULES}/")
        if not name.endswith(".js"):
            route.fulfill(body="<!doctype html><title>modules</title>", content_type="text/html")
            return
        path = next(path for folder in FOLDERS if (path := folder / name).exists())
        route.fulfill(body=path.read_text(), content_type="text/javascript")

    context = browser.new_context()
    context.route(f"{MODULES}/**", serve)
    page = context.new_page()
    page.goto(f"{MODULES}/")
    yield page
    context.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes people who share nothing, and sends them home after the test."""
    made = []

    def make(**options: object) -> BrowserContext:
        context = browser.new_context(**options)
        context.set_default_timeout(15_000)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()
