"""Accounts in the admin: what they are called, and links for new passwords."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.test import Client

from motion.models import Answer, Guest, Membership, Motion
from motion.services import questions
from motion.services.guests import join_as_guest
from motion.services.invitations import create_invitation
from tests.support.asking import ask
from tests.support.factories import make_own_motion, make_user
from tests.support.markup import read_page

pytestmark = pytest.mark.django_db

ADD = "/admin/auth/user/add/"
PASSWORD = "between-drift-and-noise"


@pytest.fixture(autouse=True)
def nobody_has_tried() -> None:
    cache.clear()


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_user("boss", is_staff=True, is_superuser=True))
    return client


def add(client: Client, name: str) -> Any:
    form = {"username": name, "usable_password": "true"}
    return client.post(ADD, form | {"password1": PASSWORD, "password2": PASSWORD})


def change(client: Client, user: Any, **values: str) -> Any:
    joined = user.date_joined
    form = {"username": user.username, "date_joined_0": f"{joined:%Y-%m-%d}"}
    form |= {"date_joined_1": f"{joined:%H:%M:%S}", "is_active": "on"}
    return client.post(f"/admin/auth/user/{user.pk}/change/", form | values)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("\u0430dmin", "one alphabet"),
        ("somebody", "a word like"),
        ("b0ss", "does not look like another user"),
        ("\u3164", "visible characters"),
    ],
)
def test_account_form_refuses_a_lookalike_name(admin: Client, name: str, why: str) -> None:
    response = add(admin, name)

    assert response.status_code == 200
    assert why in response.content.decode()
    assert get_user_model().objects.count() == 1


def test_account_is_given_a_cleaned_name(admin: Client) -> None:
    assert add(admin, " rob\u200bert ").status_code == 302
    assert get_user_model().objects.filter(username="robert").exists()


def test_account_with_a_name_of_before_can_be_edited(admin: Client) -> None:
    user = make_user("\u0430dmin\u200b")

    response = change(admin, user, first_name="Robert")

    user.refresh_from_db()
    assert response.status_code == 302
    assert (user.username, user.first_name) == ("\u0430dmin\u200b", "Robert")


def test_account_is_not_renamed_to_a_lookalike(admin: Client) -> None:
    user = make_user("robert")

    assert (
        "does not look like another user" in change(admin, user, username="B0ss").content.decode()
    )
    assert change(admin, user, username="Robert").status_code == 302


# --- deleting many -----------------------------------------------------------------------------


def test_thousand_chosen_accounts_can_be_deleted(admin: Client) -> None:
    make_accounts(1_001)
    ids = get_user_model().objects.filter(username__startswith="pupil").values_list("pk", flat=True)
    form = {"action": "delete_selected", "_selected_action": list(ids)}

    asked = admin.post("/admin/auth/user/", form)
    done = admin.post("/admin/auth/user/", form | {"post": "yes"})

    assert read_html(asked).count('name="_selected_action"') == 1_001
    assert done.status_code == 302
    assert get_user_model().objects.count() == 1


def test_delete_action_refuses_more_rows_than_a_form_holds(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("motion.admin.MAX_DELETED", 2)
    make_accounts(3)
    form = {"action": "delete_selected", "_selected_action": ["1"], "select_across": "1"}

    page = read_html(admin.post("/admin/auth/user/", form, follow=True))

    assert "4 are too many to delete at once. Choose at most 2." in page


def make_accounts(count: int) -> None:
    user = get_user_model()
    user.objects.bulk_create(user(username=f"pupil{number}") for number in range(count))


# --- links for new passwords -------------------------------------------------------------------


def create_link(client: Client, user: Any) -> Any:
    return client.post(f"/admin/auth/user/{user.pk}/password-link/")


def test_password_link_opens_on_another_device(
    admin: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOWED_HOSTS, settings.HOST = ["*"], "0.0.0.0"
    monkeypatch.setattr(
        "brownian_site.hosts.find_reachable_hosts", lambda host: ["127.0.0.1", "192.168.1.5"]
    )
    student = get_user_model().objects.create_user("student")

    page = admin.post(
        f"/admin/auth/user/{student.pk}/password-link/", headers={"host": "127.0.0.1:8000"}
    )

    assert "http://192.168.1.5:8000/accounts/password/reset/key/" in read_html(page)


def read_path(page: Any) -> str:
    found = read_page(page).find(readonly=True)
    return found.text.removeprefix("http://testserver")


def read_html(response: Any) -> str:
    content: str = response.content.decode()
    return content


def test_password_link_works_once_and_is_not_stored(admin: Client) -> None:
    user = make_user("robert")
    page = admin.get(f"/admin/auth/user/{user.pk}/change/")
    assert f'action="/admin/auth/user/{user.pk}/password-link/"' in read_html(page)

    made = create_link(admin, user)

    assert "no-store" in made["Cache-Control"]
    path, visitor = read_path(made), Client()
    form = visitor.get(path, follow=True).redirect_chain[-1][0]
    visitor.post(form, {"password1": PASSWORD, "password2": PASSWORD})
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert "invalid" in read_html(Client().get(path))
    entries = LogEntry.objects.values_list("object_repr", "change_message")
    assert list(entries) == [("robert", "Made a link for a new password.")]
    assert path not in read_html(admin.get(f"/admin/auth/user/{user.pk}/history/"))


def test_password_link_works_when_the_account_is_locked_by_guesses(admin: Client) -> None:
    user, stranger = make_user("robert"), Client()
    for number in range(6):
        stranger.post("/accounts/login/", {"login": "robert", "password": f"guess-{number}"})
    visitor = Client()
    form = visitor.get(read_path(create_link(admin, user)), follow=True).redirect_chain[-1][0]
    visitor.post(form, {"password1": PASSWORD, "password2": PASSWORD})

    response = Client().post("/accounts/login/", {"login": "robert", "password": PASSWORD})

    assert response.status_code == 302


@pytest.mark.parametrize(
    ("permissions", "of_whom", "status"),
    [
        ([], "robert", 403),
        (["view_user"], "robert", 403),
        (["change_user"], "robert", 200),
        (["change_user"], "root", 403),
        (["change_user"], "gone", 403),
    ],
)
def test_password_link_needs_permission_to_change_the_account(
    permissions: list[str], of_whom: str, status: int
) -> None:
    accounts = {
        "robert": make_user("robert"),
        "root": make_user("root", is_superuser=True),
        "gone": make_user("gone", is_active=False),
    }
    staff = make_user("staff", is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(staff)

    assert create_link(client, accounts[of_whom]).status_code == status


def test_password_link_needs_a_csrf_token(admin: Client) -> None:
    user = make_user("robert")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = admin.cookies

    assert create_link(strict, user).status_code == 403
    assert admin.get(f"/admin/auth/user/{user.pk}/password-link/").status_code == 405


# --- guests ------------------------------------------------------------------------------------


@pytest.fixture
def mia() -> User:
    motion = make_own_motion(make_user("ada"), slug="walk", title="Walk")
    return join_as_guest(create_invitation(motion.pk, by=None).token, "Mia", key="mia")


def test_guest_is_shown_and_not_changed(admin: Client, mia: User) -> None:
    address = f"/admin/auth/user/{mia.pk}/change/"

    assert admin.get(address).status_code == 200
    assert change(admin, mia, is_staff="on", is_superuser="on").status_code == 403
    assert admin.post(f"/admin/auth/user/{mia.pk}/password/", {}).status_code == 403
    assert admin.post(f"/admin/auth/user/{mia.pk}/password-link/").status_code == 403
    mia.refresh_from_db()
    assert (mia.is_staff, mia.is_superuser, mia.has_usable_password()) == (False, False, False)


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("auth/user/{}/delete/", {}),
        ("auth/user/", {"action": "delete_selected", "_selected_action": "{}"}),
        ("motion/guest/{}/delete/", {}),
        ("motion/guest/", {"action": "delete_selected", "_selected_action": "{}"}),
        ("motion/motion/{motion}/delete/", {}),
    ],
)
def test_guest_is_deleted_with_its_membership(
    admin: Client, mia: User, address: str, form: dict[str, str]
) -> None:
    motion = mia.guest.motion
    questions.store_answer(motion.pk, ask(motion), 1.0, 1.0, by=mia)
    filled = {name: value.format(mia.pk) for name, value in form.items()}

    admin.post(f"/admin/{address.format(mia.pk, motion=motion.pk)}", filled | {"post": "yes"})

    assert not Guest.objects.exists()
    assert set(User.objects.values_list("username", flat=True)) == {"ada", "boss"}
    assert not Membership.objects.filter(role="viewer").exists()
    assert not Answer.objects.exists(), "the question is open"
    for left in Motion.objects.filter(pk=motion.pk):
        assert left.access_version > motion.access_version


@pytest.mark.parametrize(
    ("kind", "names"),
    [("accounts", {"ada", "boss"}), ("guests", {"Mia"}), ("", {"ada", "boss", "Mia"})],
)
def test_list_of_users_is_filtered_by_kind(
    admin: Client, mia: User, kind: str, names: set[str]
) -> None:
    shown = admin.get("/admin/auth/user/", {"kind": kind} if kind else {}).context["cl"].queryset

    assert {user.first_name or user.username for user in shown} == names


def test_list_of_guests_says_whose_guests_they_are(admin: Client, mia: User) -> None:
    text = read_page(admin.get("/admin/motion/guest/")).text

    assert "Mia" in text
    assert "Walk" in text
    assert admin.get("/admin/motion/guest/add/").status_code == 403
    assert admin.get(f"/admin/motion/guest/{mia.pk}/change/").status_code == 200


def test_search_for_members_finds_no_guest(admin: Client, mia: User) -> None:
    query = {"app_label": "motion", "model_name": "membership", "field_name": "user", "term": ""}

    found = admin.get("/admin/autocomplete/", query).json()["results"]

    assert {row["text"] for row in found} == {"ada", "boss"}


def test_names_are_hidden_and_the_door_is_closed_in_the_admin(admin: Client, mia: User) -> None:
    address = f"/admin/motion/motion/{mia.guest.motion_id}/change/"
    form = read_page(admin.get(address)).find("form", id="motion_form")
    values = {
        field["name"]: field.attributes.get("value", "on")
        for field in form.find_all("input")
        if "name" in field and (field.attributes.get("type") != "checkbox" or "checked" in field)
    }
    chosen = {
        select["name"]: option.attributes["value"]
        for select in form.find_all("select")
        for option in select.find_all("option", selected=True)
    }
    values.pop("_addanother", None)
    values.pop("_continue", None)

    answer = admin.post(address, values | chosen | {"names_hidden": "on", "door_closed": "on"})

    assert answer.status_code == 302
    motion = Motion.objects.get()
    assert (motion.names_hidden, motion.door_closed) == (True, True)
    assert motion.access_version > mia.guest.motion.access_version
