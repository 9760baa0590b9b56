"""The pages of a motion's owner: settings, people, share, changes; others may not open them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from motion.live import presence
from motion.live.presence import Viewers
from motion.models import Change, Epoch, Invitation, Membership, Motion
from motion.services import motions
from motion.services.invitations import create_invitation, revoke_invitation
from motion.services.members import set_role
from tests.support.factories import (
    change_very_often,
    make_motion,
    make_own_motion,
    make_user,
    read_roles,
    rows_made,
)
from tests.support.markup import Element, read_page

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def stored(lasting: Callable[[Callable[[], Motion]], Motion]) -> Motion:
    return lasting(make_motion_with_members)


@pytest.fixture
def motion(stored: Motion) -> Motion:
    return Motion.objects.get(pk=stored.pk)


def make_motion_with_members() -> Motion:
    """A motion of ada's, which ben may watch and cyd control as members."""
    motion = make_own_motion(make_user("ada"), slug="hers", title="Hers", step=40)
    set_role(motion.pk, make_user("ben"), "viewer")
    set_role(motion.pk, make_user("cyd"), "controller")
    return motion


def get_user(name: str) -> Any:
    return Membership.objects.model.user.field.related_model.objects.get(username=name)


def make_client(name: str, **options: Any) -> Client:
    """Somebody's browser: a member's, "visitor" (signed out) or "stranger" (no member)."""
    client = Client(**options)
    if name == "stranger":
        make_user("stranger")
    if name != "visitor":
        client.force_login(get_user(name))
    return client


def find_member_key(motion: Motion, name: str) -> int:
    return int(motion.memberships.get(user__username=name).pk)


def read_message(client: Client, path: str, **form: Any) -> str:
    """The messages on the page that a post leads to."""
    page = read_page(client.post(path, form, follow=True))
    return " ".join(message.text for message in page.find_all("p", data_kind=True))


def list_checked(page: Element) -> list[tuple[str, str]]:
    """The names and values of the checked inputs of the form with a title."""
    (form,) = (form for form in page.find_all("form") if form.find_all("input", name="title"))
    checked = form.find_all("input", checked=True)
    return [(field["name"], field.attributes.get("value", "")) for field in checked]


DESCRIPTION = {"title": "Hers", "visibility": "public", "control": "everyone", "ensemble": "0"}

# Each post that the owner's pages offer; BEN and INVITATION are filled in.
POSTS = [
    ("/motions/hers/settings/", DESCRIPTION | {"title": "Mine now"}),
    ("/motions/hers/restart/", {}),
    ("/motions/hers/delete/", {}),
    ("/motions/hers/share/", {}),
    ("/motions/hers/people/", {"action": "invite", "role": "controller", "expiry": "never"}),
    ("/motions/hers/people/", {"action": "role", "member": "BEN", "role": "controller"}),
    ("/motions/hers/people/", {"action": "remove", "member": "BEN"}),
    ("/motions/hers/people/", {"action": "revoke", "invitation": "INVITATION"}),
    ("/motions/hers/people/BEN/remove/", {}),
    ("/motions/hers/people/BEN/transfer/", {}),
]
PAGES = list(dict.fromkeys(path for path, _ in POSTS))


def fill_in(motion: Motion, path: str, form: dict[str, str]) -> tuple[str, dict[str, str]]:
    invitation = create_invitation(motion.pk, by=get_user("ada"), role="controller")
    keys = {"BEN": str(find_member_key(motion, "ben")), "INVITATION": str(invitation.pk)}
    for name, key in keys.items():
        path = path.replace(name, key)
    return path, {name: keys.get(value, value) for name, value in form.items()}


def read_everything() -> list[Any]:
    """All that these pages can change."""
    fields = ("title", "visibility", "control", "owner_only", "ensemble", "epoch", "access_version")
    return [
        list(Motion.objects.order_by("pk").values_list(*fields)),
        list(Membership.objects.order_by("pk").values_list("user", "role")),
        list(Invitation.objects.order_by("pk").values_list("code", "revoked_at", "uses")),
    ]


# --- who may not ---------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["stranger", "ben", "cyd"])
@pytest.mark.parametrize(("path", "form"), POSTS)
def test_pages_of_the_owner_are_refused_to_others(
    motion: Motion, who: str, path: str, form: dict[str, str]
) -> None:
    path, form = fill_in(motion, path, form)
    client = make_client(who)
    before = read_everything()

    assert client.get(path).status_code == 403
    assert client.post(path, form).status_code == 403
    assert read_everything() == before


@pytest.mark.parametrize(("path", "form"), POSTS)
def test_pages_of_the_owner_redirect_visitors_to_sign_in(
    motion: Motion, path: str, form: dict[str, str]
) -> None:
    path, form = fill_in(motion, path, form)
    before = read_everything()

    for response in (Client().get(path), Client().post(path, form)):
        assert response.status_code == 302
        assert response["Location"] == f"/accounts/login/?next={path}"
    assert read_everything() == before


@pytest.mark.fault("a post from elsewhere, a GET that would change something")
@pytest.mark.parametrize(("path", "form"), POSTS)
def test_post_from_elsewhere_does_nothing(motion: Motion, path: str, form: dict[str, str]) -> None:
    path, form = fill_in(motion, path, form)
    before = read_everything()

    assert make_client("ada", enforce_csrf_checks=True).post(path, form).status_code == 403
    assert read_everything() == before


@pytest.mark.fault("a post from elsewhere, a GET that would change something")
@pytest.mark.parametrize(("path", "form"), POSTS)
def test_get_changes_nothing(motion: Motion, path: str, form: dict[str, str]) -> None:
    path, form = fill_in(motion, path, form)
    before = read_everything()

    assert make_client("ada").get(path, form).status_code == 200
    assert read_everything() == before


@pytest.mark.parametrize("path", [*PAGES, "/motions/hers/", "/motions/hers/changes/"])
def test_private_motion_is_as_unknown_as_any(motion: Motion, path: str) -> None:
    motions.update_description(motion.pk, visibility="private")
    path, _ = fill_in(motion, path, {})
    client = make_client("stranger")

    def page(slug: str, method: str) -> tuple[int, str]:
        address = path.replace("hers", slug)
        response = getattr(client, method)(address)
        page = read_page(response)
        for token in page.find_all(name="csrfmiddlewaretoken"):
            token.attributes.clear()
        return response.status_code, repr(page).replace(address, "PATH")

    for method in ("get", "post"):
        assert page("hers", method) == page("none", method)
    assert page("hers", "get")[0] == 404


@pytest.mark.parametrize("path", ["/motions/hers/", "/motions/hers/changes/"])
def test_private_motion_looks_unknown_to_a_visitor_byte_for_byte(motion: Motion, path: str) -> None:
    motions.update_description(motion.pk, visibility="private")
    unknown = path.replace("hers", "none")

    private, missing = Client().get(path), Client().get(unknown)

    assert private.status_code == missing.status_code == 404
    assert private.content == missing.content.replace(b"none", b"hers")
    assert (
        f'<a href="/accounts/login/?next={path}">sign in to see it</a>' in private.content.decode()
    )


def test_administrator_manages_motions_of_others(motion: Motion) -> None:
    admin = make_user("root", is_staff=True)
    for name in ("view_motion", "change_motion"):
        admin.user_permissions.add(Permission.objects.get(codename=name))

    assert make_client("root").get("/motions/hers/settings/").status_code == 200
    form = build_settings_form(motion, title="Cleaned")
    read_message(make_client("root"), "/motions/hers/settings/", **form)

    motion.refresh_from_db()
    assert motion.title == "Cleaned"


@pytest.mark.parametrize("who", ["visitor", "stranger", "ben", "cyd", "ada"])
def test_live_page_links_to_the_owners_pages(motion: Motion, who: str) -> None:
    page = read_page(make_client(who).get("/motions/hers/"))

    links = {f"/motions/hers/{name}/" for name in ("settings", "people", "share")}
    found = {link["href"] for link in page.find_all("a", href=True)}
    assert links & found == (links if who == "ada" else set())


# --- settings ------------------------------------------------------------------------------------


def test_settings_show_stored_values(motion: Motion) -> None:
    motions.update_description(
        motion.pk, visibility="private", control="signed-in", owner_only=True
    )

    page = read_page(make_client("ada").get("/motions/hers/settings/"))

    assert page.find("input", name="title")["value"] == "Hers"
    assert list_checked(page) == [
        ("visibility", "private"),
        ("control", "signed-in"),
        ("owner_only", ""),
    ]


def test_settings_are_saved_and_open_pages_follow(motion: Motion) -> None:
    edits = {"title": " Ours ", "visibility": "private", "control": "signed-in", "owner_only": "on"}
    form = build_settings_form(motion, **edits)
    motion.refresh_from_db()

    text = read_message(make_client("ada"), "/motions/hers/settings/", **form)

    version = motion.access_version
    motion.refresh_from_db()
    assert text == "Saved. Open pages update now."
    assert (motion.title, motion.slug) == ("Ours", "hers")
    assert (motion.visibility, motion.control) == ("private", "signed-in")
    assert motion.owner_only
    assert motion.access_version > version


def test_wrong_settings_are_kept_beside_their_refusal(motion: Motion) -> None:
    response = make_client("ada").post("/motions/hers/settings/", DESCRIPTION | {"title": ""})

    motion.refresh_from_db()
    assert response.status_code == 200
    assert 'id="id_title_error"' in response.content.decode()
    assert motion.title == "Hers"


def build_settings_form(motion: Motion, **edits: str) -> dict[str, str]:
    """What the page of settings, as it is now, would send with some fields edited."""
    motion.refresh_from_db()
    stored = {name: str(getattr(motion, name)) for name in (*DESCRIPTION, "owner_only")}
    shown = {f"initial-{name}": value for name, value in stored.items()}
    return shown | {key: value for key, value in (stored | edits).items() if value != "False"}


def test_stale_settings_change_only_fields_without_conflict(motion: Motion) -> None:
    form = build_settings_form(motion, title="Renamed")
    motions.update_description(motion.pk, visibility="private", owner_only=True)
    set_role(motion.pk, get_user("ben"), "viewer")

    text = read_message(make_client("ada"), "/motions/hers/settings/", **form)

    motion.refresh_from_db()
    assert text == "Saved. Open pages update now."
    assert (motion.title, motion.visibility, motion.owner_only) == ("Renamed", "private", True)
    assert motion.described_by == get_user("ada")


def test_setting_with_conflict_is_refused_and_input_stays(
    motion: Motion,
) -> None:
    form = build_settings_form(motion, visibility="unlisted", title="Typed", owner_only="on")
    User.objects.filter(username="ben").update(is_staff=True, is_superuser=True)
    motions.update_description(motion.pk, by=get_user("ben"), visibility="private")

    response = make_client("ada").post("/motions/hers/settings/", form)

    page = read_page(response)
    motion.refresh_from_db()
    assert "ben changed this from “Public: everyone can find it in the list” to" in page.text
    assert "Save again to set “Unlisted: anyone who has the link”." in page.text
    assert page.text.count(" meanwhile.") == 1
    assert page.find("input", name="title")["value"] == "Typed"
    assert list_checked(page) == [
        ("visibility", "unlisted"),
        ("control", "everyone"),
        ("owner_only", ""),
    ]
    assert (motion.title, motion.visibility) == ("Hers", "private")

    again = form | {"initial-visibility": "private"}
    assert page.find(name="initial-visibility")["value"] == "private"
    assert (
        read_message(make_client("ada"), "/motions/hers/settings/", **again)
        == "Saved. Open pages update now."
    )
    motion.refresh_from_db()
    assert (motion.title, motion.visibility, motion.owner_only) == ("Typed", "unlisted", True)


def test_settings_of_an_earlier_page_keep_the_number_of_paths(motion: Motion) -> None:
    motions.update_description(motion.pk, ensemble=40)
    form = build_settings_form(motion, title="Renamed")
    del form["ensemble"], form["initial-ensemble"]

    read_message(make_client("ada"), "/motions/hers/settings/", **form)

    motion.refresh_from_db()
    assert (motion.title, motion.ensemble) == ("Renamed", 40)


def test_settings_offer_a_restart_when_the_next_path_has_another_ensemble(motion: Motion) -> None:
    client, form = make_client("ada"), build_settings_form(motion, ensemble="40")
    offer = "Restart with 40 paths…"

    read_message(client, "/motions/hers/settings/", **form)
    page = read_page(client.get("/motions/hers/settings/")).text
    asked = read_page(client.get("/motions/hers/restart/")).text
    motion.refresh_from_db()
    client.post("/motions/hers/restart/", {"revision": motion.revision})

    assert offer in page
    assert "on every screen, with 40 paths for the class." in asked
    assert offer not in read_page(client.get("/motions/hers/settings/")).text
    assert Epoch.objects.get(motion=motion, ended_at=None).paths == 40


def test_settings_without_hidden_values_change_nothing(motion: Motion) -> None:
    motions.update_description(motion.pk, visibility="private", owner_only=True)

    response = make_client("ada").post(
        "/motions/hers/settings/", DESCRIPTION | {"title": "Renamed"}
    )

    motion.refresh_from_db()
    assert response.status_code == 200
    assert (motion.title, motion.visibility, motion.owner_only) == ("Hers", "private", True)


def test_settings_page_sends_hidden_values(motion: Motion) -> None:
    page = read_page(make_client("ada").get("/motions/hers/settings/"))

    hidden = {field["name"]: field["value"] for field in page.find_all("input", type="hidden")}
    prefix = "initial-"
    assert {
        name.removeprefix(prefix): value
        for name, value in hidden.items()
        if name.startswith(prefix)
    } == {
        "title": "Hers",
        "visibility": "public",
        "control": "everyone",
        "owner_only": "False",
        "ensemble": "0",
    }


@pytest.mark.fault("a doubled click, a retried command")
def test_doubled_click_restarts_once(motion: Motion) -> None:
    html = make_client("ada").get("/motions/hers/restart/").content.decode()
    form = {"revision": motion.revision}
    assert f'name="revision" value="{motion.revision}"' in html

    for _ in range(2):
        make_client("ada").post("/motions/hers/restart/", form)

    assert motion.epochs.count() == 2


def test_restart_page_counts_viewers_and_restarts(motion: Motion) -> None:
    presence.write_rows("p", {motion.pk: Viewers({}, frozenset("abc"))})
    html = make_client("ada").get("/motions/hers/restart/").content.decode()
    assert "3 people are watching now." in html

    response = make_client("ada").post("/motions/hers/restart/", {"revision": motion.revision})

    epoch = motion.epoch
    motion.refresh_from_db()
    assert response["Location"] == "/motions/hers/"
    assert motion.epoch > epoch
    assert motion.changes.order_by("revision").last().by == get_user("ada")  # type: ignore[union-attr]


@pytest.mark.parametrize("was_paused", [False, True])
def test_restart_offers_to_begin_paused(motion: Motion, was_paused: bool) -> None:
    motions.change_motion(motion.pk, values={"paused": was_paused}, under_policy=False)
    box = read_page(make_client("ada").get("/motions/hers/restart/")).find(
        id="paused", type="checkbox"
    )
    assert ("checked" in box) == was_paused

    for sent, paused in ([], was_paused), (["no", "yes"], True), (["no"], False):
        motion.refresh_from_db()
        form = {"revision": motion.revision, "paused": sent}
        make_client("ada").post("/motions/hers/restart/", form)

        epoch = motion.epoch
        motion.refresh_from_db()
        assert (motion.epoch > epoch, motion.step, motion.paused) == (True, 0, paused)


@pytest.mark.parametrize(
    ("watching", "words"),
    [(0, "Nobody is watching"), (1, "1 person is watching"), (2, "2 people are watching")],
)
def test_delete_page_names_the_motion_and_counts_viewers(
    motion: Motion, watching: int, words: str
) -> None:
    presence.write_rows("p", {motion.pk: Viewers({}, frozenset("abc"[:watching]))})

    html = make_client("ada").get("/motions/hers/delete/").content.decode()

    assert "Delete “<bdi>Hers</bdi>”?" in html
    assert words in html


def test_delete_page_deletes_the_motion(motion: Motion) -> None:
    assert read_message(make_client("ada"), "/motions/hers/delete/") == "“Hers” was deleted."
    assert not Motion.objects.exists()


# --- people --------------------------------------------------------------------------------------


def test_people_are_shown_with_their_roles(motion: Motion) -> None:
    page = read_page(make_client("ada").get("/motions/hers/people/"))

    rows = [row for row in page.find_all("li") if row.find_all("bdi", class_="name")]
    shown = [
        (row.find("bdi", class_="name").text, row.find_all("span", class_="badge")[0].text)
        for row in rows
    ]
    assert shown == [("ada", "owner"), ("ben", "viewer"), ("cyd", "controller")]


def test_people_never_show_an_address(motion: Motion) -> None:
    set_role(motion.pk, make_user("eve@example.org"), "viewer")

    html = make_client("ada").get("/motions/hers/people/").content.decode()

    assert "eve@…" in html
    assert "example.org" not in html


def test_people_page_changes_a_role(motion: Motion) -> None:
    form = {"action": "role", "member": find_member_key(motion, "ben"), "role": "controller"}

    assert (
        read_message(make_client("ada"), "/motions/hers/people/", **form)
        == "ben is now a controller."
    )
    assert read_roles(motion) == {"ada": "owner", "ben": "controller", "cyd": "controller"}


def test_remove_asks_first_and_then_removes(motion: Motion) -> None:
    ada, path = make_client("ada"), f"/motions/hers/people/{find_member_key(motion, 'ben')}/remove/"

    question = ada.get(path).content.decode()
    assert "Remove <bdi>ben</bdi>?" in question
    assert "They are no longer a member." in question
    assert read_roles(motion).keys() == {"ada", "ben", "cyd"}

    assert read_message(ada, path) == "ben was removed."
    assert read_roles(motion) == {"ada": "owner", "cyd": "controller"}
    assert ada.get(path).status_code == 404


def test_button_of_an_older_page_leads_to_the_question(motion: Motion) -> None:
    key = find_member_key(motion, "ben")
    form = {"action": "remove", "member": key}

    answer = make_client("ada").post("/motions/hers/people/", form)

    assert answer["Location"] == f"/motions/hers/people/{key}/remove/"
    assert read_roles(motion).keys() == {"ada", "ben", "cyd"}


def test_people_page_keeps_the_owner(motion: Motion) -> None:
    key, ada = find_member_key(motion, "ada"), make_client("ada")
    form = {"action": "role", "member": key, "role": "viewer"}

    assert ada.post("/motions/hers/people/", form).status_code == 403
    assert ada.post(f"/motions/hers/people/{key}/remove/").status_code == 404
    assert read_roles(motion)["ada"] == "owner"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"action": "promote"},
        {"action": "remove"},
        {"action": "remove", "member": "x"},
        {"action": "remove", "member": "-1"},
        {"action": "remove", "member": "9" * 40},
        {"action": "role", "member": "BEN", "role": "owner"},
        {"action": "role", "member": "BEN"},
        {"action": "revoke", "invitation": "0"},
    ],
)
def test_people_page_refuses_unknown_actions(motion: Motion, form: dict[str, str]) -> None:
    path, form = fill_in(motion, "/motions/hers/people/", form)
    before = read_everything()

    assert make_client("ada").post(path, form).status_code == 404
    assert read_everything() == before


def test_owner_reaches_no_other_motions_people(motion: Motion) -> None:
    other = make_own_motion(get_user("cyd"), slug="other")
    set_role(other.pk, get_user("ben"), "viewer")
    invitation = create_invitation(other.pk, by=get_user("cyd"))
    key = find_member_key(other, "ben")
    before = read_everything()
    ada = make_client("ada")

    for form in (
        {"action": "remove", "member": key},
        {"action": "role", "member": key, "role": "controller"},
        {"action": "revoke", "invitation": invitation.pk},
    ):
        assert ada.post("/motions/hers/people/", form).status_code == 404
    assert ada.post(f"/motions/hers/people/{key}/transfer/").status_code == 404
    assert read_everything() == before


def test_ownership_is_handed_over(motion: Motion) -> None:
    path = f"/motions/hers/people/{find_member_key(motion, 'ben')}/transfer/"
    page = make_client("ada").get(path).content.decode()
    assert "<bdi>ben</bdi> the owner?" in page
    assert "A new path begins at zero, on every screen" in page

    assert read_message(make_client("ada"), path) == "ben is now the owner. A new path began."
    assert read_roles(motion) == {"ada": "controller", "ben": "owner", "cyd": "controller"}


def test_ownership_is_not_handed_to_its_owner(motion: Motion) -> None:
    path = f"/motions/hers/people/{find_member_key(motion, 'ada')}/transfer/"

    assert make_client("ada").get(path).status_code == 404
    assert make_client("ada").post(path).status_code == 404


def test_transfer_refuses_an_owner_of_too_many(motion: Motion, settings: Any) -> None:
    settings.MOTION_LIMIT_PER_PERSON = 1
    make_own_motion(get_user("ben"), slug="other")
    path = f"/motions/hers/people/{find_member_key(motion, 'ben')}/transfer/"

    assert read_message(make_client("ada"), path).startswith("One person can own at most 1 motions")
    assert read_roles(motion)["ada"] == "owner"


@pytest.mark.parametrize("who", ["ben", "cyd"])
def test_leave_ends_the_membership(motion: Motion, who: str) -> None:
    assert (
        "Leave “<bdi>Hers</bdi>”?" in make_client(who).get("/motions/hers/leave/").content.decode()
    )
    assert who in read_roles(motion)

    assert read_message(make_client(who), "/motions/hers/leave/") == "You left “Hers”."
    assert who not in read_roles(motion)


@pytest.mark.parametrize("who", ["ada", "stranger"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_leave_is_refused_to_others(motion: Motion, who: str, method: str) -> None:
    assert getattr(make_client(who), method)("/motions/hers/leave/").status_code == 403
    assert read_roles(motion) == {"ada": "owner", "ben": "viewer", "cyd": "controller"}


# --- invitations ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expiry", "lasts"),
    [
        ("never", None),
        ("hour", timedelta(hours=1)),
        ("day", timedelta(days=1)),
        ("week", timedelta(weeks=1)),
    ],
)
@pytest.mark.parametrize("with_code", [True, False])
def test_people_page_creates_an_invitation(
    motion: Motion, expiry: str, lasts: timedelta | None, with_code: bool
) -> None:
    form = {"action": "invite", "role": "controller", "expiry": expiry}
    form |= {"with_code": "on"} if with_code else {}
    now = timezone.now()

    text = read_message(make_client("ada"), "/motions/hers/people/", **form)

    invitation = Invitation.objects.get()
    assert text == "The invitation is ready. Share its link or code."
    assert (invitation.motion, invitation.role, invitation.by) == (
        motion,
        "controller",
        get_user("ada"),
    )
    assert (invitation.code is not None) == with_code
    if lasts is None:
        assert invitation.expires_at is None
    else:
        assert invitation.expires_at
        assert timedelta(0) <= invitation.expires_at - now - lasts < timedelta(seconds=30)


@pytest.mark.parametrize(
    "wrong", [{"role": "owner"}, {"role": ""}, {"expiry": "soon"}, {"expiry": ""}]
)
def test_wrong_invitation_is_refused_in_place(motion: Motion, wrong: dict[str, str]) -> None:
    form = {"action": "invite", "role": "viewer", "expiry": "never"} | wrong

    response = make_client("ada").post("/motions/hers/people/", form)

    assert response.status_code == 200
    assert 'class="errorlist"' in response.content.decode()
    assert not Invitation.objects.exists()


def test_open_invitations_are_shown_and_revoked(motion: Motion) -> None:
    ada = get_user("ada")
    first = create_invitation(motion.pk, by=ada)
    second = create_invitation(motion.pk, by=ada, with_code=False)
    over = create_invitation(motion.pk, by=ada)
    Invitation.objects.filter(pk=over.pk).update(expires_at=timezone.now())

    page = read_page(make_client("ada").get("/motions/hers/people/"))
    links = [word for word in page.text.split() if word.startswith("http://testserver/join/")]
    form = {"action": "revoke", "invitation": first.pk}
    text = read_message(make_client("ada"), "/motions/hers/people/", **form)

    expected = [second.get_absolute_url(), first.get_absolute_url()]
    assert [link.removeprefix("http://testserver") for link in links] == expected
    assert first.spoken_code in page.text
    assert text == "Invitation revoked. People who already joined keep their access."
    assert not Invitation.objects.get(pk=first.pk).is_valid
    assert Invitation.objects.get(pk=second.pk).is_valid


# --- share ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", ["public", "unlisted"])
def test_share_shows_the_plain_link(motion: Motion, visibility: str) -> None:
    motions.update_description(motion.pk, visibility=visibility)

    html = make_client("ada").get("/motions/hers/share/").content.decode()

    assert '<span id="link">http://testserver/motions/hers/</span>' in html
    assert '<img class="qr" src="data:image/svg' in html
    assert "Make a code" in html


def test_share_of_a_private_motion_needs_an_invitation(motion: Motion) -> None:
    motions.update_description(motion.pk, visibility="private")
    ada = make_client("ada")
    html = ada.get("/motions/hers/share/").content.decode()
    assert '<img class="qr"' not in html
    assert "http://testserver/" not in html

    html = ada.post("/motions/hers/share/", follow=True).content.decode()

    invitation = Invitation.objects.get()
    assert (invitation.role, invitation.by) == ("viewer", get_user("ada"))
    assert invitation.expires_at
    assert f'<span id="link">http://testserver/join/{invitation.token}/</span>' in html
    assert f'<p class="code large">{invitation.spoken_code}</p>' in html
    assert "at <b>testserver/join</b>" in html


def test_share_makes_one_code_however_often_it_is_asked(motion: Motion) -> None:
    for _ in range(2):
        make_client("ada").post("/motions/hers/share/")

    assert Invitation.objects.count() == 1


def make_useless_invitations(motion: Motion) -> Iterator[Invitation]:
    ada = get_user("ada")
    yield create_invitation(motion.pk, by=ada, role="controller")
    yield create_invitation(motion.pk, by=ada, with_code=False)
    revoked = create_invitation(motion.pk, by=ada)
    revoke_invitation(revoked)
    yield revoked
    over = create_invitation(motion.pk, by=ada)
    Invitation.objects.filter(pk=over.pk).update(expires_at=timezone.now())
    yield over


def test_share_shows_no_invalid_code(motion: Motion) -> None:
    codes = [row.spoken_code for row in make_useless_invitations(motion)]

    html = make_client("ada").get("/motions/hers/share/").content.decode()

    assert "Make a code" in html
    assert not any(code in html for code in codes if code)


def test_share_lets_the_owner_choose_among_this_machines_addresses(
    motion: Motion, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOWED_HOSTS, settings.HOST = ["*"], "0.0.0.0"
    reachable = ["127.0.0.1", "10.8.0.2", "192.168.1.5"]
    monkeypatch.setattr("brownian_site.hosts.find_reachable_hosts", lambda host: reachable)
    ada = make_client("ada")
    share = {"path": "/motions/hers/share/", "headers": {"host": "localhost:8000"}, "follow": True}

    html = ada.get(**share).content.decode()
    assert "<option selected>10.8.0.2:8000</option><option>192.168.1.5:8000</option>" in html
    assert '<span id="link">http://10.8.0.2:8000/motions/hers/</span>' in html

    html = ada.post(**share, data={"host": "192.168.1.5:8000"}).content.decode()
    assert "<option selected>192.168.1.5:8000</option>" in html
    assert '<span id="link">http://192.168.1.5:8000/motions/hers/</span>' in html
    assert Invitation.objects.count() == 0

    html = ada.post(**share, data={"host": "evil.example"}).content.decode()
    assert "choose another address" in html
    assert '<span id="link">http://192.168.1.5:8000/motions/hers/</span>' in html


def test_share_offers_no_choice_when_there_is_one_address(motion: Motion) -> None:
    assert "<select" not in make_client("ada").get("/motions/hers/share/").content.decode()


# --- changes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["visitor", "stranger", "ben", "ada"])
def test_changes_page_is_shown_to_everyone_with_permission(motion: Motion, who: str) -> None:
    motions.change_motion(motion.pk, by=get_user("cyd"), values={"variance": 0.25})
    motions.restart_motion(motion.pk, by=get_user("ada"))

    page = read_page(make_client(who).get("/motions/hers/changes/"))

    assert [section.text.split(" path")[0] for section in page.find_all("h2")] == ["2nd", "1st"]
    assert list_events(page) == [
        "ada restarted the motion: the 2nd path begins",
        "cyd changed the variance 1 → 0.25 at step 40",
        "Somebody handed the controls to cyd at step 40",
        "Started",
    ]


def list_events(page: Element) -> list[str]:
    """The sentences of a page of changes."""
    items = [item.children[0] for item in page.find("main").find_all("li")]
    return [item.text for item in items if isinstance(item, Element) and item.tag == "span"]


def test_changes_come_by_the_page_and_none_is_lost() -> None:
    motion = make_motion(slug="busy")
    for number in range(60):
        motions.change_motion(motion.pk, values={"variance": 2.0 + number})

    pages = [read_page(Client().get(f"/motions/busy/changes/?page={page}")) for page in (1, 2)]

    first, second = map(list_events, pages)
    assert (len(first), len(second)) == (50, 11)
    assert first[0] == "Somebody changed the variance 60 → 61 at step 0"
    assert first[-1] == "Somebody changed the variance 11 → 12 at step 0"
    assert second[0] == "Somebody changed the variance 10 → 11 at step 0"
    assert second[-1] == "Started"


@pytest.mark.parametrize("page", [1, 200, 401])
def test_page_of_changes_counts_and_skips_nothing(page: int) -> None:
    motion = make_motion(slug="busy")
    change_very_often(motion, 20_000, a_step=20)

    with CaptureQueriesContext(connection) as queries, rows_made(Change) as rows:
        html = Client().get(f"/motions/busy/changes/?page={page}").content.decode()

    assert f"Page {page} of 401" in html
    assert 1 <= len(rows) <= 52
    assert not [q["sql"] for q in queries if "COUNT(" in q["sql"] or "OFFSET" in q["sql"]]


@pytest.mark.parametrize("page", ["changes", "people"])
def test_queries_do_not_grow(motion: Motion, page: str) -> None:
    ada = make_client("ada")

    def add(number: int) -> None:
        for _ in range(number):
            someone = make_user(f"user-{Membership.objects.count()}")
            set_role(motion.pk, someone, "viewer")
            create_invitation(motion.pk, by=get_user("ada"))
            motions.change_motion(
                motion.pk, by=someone, values={"variance": 2.0 + Membership.objects.count()}
            )

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert ada.get(f"/motions/hers/{page}/").status_code == 200
        return len(captured)

    add(3)
    few = queries()
    add(27)

    assert queries() == few <= 10


# --- projector mode ------------------------------------------------------------------------------


def read_wall(name: str) -> Element:
    response = make_client(name).get("/motions/hers/?wall")
    assert response.status_code == 200
    return read_page(response)


def test_wall_shows_its_owner_the_code_and_a_qr_code(motion: Motion) -> None:
    assert not read_wall("ada").find_all(class_="wall-code")
    response = make_client("ada").post("/motions/hers/share/", {"wall": "yes"})
    assert response.headers["Location"] == "/motions/hers/?wall"

    wall = read_wall("ada")

    assert wall.find(class_="wall-code").text == Invitation.objects.get().spoken_code
    assert wall.find("img", class_="wall-qr", src=True)
    assert not wall.find_all("form", action="/motions/hers/share/")


def test_wall_offers_its_owner_to_make_a_code(motion: Motion) -> None:
    form = read_wall("ada").find("form", action="/motions/hers/share/")

    assert form.find("button").text == "Make a code"


def test_wall_shows_no_way_in_while_the_door_is_closed(motion: Motion) -> None:
    make_client("ada").post("/motions/hers/share/")
    Motion.objects.update(door_closed=True)

    wall = read_wall("ada")
    assert "nobody can join" in wall.find(id="wall-join-title").text
    assert wall.find_all(class_="wall-code") == []


def test_wall_shows_others_no_code(motion: Motion) -> None:
    make_client("ada").post("/motions/hers/share/")
    Motion.objects.update(visibility="public")

    for name in ("visitor", "stranger"):
        wall = read_wall(name)
        assert wall.find(id="wall-theory")
        assert wall.find_all(id="wall-join-title") == []


def test_wall_waits_at_step_0_without_a_word_about_buttons(motion: Motion) -> None:
    motions.restart_motion(motion.pk, under_policy=False, paused=True)

    waiting = read_wall("ada").find(id="beginning").text

    assert waiting.startswith("This path has not begun yet; waiting for")
    page = read_page(make_client("ada").get("/motions/hers/"))
    assert page.find(id="beginning").text == "Paused at step 0. Press Resume to begin."


def test_page_without_wall_reads_no_invitation(motion: Motion) -> None:
    make_client("ada").post("/motions/hers/share/")

    with CaptureQueriesContext(connection) as queries:
        page = make_client("ada").get("/motions/hers/").content.decode()

    assert "wall-foot" not in page
    assert 'href="/motions/hers/?wall"' in page
    assert not any("motion_invitation" in query["sql"] for query in queries)


def test_page_reserves_the_place_of_a_student_s_own_path(motion: Motion) -> None:
    def has_place(name: str) -> bool:
        page = read_page(make_client(name).get("/motions/hers/"))
        assert ("hidden" in page.find(id="mine")) != ("data-seat" in page.find("main"))
        return "data-seat" in page.find("main")

    assert not has_place("ben")
    Motion.objects.update(ensemble=40)
    assert has_place("ben")
    assert not has_place("ada")  # an owner has no seat
    assert not has_place("visitor")
