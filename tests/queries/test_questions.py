"""What readers get of questions and answers: before the reveal, and after it."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from motion.core.predictions import interval_score
from motion.models import Epoch, Motion
from motion.queries.questions import (
    list_questions,
    read_all_results,
    read_answer_rows,
    read_answerers,
    read_answers_of,
    read_question,
    read_results,
)
from motion.queries.windows import read_window
from motion.services import guests, members, motions, questions
from tests.support.asking import CHOICE, INTERVAL, NUMBER, WHERE, ask, join
from tests.support.factories import make_own_motion, make_user, reload

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Any:
    return make_user("ada")


@pytest.fixture
def motion(ada: Any) -> Motion:
    return make_own_motion(ada, seed=1, visibility="private")


def read(motion: Motion, number: int) -> Any:
    asked = read_question(motion.pk, number)
    assert asked is not None
    return asked


def results(motion: Motion, number: int) -> Any:
    return read_results(read(motion, number))


def move_frontier(motion: Motion, step: int) -> None:
    Motion.objects.filter(pk=motion.pk).update(step=step)


def restart(motion: Motion) -> None:
    motions.restart_motion(motion.pk, under_policy=False)


# --- questions and who answered ----------------------------------------------------------------


def test_read_question_has_the_fields_of_the_frame(motion: Motion) -> None:
    move_frontier(motion, 40)
    number = ask(motion, INTERVAL)

    found = read(motion, number)

    assert (found.number, found.kind, found.text) == (number, "interval", INTERVAL.text)
    assert (found.level, found.epoch, found.step, found.state) == (0.5, motion.epoch, 140, "open")
    assert read(motion, ask(motion, CHOICE)).options == ("up", "down")


def test_read_question_finds_none_that_is_prepared_or_missing(motion: Motion) -> None:
    number = questions.prepare_question(motion.pk, WHERE)

    assert read_question(motion.pk, number) is None
    assert read_question(motion.pk, 0) is None


def test_read_answerers_reads_many_questions_at_once(
    motion: Motion, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other = make_own_motion(make_user("ben"))
    first = read(motion, ask(motion, Mia=(1.0, 1.0), Tom=(2.0, 2.0)))
    second = read(other, ask(other))

    with django_assert_num_queries(1):
        found = read_answerers([first.id, second.id])

    mia, tom = join(motion, "Mia"), join(motion, "Tom")
    assert {question_id: set(times) for question_id, times in found.items()} == {
        first.id: {mia.pk, tom.pk},
        second.id: set(),
    }


def test_read_answerers_shows_that_an_answer_was_changed(motion: Motion) -> None:
    asked = read(motion, ask(motion, Mia=(1.0, 1.0), Tom=(2.0, 2.0)))
    mia, tom = join(motion, "Mia"), join(motion, "Tom")
    before = read_answerers([asked.id])[asked.id]

    questions.store_answer(motion.pk, asked.number, 5.0, 5.0, by=mia)

    after = read_answerers([asked.id])[asked.id]
    assert after[mia.pk] > before[mia.pk]
    assert after[tom.pk] == before[tom.pk]


def test_read_answers_of_reads_the_answers_of_these_people_alone(motion: Motion) -> None:
    asked = read(motion, ask(motion, INTERVAL, Mia=(1.0, 2.0), Tom=(3.0, 4.0)))
    mia, ida = join(motion, "Mia"), join(motion, "Ida")

    assert read_answers_of(asked, [mia.pk, ida.pk]) == {mia.pk: (1.0, 2.0)}


# --- results -----------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [None, questions.close_question])
def test_read_results_is_none_before_the_reveal(motion: Motion, end: Any) -> None:
    number = ask(motion, NUMBER, Mia=(1.0, 1.0))
    if end:
        end(motion.pk, number)

    assert results(motion, number) is None


def test_read_results_has_the_outcome_once_the_frontier_is_there(motion: Motion) -> None:
    number = ask(motion, INTERVAL, Mia=(-1e3, 1e3), Tom=(1e3, 1e4))
    motions.change_motion(motion.pk, values={"drift": 2.0}, under_policy=False)
    questions.reveal_question(motion.pk, number)

    move_frontier(motion, 99)
    assert results(motion, number).outcome is None
    move_frontier(motion, 250)
    motions.change_motion(motion.pk, values={"drift": -1.0}, under_policy=False)
    move_frontier(motion, 300)

    found = results(motion, number)
    epoch = Epoch.objects.get(motion=motion)
    truth = read_window(reload(motion), epoch, first=100, last=100, points=1).positions[0]
    assert found.outcome == truth
    assert found.contained == 1
    scores = [interval_score(*ends, truth, level=0.5) for ends in [(-1e3, 1e3), (1e3, 1e4)]]
    assert found.mean_score == pytest.approx(sum(scores) / 2)
    assert found.ended is False


def test_read_results_has_an_outcome_after_a_restart_that_came_later(motion: Motion) -> None:
    number = ask(motion, WHERE, Mia=(1.0, 1.0))
    questions.reveal_question(motion.pk, number)
    move_frontier(motion, 100)
    before = results(motion, number)

    restart(motion)

    assert results(motion, number) == before
    assert before.outcome is not None


def test_read_results_says_that_the_path_ended_before_the_step(motion: Motion) -> None:
    number = ask(motion, WHERE, Mia=(1.0, 1.0))
    questions.reveal_question(motion.pk, number)
    move_frontier(motion, 99)
    assert results(motion, number).ended is False

    restart(motion)
    move_frontier(motion, 500)

    assert (results(motion, number).ended, results(motion, number).outcome) == (True, None)


def test_read_results_has_the_correct_answer_of_a_choice(motion: Motion) -> None:
    number = ask(motion, CHOICE, Mia=(0.0, 0.0), Tom=(1.0, 1.0))
    questions.reveal_question(motion.pk, number)

    found = results(motion, number)

    assert (found.outcome, found.counts, found.edges) == (1.0, [1, 1], None)


def test_read_results_has_names_only_while_they_are_shown(motion: Motion) -> None:
    number = ask(motion, NUMBER, Tom=(3.0, 3.0), Mia=(1.0, 1.0))
    questions.reveal_question(motion.pk, number)
    assert results(motion, number).names is None

    questions.show_names(motion.pk, number, True)
    assert results(motion, number).names == [("Mia", 1.0, 1.0), ("Tom", 3.0, 3.0)]

    motions.update_description(motion.pk, names_hidden=True)
    assert results(motion, number).names == [("Student 2", 1.0, 1.0), ("Student 1", 3.0, 3.0)]

    questions.show_names(motion.pk, number, False)
    assert results(motion, number).names is None


def test_read_results_has_answers_of_guests_that_were_removed(motion: Motion, ada: Any) -> None:
    number = ask(motion, NUMBER, Mia=(1.0, 1.0))
    members.remove_member(motion.pk, join(motion, "Mia"), by=ada)
    questions.show_names(motion.pk, number, True)
    motions.update_description(motion.pk, names_hidden=True)
    questions.reveal_question(motion.pk, number)

    assert results(motion, number).names == [("A student", 1.0, 1.0)]


def test_results_stay_when_guests_leave(motion: Motion) -> None:
    number = ask(motion, NUMBER, Mia=(1.0, 1.0), Tom=(3.0, 3.0))
    mia, tom = join(motion, "Mia"), join(motion, "Tom")
    questions.show_names(motion.pk, number, True)
    questions.reveal_question(motion.pk, number)
    before = results(motion, number)

    for guest in (mia, tom):
        guests.leave(guest)

    after = results(motion, number)
    assert (after.counts, after.median) == (before.counts, before.median)
    assert after.names == [("A student", 1.0, 1.0), ("A student", 3.0, 3.0)]
    assert [row.name for row in read_answer_rows(reload(motion))] == ["A student"] * 2
    asked_id = read(motion, number).id
    assert len(read_answerers([asked_id])[asked_id]) == 2


def test_read_all_results_has_as_many_queries_for_many_questions(
    motion: Motion, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for draft in [WHERE, INTERVAL, NUMBER, CHOICE] * 2:
        questions.reveal_question(motion.pk, ask(motion, draft, Mia=(0.0, 0.0 + bool(draft.level))))
    restart(motion)
    move_frontier(motion, 200)
    asked = [read(motion, number) for number in range(1, 9)]

    with django_assert_num_queries(3):
        found = read_all_results(reload(motion), asked)

    assert len(found) == 8


def test_outcomes_of_questions_on_one_path_are_those_of_their_steps(motion: Motion) -> None:
    for step in (0, 30, 70):
        move_frontier(motion, step)
        motions.change_motion(motion.pk, values={"drift": float(step)}, under_policy=False)
        questions.reveal_question(motion.pk, ask(motion, WHERE))
    move_frontier(motion, 400)
    epoch = Epoch.objects.get(motion=motion)

    found = [results(motion, number).outcome for number in (1, 2, 3)]
    together = read_all_results(reload(motion), [read(motion, number) for number in (1, 2, 3)])

    window = read_window(reload(motion), epoch, points=1_000).positions
    assert found == [window[step] for step in (100, 130, 170)]
    assert [one.outcome for one in together.values()] == found


# --- for the manager ---------------------------------------------------------------------------


def test_list_questions_has_all_newest_first_and_results_of_revealed_ones(motion: Motion) -> None:
    revealed = ask(motion, NUMBER, Mia=(1.0, 1.0))
    questions.reveal_question(motion.pk, revealed)
    ask(motion, INTERVAL, Mia=(-1.0, 1.0), Tom=(0.0, 3.0))
    questions.prepare_question(motion.pk, CHOICE)

    found = list_questions(reload(motion))

    assert [row["number"] for row in found] == [3, 2, 1]
    assert [row["state"] for row in found] == ["prepared", "open", "revealed"]
    assert [row["answered"] for row in found] == [0, 2, 1]
    assert [row["results"] and row["results"]["median"] for row in found] == [None, None, 1.0]
    assert (found[0]["options"], found[1]["ahead"], found[2]["correct"]) == (
        *(["up", "down"], 100, 12.0),
    )


def test_read_answer_rows_has_revealed_questions_alone(motion: Motion) -> None:
    motions.update_description(motion.pk, names_hidden=True)
    number = ask(motion, INTERVAL, Mia=(-1e3, 1e3), Tom=(-1e3, -999.0))
    move_frontier(motion, 100)
    questions.reveal_question(motion.pk, number)
    questions.reveal_question(motion.pk, ask(motion, CHOICE, Mia=(1.0, 1.0)))
    questions.close_question(motion.pk, ask(motion, NUMBER, Mia=(5.0, 5.0)))

    rows = list(read_answer_rows(reload(motion)))

    assert [(row.number, row.name, row.low, row.option) for row in rows] == [
        (1, "Mia", -1e3, ""),
        (1, "Tom", -1e3, ""),
        (2, "Mia", 1.0, "down"),
    ]
    assert rows[0].score == 2e3
    assert rows[1].score is not None
    assert rows[1].score > 4 * 900
    assert (rows[2].outcome, rows[2].score) == (1.0, None)
