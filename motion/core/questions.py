"""What a question can be, and which answers fit it: the rules and their limits, only here. No I/O.

Forms, lessons and the database take the limits from here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .errors import InvalidValueError
from .format import write_number
from .names import clean_text
from .typed import is_number, is_whole

QUESTION_LENGTH: Final = 200
OPTION_LENGTH: Final = 80
OPTIONS: Final = (2, 6)
"""The fewest and the most options of a question of the kind *choice*."""

LEVELS: Final = (0.5, 0.9)
"""How sure the answer to a question of the kind *interval* is meant to be."""

AHEAD: Final = (1, 1_000_000)
"""The fewest and the most steps from the opening to the step that the question is about."""

ANSWER_LIMIT: Final = 1e12
"""An answer lies in [−ANSWER_LIMIT, ANSWER_LIMIT]."""

NUMBER_REQUIREMENT: Final = "a number from −{0} to {0}".format(write_number(ANSWER_LIMIT, 13))


class Kind(StrEnum):
    WHERE = "where"
    INTERVAL = "interval"
    CHOICE = "choice"
    NUMBER = "number"

    @property
    def has_step(self) -> bool:
        """Whether the question is about the position at a step."""
        return self in {Kind.WHERE, Kind.INTERVAL}


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A question that is not asked yet, as `check_question` accepts it.

    Attributes:
        options: of a choice; else empty.
        level: of an interval; else None.
        ahead: steps to the step that the question is about; None for a choice and a number.
        correct: the right number, or the place of the right option; None: there is none.
    """

    kind: Kind
    text: str
    options: tuple[str, ...] = ()
    level: float | None = None
    ahead: int | None = None
    correct: float | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question that was asked: open, closed or revealed.

    Attributes:
        id: of its row; clients know it by its `number`.
        opened_at: in ISO 8601, "" while it is only prepared. After a restore of a backup another
            question may get the same number, but not the same time.
        correct: for clients only once the question is revealed.
    """

    id: int
    motion_id: int
    number: int
    kind: Kind
    text: str
    options: tuple[str, ...]
    level: float | None
    epoch: int | None
    step: int | None
    state: str
    opened_at: str
    names_shown: bool
    correct: float | None


# --- questions -----------------------------------------------------------------------------


def check_question(fields: Mapping[str, object]) -> Draft:
    """A question from outside: `kind`, `text`, `options`, `level`, `ahead` and `correct`.

    None stands for a field that was left out, as does an empty list.

    Raises:
        InvalidValueError: with the name of the field that is wrong, unknown, missing, or of
            another kind of question.
    """
    if unknown := fields.keys() - Draft.__dataclass_fields__.keys():
        raise InvalidValueError(min(unknown), "left out: a question has no such field")
    given = {name: value for name, value in fields.items() if value not in (None, [], ())}
    kind = _check_kind(given.pop("kind", None))
    text = _check_text("text", given.pop("text", None), QUESTION_LENGTH)
    options = _check_options(given.pop("options", None)) if kind == Kind.CHOICE else ()
    level = _check_level(given.pop("level", None)) if kind == Kind.INTERVAL else None
    ahead = _check_ahead(given.pop("ahead", None)) if kind.has_step else None
    correct = None if kind.has_step else _check_correct(given.pop("correct", None), options)
    if given:
        raise InvalidValueError(min(given), f"left out of a question of the kind {kind}")
    return Draft(kind=kind, text=text, options=options, level=level, ahead=ahead, correct=correct)


def _check_kind(value: object) -> Kind:
    if not isinstance(value, str) or value not in list(Kind):
        raise InvalidValueError("kind", "where, interval, choice or number")
    return Kind(value)


def _check_text(name: str, value: object, most: int) -> str:
    text = clean_text(value) if isinstance(value, str) else ""
    if not 0 < len(text) <= most:
        raise InvalidValueError(name, f"1 to {most} visible characters")
    return text


def _check_options(value: object) -> tuple[str, ...]:
    fewest, most = OPTIONS
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    given: Sequence[object] = value if is_list else ()  # type: ignore[assignment]
    if not fewest <= len(given) <= most:
        raise InvalidValueError("options", f"{fewest} to {most} texts")
    options = tuple(_check_text("options", text, OPTION_LENGTH) for text in given)
    if len({option.casefold() for option in options}) < len(options):
        raise InvalidValueError("options", "different from each other")
    return options


def _check_level(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, float) or value not in LEVELS:
        raise InvalidValueError("level", " or ".join(map(str, LEVELS)))
    return value


def _check_ahead(value: object) -> int:
    least, most = AHEAD
    if not is_whole(value, least, most):
        ends = f"{write_number(least)} to {write_number(most)}"
        raise InvalidValueError("steps ahead", f"a whole number from {ends}")
    return value


def _check_correct(value: object, options: Sequence[str]) -> float | None:
    if value is None:
        return None
    if not is_number(value, ANSWER_LIMIT) or (options and value not in range(len(options))):
        requirement = "the place of one of the options" if options else NUMBER_REQUIREMENT
        raise InvalidValueError("correct answer", requirement)
    return value + 0.0  # −0.0 becomes 0.0


# --- answers -------------------------------------------------------------------------------


def check_answer(asked: Asked, low: float, high: float) -> None:
    """Check that `low` and `high` can answer a question.

    An interval has two ends; of any other kind both are the same number, of a choice the place of
    an option, 0 for the first.

    Raises:
        InvalidValueError.
    """
    if not is_number(low, ANSWER_LIMIT) or not is_number(high, ANSWER_LIMIT):
        raise InvalidValueError("answer", NUMBER_REQUIREMENT)
    if asked.kind == Kind.INTERVAL:
        if not low < high:
            raise InvalidValueError("answer", "an interval whose lower end is below its upper end")
    elif low != high:
        raise InvalidValueError("answer", "one number")
    if asked.kind == Kind.CHOICE and low not in range(len(asked.options)):
        raise InvalidValueError("answer", "one of the options")
