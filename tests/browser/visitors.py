"""People at browsers, whose browser must have nothing to complain about."""

from __future__ import annotations

import re
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError

from tests.browser.people import People

Moment = Literal["commit", "domcontentloaded"]

CHART_LIBRARY = "*/plotly*.js"

# What Chromium says when a server is gone, which is what the test wanted.
SERVER_GONE = r"WebSocket connection to .* failed|ERR_CONNECTION_(REFUSED|RESET)|ERR_EMPTY_RESPONSE"


class Visitors:
    """Opens pages for people who share nothing, and notes all that is wrong with them.

    Wrong is: an error in the console (a violation of the content security policy is one), an
    exception, a request to another origin. `expect` names complaints that a test provokes.
    """

    def __init__(self, people: People) -> None:
        self.people = people
        self.origins: set[str] = set()
        self.complaints: list[str] = []
        self.expected: list[str] = []

    def open(self, url: str, **options: Any) -> Page:
        """Somebody new opens `url`."""
        page = self.arrive(**options)
        self.visit(page, url)
        return page

    def arrive(self, **options: Any) -> Page:
        """Somebody new, with an empty page.

        With `chart=False` their browser does not get the chart's library, so that the path stays
        the sketch that it is before: for tests of what stands beside it. It is three quarters of
        what a page costs.
        """
        viewport, scheme = options.pop("viewport", None), options.pop("color_scheme", None)
        has_chart = options.pop("chart", True)
        context = self.people.lend(**options)
        context.set_default_timeout(30_000)  # as browser_fixtures.py has it
        page = context.new_page()
        if viewport:
            page.set_viewport_size(viewport)
        if scheme:
            page.emulate_media(color_scheme=scheme)
        if not has_chart:
            self._withhold_chart(page)
        self._attend(context)
        return page

    def take_clock(self, page: Page) -> None:
        """Let the test drive the clock of a page: it is that of its whole browser, for ever."""
        self.people.give_up(page.context)
        page.clock.install()

    def visit(self, page: Page, url: str, *, wait_until: Moment = "domcontentloaded") -> None:
        """Open `url` in `page`, and wait until its scripts have run.

        A key that a test presses before that is lost. With `wait_until="commit"` the answer has
        begun to arrive: for tests of a page whose scripts come late, or not at all.
        """
        origin = urlsplit(url).netloc
        self.origins.add(f"http://{origin}")
        page.on("request", lambda request: self._see(request, origin))
        page.on("websocket", lambda socket: self._compare(socket.url, origin))
        page.goto(url, wait_until=wait_until)

    def expect(self, pattern: str) -> None:
        self.expected.append(pattern)

    def expect_late_requests(self, slug: str) -> None:
        """A reader is about to lose sight of a motion: requests under way find nothing there."""
        self.expect(rf"status of 404.*/motions/{slug}/")

    def leave(self) -> None:
        for context in self.people.lent:
            context.remove_listener("console", self._hear)
            context.remove_listener("weberror", self._fail)
        self.people.take_back(self.origins)

    def unexpected(self) -> list[str]:
        return [
            text
            for text in self.complaints
            if not any(re.search(pattern, text) for pattern in self.expected)
        ]

    def _withhold_chart(self, page: Page) -> None:
        # Not by a route: Playwright keeps nothing in the browser's cache where there is one.
        protocol = page.context.new_cdp_session(page)
        protocol.send("Network.enable")
        protocol.send("Network.setBlockedURLs", {"urls": [CHART_LIBRARY]})
        self.expect("ERR_BLOCKED_BY_CLIENT")

    def _attend(self, context: BrowserContext) -> None:
        context.on("console", self._hear)
        context.on("weberror", self._fail)

    def _fail(self, error: WebError) -> None:
        self.complaints.append(str(error.error))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.text} ({message.location})")

    def _see(self, request: Request, origin: str) -> None:
        self._compare(request.url, origin)

    def _compare(self, url: str, origin: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.netloc != origin:
            self.complaints.append(f"asked another origin: {url}")
