"""The rules of questions and answers."""

from __future__ import annotations

import math
from typing import Any

import pytest

from motion.core.errors import InvalidValueError
from motion.core.questions import ANSWER_LIMIT, Draft, Kind, check_answer, check_question
from motion.models import Question
from tests.core.test_predictions import make_asked

RIGHT: dict[Kind, dict[str, Any]] = {
    Kind.WHERE: {"kind": "where", "text": "Where?", "ahead": 100},
    Kind.INTERVAL: {"kind": "interval", "text": "Where?", "level": 0.5, "ahead": 1},
    Kind.CHOICE: {"kind": "choice", "text": "Which?", "options": ["up", "down"], "correct": 1},
    Kind.NUMBER: {"kind": "number", "text": "How many?", "correct": -0.5},
}


def test_kinds_are_those_of_the_table() -> None:
    assert list(Kind) == Question.Kind.values


@pytest.mark.parametrize("kind", list(Kind))
def test_check_question_accepts_each_kind(kind: Kind) -> None:
    draft = check_question(RIGHT[kind])

    assert (draft.kind, draft.correct) == (kind, RIGHT[kind].get("correct"))


def test_check_question_cleans_texts() -> None:
    found = check_question(
        {"kind": "choice", "text": " Up\u202e or\n down? ", "options": ["up\u200b", "down "]}
    )

    assert found == Draft(kind=Kind.CHOICE, text="Up or down?", options=("up", "down"))


def test_check_question_ignores_empty_fields() -> None:
    empty = {"options": [], "level": None, "correct": None}

    assert check_question(RIGHT[Kind.WHERE] | empty).ahead == 100


@pytest.mark.parametrize(
    ("kind", "field", "value", "named"),
    [
        (Kind.WHERE, "kind", "when", "kind"),
        (Kind.WHERE, "kind", ["where"], "kind"),
        (Kind.WHERE, "text", " \u200b ", "text"),
        (Kind.WHERE, "text", "x" * 201, "text"),
        (Kind.WHERE, "text", 5, "text"),
        (Kind.WHERE, "ahead", None, "steps ahead"),
        (Kind.WHERE, "ahead", 0, "steps ahead"),
        (Kind.WHERE, "ahead", 1_000_001, "steps ahead"),
        (Kind.WHERE, "ahead", True, "steps ahead"),
        (Kind.WHERE, "ahead", 1.5, "steps ahead"),
        (Kind.WHERE, "level", 0.5, "level"),
        (Kind.WHERE, "correct", 1.0, "correct"),
        (Kind.WHERE, "colour", "red", "colour"),
        (Kind.INTERVAL, "level", None, "level"),
        (Kind.INTERVAL, "level", 0.8, "level"),
        (Kind.INTERVAL, "level", "0.5", "level"),
        (Kind.CHOICE, "options", ["one"], "options"),
        (Kind.CHOICE, "options", list("abcdefg"), "options"),
        (Kind.CHOICE, "options", "up", "options"),
        (Kind.CHOICE, "options", ["up", "UP "], "options"),
        (Kind.CHOICE, "options", ["up", ""], "options"),
        (Kind.CHOICE, "options", ["up", 2], "options"),
        (Kind.CHOICE, "options", ["up", "x" * 81], "options"),
        (Kind.CHOICE, "correct", 2, "correct answer"),
        (Kind.CHOICE, "correct", 0.5, "correct answer"),
        (Kind.CHOICE, "ahead", 5, "ahead"),
        (Kind.NUMBER, "correct", math.nan, "correct answer"),
        (Kind.NUMBER, "correct", 2e12, "correct answer"),
        (Kind.NUMBER, "correct", True, "correct answer"),
        (Kind.NUMBER, "options", ["a", "b"], "options"),
    ],
)
def test_check_question_names_the_wrong_field(
    kind: Kind, field: str, value: object, named: str
) -> None:
    with pytest.raises(InvalidValueError) as refused:
        check_question(RIGHT[kind] | {field: value})

    assert refused.value.args[0] == named


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        (Kind.WHERE, -3.5, -3.5),
        (Kind.NUMBER, ANSWER_LIMIT, ANSWER_LIMIT),
        (Kind.INTERVAL, -ANSWER_LIMIT, 0.0),
        (Kind.CHOICE, 0.0, 0.0),
        (Kind.CHOICE, 2.0, 2.0),
    ],
)
def test_check_answer_accepts_what_fits(kind: Kind, low: float, high: float) -> None:
    check_answer(make_asked(kind, options=("a", "b", "c"), level=0.5), low, high)


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        (Kind.WHERE, 1.0, 2.0),
        (Kind.WHERE, math.nan, math.nan),
        (Kind.WHERE, math.inf, math.inf),
        (Kind.NUMBER, 1.1e12, 1.1e12),
        (Kind.NUMBER, 10**400, 10**400),
        (Kind.INTERVAL, 2.0, 2.0),
        (Kind.INTERVAL, 2.0, 1.0),
        (Kind.INTERVAL, -math.inf, 1.0),
        (Kind.CHOICE, 0.5, 0.5),
        (Kind.CHOICE, 3.0, 3.0),
        (Kind.CHOICE, -1.0, -1.0),
        (Kind.CHOICE, 0.0, 1.0),
    ],
)
def test_check_answer_refuses_what_does_not_fit(kind: Kind, low: float, high: float) -> None:
    with pytest.raises(InvalidValueError):
        check_answer(make_asked(kind, options=("a", "b", "c"), level=0.5), low, high)
