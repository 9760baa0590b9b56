"""ordinal.js: ordinal numbers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.page.evaluation import evaluate

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (22, "22nd"),
        (1_013, "1,013th"),
    ],
)
def test_ordinals(modules: Page, number: int, word: str) -> None:
    assert evaluate(modules, "lib/ordinal", "return m.ordinal(a)", number) == word
