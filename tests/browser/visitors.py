"""People at browsers, whose browser must have nothing to complain about."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

# What Chromium says when a server is gone, which is what the test wanted.
SERVER_GONE = r"WebSocket connection to .* failed|ERR_CONNECTION_(REFUSED|RESET)|ERR_EMPTY_RESPONSE"


class Visitors:
    """Opens pages for people who share nothing, and notes all that is wrong with them.

    Wrong is: an error in the console (a violation of the content security policy is one), an
    exception, a request to another origin. `expect` names complaints that a test provokes.
    """

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        self.expected: list[str] = []

    def open(self, url: str, **options: Any) -> Page:
        """Somebody new opens `url`."""
        page = self.arrive(**options)
        self.visit(page, url)
        return page

    def arrive(self, **options: Any) -> Page:
        """Somebody new, with an empty page."""
        context = self.browser.new_context(**options)
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        return context.new_page()

    def visit(self, page: Page, url: str) -> None:
        origin = urlsplit(url).netloc
        page.on("request", lambda request: self._see(request, origin))
        page.on("websocket", lambda socket: self._compare(socket.url, origin))
        page.goto(url, wait_until="commit")

    def expect(self, pattern: str) -> None:
        self.expected.append(pattern)

    def leave(self) -> None:
        for context in self.contexts:
            context.close()

    def unexpected(self) -> list[str]:
        return [
            text
            for text in self.complaints
            if not any(re.search(pattern, text) for pattern in self.expected)
        ]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.text} ({message.location})")

    def _see(self, request: Request, origin: str) -> None:
        self._compare(request.url, origin)

    def _compare(self, url: str, origin: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.netloc != origin:
            self.complaints.append(f"asked another origin: {url}")
