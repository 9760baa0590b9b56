"""Questions: asked, closed, revealed, put away; and the answers that the server accepts."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import F

from motion import publishing
from motion.core import limits
from motion.core.errors import (
    AskedAlreadyError,
    ForbiddenAnswerError,
    ForbiddenError,
    InvalidValueError,
    MotionError,
    NoSuchMotionError,
    NoSuchQuestionError,
    NotAskedError,
    NotOpenError,
    OwnerAnswersError,
    TooLateError,
    TooManyQuestionsError,
)
from motion.core.parameters import STEP_LIMIT
from motion.core.questions import Draft, Kind
from motion.models import Answer, Motion, Question
from motion.services import accounts, guests, members, motions, questions
from tests.support.asking import (
    CHOICE,
    DRAFTS,
    ENDS,
    INTERVAL,
    NUMBER,
    WHERE,
    ask,
    join,
    read_answers,
)
from tests.support.factories import make_motion, make_own_motion, reload

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia(motion: Motion) -> Any:
    return join(motion, "Mia")


def get_question(motion: Motion, number: int) -> Question:
    return Question.objects.get(motion=motion, number=number)


def move_frontier(motion: Motion, step: int) -> None:
    Motion.objects.filter(pk=motion.pk).update(step=step)


# --- asking ------------------------------------------------------------------------------------


def test_prepare_shows_nobody_a_question(motion: Motion, ada: Any) -> None:
    number = questions.prepare_question(motion.pk, CHOICE, by=ada)

    question = get_question(motion, number)
    assert (number, question.state, question.by) == (1, "prepared", ada)
    assert (question.options, question.correct, question.step) == (["up", "down"], 1.0, None)
    assert reload(motion).question == 0


@pytest.mark.parametrize("draft", DRAFTS.values(), ids=DRAFTS)
def test_ask_opens_a_question_of_each_kind(motion: Motion, ada: Any, draft: Draft) -> None:
    move_frontier(motion, 40)

    number = questions.ask_question(motion.pk, draft, by=ada)

    question = get_question(motion, number)
    assert (question.state, question.epoch) == ("open", motion.epoch)
    assert question.step == (140 if draft.ahead else None)
    assert question.opened_at is not None
    assert reload(motion).question == number


def test_open_counts_from_the_frontier_of_that_moment(motion: Motion) -> None:
    number = questions.prepare_question(motion.pk, WHERE)
    move_frontier(motion, 1_000)

    questions.open_question(motion.pk, number)

    assert get_question(motion, number).step == 1_100


def test_open_refuses_a_step_that_no_path_comes_to(motion: Motion) -> None:
    number = questions.prepare_question(motion.pk, WHERE)
    move_frontier(motion, STEP_LIMIT - 100)

    with pytest.raises(InvalidValueError, match="a path ends at step 1,099,511,627,775"):
        questions.open_question(motion.pk, number)

    move_frontier(motion, STEP_LIMIT - 101)
    questions.open_question(motion.pk, number)
    assert get_question(motion, number).step == STEP_LIMIT - 1


def test_open_happens_once(motion: Motion) -> None:
    number = ask(motion)
    opened = get_question(motion, number)
    move_frontier(motion, 7)

    questions.open_question(motion.pk, number)
    assert get_question(motion, number).step == opened.step

    questions.close_question(motion.pk, number)
    with pytest.raises(AskedAlreadyError):
        questions.open_question(motion.pk, number)


def test_open_closes_the_question_that_was_open(motion: Motion) -> None:
    first, second = ask(motion), ask(motion, CHOICE)

    closed = get_question(motion, first)
    assert closed.state == "closed"
    assert closed.closed_at is not None
    assert get_question(motion, second).state == "open"
    assert reload(motion).question == second


def test_ask_asks_once_when_the_button_is_tapped_twice(motion: Motion) -> None:
    assert ask(motion, INTERVAL) == ask(motion, INTERVAL) == 1

    Question.objects.update(opened_at=F("opened_at") - timedelta(seconds=6))

    assert ask(motion, INTERVAL) == 2


def test_prepare_prepares_once_when_the_form_is_sent_twice(motion: Motion) -> None:
    numbers = [questions.prepare_question(motion.pk, CHOICE) for _ in range(2)]
    Question.objects.update(created_at=F("created_at") - timedelta(seconds=6))
    numbers.append(questions.prepare_question(motion.pk, CHOICE))

    assert numbers == [1, 1, 2]


def test_ask_again_opens_a_copy(motion: Motion) -> None:
    number = ask(motion, CHOICE, Mia=(0.0, 0.0))
    questions.show_names(motion.pk, number, True)
    questions.reveal_question(motion.pk, number)

    again = questions.ask_again(motion.pk, number)

    copy = get_question(motion, again)
    assert (copy.number, copy.state, copy.text, copy.options, copy.correct) == (
        *(2, "open", CHOICE.text, ["up", "down"], 1.0),
    )
    assert copy.names_shown is False
    assert read_answers(motion, again) == {}
    assert read_answers(motion, number) == {"Mia": (0.0, 0.0)}


def test_numbers_are_never_used_again(motion: Motion) -> None:
    number = ask(motion)

    questions.remove_question(motion.pk, number)

    assert ask(motion) == number + 1


def test_prepare_refuses_one_question_too_many(
    motion: Motion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "QUESTIONS", 1)
    ask(motion)

    with pytest.raises(TooManyQuestionsError, match="at most 1 questions"):
        questions.prepare_question(motion.pk, CHOICE)


def test_limit_of_questions_is_that_of_the_core() -> None:
    assert questions.QUESTIONS == limits.QUESTIONS


# --- closing and revealing ---------------------------------------------------------------------


def test_reveal_closes_an_open_question_first(motion: Motion) -> None:
    number = ask(motion, Mia=(1.0, 1.0))

    questions.reveal_question(motion.pk, number)

    question = get_question(motion, number)
    assert question.state == "revealed"
    assert None not in {question.closed_at, question.revealed_at}


def test_reveal_shows_a_question_that_was_put_away(motion: Motion) -> None:
    first = ask(motion)
    second = ask(motion, CHOICE)

    questions.reveal_question(motion.pk, first)

    assert reload(motion).question == first
    assert get_question(motion, second).state == "closed"


def test_put_away_closes_an_open_question(motion: Motion) -> None:
    number = ask(motion)

    questions.put_away_question(motion.pk, number)

    assert reload(motion).question == 0
    assert get_question(motion, number).state == "closed"


def test_put_away_leaves_another_question(motion: Motion) -> None:
    first, second = ask(motion), ask(motion, CHOICE)

    questions.put_away_question(motion.pk, first)

    assert reload(motion).question == second
    assert get_question(motion, second).state == "open"


def test_remove_puts_away_a_question_that_is_shown(motion: Motion) -> None:
    number = ask(motion, Mia=(1.0, 1.0))

    questions.remove_question(motion.pk, number)

    assert reload(motion).question == 0
    assert not Answer.objects.exists()


def test_close_and_reveal_refuse_a_prepared_question(motion: Motion) -> None:
    number = questions.prepare_question(motion.pk, WHERE)

    for act in (questions.close_question, questions.reveal_question, questions.ask_again):
        with pytest.raises(NotAskedError):
            act(motion.pk, number)


def act_on_questions(number: int) -> list[Callable[..., object]]:
    """Each change of a question, with the number of an open one."""
    return [
        lambda motion_id, **by: questions.prepare_question(motion_id, NUMBER, **by),
        lambda motion_id, **by: questions.show_names(motion_id, number, True, **by),
        lambda motion_id, **by: questions.close_question(motion_id, number, **by),
        lambda motion_id, **by: questions.reveal_question(motion_id, number, **by),
        lambda motion_id, **by: questions.ask_question(motion_id, CHOICE, **by),
        lambda motion_id, **by: questions.ask_again(motion_id, number, **by),
        lambda motion_id, **by: questions.reveal_question(motion_id, number, **by),
        lambda motion_id, **by: questions.put_away_question(motion_id, number, **by),
        lambda motion_id, **by: questions.remove_question(motion_id, number, **by),
    ]


def test_each_change_counts_the_version_and_is_announced(
    motion: Motion,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    number = ask(motion)
    announced: list[int] = []
    monkeypatch.setattr(publishing, "announce_change", announced.append)

    for act in act_on_questions(number):
        version = reload(motion).question_version
        with django_capture_on_commit_callbacks(execute=True):
            act(motion.pk)
        assert reload(motion).question_version == version + 1
        assert announced == [motion.pk]
        announced.clear()


def test_changes_are_refused_to_people_that_do_not_manage(motion: Motion, mia: Any) -> None:
    number = ask(motion)
    members.set_role(motion.pk, mia, "controller")

    for act in act_on_questions(number):
        with pytest.raises(ForbiddenError):
            act(motion.pk, by=mia)

    assert get_question(motion, number).state == "open"


def test_changes_refuse_a_question_of_another_motion(motion: Motion, ben: Any) -> None:
    number = ask(motion)
    other = make_own_motion(ben)

    for act in (questions.open_question, questions.close_question, questions.remove_question):
        with pytest.raises(NoSuchQuestionError):
            act(other.pk, number, by=ben)


# --- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(Kind))
def test_answer_is_stored_and_announced(
    motion: Motion,
    mia: Any,
    kind: Kind,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    number = ask(motion, DRAFTS[kind])
    announced: list[tuple[int, int]] = []
    monkeypatch.setattr(
        publishing, "announce_answer", lambda *announcement: announced.append(announcement)
    )

    with django_capture_on_commit_callbacks(execute=True):
        stored = questions.store_answer(motion.pk, number, *ENDS[kind], by=mia)

    assert stored == ENDS[kind]
    assert read_answers(motion, number) == {"Mia": ENDS[kind]}
    assert announced == [(motion.pk, mia.pk)]


def test_answer_changes_while_the_question_is_open(motion: Motion, mia: Any) -> None:
    number = ask(motion)

    for position in (1.0, 1.0, -2.5):
        questions.store_answer(motion.pk, number, position, position, by=mia)

    assert read_answers(motion, number) == {"Mia": (-2.5, -2.5)}


def test_answer_does_not_count_the_version_of_questions(motion: Motion, mia: Any) -> None:
    number = ask(motion)
    version = reload(motion).question_version

    questions.store_answer(motion.pk, number, 1.0, 1.0, by=mia)

    assert reload(motion).question_version == version


def test_answer_of_a_member_with_an_account_is_stored(motion: Motion, ben: Any) -> None:
    members.set_role(motion.pk, ben, "controller")
    number = ask(motion)

    questions.store_answer(motion.pk, number, 1.0, 1.0, by=ben)

    assert read_answers(motion, number) == {"ben": (1.0, 1.0)}


def test_answer_is_refused_to_the_owner(motion: Motion, ada: Any) -> None:
    number = ask(motion)

    with pytest.raises(OwnerAnswersError):
        questions.store_answer(motion.pk, number, 1.0, 1.0, by=ada)


def test_answer_is_refused_to_people_without_a_place_in_the_motion(ben: Any, ada: Any) -> None:
    motion, other = make_own_motion(ada), make_own_motion(ben)
    removed, stranger = join(motion, "Removed"), join(other, "Stranger")
    members.remove_member(motion.pk, removed, by=ada)
    number = ask(motion)

    for person in (removed, stranger, AnonymousUser()):
        with pytest.raises(ForbiddenAnswerError):
            questions.store_answer(motion.pk, number, 1.0, 1.0, by=person)

    assert not Answer.objects.exists()


def test_answer_is_refused_where_the_person_sees_no_motion(motion: Motion, ben: Any) -> None:
    number = ask(motion)

    with pytest.raises(NoSuchMotionError):
        questions.store_answer(motion.pk, number, 1.0, 1.0, by=ben)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda motion: questions.close_question(motion.pk, 1), NotOpenError),
        (lambda motion: questions.reveal_question(motion.pk, 1), NotOpenError),
        (lambda motion: questions.put_away_question(motion.pk, 1), NotOpenError),
        (lambda motion: ask(motion, CHOICE), NotOpenError),
        (lambda motion: questions.remove_question(motion.pk, 1), NoSuchQuestionError),
        (lambda motion: move_frontier(motion, 100), TooLateError),
        (lambda motion: motions.restart_motion(motion.pk, under_policy=False), TooLateError),
    ],
    ids=["closed", "revealed", "put-away", "another", "removed", "step-reached", "restarted"],
)
def test_answer_is_refused_when_the_question_takes_none(
    motion: Motion, mia: Any, act: Callable[[Motion], object], error: type[MotionError]
) -> None:
    number = ask(motion)
    questions.store_answer(motion.pk, number, 1.0, 1.0, by=mia)
    before = list(Answer.objects.values())
    act(motion)

    with pytest.raises(error):
        questions.store_answer(motion.pk, number, 2.0, 2.0, by=mia)

    assert error is NoSuchQuestionError or list(Answer.objects.values()) == before


def test_answer_is_accepted_until_the_last_step_before(motion: Motion, mia: Any) -> None:
    number = ask(motion)
    move_frontier(motion, 99)

    questions.store_answer(motion.pk, number, 1.0, 1.0, by=mia)

    move_frontier(motion, 100)
    with pytest.raises(TooLateError, match=r"^Too late: step 100 has come\.$"):
        questions.store_answer(motion.pk, number, 1.0, 1.0, by=mia)


@pytest.mark.parametrize("step", [99, 100])
def test_answer_is_refused_after_a_restart_whether_the_step_had_come_or_not(
    motion: Motion, mia: Any, step: int
) -> None:
    number = ask(motion)
    move_frontier(motion, step)
    motions.restart_motion(motion.pk, under_policy=False)

    with pytest.raises(TooLateError, match=r"^Too late: the path was restarted\.$"):
        questions.store_answer(motion.pk, number, 1.0, 1.0, by=mia)


def test_answer_to_a_choice_is_accepted_after_a_restart(motion: Motion, mia: Any) -> None:
    number = ask(motion, CHOICE)
    motions.restart_motion(motion.pk, under_policy=False)

    questions.store_answer(motion.pk, number, 1.0, 1.0, by=mia)

    assert read_answers(motion, number) == {"Mia": (1.0, 1.0)}


def test_answer_to_a_prepared_question_finds_none(motion: Motion, mia: Any) -> None:
    number = questions.prepare_question(motion.pk, WHERE)

    with pytest.raises(NoSuchQuestionError):
        questions.store_answer(motion.pk, number, 1.0, 1.0, by=mia)


@pytest.mark.parametrize(("low", "high"), [(1.0, 2.0), (math.nan, math.nan), (2e12, 2e12)])
def test_answer_is_refused_when_it_does_not_fit(
    motion: Motion, mia: Any, low: float, high: float
) -> None:
    number = ask(motion)

    with pytest.raises(InvalidValueError):
        questions.store_answer(motion.pk, number, low, high, by=mia)

    assert not Answer.objects.exists()


# --- people and motions that go ----------------------------------------------------------------


def test_answer_stays_when_a_guest_becomes_an_account(motion: Motion, mia: Any) -> None:
    number = ask(motion)
    questions.store_answer(motion.pk, number, 1.0, 1.0, by=mia)

    def become_account(user: Any) -> None:
        user.username = "mia"
        user.save()

    account = guests.keep_seat(motion.pk, mia, become_account)

    assert Answer.objects.get().user == account
    questions.store_answer(motion.pk, number, 2.0, 2.0, by=account)
    assert read_answers(motion, number) == {"Mia": (2.0, 2.0)}


def test_answer_goes_with_a_guest_that_leaves_while_the_question_is_open(
    motion: Motion, mia: Any
) -> None:
    """The guest may join again, and would count twice."""
    number = ask(motion, Tom=(3.0, 3.0))
    questions.store_answer(motion.pk, number, 1.0, 1.0, by=mia)

    guests.leave(mia)

    assert read_answers(motion, number) == {"Tom": (3.0, 3.0)}


@pytest.mark.parametrize("end", [questions.close_question, questions.reveal_question])
def test_answer_stays_without_its_name_when_the_guest_leaves(
    motion: Motion, mia: Any, end: Callable[[int, int], None]
) -> None:
    """A class that joins the motion of the next lesson leaves this one, on each phone."""
    number = ask(motion, Tom=(3.0, 3.0))
    questions.store_answer(motion.pk, number, 1.0, 1.0, by=mia)
    end(motion.pk, number)

    guests.replace_guest(mia, join(make_motion(), "Mia"))

    assert read_answers(motion, number) == {"Tom": (3.0, 3.0), "A student": (1.0, 1.0)}


def test_answer_stays_when_the_owner_removes_a_guest(motion: Motion, ada: Any, mia: Any) -> None:
    number = ask(motion)
    questions.store_answer(motion.pk, number, 1.0, 1.0, by=mia)

    members.remove_member(motion.pk, mia, by=ada)

    assert read_answers(motion, number) == {"Mia": (1.0, 1.0)}


def test_answer_stays_when_the_person_becomes_the_owner(motion: Motion, ben: Any) -> None:
    members.set_role(motion.pk, ben, "viewer")
    number = ask(motion, CHOICE)
    questions.store_answer(motion.pk, number, 1.0, 1.0, by=ben)

    members.transfer_ownership(motion.pk, ben)

    assert read_answers(motion, number) == {"ben": (1.0, 1.0)}
    with pytest.raises(OwnerAnswersError):
        questions.store_answer(motion.pk, number, 0.0, 0.0, by=ben)


@pytest.mark.parametrize(("is_open", "stored"), [(True, {}), (False, {"A student": (1.0, 1.0)})])
def test_answer_of_an_account_that_is_deleted_stays_if_the_question_is_closed(
    motion: Motion, ben: Any, is_open: bool, stored: dict[str, tuple[float, float]]
) -> None:
    members.set_role(motion.pk, ben, "viewer")
    number = ask(motion)
    questions.store_answer(motion.pk, number, 1.0, 1.0, by=ben)
    if not is_open:
        questions.close_question(motion.pk, number)

    accounts.delete_account(ben, {})

    assert read_answers(motion, number) == stored


def test_question_stays_when_the_account_that_asked_is_deleted(
    motion: Motion, ada: Any, ben: Any
) -> None:
    number = questions.ask_question(motion.pk, WHERE, by=ada)
    members.transfer_ownership(motion.pk, ben)

    accounts.delete_account(ada, {})

    assert get_question(motion, number).by is None


def test_delete_motion_deletes_questions_and_answers(motion: Motion, ada: Any) -> None:
    ask(motion, Mia=(1.0, 1.0))
    questions.prepare_question(motion.pk, CHOICE)

    motions.delete_motion(motion.pk, by=ada)

    assert not Question.objects.exists()
    assert not Answer.objects.exists()
