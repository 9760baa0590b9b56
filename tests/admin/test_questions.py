"""Questions in the admin: read-only, and answers only with a permission of their own."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from motion.models import Motion, Question
from motion.services import questions
from tests.admin.test_members import make_staff
from tests.support.asking import CHOICE, NUMBER, ask
from tests.support.factories import make_own_motion, make_user

pytestmark = pytest.mark.django_db

LIST = reverse("admin:motion_question_changelist")
SECRET = 31_415.25


@pytest.fixture
def motion() -> Motion:
    return make_own_motion(make_user("ada"), title="Pollen")


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


def read(client: Client, path: str, **query: Any) -> str:
    response = client.get(path, query)
    assert response.status_code == 200
    return response.content.decode()


def get_page(number: int) -> str:
    question = Question.objects.get(number=number)
    return reverse("admin:motion_question_change", args=[question.pk])


@pytest.mark.parametrize("reveals", [False, True])
def test_answers_are_shown_with_their_permission_alone(motion: Motion, reveals: bool) -> None:
    number = ask(motion, NUMBER, Mia=(SECRET, SECRET))
    if reveals:
        questions.reveal_question(motion.pk, number)

    without = read(make_staff("view_question"), get_page(number))
    User.objects.filter(username="staff").delete()
    with_it = read(make_staff("view_question", "view_answer"), get_page(number))

    assert NUMBER.text in without
    assert str(SECRET) in with_it.replace(",", "")
    assert "Mia (guest)" in with_it
    assert str(SECRET) not in without.replace(",", "")
    assert "Mia" not in without


def test_questions_are_found_by_text_and_motion(motion: Motion) -> None:
    ask(motion, CHOICE)
    client = make_staff("view_question")

    assert CHOICE.text in read(client, LIST, q="Pollen")
    assert CHOICE.text not in read(client, LIST, q="elsewhere")


@pytest.mark.parametrize("lookup", ["answers__low__gt", "answers__user__username", "answers__at"])
def test_list_cannot_be_filtered_by_answers(motion: Motion, root: Client, lookup: str) -> None:
    ask(motion, NUMBER, Mia=(SECRET, SECRET))

    for path in (LIST, reverse("admin:auth_user_changelist")):
        response = root.get(path, {lookup: "1"})
        assert response.status_code == 400 or "?e=1" in response.headers.get("Location", "")


def test_nobody_adds_changes_or_deletes_a_question(motion: Motion, root: Client) -> None:
    number = ask(motion, NUMBER, Mia=(SECRET, SECRET))
    page = get_page(number)

    assert root.get(reverse("admin:motion_question_add")).status_code == 403
    assert root.post(page, {"text": "Another"}).status_code == 403
    assert root.post(page.replace("/change/", "/delete/"), {"post": "yes"}).status_code == 403
    assert Question.objects.get().text == NUMBER.text


def test_a_teacher_without_staff_rights_sees_nothing(motion: Motion) -> None:
    number = ask(motion, NUMBER)
    client = Client()
    client.force_login(motion.memberships.get(role="owner").user)

    for path in (LIST, get_page(number)):
        assert client.get(path).status_code == 302


def test_page_of_a_question_has_as_many_queries_for_many_answers(
    motion: Motion, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    answers = {f"Mia {n}": (float(n), float(n)) for n in range(10)}
    number = ask(motion, NUMBER, **answers)
    client = make_staff("view_question", "view_answer")

    with django_assert_max_num_queries(12):
        page = read(client, get_page(number))

    assert all(f"{name} (guest)" in page for name in answers)


def test_page_of_many_answers_shows_the_first(
    motion: Motion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("motion.admin.questions.MAX_ANSWERS", 1)
    number = ask(motion, NUMBER, Mia=(1.0, 1.0), Tom=(2.0, 2.0))

    page = read(make_staff("view_question", "view_answer"), get_page(number))

    assert "Mia (guest)" in page
    assert "Tom" not in page
