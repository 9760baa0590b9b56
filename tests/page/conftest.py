"""The page's modules, each on an empty page of a real Chromium."""

from __future__ import annotations

from tests.browser_fixtures import browser, modules, playwright, shelf  # noqa: F401
