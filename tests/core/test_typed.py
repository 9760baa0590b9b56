"""Ids as forms send them. tests/page/lib/test_typed_numbers.py has the numbers of people."""

import pytest

from motion.core.typed import read_id


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("0", 0), ("007", 7), ("9" * 18, 10**18 - 1)),
        *((text, None) for text in ("", "-1", "1.0", "1 ", "x", "²", "٣", "9" * 19)),
    ],
)
def test_read_id_takes_plain_digits_that_a_column_holds(text: str, number: int | None) -> None:
    assert read_id(text) == number
