"""The view that a presenter shows to everyone: its fields, and what each of them accepts.

docs/protocol.md describes the fields, under "The view of a presenter".
"""

import re
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, TypedDict, cast

from .errors import InvalidValueError, MalformedError
from .format import write_number
from .law_report import LAWS
from .parameters import STEP_LIMIT
from .typed import COUNT_LIMIT, is_number, is_whole

MODES: Final = "live", "whole", "fixed"
ACROSS: Final = "step", "elapsed", "clock"
UP: Final = "position", "increments"
HEIGHT_LIMIT: Final = 1e18
"""Further from 0 than any position."""

MAX_PANELS: Final = 16

PANEL_NAME: Final = re.compile(r"[a-z][a-z-]{0,31}")


class PresentedLaw(TypedDict):
    name: str
    low: float | None
    high: float | None


PresentedView = TypedDict(
    "PresentedView",
    {
        "page": int,
        "epoch": int,
        "mode": str,
        "range": list[float] | None,
        "since": int | None,
        "across": str,
        "up": str,
        "band": int | str | None,
        "changes": bool,
        "class": bool,
        "slice": int | str | None,
        "lit": int | None,
        "law": PresentedLaw | None,
        "panels": list[str],
        "pointer": list[float] | None,
    },
)
"""A checked view: JSON encodes it without NaN, in at most 2 KiB."""


class Field(NamedTuple):
    """What a field accepts, and the same in words."""

    accepts: Callable[[object], bool]
    requirement: str


def check_view(value: object) -> PresentedView:
    """`value` as a view.

    Raises:
        MalformedError: it is no object with exactly the fields of a view.
        InvalidValueError: a field has the wrong type, is out of range or not finite.
    """
    fields = _check_names("view", value, FIELDS)
    for name, field in FIELDS.items():
        if not field.accepts(fields[name]):
            raise InvalidValueError(f"{name} of the view", field.requirement)
    if fields["mode"] == "fixed" and fields["range"] is None:
        raise InvalidValueError("range of the view", "two steps in a fixed view")
    if fields["law"] is not None:
        _check_law(fields["law"])
    return cast(PresentedView, fields)


def _check_law(value: object) -> None:
    law = _check_names("law", value, LAW_FIELDS)
    for name, field in LAW_FIELDS.items():
        if not field.accepts(law[name]):
            raise InvalidValueError(f"{name} of the law", field.requirement)


def _check_names(what: str, value: object, names: Iterable[str]) -> dict[str, object]:
    if not isinstance(value, dict) or value.keys() != set(names):
        raise MalformedError(f"A {what} needs {', '.join(names)}, and no other fields.")
    return value


# --- what a field accepts --------------------------------------------------------------------


def _is_step(value: object) -> bool:
    return is_whole(value, 0, STEP_LIMIT - 1)


def _is_height(value: object) -> bool:
    return value is None or is_number(value, HEIGHT_LIMIT)


def _is_range(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return False
    return all(is_number(end, STEP_LIMIT) for end in value) and value[0] < value[1]


def _is_pointer(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return False
    return is_number(value[0], STEP_LIMIT) and is_number(value[1], HEIGHT_LIMIT)


def _is_list_of_panels(value: object) -> bool:
    if not isinstance(value, list) or len(value) > MAX_PANELS:
        return False
    return all(isinstance(name, str) and PANEL_NAME.fullmatch(name) for name in value)


def _one_of(*names: str) -> Field:
    # A tuple compares by value: a set would have to hash what a client sent.
    return Field(lambda value: value in names, f"one of {', '.join(names)}")


_SWITCH: Final = Field(lambda value: isinstance(value, bool), "true or false")
_HEIGHT: Final = Field(_is_height, "null or a finite number")
_COUNT: Final = Field(
    lambda value: is_whole(value, 0, COUNT_LIMIT),
    f"a whole number from 0 to {write_number(COUNT_LIMIT)}",
)
_STEP: Final = f"a step from 0 to {write_number(STEP_LIMIT - 1)}"

FIELDS: Final = {
    "page": _COUNT,
    "epoch": _COUNT,
    "mode": _one_of(*MODES),
    "range": Field(
        lambda value: value is None or _is_range(value), "null or two steps, the first one less"
    ),
    "since": Field(lambda value: value is None or _is_step(value), f"null or {_STEP}"),
    "across": _one_of(*ACROSS),
    "up": _one_of(*UP),
    "band": Field(
        lambda value: value is None or value == "view" or _is_step(value), f"null, view or {_STEP}"
    ),
    "changes": _SWITCH,
    "class": _SWITCH,
    "slice": Field(
        lambda value: value is None or value == "newest" or _is_step(value),
        f"null, newest or {_STEP}",
    ),
    "lit": Field(
        lambda value: value is None or is_whole(value, 1, COUNT_LIMIT),
        "null or the number of a path",
    ),
    "law": Field(lambda value: value is None or isinstance(value, dict), "null or an object"),
    "panels": Field(_is_list_of_panels, f"a list of at most {MAX_PANELS} names of pictures"),
    "pointer": Field(
        lambda value: value is None or _is_pointer(value), "null or a step and a position"
    ),
}
LAW_FIELDS: Final = {"name": _one_of(*LAWS), "low": _HEIGHT, "high": _HEIGHT}
