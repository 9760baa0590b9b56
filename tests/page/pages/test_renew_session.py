"""renew-session.js: a page that stays open."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_page_that_stays_open_asks_for_its_own_head(modules: Page) -> None:
    asked = modules.evaluate(
        """async () => {
          const asked = [];
          window.fetch = async (url, { method }) => {
            asked.push([url, method]);
            throw new Error();
          };
          (await import("/pages/renew-session.js")).stayHere();
          return asked;
        }"""
    )

    assert asked == [[modules.evaluate("location.pathname"), "HEAD"]]
