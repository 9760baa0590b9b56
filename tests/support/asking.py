"""Questions and guests, for tests of questions."""

from __future__ import annotations

import re
from typing import Any

from motion.core.questions import Draft, Kind
from motion.models import UNNAMED, Invitation, Motion, Question
from motion.services import guests, invitations, questions

WHERE = Draft(kind=Kind.WHERE, text="Where will we be?", ahead=100)
INTERVAL = Draft(kind=Kind.INTERVAL, text="How sure are you?", level=0.5, ahead=100)
CHOICE = Draft(kind=Kind.CHOICE, text="Up or down?", options=("up", "down"), correct=1.0)
NUMBER = Draft(kind=Kind.NUMBER, text="How many?", correct=12.0)
DRAFTS = {draft.kind: draft for draft in (WHERE, INTERVAL, CHOICE, NUMBER)}

ENDS = {
    Kind.WHERE: (3.5, 3.5),
    Kind.INTERVAL: (-2.0, 5.0),
    Kind.CHOICE: (1.0, 1.0),
    Kind.NUMBER: (12.0, 12.0),
}
"""An answer that fits, by kind."""


LOW, HIGH = -31_415.9265, 27_182.8182
TRACES = ("31415.92", "27182.81", "2116.55", "58598.74")
"""Of the answer from LOW to HIGH: its ends, middle and width, in any notation of numbers."""


def join(motion: Motion, name: str) -> Any:
    """A guest of the motion."""
    invitation = Invitation.objects.filter(motion=motion, revoked_at=None).first()
    invitation = invitation or invitations.create_invitation(motion.pk, by=None)
    return guests.join_as_guest(invitation.token, name, key=name)


def read_answers(motion: Motion, number: int) -> dict[str, tuple[float, float]]:
    """The stored answers to a question, by the name of the guest or the user."""
    question = Question.objects.get(motion=motion, number=number)
    rows = question.answers.select_related("user")
    names = {row.pk: row.user.first_name or row.user.username for row in rows if row.user}
    return {names.get(row.pk, UNNAMED): (row.low, row.high) for row in rows}


def ask(motion: Motion, draft: Draft = WHERE, **answers: tuple[float, float]) -> int:
    """Ask a question; the guests named in `answers` have joined, and answer it."""
    number = questions.ask_question(motion.pk, draft)
    for name, (low, high) in answers.items():
        questions.store_answer(motion.pk, number, low, high, by=join(motion, name))
    return number


def find_traces(text: str) -> list[str]:
    """The `TRACES` in a text, which may group the digits of numbers."""
    plain = re.sub(r"(?<=\d)[,  \u202f'](?=\d{3})", "", text)
    return [trace for trace in TRACES if trace in plain]
