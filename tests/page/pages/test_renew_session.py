"""renew-session.js: a page that stays open."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_renew_session_requests_the_head_of_the_page(modules: Page) -> None:
    requested = modules.evaluate(
        """async () => {
          const requested = [];
          window.fetch = async (url, { method }) => {
            requested.push([url, method]);
            throw new Error();
          };
          (await import("/pages/renew-session.js")).renewSession();
          return requested;
        }"""
    )

    assert requested == [[modules.evaluate("location.pathname"), "HEAD"]]
