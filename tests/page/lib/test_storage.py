"""storage.js: values kept in the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_storage_works_without_permission_to_store(modules: Page) -> None:
    fallback = modules.evaluate(
        """async () => {
          const { loadValue, saveValue } = await import("/lib/storage.js");
          const own = Object.getOwnPropertyDescriptor(window, "localStorage");
          Object.defineProperty(window, "localStorage", {
            configurable: true, get() { throw new DOMException("no", "SecurityError"); } });
          try {
            saveValue("theory", ["moments"]);
            return loadValue("theory", "fallback");
          } finally {
            Object.defineProperty(window, "localStorage", own);
          }
        }"""
    )

    assert fallback == "fallback"
