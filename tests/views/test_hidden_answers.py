"""Before the reveal nobody learns another person's answer, by any address, and by no log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from motion.models import Guest, Motion, Question
from motion.queries.questions import make_asked
from motion.services import members, questions
from motion.services.questions import close_question, put_away_question, reveal_question
from motion.urls import urlpatterns
from tests.support.asking import HIGH, INTERVAL, LOW, NUMBER, ask, find_traces, join
from tests.support.factories import make_own_motion, make_user
from tests.support.routes import every_path

pytestmark = pytest.mark.django_db

ENDINGS: dict[str, Callable[[int, int], object]] = {
    "open": lambda motion_id, number: None,
    "closed": close_question,
    "put-away": put_away_question,
}
"""What the owner does short of revealing."""

READERS = ("visitor", "guest", "account", "owner", "staff")


@pytest.fixture
def motion() -> Motion:
    motion = make_own_motion(make_user("ada"), slug="class", visibility="unlisted", title="Class")
    members.set_role(motion.pk, make_user("ben"), "controller")
    return motion


@pytest.fixture
def number(motion: Motion) -> int:
    """A question to which Mia and Tom have answered."""
    number = ask(motion, INTERVAL, Mia=(LOW, HIGH), Tom=(-1.0, 1.0))
    questions.show_names(motion.pk, number, True)
    return number


def make_client(who: str, motion: Motion) -> Client:
    client = Client()
    if who == "guest":
        client.force_login(join(motion, "Tom"))
    elif who == "staff":
        client.force_login(make_staff(Permission.objects.exclude(content_type__model="answer")))
    elif who != "visitor":
        client.force_login(User.objects.get(username={"owner": "ada", "account": "ben"}[who]))
    return client


def make_staff(permissions: Any) -> User:
    """A member of the staff with these permissions."""
    user: User = make_user("staff", is_staff=True)
    user.user_permissions.set(permissions)
    return user


def read_pages(client: Client, motion: Motion) -> dict[str, str]:
    """The text at each address that has to do with the motion, by address."""
    paths = [
        reverse(pattern.name or "", kwargs=_fill(pattern.pattern.converters, motion))
        for pattern in urlpatterns
        if "token" not in pattern.pattern.converters
    ]
    pages = {path: client.get(path) for path in [*paths, "/motions/class/people.json?name=mia"]}
    return {path: read_text(response) for path, response in pages.items()}


def _fill(names: Any, motion: Motion) -> dict[str, Any]:
    filled = {"slug": motion.slug, "membership": motion.memberships.latest("pk").pk}
    return {name: value for name, value in filled.items() if name in names}


def read_text(response: Any) -> str:
    async def collect() -> bytes:
        return b"".join([piece async for piece in response.streaming_content])

    is_async = getattr(response, "is_async", False)
    body = async_to_sync(collect)() if is_async else b"".join(response)
    return f"{response.headers} {body.decode('utf-8', 'replace')}"


def read_admin(client: Client, ids: set[int]) -> dict[str, str]:
    """The text of each page of the admin, of every object with one of these ids."""
    paths = {path for pk in ids for path in every_path(object_id=pk) if path.startswith("/admin/")}
    return {path: read_text(client.get(path, follow=True)) for path in paths - {"/admin/logout/"}}


@pytest.mark.fault("another person's answer before the reveal, by any way")
@pytest.mark.parametrize(
    ("who", "state"),
    [
        *((who, "open") for who in READERS),
        *(("guest", "closed"), ("owner", "closed"), ("owner", "put-away")),
    ],
)
def test_answer_is_on_no_page_before_the_reveal(
    motion: Motion, number: int, who: str, state: str
) -> None:
    ENDINGS[state](motion.pk, number)

    pages = read_pages(make_client(who, motion), motion)

    assert {path for path, text in pages.items() if find_traces(text)} == set()


def test_answer_is_on_no_page_of_the_admin_without_its_permission(
    motion: Motion, number: int
) -> None:
    mia = Guest.objects.get(user__first_name="Mia").pk
    ids = {Question.objects.get().pk, mia, motion.pk}

    pages = read_admin(make_client("staff", motion), ids)

    assert any(INTERVAL.text in text for text in pages.values())
    assert {path for path, text in pages.items() if find_traces(text)} == set()


@pytest.mark.parametrize("who", ["visitor", "guest", "account", "owner"])
def test_admin_shows_nothing_to_people_that_are_no_staff(
    motion: Motion, number: int, who: str
) -> None:
    pages = read_admin(make_client(who, motion), {Question.objects.get().pk})

    assert not any(INTERVAL.text in text for text in pages.values())


def test_answer_is_in_no_response_to_what_the_owner_does(motion: Motion, number: int) -> None:
    owner = make_client("owner", motion)
    for action in ("show-names", "hide-names", "close", "put-away", "again", "open", "remove"):
        fields = {"action": action, "number": number}
        assert find_traces(read_text(owner.post("/motions/class/questions/", fields))) == []


def make_form(number: int) -> dict[str, Any]:
    asked = make_asked(Question.objects.get(number=number))
    return {"question": number, "opened_at": asked.opened_at, "low": LOW, "high": HIGH}


def test_answer_is_in_no_log(motion: Motion, number: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    client = Client()
    client.force_login(join(motion, "Mia"))
    form = make_form(number)

    for fields, end in (
        (form, close_question),
        (form | {"low": "x"}, reveal_question),
        (form, None),
    ):
        client.post("/motions/class/answers/", fields)
        if end is not None:
            end(motion.pk, number)

    assert caplog.records
    assert [row for row in caplog.records if find_traces(str(vars(row)))] == []


# --- what the tests above look for would be there ------------------------------------------------


def test_own_answer_is_in_the_response_to_it(motion: Motion, number: int) -> None:
    client = Client()
    client.force_login(join(motion, "Mia"))
    frames = client.get("/motions/class/frames.json")

    response = client.post("/motions/class/answers/", make_form(number))

    for own in (frames, response):
        assert find_traces(read_text(own)) == ["31415.92", "27182.81"]


def test_answer_is_on_these_pages_after_the_reveal(motion: Motion, number: int) -> None:
    reveal_question(motion.pk, number)

    pages = read_pages(make_client("owner", motion), motion)

    found = {path.removeprefix("/motions/class/") for path in pages if find_traces(pages[path])}
    assert {"frames.json", "questions.json", "questions.csv"} <= found


def test_answer_is_in_the_admin_with_its_permission(motion: Motion, number: int) -> None:
    client = Client()
    client.force_login(make_staff(Permission.objects.all()))

    pages = read_admin(client, {Question.objects.get().pk})

    page = reverse("admin:motion_question_change", args=[Question.objects.get().pk])
    assert page in {path for path, text in pages.items() if find_traces(text)}


def test_number_of_another_kind_is_hidden_as_well(motion: Motion) -> None:
    ask(motion, NUMBER, Mia=(LOW, LOW))

    pages = read_pages(make_client("owner", motion), motion)

    assert {path for path, text in pages.items() if find_traces(text)} == set()
