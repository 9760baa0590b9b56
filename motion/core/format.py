"""Numbers in texts for people; `static/motion/lib/format.js` writes the same.

Not for values of inputs, files and JSON.
"""

import re
from decimal import Decimal
from typing import Final

MINUS: Final = "−"
RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LARGE: Final = 1_000_000
"""From here on a number with decimals is written with a power of ten."""
RAREST: Final = 1e-6
"""A smaller probability is not worth its digits."""


def write_number(value: float, digits: int = 12) -> str:
    """A number as a person would write it: 1, 0.25, −0.5, 10,000."""
    if isinstance(value, int):
        return f"{value:,}".replace("-", MINUS)
    text = f"{value + 0:,.{digits}g}"  # −0.0 + 0 has no sign
    return (f"{Decimal(text):,f}" if "e" in text else text).replace("-", MINUS)


def write_decimal(value: float, digits: int = 3, sign: bool = False) -> str:
    """A number with `digits` decimals: −48,005.250, 1.235·10⁹, with `sign` +0.775.

    A number that rounds to zero has no sign.
    """
    text = f"{abs(value):,.{digits}f}"
    if abs(value) >= LARGE:
        mantissa, exponent = f"{abs(value):.{digits}e}".split("e")
        text = f"{mantissa}·10{str(int(exponent)).translate(RAISED)}"
    if not re.search("[1-9]", text):
        return text
    return MINUS + text if value < 0 else "+" * sign + text


def write_count(number: int, noun: str) -> str:
    """A number of things: "1 path", "14,402 steps"."""
    return f"{write_number(number)} {noun}{'' if number == 1 else 's'}"


def write_ordinal(number: int) -> str:
    """1st, 2nd, 11th, 1,023rd."""
    is_teen = number % 100 in {11, 12, 13}
    suffix = "th" if is_teen else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{suffix}"


def write_rarity(p: float) -> str:
    """A probability as "1 of 20", with two digits."""
    if p < RAREST:
        return f"fewer than 1 of {write_number(round(1 / RAREST))}"
    return f"1 of {write_number(int(float(f'{1 / p:.2g}')))}"
