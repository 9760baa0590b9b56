"""Browsers that people share one after the other: what takes long to start is started once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext

KEPT = 3  # a test has seldom more people at once; each kept browser takes memory
ANCHOR = "http://127.0.0.1:9/anchor"  # a page of no server, but of the site's process


@dataclass
class People:
    """A browser for each of the people in a test, as empty as a new one.

    A browser is a Playwright context. Kept are its process, its cache of files that never change,
    and the compiled chart library, which together cost more than all else that a test's page does;
    not its cookies and what pages stored. One with options of its own is not kept.
    """

    browser: Browser
    kept: list[BrowserContext] = field(default_factory=list)
    lent: list[BrowserContext] = field(default_factory=list)

    def lend(self, **options: Any) -> BrowserContext:
        free = next((context for context in self.kept if context not in self.lent), None)
        if options or (free is None and len(self.kept) >= KEPT):
            free = self.browser.new_context(**options)
        elif free is None:
            free = self._keep(self.browser.new_context())
        self.lent.append(free)
        return free

    def take_back(self, origins: set[str]) -> None:
        """The test is over; `origins` are those whose pages may have stored something."""
        for context in self.lent:
            if context in self.kept:
                self._empty(context, origins)
            else:
                context.close()
        self.lent.clear()

    def _keep(self, context: BrowserContext) -> BrowserContext:
        """Its process lives as long as this page of it."""
        page = context.new_page()
        page.route(ANCHOR, lambda route: route.fulfill(content_type="text/html", body="anchor"))
        page.goto(ANCHOR)
        self.kept.append(context)
        return context

    def _empty(self, context: BrowserContext, origins: set[str]) -> None:
        anchor, *others = context.pages
        for page in others:
            page.close()
        session = context.new_cdp_session(anchor)
        for origin in origins:
            session.send(
                "Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "local_storage"}
            )
        session.detach()
        context.clear_cookies()
