"""Questions and answers over HTTP: the responses to the page's own script."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from motion.core.errors import ForbiddenAnswerError, ForbiddenError, OtherQuestionError
from motion.core.questions import Draft, Kind
from motion.models import Motion, Question
from motion.queries.questions import make_asked
from motion.services import members, questions
from motion.views import questions as views
from tests.support.asking import CHOICE, DRAFTS, ENDS, INTERVAL, NUMBER, WHERE, ask, join
from tests.support.asking import read_answers as read_stored
from tests.support.factories import make_own_motion, make_user, reload

pytestmark = pytest.mark.django_db

ROOT = "/motions/class/"
WHERE_FORM = {"kind": "where", "text": "Where?", "ahead": "1,000"}


@pytest.fixture
def motion() -> Motion:
    return make_own_motion(make_user("ada"), slug="class", visibility="unlisted")


@pytest.fixture
def ada(motion: Motion) -> Client:
    return make_client(get_user_model().objects.get(username="ada"))


@pytest.fixture
def mia(motion: Motion) -> Client:
    return make_client(join(motion, "Mia"))


def make_client(user: Any, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


def act(client: Client, action: str, **fields: Any) -> tuple[int, dict[str, Any]]:
    response = client.post(f"{ROOT}questions/", {"action": action, **fields})
    assert response.headers["Cache-Control"] == "private, no-store"
    return response.status_code, response.json()


def answer(client: Client, question: object, low: object, high: object) -> tuple[int, Any]:
    fields = {"question": question, "opened_at": read_opening(question), "low": low, "high": high}
    response = client.post(f"{ROOT}answers/", fields)
    assert response.headers["Cache-Control"] == "private, no-store"
    return response.status_code, response.json()


def read_opening(question: object) -> str:
    """When a question was opened, as clients get it; "" for no question."""
    rows = Question.objects.filter(number=question) if isinstance(question, int) else ()
    return next((make_asked(row).opened_at for row in rows), "")


def get_question(number: int) -> Question:
    return Question.objects.get(motion__slug="class", number=number)


# --- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(Kind))
def test_answer_is_stored_and_returned(motion: Motion, mia: Client, kind: Kind) -> None:
    number = ask(motion, DRAFTS[kind])
    low, high = ENDS[kind]

    assert answer(mia, number, low, high) == (
        200,
        {"question": number, "low": low, "high": high},
    )
    assert read_stored(motion, number) == {"Mia": (low, high)}


@pytest.mark.parametrize(
    ("low", "high", "status"),
    [
        ("-1e-7", "-1e-7", 200),
        ("1e12", "1000000000000", 200),
        ("−2,5", "-2.5", 200),
        ("", "", 400),
        ("x", "1", 400),
        ("NaN", "NaN", 400),
        ("Infinity", "Infinity", 400),
        ("1e999", "1e999", 400),
        ("1", "2", 400),
        ("1e13", "1e13", 400),
    ],
)
def test_answer_is_read_as_a_script_and_a_person_write_it(
    motion: Motion, mia: Client, low: str, high: str, status: int
) -> None:
    number = ask(motion, NUMBER)

    assert answer(mia, number, low, high)[0] == status


def test_answer_is_refused_with_a_sentence(motion: Motion, mia: Client, ada: Client) -> None:
    number = ask(motion)
    Motion.objects.filter(pk=motion.pk).update(step=240)

    assert answer(mia, number, 1, 1) == (409, {"message": "Too late: step 100 has come."})
    questions.close_question(motion.pk, number)
    assert answer(mia, number, 1, 1) == (409, {"message": "This question is closed."})
    assert answer(ada, number, 1, 1) == (
        403,
        {"message": "The owner asks, and does not answer."},
    )
    assert answer(Client(), number, 1, 1) == (403, {"message": str(ForbiddenAnswerError())})
    assert answer(mia, 99, 1, 1)[0] == 404
    assert answer(mia, "x", 1, 1)[0] == 400
    assert answer(mia, number, "x", 1) == (
        400,
        {"message": "The answer must be a number such as 12.5."},
    )


@pytest.mark.fault("a backup restored")
def test_answer_to_a_question_with_the_same_number_is_refused_after_a_restore(
    motion: Motion, mia: Client
) -> None:
    number = ask(motion)
    opening = read_opening(number)
    Motion.objects.filter(pk=motion.pk).update(last_question=0, question=0)  # the backup
    Question.objects.all().delete()
    assert ask(motion, NUMBER) == number

    for opened_at in (opening, ""):
        fields = {"question": number, "opened_at": opened_at, "low": "3", "high": "3"}
        response = mia.post(f"{ROOT}answers/", fields)

        assert response.status_code == 409
        assert response.json() == {"message": str(OtherQuestionError())}
    assert read_stored(motion, number) == {}


def test_answer_of_a_guest_to_another_motion_is_refused(motion: Motion) -> None:
    other = make_own_motion(make_user("ben"))
    number = ask(motion)

    assert answer(make_client(join(other, "Stranger")), number, 1, 1)[0] == 403


def test_answer_needs_the_token_of_the_page(motion: Motion) -> None:
    number = ask(motion)
    client = make_client(join(motion, "Mia"), enforce_csrf_checks=True)

    fields = {"question": number, "opened_at": read_opening(number), "low": "1", "high": "1"}
    response = client.post(f"{ROOT}answers/", fields)

    assert response.status_code == 403
    assert read_stored(motion, number) == {}


def test_answers_are_limited_for_each_person(
    motion: Motion, mia: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ANSWERS_PER_MINUTE", 2)
    number = ask(motion)
    for position in (1, 2):
        assert answer(mia, number, position, position)[0] == 200

    fields = {"question": number, "opened_at": read_opening(number), "low": "3", "high": "3"}
    response = mia.post(f"{ROOT}answers/", fields)

    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 60
    assert response.json()["message"].startswith("You answered too often. Try again in ")
    assert read_stored(motion, number) == {"Mia": (2.0, 2.0)}
    assert answer(make_client(join(motion, "Tom")), number, 4, 4)[0] == 200


# --- asking ------------------------------------------------------------------------------------


def test_answer_of_a_visitor_locks_no_question(motion: Motion) -> None:
    """Else a flood of them, which has no limit of a person, would hold up those of students."""
    number = ask(motion)

    with CaptureQueriesContext(connection) as queries:
        status, _ = answer(Client(), number, 1, 1)

    assert status == 403
    assert not [query for query in queries if "SAVEPOINT" in query["sql"]]


def test_ask_opens_a_question_in_one_request(motion: Motion, ada: Client) -> None:
    assert act(ada, "ask", **WHERE_FORM) == (200, {"number": 1})

    assert (get_question(1).state, get_question(1).step) == ("open", 1_000)
    assert reload(motion).question == 1


def test_prepare_reads_each_kind(motion: Motion, ada: Client) -> None:
    forms = [
        WHERE_FORM,
        {"kind": "interval", "text": "Where?", "level": "0.9", "ahead": "20"},
        {"kind": "choice", "text": "Which?", "options": "up\r\n\r\n down \r\n", "correct": "1"},
        {"kind": "number", "text": "How many?", "correct": "2,5", "options": "", "ahead": " "},
    ]
    for form in forms:
        assert act(ada, "prepare", **form)[0] == 200

    assert (get_question(2).level, get_question(2).ahead) == (0.9, 20)
    assert (get_question(3).options, get_question(3).correct) == (["up", "down"], 1.0)
    assert (get_question(4).correct, get_question(4).ahead) == (2.5, None)


def test_actions_lead_a_question_through_its_states(motion: Motion, ada: Client) -> None:
    act(ada, "prepare", **WHERE_FORM)
    for action, state in [("open", "open"), ("close", "closed"), ("reveal", "revealed")]:
        assert act(ada, action, number=1) == (200, {"number": 1})
        assert get_question(1).state == state
    for action, on in [("show-names", True), ("hide-names", False)]:
        assert act(ada, action, number=1) == (200, {"number": 1})
        assert get_question(1).names_shown is on

    assert act(ada, "again", number=1) == (200, {"number": 2})
    assert act(ada, "put-away", number=2) == (200, {"number": 2})
    assert reload(motion).question == 0
    assert act(ada, "remove", number=1) == (200, {"number": 1})
    assert [row.number for row in Question.objects.all()] == [2]


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"action": "ask", **WHERE_FORM, "kind": "when"}, 400, "The kind must be where, interval"),
        ({"action": "ask", **WHERE_FORM, "ahead": "0"}, 400, "The steps ahead must be a whole"),
        ({"action": "ask", **WHERE_FORM, "ahead": "soon"}, 400, "The steps ahead must be a whole"),
        ({"action": "ask", **WHERE_FORM, "text": ""}, 400, "The text must be 1 to 200 visible"),
        (
            {"action": "prepare", "kind": "number", "text": "?", "correct": "x"},
            *(400, "The correct answer must be a number"),
        ),
        (
            {"action": "prepare", "kind": "choice", "text": "?", "options": "a\nb", "correct": "2"},
            *(400, "The correct answer must be the place of one of the options."),
        ),
        ({"action": "open", "number": "9"}, 404, "There is no such question."),
        ({"action": "open"}, 400, "The number must be the number of a question."),
        ({"action": "close", "number": "1"}, 409, "Nobody has seen this question yet."),
        ({"action": "shout"}, 400, "The action must be one of prepare, ask, open, close, "),
        ({}, 400, "The action must be one of "),
    ],
)
def test_questions_are_refused_with_a_sentence(
    motion: Motion, ada: Client, fields: dict[str, str], status: int, sentence: str
) -> None:
    questions.prepare_question(motion.pk, WHERE)

    response = ada.post(f"{ROOT}questions/", fields)

    assert response.status_code == status
    assert response.json()["message"].startswith(sentence)
    assert Question.objects.count() == 1


@pytest.mark.parametrize("path", ["questions/", "questions.json", "questions.csv"])
def test_only_the_manager_asks_and_reads_the_list(motion: Motion, path: str) -> None:
    ask(motion)
    controller = make_user("cy")
    members.set_role(motion.pk, controller, "controller")

    for client in (Client(), make_client(join(motion, "Mia")), make_client(controller)):
        method = client.post if path.endswith("/") else client.get
        response = method(f"{ROOT}{path}", {"action": "close", "number": 1})
        assert response.status_code == 403
        assert str(ForbiddenError()) in response.content.decode()

    assert get_question(1).state == "open"


# --- the list and the file ---------------------------------------------------------------------


def test_questions_json_has_all_questions_and_the_shown_one(motion: Motion, ada: Client) -> None:
    questions.reveal_question(motion.pk, ask(motion, NUMBER, Mia=(3.0, 3.0)))
    questions.prepare_question(motion.pk, CHOICE)

    response = ada.get(f"{ROOT}questions.json")

    found = response.json()
    assert response.headers["Cache-Control"] == "private, no-store"
    assert (found["shown"], [row["number"] for row in found["questions"]]) == (1, [2, 1])
    assert found["questions"][1]["results"]["counts"] == [1]


def test_questions_csv_has_a_row_for_each_revealed_answer(motion: Motion, ada: Client) -> None:
    questions.reveal_question(motion.pk, ask(motion, INTERVAL, Mia=(-1.0, 2.5)))
    ask(motion, NUMBER, Mia=(3.0, 3.0))

    response = ada.get(f"{ROOT}questions.csv")

    assert response.headers["Content-Disposition"] == 'attachment; filename="motion-questions.csv"'
    assert response.headers["Cache-Control"] == "private, no-store"
    (row,) = csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")))
    assert list(row) == [
        *("number", "text", "kind", "level", "epoch", "step", "name", "low", "high"),
        *("outcome", "score", "at", "option"),
    ]
    assert (row["name"], row["low"], row["high"], row["level"]) == ("Mia", "-1.0", "2.5", "0.5")
    assert (row["outcome"], row["score"]) == ("", "")


def test_questions_csv_has_no_formulas(motion: Motion, ada: Client) -> None:
    draft = Draft(kind=Kind.CHOICE, text="＝1+1; why?", options=("@sum", "-2"))
    questions.reveal_question(motion.pk, ask(motion, draft, **{"Mia; =1+1": (0.0, 0.0)}))

    text = ada.get(f"{ROOT}questions.csv").content.decode("utf-8-sig")

    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["text"], row["name"], row["option"]) == (*("'＝1+1; why?", "Mia; '=1+1", "'@sum"),)


def test_answer_is_one_when_a_form_comes_twice(motion: Motion, mia: Client) -> None:
    number = ask(motion, WHERE)

    assert answer(mia, number, 1, 1) == answer(mia, number, 1, 1)
    assert get_question(number).answers.count() == 1
