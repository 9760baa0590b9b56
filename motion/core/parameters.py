"""The parameters of a motion and their limits, defined only here.

Forms, pages, the admin, the protocol and the database take the limits from here.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final, Self

from .errors import InvalidValueError
from .format import write_number

STEP_LIMIT: Final = 2**40
"""Steps lie in [0, STEP_LIMIT)."""


@dataclass(frozen=True, kw_only=True)
class Range:
    """A closed interval of finite numbers."""

    least: float
    most: float
    unit: str = ""

    @property
    def requirement(self) -> str:
        """The interval in words, for an error message."""
        ends = f"{write_number(self.least)} to {write_number(self.most)}"
        return f"a number from {ends}{self.unit}"

    def __contains__(self, value: float) -> bool:
        return self.least <= value <= self.most  # false for NaN and for infinity


LIMITS: Final = {
    "variance": Range(least=0.0, most=10_000.0),
    "drift": Range(least=-1_000.0, most=1_000.0),
    "interval": Range(least=0.02, most=3_600.0, unit=" seconds"),
}


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """How a motion moves from some step on.

    Attributes:
        variance: of one increment; the standard deviation is its square root.
        drift: the mean of one increment.
        interval: seconds between two steps.
        paused: whether no steps are made.
    """

    variance: float = 1.0
    drift: float = 0.0
    interval: float = 0.5
    paused: bool = False

    def apply(self, values: Mapping[str, object]) -> Self:
        """These parameters, with some values replaced.

        Raises:
            InvalidValueError: a value has the wrong type, is out of range or not finite.
        """
        accepted = {name: check_parameter(name, value) for name, value in values.items()}
        return replace(self, **accepted)  # type: ignore[arg-type] # `paused` gets the bool


NAMES: Final = tuple(field.name for field in fields(Parameters))


def check_parameter(name: str, value: object) -> float | bool:
    """`value` as parameter `name`: a float within its limits, or a bool for `paused`.

    Raises:
        InvalidValueError: the type, the range or finiteness is wrong.
    """
    if name == "paused":
        if not isinstance(value, bool):
            raise InvalidValueError(name, "true or false")
        return value
    limits = LIMITS[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidValueError(name, limits.requirement)
    # Compare first: an integer beyond the range of floats would overflow in isfinite().
    if value not in limits or not math.isfinite(value):
        raise InvalidValueError(name, limits.requirement)
    return float(value) + 0.0  # −0.0 becomes 0.0
