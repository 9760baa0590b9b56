"""The form by which an owner hands control over, as a browser without scripts posts it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from motion.live import presence
from motion.live.presence import Viewers
from motion.models import Membership, Motion, make_person_id
from motion.services import members
from tests.support.factories import make_own_motion, make_user

pytestmark = pytest.mark.django_db

PATH = "/motions/class/hand-over/"
JSON = {"headers": {"accept": "application/json"}}


@pytest.fixture
def motion() -> Motion:
    ada, ben = make_user("ada"), make_user("ben")
    motion = make_own_motion(ada, slug="class", control="controllers", visibility="private")
    members.set_role(motion.pk, ben, "viewer")
    return motion


def make_client(name: str, **options: Any) -> Client:
    client = Client(**options)
    if name:
        user = get_user_model().objects.filter(username=name).first() or make_user(name)
        client.force_login(user)
    return client


def find_person_id(motion: Motion, username: str) -> str:
    return make_person_id(motion.pk, get_user_model().objects.get(username=username).pk)


def read_hand_over_roles(motion: Motion) -> dict[str, str]:
    rows = Membership.objects.filter(motion=motion)
    return dict(rows.values_list("user__username", "role"))


def test_plain_form_leads_back_to_the_page(motion: Motion) -> None:
    response = make_client("ada").post(
        PATH, {"action": "let", "person": find_person_id(motion, "ben")}
    )

    assert (response.status_code, response["Location"]) == (302, "/motions/class/")
    assert read_hand_over_roles(motion)["ben"] == "controller"


def test_script_is_answered_with_nothing(motion: Motion) -> None:
    response = make_client("ada").post(
        PATH, {"action": "let", "person": find_person_id(motion, "ben")}, **JSON
    )

    assert (response.status_code, response.content) == (204, b"")


def test_viewer_without_a_role_can_get_control(motion: Motion) -> None:
    guest = make_user("guest@example.org")
    presence.write_rows("server", {motion.pk: Viewers({guest.pk: "guest@…"})})

    make_client("ada").post(
        PATH, {"action": "let", "person": find_person_id(motion, guest.username)}
    )

    assert read_hand_over_roles(motion)["guest@example.org"] == "controller"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"action": "let"},
        {"action": "let", "person": "ghost"},
        {"action": "let", "person": "ben"},
        {"action": "let", "person": "the stranger's"},
        {"action": "let", "person": "ben\0"},
        {"action": "only-me"},
        {"action": "only-me", "on": "perhaps"},
        {"action": "__class__", "person": "ben"},
    ],
)
def test_hand_over_refuses_a_wrong_form(motion: Motion, form: dict[str, str]) -> None:
    stranger = make_user("stranger")
    if form.get("person") == "the stranger's":
        form = form | {"person": make_person_id(motion.pk, stranger.pk)}

    response = make_client("ada").post(PATH, form, **JSON)

    assert response.status_code == 400
    assert response.json()["message"].startswith("The ")
    assert read_hand_over_roles(motion) == {"ada": "owner", "ben": "viewer"}


@pytest.mark.parametrize("action", ["let", "take-back"])
def test_hand_over_refuses_a_deactivated_person(motion: Motion, action: str) -> None:
    get_user_model().objects.filter(username="ben").update(is_active=False)

    response = make_client("ada").post(
        PATH, {"action": action, "person": find_person_id(motion, "ben")}, **JSON
    )

    assert response.status_code == 400
    assert read_hand_over_roles(motion)["ben"] == "viewer"


@pytest.mark.parametrize(("who", "status"), [("", 404), ("stranger", 404), ("ben", 403)])
@pytest.mark.parametrize("action", ["let", "take-back", "only-me"])
def test_hand_over_is_refused_to_others(motion: Motion, who: str, status: int, action: str) -> None:
    form = {"action": action, "person": find_person_id(motion, "ben"), "on": "true"}

    response = make_client(who).post(PATH, form)

    motion.refresh_from_db()
    assert response.status_code == status
    assert (read_hand_over_roles(motion)["ben"], motion.owner_only) == ("viewer", False)


def test_get_changes_nothing(motion: Motion) -> None:
    response = make_client("ada").get(
        PATH, {"action": "let", "person": find_person_id(motion, "ben")}
    )

    assert response.status_code == 405
    assert read_hand_over_roles(motion)["ben"] == "viewer"


def test_form_of_another_site_is_refused(motion: Motion) -> None:
    client = make_client("ada", enforce_csrf_checks=True)

    response = client.post(PATH, {"action": "let", "person": find_person_id(motion, "ben")})

    assert response.status_code == 403
    assert read_hand_over_roles(motion)["ben"] == "viewer"


@pytest.mark.parametrize("name", ["ben", "ada", ""])
def test_stranger_learns_no_ids_when_hand_over_is_refused(motion: Motion, name: str) -> None:
    Motion.objects.update(visibility="public")
    person = find_person_id(motion, name) if name else "ghost"

    response = make_client("stranger").post(PATH, {"action": "let", "person": person}, **JSON)

    assert response.status_code == 403


def test_hand_over_reaches_one_of_two_people_with_one_name(motion: Motion) -> None:
    for username in ("kim@a.example", "kim@b.example"):
        members.set_role(motion.pk, make_user(username), "viewer")

    form = {"action": "let", "person": find_person_id(motion, "kim@b.example")}
    response = make_client("ada").post(PATH, form, **JSON)

    assert response.status_code == 204
    assert (
        read_hand_over_roles(motion)["kim@a.example"],
        read_hand_over_roles(motion)["kim@b.example"],
    ) == (*("viewer", "controller"),)


def test_page_of_the_version_before_is_asked_to_reload(motion: Motion) -> None:
    response = make_client("ada").post(PATH, {"action": "let", "name": "ben"}, **JSON)

    assert response.status_code == 400
    assert response.json()["message"] == (
        "This page is older than the server. Reload it, then try again."
    )
    assert read_hand_over_roles(motion)["ben"] == "viewer"


def test_person_id_is_secret_and_differs_by_motion(motion: Motion) -> None:
    other = make_own_motion(make_user("cy"))
    ben = get_user_model().objects.get(username="ben")

    pairs = ((motion.pk, ben.pk), (other.pk, ben.pk), (motion.pk, 0))
    ids = {make_person_id(*pair) for pair in pairs}

    assert len(ids) == 3
    assert str(ben.pk) not in ids


# --- finding a person ------------------------------------------------------------------------

FIND = "/motions/class/people.json"


def find(name: str, *, by: str = "ada") -> Any:
    return make_client(by).get(FIND, {"name": name})


def test_search_finds_viewers_and_members(motion: Motion) -> None:
    guests = {make_user(name).pk: name for name in ("Bennet", "zoe")}
    presence.write_rows("server", {motion.pk: Viewers(guests)})
    make_user("bentley")  # a stranger

    response = find("BEN")

    assert response["Cache-Control"] == "private, no-store"
    assert response.json() == {
        "people": [
            {
                "id": find_person_id(motion, "ben"),
                "name": "ben",
                "is_here": False,
                "role": "viewer",
            },
            {
                "id": find_person_id(motion, "Bennet"),
                "name": "Bennet",
                "is_here": True,
                "role": None,
            },
        ]
    }


def test_hidden_part_of_an_address_is_not_searched(motion: Motion) -> None:
    members.set_role(motion.pk, make_user("kim@ben.example"), "viewer")

    assert [one["name"] for one in find("ben").json()["people"]] == ["ben"]
    assert [one["name"] for one in find("kim").json()["people"]] == ["kim@…"]


def test_search_ignores_the_hidden_part_of_names(motion: Motion) -> None:
    users = get_user_model().objects
    names = [*(f"a{at:02}@school.edu" for at in range(30)), "ted@school.edu"]
    pupils = users.bulk_create(users.model(username=name) for name in names)
    Membership.objects.bulk_create(Membership(motion=motion, user=one) for one in pupils)

    assert [one["name"] for one in find("ED").json()["people"]] == ["ted@…"]


def test_search_reads_and_sends_few_of_many(
    motion: Motion, django_assert_max_num_queries: Any
) -> None:
    users = get_user_model().objects
    users.bulk_create(users.model(username=f"pupil{at:02}") for at in range(80))
    pupils = list(users.filter(username__startswith="pupil").order_by("username"))
    Membership.objects.bulk_create(Membership(motion=motion, user=one) for one in pupils[:40])
    named = {one.pk: one.username for one in pupils[35:]}
    presence.write_rows("server", {motion.pk: Viewers(named)})
    client = make_client("ada")

    with django_assert_max_num_queries(9):
        found = client.get(FIND, {"name": "pupil"}).json()["people"]

    assert [one["name"] for one in found] == [f"pupil{at:02}" for at in range(30)]


@pytest.mark.parametrize(("who", "status"), [("", 404), ("stranger", 404), ("ben", 403)])
def test_search_is_refused_to_others(motion: Motion, who: str, status: int) -> None:
    assert find("ben", by=who).status_code == status


@pytest.mark.parametrize("name", ["", "  ", "\0", "x" * 151])
def test_search_for_no_name_is_refused(motion: Motion, name: str) -> None:
    response = find(name)

    assert (response.status_code, "name" in response.json()["message"]) == (400, True)
