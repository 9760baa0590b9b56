"""Questions and answers, read for clients, for the manager's list and for a file.

Before the reveal, readers of this module get only who answered, and their own answer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db.models import Count, QuerySet

from ..core.brownian import ALGORITHM
from ..core.predictions import (
    Ends,
    Results,
    interval_score,
    summarise_answers,
    thin_answers,
)
from ..core.questions import Asked, Draft, Kind
from ..core.timeline import Timeline
from ..models import UNNAMED, Answer, Epoch, Motion, Question, display_name, shown_name
from .timelines import StepRange, load_regimes

State = Question.State

Given = tuple[int | None, float, float]
"""An answer: the id of its user, None if that was deleted, and its ends."""


class Row(NamedTuple):
    """One answer to a revealed question, as the manager's file has it."""

    number: int
    text: str
    kind: str
    level: float | None
    epoch: int | None
    step: int | None
    name: str
    low: float
    high: float
    outcome: float | None
    score: float | None
    at: datetime
    option: str


def read_question(motion_id: int, number: int) -> Asked | None:
    """A question of a motion that was asked; None if there is none, or it is only prepared."""
    rows = Question.objects.filter(motion=motion_id, number=number)
    question = rows.exclude(state=State.PREPARED).first()
    return make_asked(question) if question else None


def make_asked(question: Question) -> Asked:
    return Asked(
        id=question.pk,
        motion_id=question.motion_id,
        number=question.number,
        kind=Kind(question.kind),
        text=question.text,
        options=tuple(question.options),
        level=question.level,
        epoch=question.epoch,
        step=question.step,
        state=question.state,
        opened_at=_write_time(question.opened_at),
        names_shown=question.names_shown,
        correct=question.correct,
    )


def _write_time(time: datetime | None) -> str:
    return time.isoformat(timespec="milliseconds") if time else ""


def make_draft(question: Question) -> Draft:
    """What a question asks, without what became of it."""
    return Draft(
        kind=Kind(question.kind),
        text=question.text,
        options=tuple(question.options),
        level=question.level,
        ahead=question.ahead,
        correct=question.correct,
    )


def find_question(motion_id: int, draft: Draft, **among: object) -> Question | None:
    """The newest question of a motion that asks what `draft` asks, of those that fit `among`."""
    rows = Question.objects.filter(motion=motion_id, kind=draft.kind, text=draft.text, **among)
    return next((row for row in rows.order_by("-number") if make_draft(row) == draft), None)


def read_answerers(question_ids: Iterable[int]) -> dict[int, dict[int, datetime]]:
    """The people who answered, and when: by the id of the question, then of the user.

    A person who was deleted counts under −n, n the id of the answer. One query.
    """
    found: dict[int, dict[int, datetime]] = {question_id: {} for question_id in question_ids}
    rows = Answer.objects.filter(question__in=list(found))
    for pk, question_id, user_id, at in rows.values_list("pk", "question", "user", "at"):
        found[question_id][-pk if user_id is None else user_id] = at
    return found


def read_answers_of(asked: Asked, user_ids: Iterable[int]) -> dict[int, Ends]:
    """The own answers of some users to a question, by user id."""
    rows = Answer.objects.filter(question=asked.id, user__in=list(user_ids))
    return {user_id: (low, high) for user_id, low, high in rows.values_list("user", "low", "high")}


# --- results -------------------------------------------------------------------------------


def read_results(asked: Asked) -> Results | None:
    """The results of a revealed question; None before.

    They change when the frontier reaches the step of the question, and when a restart before it
    ends the path.
    """
    motion = Motion.objects.filter(pk=asked.motion_id).first()
    return read_all_results(motion, [asked]).get(asked.id) if motion else None


def read_all_results(motion: Motion, questions: Iterable[Asked]) -> dict[int, Results]:
    """The results of those `questions` that are revealed, by id, in a few queries."""
    revealed = [asked for asked in questions if asked.state == State.REVEALED]
    answers: dict[int, list[Given]] = {asked.id: [] for asked in revealed}
    rows = Answer.objects.filter(question__in=list(answers)).order_by("pk")
    for question_id, user_id, low, high in rows.values_list("question", "user", "low", "high"):
        answers[question_id].append((user_id, low, high))
    outcomes = _read_outcomes(motion, revealed)
    names = _read_names(motion) if any(asked.names_shown for asked in revealed) else {}
    return {
        asked.id: summarise_answers(
            asked,
            [(low, high) for _, low, high in answers[asked.id]],
            outcome=outcomes[asked.id][0],
            ended=outcomes[asked.id][1],
            names=_name_answers(answers[asked.id], names) if asked.names_shown else None,
        )
        for asked in revealed
    }


def _read_outcomes(
    motion: Motion, questions: Sequence[Asked]
) -> dict[int, tuple[float | None, bool]]:
    """By id, the outcome, and whether the path was restarted before the step of the question."""
    numbers = {asked.epoch or 0 for asked in questions if asked.step is not None}
    epochs = {row.number: row for row in Epoch.objects.filter(motion=motion, number__in=numbers)}
    outcomes: dict[int, tuple[float | None, bool]] = {}
    reached: dict[int, tuple[Epoch, int]] = {}
    for asked in questions:
        epoch = epochs.get(asked.epoch or 0)
        if asked.step is None:
            outcomes[asked.id] = asked.correct, False
        elif epoch is not None and asked.step <= _find_frontier(motion, epoch):
            reached[asked.id] = epoch, asked.step
        else:
            outcomes[asked.id] = None, epoch is not None and epoch.number < motion.epoch
    positions = _load_positions(motion, set(reached.values()))
    return outcomes | {key: (positions.get(place), False) for key, place in reached.items()}


def _find_frontier(motion: Motion, epoch: Epoch) -> int:
    return motion.step if epoch.number == motion.epoch else epoch.last_step or 0


def _load_positions(
    motion: Motion, places: Iterable[tuple[Epoch, int]]
) -> dict[tuple[Epoch, int], float]:
    """X of path 0 at steps that have happened; of an epoch of another algorithm none."""
    known = [(epoch, step) for epoch, step in places if epoch.algorithm == ALGORITHM]
    regimes = load_regimes(
        [StepRange(epoch.pk, step, step, 1, motion.revision) for epoch, step in known]
    )
    return {
        (epoch, step): Timeline(epoch.seed, regimes[epoch.pk]).position(step)
        for epoch, step in known
        if epoch.pk in regimes  # else it was deleted meanwhile
    }


def _read_names(motion: Motion) -> dict[int | None, str]:
    """The names that everyone sees, by user id, of the people who have answered."""
    seats = dict(motion.memberships.values_list("user_id", "seat"))
    return {
        user.pk: shown_name(user, seats.get(user.pk), hidden=motion.names_hidden)
        for user in _find_answerers(motion)
    }


def _find_answerers(motion: Motion) -> QuerySet[User]:
    return User.objects.filter(answers__question__motion=motion).distinct()


def _name_answers(
    answers: Iterable[Given], names: Mapping[int | None, str]
) -> list[tuple[str, float, float]]:
    """The answers with names, sorted by middle and name."""
    named = [(names.get(user_id, UNNAMED), low, high) for user_id, low, high in answers]
    return thin_answers(sorted(named, key=lambda one: (one[1] + one[2], one[0])))


# --- for the manager -----------------------------------------------------------------------


def list_questions(motion: Motion) -> list[dict[str, object]]:
    """All questions of a motion, newest first, with the number of answers, as JSON has them.

    `results` is None until the reveal: the manager sees no answer before everyone does.
    """
    rows = motion.questions.order_by("-number").annotate(answered=Count("answers"))
    questions = list(rows)
    results = read_all_results(motion, map(make_asked, questions))
    return [
        {
            "number": row.number,
            "kind": row.kind,
            "text": row.text,
            "options": row.options,
            "level": row.level,
            "ahead": row.ahead,
            "correct": row.correct,
            "epoch": row.epoch,
            "step": row.step,
            "state": row.state,
            "answered": row.answered,
            "names_shown": row.names_shown,
            "opened_at": _write_time(row.opened_at),
            "results": vars(results[row.pk]) if row.pk in results else None,
        }
        for row in questions
    ]


def read_answer_rows(motion: Motion) -> Iterator[Row]:
    """Each answer to each revealed question, oldest question first, with the manager's names."""
    revealed = motion.questions.filter(state=State.REVEALED).order_by("number")
    questions = {row.pk: make_asked(row) for row in revealed}
    outcomes = _read_outcomes(motion, list(questions.values()))
    names = {user.pk: display_name(user) for user in _find_answerers(motion)}
    answers = Answer.objects.filter(question__in=list(questions))
    for answer in answers.order_by("question__number", "pk").iterator(chunk_size=2_000):
        asked, name = questions[answer.question_id], names.get(answer.user_id or 0, UNNAMED)
        yield _make_row(asked, answer, name, outcomes[asked.id][0])


def _make_row(asked: Asked, answer: Answer, name: str, outcome: float | None) -> Row:
    score = None
    if asked.kind == Kind.INTERVAL and outcome is not None and asked.level is not None:
        score = interval_score(answer.low, answer.high, outcome, level=asked.level)
    return Row(
        number=asked.number,
        text=asked.text,
        kind=asked.kind,
        level=asked.level,
        epoch=asked.epoch,
        step=asked.step,
        name=name,
        low=answer.low,
        high=answer.high,
        outcome=outcome,
        score=score,
        at=answer.at,
        option=asked.options[int(answer.low)] if asked.kind == Kind.CHOICE else "",
    )
