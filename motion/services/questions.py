"""Questions to the people of a motion: asked, closed, revealed; and their answers.

All but an answer is one transaction on the locked motion by a person who manages it, and counts
`Motion.question_version`. At most one question is open, and it is the one that everyone sees.
`by` is as in members.py.
"""

from datetime import timedelta
from functools import partial
from typing import Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from .. import publishing
from ..core.errors import (
    AskedAlreadyError,
    ForbiddenAnswerError,
    InvalidValueError,
    NoSuchQuestionError,
    NotAskedError,
    NotOpenError,
    OtherQuestionError,
    OwnerAnswersError,
    TooLateError,
    TooManyQuestionsError,
)
from ..core.format import write_number
from ..core.limits import QUESTIONS
from ..core.parameters import STEP_LIMIT
from ..core.predictions import Ends
from ..core.questions import Asked, Draft, check_answer
from ..models import Answer, Motion, Question, timestamp
from ..queries import permissions
from ..queries.permissions import AnyUser, Role
from ..queries.questions import find_question, make_asked, make_draft
from . import motions
from .motions import Actor

State = Question.State

LAST_STEP: Final = write_number(STEP_LIMIT - 1, 13)

TWICE: Final = timedelta(seconds=5)
"""The same question that is asked or prepared twice within this time, by two taps, is one."""


@transaction.atomic
def prepare_question(motion_id: int, draft: Draft, *, by: Actor = None) -> int:
    """Add a question that only managers see; returns its number.

    Raises:
        ForbiddenError, NoSuchMotionError, TooManyQuestionsError.
    """
    motion = motions.lock_managed_motion(motion_id, by)
    just_now = timestamp() - TWICE
    if twin := find_question(motion_id, draft, state=State.PREPARED, created_at__gt=just_now):
        return twin.number
    question = _add_question(motion, draft, by)
    _record_change(motion)
    return question.number


@transaction.atomic
def ask_question(motion_id: int, draft: Draft, *, by: Actor = None) -> int:
    """Add a question and open it; returns its number.

    Raises:
        ForbiddenError, InvalidValueError, NoSuchMotionError, TooManyQuestionsError.
    """
    motion = motions.lock_managed_motion(motion_id, by)
    just_now = {"epoch": motion.epoch, "opened_at__gt": timestamp() - TWICE}
    if twin := find_question(motion_id, draft, state=State.OPEN, **just_now):
        return twin.number
    question = _add_question(motion, draft, by)
    _open(motion, question)
    _record_change(motion)
    return question.number


@transaction.atomic
def open_question(motion_id: int, number: int, *, by: Actor = None) -> None:
    """Ask a prepared question: it is about the step `ahead` of the frontier.

    Raises:
        AskedAlreadyError: it was asked before, and is no longer open.
        InvalidValueError: no path comes to the step that it is about.
        ForbiddenError, NoSuchMotionError, NoSuchQuestionError.
    """
    motion, question = _lock_question(motion_id, number, by)
    if question.state == State.OPEN:
        return
    if question.state != State.PREPARED:
        raise AskedAlreadyError
    _open(motion, question)
    _record_change(motion)


@transaction.atomic
def ask_again(motion_id: int, number: int, *, by: Actor = None) -> int:
    """Open a copy of a question, as another round; returns its number.

    Raises:
        NotAskedError: it is only prepared.
        InvalidValueError: no path comes to the step that it is about.
        ForbiddenError, NoSuchMotionError, NoSuchQuestionError, TooManyQuestionsError.
    """
    _, question = _lock_asked_question(motion_id, number, by)
    return ask_question(motion_id, make_draft(question), by=by)


@transaction.atomic
def close_question(motion_id: int, number: int, *, by: Actor = None) -> None:
    """Take no more answers; a closed or revealed question stays as it is.

    Raises:
        NotAskedError: it is only prepared.
        ForbiddenError, NoSuchMotionError, NoSuchQuestionError.
    """
    motion, question = _lock_asked_question(motion_id, number, by)
    if question.state == State.OPEN:
        _close_open_question(motion)
        _record_change(motion)


@transaction.atomic
def reveal_question(motion_id: int, number: int, *, by: Actor = None) -> None:
    """Show everyone the answers, without names; an open question is closed first.

    A question that was put away is shown again.

    Raises:
        NotAskedError: it is only prepared.
        ForbiddenError, NoSuchMotionError, NoSuchQuestionError.
    """
    motion, question = _lock_asked_question(motion_id, number, by)
    if question.state == State.REVEALED and motion.question == number:
        return
    _close_open_question(motion)
    if question.state != State.REVEALED:
        question.state, question.revealed_at = State.REVEALED, timestamp()
        question.save(update_fields=["state", "revealed_at"])
    motion.question = number
    _record_change(motion)


@transaction.atomic
def show_names(motion_id: int, number: int, on: bool, *, by: Actor = None) -> None:
    """Show the names of the people beside their answers once they are revealed, or hide them.

    Raises:
        ForbiddenError, NoSuchMotionError, NoSuchQuestionError.
    """
    motion, question = _lock_question(motion_id, number, by)
    if question.names_shown != on:
        question.names_shown = on
        question.save(update_fields=["names_shown"])
        _record_change(motion)


@transaction.atomic
def put_away_question(motion_id: int, number: int, *, by: Actor = None) -> None:
    """Let nobody see a question any more; an open one is closed. It stays in the list.

    Raises:
        ForbiddenError, NoSuchMotionError, NoSuchQuestionError.
    """
    motion, _ = _lock_question(motion_id, number, by)
    if motion.question == number:
        _close_open_question(motion)
        motion.question = 0
        _record_change(motion)


@transaction.atomic
def remove_question(motion_id: int, number: int, *, by: Actor = None) -> None:
    """Delete a question with its answers; if everyone sees it, it disappears.

    Raises:
        ForbiddenError, NoSuchMotionError, NoSuchQuestionError.
    """
    motion, question = _lock_question(motion_id, number, by)
    question.delete()
    if motion.question == number:
        motion.question = 0
    _record_change(motion)


def _add_question(motion: Motion, draft: Draft, by: Actor) -> Question:
    if motion.questions.count() >= QUESTIONS:
        raise TooManyQuestionsError(QUESTIONS)
    motion.last_question += 1
    return Question.objects.create(
        motion=motion,
        number=motion.last_question,
        by=motions.get_account(by),
        **vars(draft) | {"kind": draft.kind.value, "options": list(draft.options)},
    )


def _open(motion: Motion, question: Question) -> None:
    """Open a prepared question of a locked motion, and show it to everyone.

    Raises:
        InvalidValueError: no path comes to the step that it is about.
    """
    if motion.step + (question.ahead or 0) >= STEP_LIMIT:
        raise InvalidValueError("steps ahead", f"fewer: a path ends at step {LAST_STEP}")
    _close_open_question(motion)
    question.state, question.opened_at = State.OPEN, timestamp()
    question.epoch = motion.epoch
    question.step = motion.step + question.ahead if question.ahead else None
    question.save(update_fields=["state", "opened_at", "epoch", "step"])
    motion.question = question.number


def _close_open_question(motion: Motion) -> None:
    """Close the open question of a locked motion, if there is one."""
    rows = motion.questions.filter(state=State.OPEN)
    rows.update(state=State.CLOSED, closed_at=timestamp())


def _lock_question(motion_id: int, number: int, by: Actor) -> tuple[Motion, Question]:
    """A question, and its motion, locked for this transaction, if `by` manages it.

    Raises:
        ForbiddenError, NoSuchMotionError, NoSuchQuestionError.
    """
    motion = motions.lock_managed_motion(motion_id, by)
    rows = Question.objects.select_for_update().filter(motion=motion, number=number)
    question = rows.order_by("pk").first()
    if question is None:
        raise NoSuchQuestionError
    return motion, question


def _lock_asked_question(motion_id: int, number: int, by: Actor) -> tuple[Motion, Question]:
    """The same, of a question that is not only prepared.

    Raises:
        ForbiddenError, NoSuchMotionError, NoSuchQuestionError, NotAskedError.
    """
    motion, question = _lock_question(motion_id, number, by)
    if question.state == State.PREPARED:
        raise NotAskedError
    return motion, question


def _record_change(motion: Motion) -> None:
    """Let every process that shows a locked motion read its question again."""
    motion.question_version += 1
    motion.save(update_fields=["question", "last_question", "question_version"])
    motions.announce_after_commit(motion)


# --- answers -------------------------------------------------------------------------------


def store_answer(
    motion_id: int,
    number: int,
    low: float,
    high: float,
    *,
    by: AnyUser,
    opened_at: str | None = None,
) -> Ends:
    """Store the answer of a person, or another answer in its place; it is stored on return.

    The transaction locks the question, not the motion: answers wait for each other and for the
    closing, and no step waits for an answer. `opened_at` is as the person's page has it; None: the
    caller has just read the question.

    Raises:
        ForbiddenAnswerError: a visitor, a guest of another motion, or a guest that was removed.
        OwnerAnswersError, NoSuchMotionError, NoSuchQuestionError.
        NotOpenError, TooLateError: the question takes no answers any more.
        OtherQuestionError: the question of this number was opened at another time.
        InvalidValueError: the answer does not fit the question.
    """
    try:
        with transaction.atomic():
            rows = Question.objects.select_for_update().filter(motion=motion_id, number=number)
            question = rows.exclude(state=State.PREPARED).order_by("pk").first()
            # Read after the lock, which may have been waited for: a newer frontier counts.
            motion, user_id = _require_participant(motion_id, by)
            if question is None:
                raise NoSuchQuestionError
            asked = make_asked(question)
            if opened_at is not None and opened_at != asked.opened_at:
                raise OtherQuestionError
            _check_open(asked, motion)
            check_answer(asked, low, high)
            _write_answer(asked, user_id, low, high)
    except IntegrityError:  # at the commit: the person was deleted meanwhile
        raise ForbiddenAnswerError from None
    return low, high


def withdraw_answers(user: User) -> None:
    """Delete the answers of a person who leaves to questions that are open.

    A person who comes back, as another guest, answers again. Other answers stay, without a name.
    """
    withdrawn = Answer.objects.filter(user=user, question__state=State.OPEN)
    motion_ids, user_id = list(withdrawn.values_list("question__motion", flat=True)), user.pk
    withdrawn.delete()
    for motion_id in motion_ids:  # the person may be no member, so that nothing else is announced
        transaction.on_commit(partial(publishing.announce_answer, motion_id, user_id))


def _require_participant(motion_id: int, by: AnyUser) -> tuple[Motion, int]:
    """The motion, and the id of the person, who may answer its questions.

    Raises:
        ForbiddenAnswerError, OwnerAnswersError, NoSuchMotionError.
    """
    motion = Motion.objects.filter(pk=motion_id).first()
    visible = permissions.check_visible(motion, by)
    if visible.person.user_id is None:
        raise ForbiddenAnswerError
    if visible.person.role == Role.OWNER:
        raise OwnerAnswersError
    return visible.motion, visible.person.user_id


def _check_open(asked: Asked, motion: Motion) -> None:
    """Check that the question is open and its step has not come.

    Raises:
        NotOpenError, TooLateError.
    """
    if asked.state != State.OPEN:
        raise NotOpenError
    if asked.step is None:
        return
    if motion.epoch != asked.epoch:  # before that step, or after it
        raise TooLateError("the path was restarted")
    if motion.step >= asked.step:
        raise TooLateError(f"step {write_number(asked.step)} has come")


def _write_answer(asked: Asked, user_id: int, low: float, high: float) -> None:
    answer = Answer(question_id=asked.id, user_id=user_id, low=low, high=high)
    Answer.objects.bulk_create(
        [answer],
        update_conflicts=True,
        unique_fields=["question", "user"],
        update_fields=["low", "high", "at"],
    )
    transaction.on_commit(lambda: publishing.announce_answer(asked.motion_id, user_id))
