"""Browsers that people share one after the other: what takes long to start is started once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext

KEPT = 3  # of a kind: a test has seldom more people at once, and each takes memory
ANCHOR = "http://127.0.0.1:9/anchor"  # a page of no server, but of the site's process


@dataclass
class People:
    """A browser for each of the people in a test, as empty as a new one.

    A browser is a Playwright context. Kept are its process, its cache of files that never change,
    and the compiled chart library, which together cost more than all else that a test's page does;
    not its cookies and what pages stored.
    """

    browser: Browser
    most_kept: int = KEPT
    kept: dict[str, list[BrowserContext]] = field(default_factory=dict)  # by their options
    lent: list[BrowserContext] = field(default_factory=list)

    def lend(self, **options: Any) -> BrowserContext:
        kept = self.kept.setdefault(str(sorted(options.items())), [])
        context = next((context for context in kept if context not in self.lent), None)
        if context is None:
            context = self.browser.new_context(**options)
            if len(kept) < self.most_kept:
                anchor(context)
                kept.append(context)
        self.lent.append(context)
        return context

    def give_up(self, context: BrowserContext) -> None:
        """Close it after the test: what the test does to it cannot be undone."""
        for kept in self.kept.values():
            if context in kept:
                kept.remove(context)

    def take_back(self, origins: set[str]) -> None:
        """The test is over; `origins` are those whose pages may have stored something."""
        for context in self.lent:
            if any(context in kept for kept in self.kept.values()):
                empty(context, origins)
            else:
                context.close()
        self.lent.clear()


def anchor(context: BrowserContext) -> None:
    """Open a page that stays: the process of its site lives as long."""
    page = context.new_page()
    page.route(ANCHOR, lambda route: route.fulfill(content_type="text/html", body="anchor"))
    page.goto(ANCHOR)


def empty(context: BrowserContext, origins: set[str]) -> None:
    stays, *others = context.pages
    for page in others:
        page.close()
    session = context.new_cdp_session(stays)
    for origin in origins:
        session.send(
            "Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "local_storage"}
        )
    session.detach()
    context.clear_cookies()
