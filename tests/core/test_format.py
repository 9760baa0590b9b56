"""Numbers in texts for people."""

from __future__ import annotations

from typing import Any

import pytest

from motion.core import format

NUMBERS: list[tuple[str, tuple[Any, ...], str]] = [
    ("write_number", (1.0,), "1"),
    ("write_number", (0.25,), "0.25"),
    ("write_number", (-0.5,), "−0.5"),
    ("write_number", (1e-09,), "0.000000001"),
    ("write_number", (-1.5e15,), "−1,500,000,000,000,000"),
    ("write_number", (0.1 + 0.2,), "0.3"),
    ("write_number", (-0.0,), "0"),
    ("write_number", (999.0,), "999"),
    ("write_number", (1_000.0,), "1,000"),
    ("write_number", (-1_000.5,), "−1,000.5"),
    ("write_number", (10_000,), "10,000"),
    ("write_decimal", (-0.1126,), "−0.113"),
    ("write_decimal", (-0.0001,), "0.000"),
    ("write_decimal", (0.775, 3, True), "+0.775"),
    ("write_decimal", (0.0, 3, True), "0.000"),
    ("write_decimal", (12_345.678,), "12,345.678"),
    ("write_decimal", (1_234.4, 0), "1,234"),
    ("write_decimal", (999_999.4, 1), "999,999.4"),
    ("write_decimal", (-1_234_567_890.0,), "−1.235·10⁹"),
    ("write_ordinal", (1,), "1st"),
    ("write_ordinal", (2,), "2nd"),
    ("write_ordinal", (3,), "3rd"),
    ("write_ordinal", (11,), "11th"),
    ("write_ordinal", (113,), "113th"),
    ("write_ordinal", (1_022,), "1,022nd"),
]
"""`tests/page/lib/test_format.py` tests format.js with the same table."""


@pytest.mark.parametrize(("name", "arguments", "text"), NUMBERS)
def test_format_writes_numbers_for_people(name: str, arguments: tuple[Any, ...], text: str) -> None:
    assert getattr(format, name)(*arguments) == text


def test_write_number_keeps_every_digit_of_a_whole_number() -> None:
    assert format.write_number(2**53) == "9,007,199,254,740,992"
