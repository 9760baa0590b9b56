"""significant-digits.js: how many digits a number is worth."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.page.stats.answers import run

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("value", "width", "text"),
    [
        (0.01234, 0.08, "0.012"),
        (-0.2049, 0.3, "−0.20"),
        (1_234.56, 30, "1,235"),
        (1_990_437_000, 4.4e7, "1.990·10⁹"),
        (-1.06e-8, 3e-9, "−1.06·10⁻⁸"),
        (0, 1e-9, "0"),
        (5, 0, "5"),
    ],
)
def test_measured_number_has_as_many_digits_as_its_interval_justifies(
    modules: Page, value: float, width: float, text: str
) -> None:
    assert run(modules, "return digits.formatMeasured(...a)", [value, width]) == text
