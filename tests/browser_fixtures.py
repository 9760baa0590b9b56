"""One Chromium, and an empty page in it that imports the page's modules.

`tests/browser/conftest.py` and `tests/page/conftest.py` import these fixtures. Their scope is the
package and not the session: while Playwright runs, no other test can run an event loop.
"""

from __future__ import annotations

from collections.abc import Iterator

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

from tests.support.browser_binary import FLAGS, HEADLESS_SHELL, headless_chromium
from tests.support.servers import ROOT

expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong

MODULES = "http://modules.test"
ONE_PROCESS = "--process-per-site"  # it stays (browser/people.py) and keeps its compiled code
FOLDERS = (ROOT / "static" / "motion", ROOT / "tests" / "page")


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    binary = headless_chromium()
    if binary is None:
        pytest.fail(f"The browser tests need Chromium: sudo apt install {HEADLESS_SHELL}")
    browser = playwright.chromium.launch(executable_path=binary, args=[*FLAGS, ONE_PROCESS])
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def shelf(browser: Browser) -> BrowserContext:
    """Its pages may `import("/live/series.js")`: our modules, and the scripts of tests/page."""
    context = browser.new_context()
    context.route(f"{MODULES}/**", serve_module)
    return context


def serve_module(route: Route) -> None:
    name = route.request.url.removeprefix(f"{MODULES}/")
    if not name.endswith(".js"):
        route.fulfill(body="<!doctype html><title>modules</title>", content_type="text/html")
        return
    path = next(path for folder in FOLDERS if (path := folder / name).exists())
    route.fulfill(body=path.read_text(), content_type="text/javascript")


@pytest.fixture(scope="module")
def modules(shelf: BrowserContext) -> Iterator[Page]:
    """An empty page that can import our modules."""
    page = shelf.new_page()
    page.goto(f"{MODULES}/")
    yield page
    page.close()
