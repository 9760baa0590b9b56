"""The form by which an owner hands control over, as a browser without scripts posts it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from motion import people, presence
from motion.models import Membership, Motion
from motion.presence import Audience
from tests.factories import make_own_motion, make_user

pytestmark = pytest.mark.django_db

PATH = "/motions/class/hand-over/"
JSON = {"headers": {"accept": "application/json"}}


@pytest.fixture
def motion() -> Motion:
    ada, ben = make_user("ada"), make_user("ben")
    motion = make_own_motion(ada, slug="class", control="controllers", visibility="private")
    people.set_role(motion.pk, ben, "viewer")
    return motion


def client_of(name: str, **options: Any) -> Client:
    client = Client(**options)
    if name:
        user = get_user_model().objects.filter(username=name).first() or make_user(name)
        client.force_login(user)
    return client


def roles(motion: Motion) -> dict[str, str]:
    rows = Membership.objects.filter(motion=motion)
    return dict(rows.values_list("user__username", "role"))


def test_plain_form_leads_back_to_the_page(motion: Motion) -> None:
    response = client_of("ada").post(PATH, {"action": "let", "name": "ben"})

    assert (response.status_code, response["Location"]) == (302, "/motions/class/")
    assert roles(motion)["ben"] == "controller"


def test_script_is_answered_with_nothing(motion: Motion) -> None:
    response = client_of("ada").post(PATH, {"action": "let", "name": "ben"}, **JSON)

    assert (response.status_code, response.content) == (204, b"")


def test_somebody_who_only_watches_can_be_let(motion: Motion) -> None:
    guest = make_user("guest@example.org")
    presence.write("server", {motion.pk: Audience({guest.pk: "guest@…"})})

    client_of("ada").post(PATH, {"action": "let", "name": "guest@…"})

    assert roles(motion)["guest@example.org"] == "controller"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"action": "let"},
        {"action": "let", "name": "ghost"},
        {"action": "let", "name": "stranger"},
        {"action": "let", "name": "ben\0"},
        {"action": "only-me"},
        {"action": "only-me", "on": "perhaps"},
        {"action": "__class__", "name": "ben"},
    ],
)
def test_form_that_says_nothing_sensible_is_refused(motion: Motion, form: dict[str, str]) -> None:
    make_user("stranger")

    response = client_of("ada").post(PATH, form, **JSON)

    assert response.status_code == 400
    assert response.json()["message"].startswith("The ")
    assert roles(motion) == {"ada": "owner", "ben": "viewer"}


@pytest.mark.parametrize(("who", "status"), [("", 404), ("stranger", 404), ("ben", 403)])
@pytest.mark.parametrize("action", ["let", "take-back", "only-me"])
def test_nobody_else_hands_it_over(motion: Motion, who: str, status: int, action: str) -> None:
    form = {"action": action, "name": "ben", "on": "true"}

    response = client_of(who).post(PATH, form)

    motion.refresh_from_db()
    assert response.status_code == status
    assert (roles(motion)["ben"], motion.owner_only) == ("viewer", False)


def test_get_changes_nothing(motion: Motion) -> None:
    response = client_of("ada").get(PATH, {"action": "let", "name": "ben"})

    assert response.status_code == 405
    assert roles(motion)["ben"] == "viewer"


def test_form_of_another_site_is_refused(motion: Motion) -> None:
    client = client_of("ada", enforce_csrf_checks=True)

    response = client.post(PATH, {"action": "let", "name": "ben"})

    assert response.status_code == 403
    assert roles(motion)["ben"] == "viewer"


@pytest.mark.parametrize("name", ["ben", "ada", "ghost", ""])
def test_who_may_not_hand_over_learns_no_names(motion: Motion, name: str) -> None:
    Motion.objects.update(visibility="public")

    response = client_of("stranger").post(PATH, {"action": "let", "name": name}, **JSON)

    assert response.status_code == 403


def test_name_that_two_people_have_is_nobodys(motion: Motion) -> None:
    for username in ("kim@a.example", "kim@b.example"):
        people.set_role(motion.pk, make_user(username), "viewer")

    response = client_of("ada").post(PATH, {"action": "let", "name": "kim@…"}, **JSON)

    assert response.status_code == 400
    assert set(roles(motion).values()) == {"owner", "viewer"}
