"""Two people act at once: the second transaction waits for the first, and sees what it did."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection, transaction

from motion.core.errors import (
    ForbiddenAnswerError,
    NoSuchInvitationError,
    NoSuchQuestionError,
    NotOpenError,
    TooManyMotionsError,
)
from motion.core.lessons import Lesson, Scene
from motion.models import Answer, Epoch, Motion, Question
from motion.services import guests, invitations, lessons, members, motions, questions
from tests.support.asking import ask, join, read_answers
from tests.support.factories import make_user, read_roles, reload
from tests.support.servers import wait_for

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks all of a database"),
]

WAITS_FOR_US = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
"""


def run_both(
    first: Callable[[], Any], second: Callable[[], Any], rest: Callable[[], Any] = lambda: None
) -> Any:
    """Run `second` after `first` but before its commit; returns or raises what `second` does.

    Args:
        rest: of the first transaction, once the second one waits for it.
    """

    def run() -> Any:
        try:
            return second()
        finally:
            connection.close()

    def is_waiting() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(WAITS_FOR_US)
            return bool(cursor.fetchone()[0])

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            first()
            other = threads.submit(run)
            wait_for(lambda: other.done() or is_waiting(), "the second transaction")
            rest()
        return other.result()


def test_create_own_motion_keeps_its_limit_when_called_twice(
    ada: Any, settings: LazySettings
) -> None:
    settings.MOTION_LIMIT_PER_PERSON = 1

    with pytest.raises(TooManyMotionsError):
        run_both(*[lambda: members.create_own_motion(ada, title="One")] * 2)

    assert members.count_owned_motions(ada) == Motion.objects.count() == 1


def test_create_own_motion_creates_one_when_called_twice(ada: Any) -> None:
    motion = run_both(
        *[lambda: members.create_own_motion(ada, title="One", key="abcdefghijkm")] * 2
    )

    assert motion == Motion.objects.get()


def test_accept_refuses_an_invitation_that_is_revoked_at_once(
    motion: Motion, ada: Any, ben: Any
) -> None:
    invitation = invitations.create_invitation(motion.pk, by=ada)

    with pytest.raises(NoSuchInvitationError):
        run_both(
            lambda: invitations.revoke_invitation(invitation, by=ada),
            lambda: invitations.accept_invitation(invitation.token, ben),
        )

    assert read_roles(motion) == {"ada": "owner"}


def test_transfer_leaves_one_owner_when_two_happen_at_once(motion: Motion, ben: Any) -> None:
    cy = make_user("cy")

    run_both(
        lambda: members.transfer_ownership(motion.pk, ben),
        lambda: members.transfer_ownership(motion.pk, cy),
    )

    assert read_roles(motion) == {"ada": "controller", "ben": "controller", "cy": "owner"}


@pytest.mark.parametrize("end", [questions.close_question, questions.reveal_question])
def test_answer_is_refused_when_the_question_ends_at_once(
    motion: Motion, end: Callable[[int, int], None]
) -> None:
    number, mia = ask(motion), join(motion, "Mia")

    with pytest.raises(NotOpenError):
        run_both(
            lambda: end(motion.pk, number),
            lambda: questions.store_answer(motion.pk, number, 1.0, 1.0, by=mia),
        )

    assert read_answers(motion, number) == {}


@pytest.mark.parametrize("end", [questions.close_question, questions.reveal_question])
def test_answer_counts_when_the_question_ends_before_its_commit(
    motion: Motion, end: Callable[[int, int], None]
) -> None:
    number, mia = ask(motion), join(motion, "Mia")

    run_both(
        lambda: questions.store_answer(motion.pk, number, 1.0, 1.0, by=mia),
        lambda: end(motion.pk, number),
    )

    assert read_answers(motion, number) == {"Mia": (1.0, 1.0)}
    assert Question.objects.get().state != "open"


def test_answer_is_one_row_when_two_of_one_person_come_at_once(motion: Motion) -> None:
    number, mia = ask(motion), join(motion, "Mia")

    run_both(
        lambda: questions.store_answer(motion.pk, number, 1.0, 1.0, by=mia),
        lambda: questions.store_answer(motion.pk, number, 2.0, 2.0, by=mia),
    )

    assert read_answers(motion, number) == {"Mia": (2.0, 2.0)}


def test_answer_finds_no_question_that_is_removed_at_once(motion: Motion) -> None:
    number, mia = ask(motion), join(motion, "Mia")

    with pytest.raises(NoSuchQuestionError):
        run_both(
            lambda: questions.remove_question(motion.pk, number),
            lambda: questions.store_answer(motion.pk, number, 1.0, 1.0, by=mia),
        )


def test_answer_is_refused_when_its_guest_leaves_at_once(motion: Motion) -> None:
    number, mia = ask(motion), join(motion, "Mia")

    with pytest.raises(ForbiddenAnswerError):
        run_both(
            lambda: guests.leave(mia),
            lambda: questions.store_answer(motion.pk, number, 1.0, 1.0, by=mia),
        )

    assert read_answers(motion, number) == {}


def test_leave_locks_the_motion_before_an_answer(motion: Motion) -> None:
    """The owner's closing locks both in this order, with the question between them."""
    ask(motion, Mia=(1.0, 1.0))
    mia = join(motion, "Mia")

    run_both(
        lambda: motions.lock_motion(motion.pk),
        lambda: guests.leave(mia),
        lambda: Answer.objects.select_for_update(nowait=True).get(),
    )

    assert not Answer.objects.exists()


def test_delete_motion_waits_for_an_answer(motion: Motion, ada: Any) -> None:
    number, mia = ask(motion), join(motion, "Mia")

    run_both(
        lambda: questions.store_answer(motion.pk, number, 1.0, 1.0, by=mia),
        lambda: motions.delete_motion(motion.pk, by=ada),
    )

    assert not Motion.objects.exists()


@pytest.mark.parametrize("remove", ["question", "motion"])
def test_removal_waits_for_an_answer_that_replaces_another(
    motion: Motion, ada: Any, remove: str
) -> None:
    """Each would wait for a row of the other if answers were deleted before their question."""
    number, mia = ask(motion, Mia=(1.0, 1.0)), join(motion, "Mia")
    removals: dict[str, Callable[[], None]] = {
        "question": lambda: questions.remove_question(motion.pk, number, by=ada),
        "motion": lambda: motions.delete_motion(motion.pk, by=ada),
    }

    run_both(
        lambda: Question.objects.select_for_update().get(),  # as an answer begins
        removals[remove],
        lambda: questions.store_answer(motion.pk, number, 2.0, 2.0, by=mia),
    )

    assert not Question.objects.exists()


def test_next_goes_one_scene_on_when_pressed_in_two_windows(motion: Motion, ada: Any) -> None:
    scenes = (Scene(title="First"), Scene(title="Second", restart=True), Scene(title="Third"))
    lessons.set_lesson(motion.pk, Lesson(title="Twice", scenes=scenes), by=ada)

    run_both(*[lambda: lessons.go_to_scene(motion.pk, 2, by=ada)] * 2)

    assert reload(motion).scene == 2
    assert Epoch.objects.filter(motion=motion).count() == 2


def test_ask_asks_once_when_called_twice(motion: Motion) -> None:
    run_both(*[lambda: ask(motion)] * 2)

    assert Question.objects.get().state == "open"
