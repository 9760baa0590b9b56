"""The section "Questions" of a motion's settings: plain forms that prepare and remove."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils.html import escape

from motion.core.questions import Draft, Kind
from motion.models import Motion, Question
from tests.support.asking import WHERE, ask
from tests.support.factories import make_own_motion, make_user

pytestmark = pytest.mark.django_db

URL = "/motions/class/settings/"
EMPTY = {"ahead": "100", "level": "0.5", "options": "", "correct": ""}


@pytest.fixture
def motion() -> Motion:
    return make_own_motion(make_user("ada"), slug="class", visibility="unlisted")


@pytest.fixture
def ada(motion: Motion) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.get(username="ada"))
    return client


def prepare(client: Client, **fields: str) -> Any:
    given = {f"question-{name}": value for name, value in (EMPTY | fields).items()}
    return client.post(URL, {"question": ""} | given)


def get_draft(motion: Motion) -> Draft:
    row = Question.objects.get(motion=motion)
    assert row.state == Question.State.PREPARED
    return Draft(
        kind=Kind(row.kind),
        text=row.text,
        options=tuple(row.options),
        level=row.level,
        ahead=row.ahead,
        correct=row.correct,
    )


@pytest.mark.parametrize(
    ("fields", "draft"),
    [
        (
            {"kind": "where", "ahead": "1,000", "options": "a\nb", "correct": "7"},
            Draft(kind=Kind.WHERE, text="What?", ahead=1_000),
        ),
        (
            {"kind": "interval", "level": "0.9"},
            Draft(kind=Kind.INTERVAL, text="What?", ahead=100, level=0.9),
        ),
        (
            {"kind": "choice", "options": " up \r\n\r\ndown", "correct": "2"},
            Draft(kind=Kind.CHOICE, text="What?", options=("up", "down"), correct=1.0),
        ),
        (
            {"kind": "number", "correct": "0,5"},
            Draft(kind=Kind.NUMBER, text="What?", correct=0.5),
        ),
    ],
    ids=["where", "interval", "choice", "number"],
)
def test_question_is_prepared_from_the_fields_of_its_kind(
    motion: Motion, ada: Client, fields: dict[str, str], draft: Draft
) -> None:
    response = prepare(ada, text="What?", **fields)

    assert (response.status_code, response["Location"]) == (302, f"{URL}#questions")
    assert get_draft(motion) == draft


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"kind": "where", "ahead": "0"}, "The steps ahead must be a whole number from 1"),
        ({"kind": "choice", "options": "up"}, "The options must be 2 to 6 texts."),
        ({"kind": "choice", "options": "a\nb", "correct": "3"}, "The correct answer must be"),
        ({"kind": "number", "correct": "many"}, "The correct answer must be a number."),
        ({"kind": "number", "text": ""}, "This field is required."),
    ],
)
def test_wrong_question_is_explained_and_kept(
    motion: Motion, ada: Client, fields: dict[str, str], problem: str
) -> None:
    html = prepare(ada, **{"text": "What is this?", **fields}).content.decode()

    assert problem in html
    assert "<details open>" in html
    for typed in fields.values():
        assert escape(typed) in html
    assert not Question.objects.exists()


def test_settings_are_saved_beside_the_form_of_a_question(motion: Motion, ada: Client) -> None:
    page = ada.get(URL).content.decode()

    assert 'name="title"' in page
    assert 'name="question-text"' in page
    assert 'name="text"' not in page


def test_question_is_removed(motion: Motion, ada: Client) -> None:
    number = ask(motion, WHERE)
    assert "Remove with its answers" in ada.get(URL).content.decode()

    response = ada.post(URL, {"question": number})

    assert response["Location"] == f"{URL}#questions"
    assert not Question.objects.exists()


def test_other_people_prepare_nothing(motion: Motion) -> None:
    client = Client()
    client.force_login(make_user("ben"))

    assert prepare(client, kind="number", text="What?").status_code == 403
    assert not Question.objects.exists()
