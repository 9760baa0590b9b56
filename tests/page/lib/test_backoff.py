"""backoff.js: the delay before each attempt."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.page.evaluation import evaluate

pytestmark = pytest.mark.browser


def test_compute_backoff_doubles_up_to_a_limit(modules: Page) -> None:
    body = "return [0, 1, 2, 3, 50, 5000].map((attempt) => m.computeBackoff(attempt, 0.999))"

    delays = evaluate(modules, "lib/backoff", body)

    assert delays[:4] == [500, 999, 1998, 3996]
    assert delays[4] == delays[5] <= 15_000


def test_compute_backoff_has_full_jitter(modules: Page) -> None:
    body = "return [0, 0.25, 0.5].map((random) => m.computeBackoff(3, random))"

    assert evaluate(modules, "lib/backoff", body) == [0, 1000, 2000]
