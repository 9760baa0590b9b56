"""The exports of one module of the page, as a test uses them."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page


def evaluate(modules: Page, module: str, body: str, argument: Any = None) -> Any:
    """What `body` returns, with the module's exports in `m` and the argument in `a`."""
    script = f'async (a) => {{ const m = await import("/{module}.js"); {body} }}'
    return modules.evaluate(script, argument)
