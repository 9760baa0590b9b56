"""Reads numbers as people type them, ids as forms send them, and numbers of JSON.

`static/motion/lib/typed-numbers.js` reads the same; one table tests both.

The decimal separator is a point or a comma; the other one may group thousands, as spaces and
apostrophes do. A number that this program wrote, with a point and without groups, always reads
back unchanged.
"""

import re
from typing import Final, TypeGuard

UNIFIED: Final = str.maketrans({"−": "-", "’": "'", **dict.fromkeys("\u00a0\u2009\u202f", " ")})
PLAIN: Final = r"[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+"
GROUPED: Final = (
    r"[1-9][0-9]{0,2}(?:"
    r"([ '])[0-9]{3}(?:\3[0-9]{3})*(?:[.,][0-9]*)?"
    r"|(?:,[0-9]{3})+\.[0-9]*|(?:\.[0-9]{3})+,[0-9]*"
    r"|(?:,[0-9]{3}){2,}|(?:\.[0-9]{3}){2,})"
)
NUMBER: Final = re.compile(rf"([+-]?)({PLAIN}|{GROUPED})(e[+-]?[0-9]+)?", re.IGNORECASE)
WHOLE: Final = re.compile(r"[0-9]+|[1-9][0-9]{0,2}([ ',.])[0-9]{3}(?:\1[0-9]{3})*")
AMBIGUOUS: Final = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}(e[+-]?[0-9]+)?", re.IGNORECASE)


def read_number(text: str) -> float | None:
    """The number, maybe infinite; None if `text` is ambiguous, or is not a number."""
    unified = text.translate(UNIFIED).strip()
    found = NUMBER.fullmatch(unified)
    if found is None or AMBIGUOUS.fullmatch(unified):
        return None
    sign, mantissa, _, exponent = found.groups()
    marks = re.sub("[0-9]", "", mantissa)
    has_decimals = marks[-1:] in {".", ","} and marks.count(marks[-1]) == 1
    whole, _, part = mantissa.rpartition(marks[-1]) if has_decimals else (mantissa, "", "")
    digits = re.sub("[^0-9]", "", whole)
    return float(f"{sign}{digits or 0}.{part}{exponent or ''}")


def read_whole(text: str) -> int | None:
    """A number without decimals, in which comma and point can only group; None if it is none."""
    unified = text.translate(UNIFIED).strip()
    if WHOLE.fullmatch(unified) is None:
        return None
    digits = re.sub("[^0-9]", "", unified)
    return int(digits) if len(digits) < 19 else None


def explain_ambiguity(text: str) -> str | None:
    """What to type instead of "1,125", which is 1.125 for some people and 1125 for others."""
    unified = text.translate(UNIFIED).strip()
    if AMBIGUOUS.fullmatch(unified) is None:
        return None
    grouped, decimal = unified.replace(",", ""), unified.replace(",", ".")
    return f"Enter {grouped} or {decimal}: “{unified}” can mean either."


def read_id(text: str) -> int | None:
    """A whole number in plain digits that a column can hold; None for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


# --- numbers of JSON -----------------------------------------------------------------------

COUNT_LIMIT: Final = 2**53
"""Up to here a JavaScript number is an exact integer."""


def is_number(value: object, most: float) -> TypeGuard[int | float]:
    """Whether a value is a number from −`most` to `most`: neither true, nor NaN, nor infinite."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= most


def is_whole(value: object, least: int, most: int) -> TypeGuard[int]:
    """Whether a value is a whole number from `least` to `most`, written without decimals."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
