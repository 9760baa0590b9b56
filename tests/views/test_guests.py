"""Guests on the pages: joining with a name, what they see and may, and what the owner does."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.test import Client

from motion.core.errors import CloseCode
from motion.live import presence
from motion.live.presence import Viewers
from motion.live.sessions import Login, find_ended
from motion.models import Epoch, Guest, Invitation, Membership, Motion, make_person_id, timestamp
from motion.services import guests, members, motions
from motion.services.invitations import create_invitation, revoke_invitation
from tests.support.factories import make_motion, make_own_motion, make_user, read_roles, reload
from tests.support.markup import Element, parse_html

pytestmark = pytest.mark.django_db

ACCOUNT = {"username": "mia", "password1": "long secret 7", "password2": "long secret 7"}


@pytest.fixture(autouse=True)
def nobody_has_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    # No minute ends, with the count of its joins, in the middle of a test.
    monkeypatch.setattr("motion.services.attempts.time", lambda: 1_800_000_010.0)


@pytest.fixture
def ada() -> Any:
    return make_user("ada")


@pytest.fixture
def motion(ada: Any) -> Motion:
    return make_own_motion(ada, slug="walk", title="Walk", visibility="private")


@pytest.fixture
def invitation(motion: Motion, ada: Any) -> Invitation:
    return create_invitation(motion.pk, by=ada)


@pytest.fixture
def path(invitation: Invitation) -> str:
    return invitation.get_absolute_url()


@pytest.fixture
def mia(path: str) -> Client:
    return join(path, "Mia")


@pytest.fixture
def owner(ada: Any) -> Client:
    return make_signed_in(ada)


def make_signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def join(path: str, name: str, client: Client | None = None) -> Client:
    """The browser of a new guest, which sends the form of the page as it is."""
    client = client or Client()
    response = send_form(client, path, name)
    assert response.status_code == 302, response.content.decode()
    return client


def send_form(client: Client, path: str, name: str) -> Any:
    key = read_page(client.get(path)).find("input", name="key")["value"]
    return client.post(path, {"name": name, "key": key})


def read_page(response: Any) -> Element:
    return parse_html(response.content.decode())


def get_user(name: str) -> User:
    return User.objects.get(first_name=name)


def read_names() -> list[str]:
    return list(Guest.objects.order_by("pk").values_list("user__first_name", flat=True))


# --- joining -----------------------------------------------------------------------------------


def test_join_page_asks_for_a_name_first(path: str) -> None:
    main = read_page(Client().get(path)).find("main")

    typed = [field for field in main.find_all("input") if field.attributes.get("type") != "hidden"]
    assert [field["name"] for field in typed] == ["name"]
    assert "autofocus" in typed[0]
    assert main.find("label").text == "Your name"
    assert [button.text for button in main.find_all("button")] == ["Join"]
    assert main.find_all("a")[-1].text == "Sign in"


def test_join_leads_to_the_motion_with_a_session_alone(path: str) -> None:
    client = Client()
    response = send_form(client, path, " Mia\u202e ")

    assert response["Location"] == "/motions/walk/"
    assert client.cookies.keys() == {"sessionid", "csrftoken"}
    assert client.cookies["sessionid"]["max-age"] == 30 * 24 * 3600
    page = read_page(client.get("/motions/walk/"))
    assert page.find("header").find("bdi").text == "Mia"


def test_join_twice_makes_one_guest(path: str) -> None:
    client, other = Client(), Client()
    key = read_page(client.get(path)).find("input", name="key")["value"]

    for browser in (client, other, client):  # a double tap: the first cookie may be lost
        assert browser.post(path, {"name": "Mia", "key": key})["Location"] == "/motions/walk/"

    assert read_names() == ["Mia"]
    assert client.session["_auth_user_id"] == other.session["_auth_user_id"]


def test_join_page_sends_a_guest_back_to_the_motion(mia: Client, path: str) -> None:
    assert mia.get(path)["Location"] == "/motions/walk/"
    assert mia.post(path, {"name": "Jun"})["Location"] == "/motions/walk/"
    assert read_names() == ["Mia"]


@pytest.mark.parametrize("key", ["", "x", "<script>", None])
def test_join_needs_no_key(path: str, key: str | None) -> None:
    form = {"name": "Mia"} | ({} if key is None else {"key": key})

    for _ in range(2):
        assert Client().post(path, form).status_code == 302

    assert read_names() == ["Mia", "Mia 2"]


def test_join_needs_a_token_of_the_form(path: str) -> None:
    client = Client(enforce_csrf_checks=True)

    assert client.post(path, {"name": "Mia"}).status_code == 403
    assert not Guest.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "\u200b", "x" * 31, "ADA", "Student 7", "guest:1:x"])
def test_refused_name_stays_in_its_field(path: str, name: str) -> None:
    response = Client().post(path, {"name": name})

    field = read_page(response).find("input", name="name")
    assert response.status_code == 200
    assert field["value"] == name if name else "value" not in field
    assert field["aria-invalid"] == "true"
    assert not User.objects.exclude(username="ada").exists()


@pytest.mark.parametrize("name", ["🦊" * 30, "\u0639\u0644\u06cc", "<b>Mia</b>", "Zoë & Jun"])
def test_join_takes_any_name_that_shows(path: str, name: str) -> None:
    client = join(path, name)

    header = read_page(client.get("/motions/walk/")).find("header")
    assert header.find("bdi").text == name


def test_join_is_limited_by_address_and_keeps_what_was_typed(
    path: str, settings: LazySettings
) -> None:
    settings.GUEST_JOINS_PER_ADDRESS = 2
    assert [Client().post(path, {"name": "x" * 31}).status_code for _ in range(4)] == [200] * 4
    assert [Client().post(path, {"name": "ada"}).status_code for _ in range(4)] == [200] * 4
    for name in ("Mia", "Jun"):
        join(path, name)

    response = Client().post(path, {"name": "Zoe"})

    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 60
    page = read_page(response)
    assert page.find("input", name="name")["value"] == "Zoe"
    assert re.search(r"Try again in \d+ seconds?\.", page.find("main").text)
    assert Client().post(path, {"name": "Zoe"}, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_join_says_that_there_is_no_room(mia: Client, path: str, settings: LazySettings) -> None:
    settings.GUESTS_PER_MOTION = 1

    page = read_page(Client().post(path, {"name": "Jun"}))

    assert "This motion has 1 guests, and no room for more." in page.find("main").text
    assert page.find("input", name="name")["value"] == "Jun"


def test_join_after_the_end_of_an_invitation_or_a_motion(
    path: str, invitation: Invitation, motion: Motion
) -> None:
    revoke_invitation(invitation)
    assert Client().post(path, {"name": "Mia"}).status_code == 404
    motions.delete_motion(motion.pk)
    assert Client().post(path, {"name": "Mia"}).status_code == 404


@pytest.mark.parametrize("is_public", [True, False])
def test_visitor_may_watch_a_motion_that_is_not_private(
    path: str, motion: Motion, is_public: bool
) -> None:
    if is_public:
        motions.update_description(motion.pk, visibility="public")

    links = [link["href"] for link in read_page(Client().get(path)).find("main").find_all("a")]

    assert ("/motions/walk/" in links) is is_public


def test_removed_guest_does_not_come_back_under_another_name(
    mia: Client, path: str, motion: Motion, ada: Any
) -> None:
    members.remove_member(motion.pk, get_user("Mia"), by=ada)

    assert mia.get("/motions/walk/").status_code == 404
    assert mia.get(path).status_code == 404
    assert mia.post(path, {"name": "Jun"}).status_code == 404
    newer = create_invitation(motion.pk, by=ada).get_absolute_url()
    assert join(newer, "Jun", mia).get("/motions/walk/").status_code == 200


def test_guest_of_another_motion_is_warned_and_gives_up_its_seat(
    mia: Client, path: str, motion: Motion, ada: Any
) -> None:
    other = make_own_motion(ada, slug="other", title="Other")
    there = create_invitation(other.pk, by=ada).get_absolute_url()
    text = read_page(mia.get(there)).find("main").text
    assert "In this browser you are Mia in “Walk”. If you join here, you give up" in text

    join(there, "Mia", mia)

    assert read_names() == ["Mia"]
    assert read_roles(motion) == {"ada": "owner"}
    assert mia.get("/motions/walk/").status_code == 404
    assert mia.get("/motions/other/").context["user"].first_name == "Mia"


def test_removed_guest_does_not_come_back_by_way_of_another_motion(
    mia: Client, path: str, motion: Motion, ada: Any
) -> None:
    members.remove_member(motion.pk, get_user("Mia"), by=ada)
    other = create_invitation(make_own_motion(ada).pk, by=ada).get_absolute_url()

    join(other, "Jun", mia)

    assert mia.post(path, {"name": "Mia"}).status_code == 404


def test_account_joins_as_itself(path: str, motion: Motion) -> None:
    ben = make_signed_in(make_user("ben"))

    assert ben.post(path, {"name": "Mia"})["Location"] == "/motions/walk/"

    assert read_roles(motion) == {"ada": "owner", "ben": "viewer"}
    assert not Guest.objects.exists()


def test_guest_needs_an_account_for_an_invitation_to_control(
    mia: Client, motion: Motion, ada: Any
) -> None:
    path = create_invitation(motion.pk, by=ada, role="controller").get_absolute_url()

    shown, posted = mia.get(path), mia.post(path)

    for response in (shown, posted):
        assert "By this invitation people join with an account." in response.content.decode()
    assert Membership.objects.get(user=get_user("Mia")).role == "viewer"


# --- what a guest sees and may -----------------------------------------------------------------


def test_guest_has_a_header_of_its_own(mia: Client) -> None:
    header = read_page(mia.get("/motions/walk/")).find("header")

    assert [link["href"] for link in header.find_all("a")] == ["/", "/motions/walk/keep-seat/"]
    assert header.find_all("form") == []
    assert "guest:" not in header.text


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "address",
    [
        "/accounts/",
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/password/set/",
        "/accounts/delete/",
        "/accounts/reauthenticate/",
        "/accounts/two-factor/",
        "/accounts/two-factor/totp/activate/",
        "/accounts/two-factor/recovery-codes/",
        "/admin/",
        "/admin/auth/user/",
        "/motions/new/",
        "/motions/other/people/",
    ],
)
def test_guest_is_asked_to_sign_in_for_pages_of_accounts(
    mia: Client, ada: Any, address: str, method: str
) -> None:
    make_own_motion(ada, slug="other", visibility="public")
    before = User.objects.order_by("pk").values_list("username", "email", "password")
    known = list(before)

    response = getattr(mia, method)(address, {"title": "Mine", "email": "mia@example.org"})

    if (address, method) == ("/accounts/", "post"):
        assert response.status_code == 405
    else:
        assert response.status_code == 302
        assert re.match(r"/(accounts|admin)/login/\?next=", response["Location"])
    assert list(before.all()) == known
    assert Motion.objects.count() == 2


@pytest.mark.parametrize("page", ["settings", "restart", "delete", "share", "people", "guests"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_guest_may_not_open_pages_of_the_owner(mia: Client, page: str, method: str) -> None:
    response = getattr(mia, method)(
        f"/motions/walk/{page}/", {"action": "close-door", "on": "true"}
    )

    assert response.status_code == (405 if (page, method) == ("guests", "get") else 403)
    assert Motion.objects.get().door_closed is False


def test_guest_gets_no_statistics_of_people(mia: Client) -> None:
    assert mia.get("/motions/walk/people.json", {"name": "a"}).status_code == 403


def test_guest_is_a_visitor_in_another_motion(mia: Client, ada: Any) -> None:
    other = make_own_motion(ada, slug="other", visibility="public", control="signed-in")
    make_own_motion(ada, slug="hidden", visibility="private")
    me = make_person_id(other.pk, get_user("Mia").pk)

    page = mia.get("/motions/other/")

    assert page.context["me"] == ""
    assert page.context["state"]["can_control"] is False
    assert "Mia" not in page.content.decode()
    assert mia.get("/motions/hidden/").status_code == 404
    assert mia.get("/motions/other/frames.json").json()["signed_in"] is False
    form = {"action": "let", "person": me}
    answer = mia.post("/motions/other/hand-over/", form, headers={"accept": "application/json"})
    assert answer.status_code == 403
    assert mia.get("/motions/other/people.json", {"name": "a"}).status_code == 403
    assert mia.get("/motions/other/keep-seat/")["Location"] == "/motions/other/"
    assert mia.get("/motions/other/leave/").status_code == 302
    assert read_roles(other) == {"ada": "owner"}


def test_guest_is_itself_at_the_address_of_the_default_motion(
    path: str, motion: Motion, settings: LazySettings
) -> None:
    settings.DEFAULT_MOTION = "walk"

    assert join(path, "Mia").get("/").context["user"].first_name == "Mia"


def test_list_of_a_guest_has_its_motion_and_makes_none(mia: Client, ada: Any) -> None:
    make_own_motion(ada, slug="open", title="Open", visibility="public")

    main = read_page(mia.get("/motions/")).find("main")

    assert [section.find("h2").text for section in main.find_all("section")] == [
        "Shared with me",
        "Public motions",
    ]
    assert [card.text for card in main.find_all("h3")] == ["Walk", "Open"]
    assert "/motions/new/" not in {link["href"].partition("=")[0] for link in main.find_all("a")}


@pytest.mark.parametrize("page", ["/motions/open/path.json", "/motions/open/"])
def test_public_answers_vary_by_session_as_before(page: str, ada: Any) -> None:
    make_own_motion(ada, slug="open", visibility="public")

    vary = Client().get(page).headers.get("Vary", "")

    assert ("Cookie" in vary) is page.endswith("/open/")


def test_guest_signs_in_by_no_form(mia: Client, motion: Motion) -> None:
    user, browser = get_user("Mia"), Client()
    for address in ("/accounts/login/", "/admin/login/"):
        for password in ("", "!", user.password):
            browser.post(address, {"login": user.username, "password": password}, follow=True)
    assert "_auth_user_id" not in browser.session

    browser.post("/accounts/password/reset/", {"email": user.username})

    assert [message.to for message in mail.outbox] == []


@pytest.mark.parametrize("name", ["guest:1:x", "Guest:1:x", "guest", "guest:"])
def test_nobody_signs_up_with_the_name_of_a_guest(name: str) -> None:
    response = Client().post("/accounts/signup/", ACCOUNT | {"username": name})

    assert response.status_code == 200
    assert not User.objects.exists()


def test_guest_signs_up_on_the_usual_page_as_somebody_else(mia: Client, motion: Motion) -> None:
    assert mia.post("/accounts/signup/", ACCOUNT).status_code == 302

    assert mia.get("/accounts/").context["user"].username == "mia"
    assert mia.get("/motions/walk/").status_code == 404


def test_guest_becomes_a_controller_by_hand_over(
    mia: Client, owner: Client, motion: Motion
) -> None:
    person = make_person_id(motion.pk, get_user("Mia").pk)
    form = {"action": "let", "person": person}

    owner.post("/motions/walk/hand-over/", form)

    assert mia.get("/motions/walk/").context["state"]["can_control"] is True
    assert read_roles(motion)[get_user("Mia").username] == "controller"


# --- the people's page -------------------------------------------------------------------------


def read_guests(client: Client) -> list[tuple[str, str]]:
    """Seat and name of each guest on the people's page."""
    page = read_page(client.get("/motions/walk/people/"))
    rows = page.find("section", aria_labelledby="guests").find_all("li")
    return [(row.find_all("span")[0].text, row.find("bdi").text) for row in rows]


def change(owner: Client, **form: Any) -> str:
    """The message after a post of the owner."""
    page = read_page(owner.post("/motions/walk/guests/", form, follow=True))
    return " ".join(message.text for message in page.find_all("p", data_kind=True))


def find_key(name: str) -> int:
    return Membership.objects.get(user__first_name=name).pk


def test_people_page_lists_guests_by_seat(owner: Client, path: str, motion: Motion) -> None:
    for name in ("Zoe", "Mia", "Jun"):
        join(path, name)
    members.remove_member(motion.pk, get_user("Mia"))

    assert read_guests(owner) == [("seat 1", "Zoe"), ("seat 3", "Jun")]
    text = read_page(owner.get("/motions/walk/people/")).find("main").text
    assert "2 of 500 guests" in text
    assert "guest:" not in text


@pytest.mark.parametrize(
    ("running", "wanted", "notes"),
    [
        (0, 0, ["", ""]),
        (2, 2, ["", ""]),
        (1, 2, ["", "no path until a restart"]),
        (1, 1, ["", "no path until a restart with 2 paths or more"]),
        (0, 1, ["no path until a restart", "no path until a restart with 2 paths or more"]),
    ],
)
def test_people_page_says_who_has_no_path(
    owner: Client, path: str, motion: Motion, running: int, wanted: int, notes: list[str]
) -> None:
    for name in ("Mia", "Jun"):
        join(path, name)
    motions.update_description(motion.pk, ensemble=wanted)
    Epoch.objects.update(paths=running)

    rows = read_page(owner.get("/motions/walk/people/")).find("section", aria_labelledby="guests")

    texts = [row.find_all("span", class_="soft")[0].text for row in rows.find_all("li")]
    assert [text.partition(" · ")[2] for text in texts] == notes


def test_owner_renames_a_guest(owner: Client, mia: Client, path: str) -> None:
    join(path, "Jun")

    done = change(owner, action="rename", member=find_key("Mia"), name="jun")

    assert done == "The guest is now called jun 2."
    assert read_guests(owner) == [("seat 1", "jun 2"), ("seat 2", "Jun")]
    refused = change(owner, action="rename", member=find_key("Jun"), name="Student 7")
    assert refused == "Enter your own name, not a word like “guest” or “Student 7”."


def test_owner_hides_names_and_closes_the_door(owner: Client, mia: Client, motion: Motion) -> None:
    assert change(owner, action="hide-names", on="true") == "Names are hidden: “Student 7”."
    assert change(owner, action="close-door", on="true") == "The door is closed for newcomers."

    assert (reload(motion).names_hidden, reload(motion).door_closed) == (True, True)
    assert read_guests(owner) == [("seat 1", "Mia")]
    assert change(owner, action="hide-names", on="false") == "Names are shown."
    assert change(owner, action="close-door", on="false") == "The door is open."


@pytest.mark.parametrize(
    "form",
    [
        {"action": "fly"},
        {"action": "hide-names", "on": "maybe"},
        {"action": "rename", "member": "x", "name": "Jun"},
        {"action": "rename", "member": "99999", "name": "Jun"},
        {},
    ],
)
def test_unknown_changes_of_guests_are_refused(owner: Client, mia: Client, form: Any) -> None:
    assert owner.post("/motions/walk/guests/", form).status_code == 404


def test_owner_renames_no_member(owner: Client, motion: Motion) -> None:
    members.set_role(motion.pk, make_user("ben"), "viewer")
    key = Membership.objects.get(user__username="ben").pk

    form = {"action": "rename", "member": key, "name": "Jun"}

    assert owner.post("/motions/walk/guests/", form).status_code == 403


def test_owner_removes_a_guest_after_a_question(owner: Client, mia: Client) -> None:
    address = f"/motions/walk/people/{find_key('Mia')}/remove/"
    question = read_page(owner.get(address)).find("main").text
    assert "Remove Mia?" in question
    assert "Their seat becomes free." in question

    owner.post(address)

    assert read_guests(owner) == []


def test_guest_is_not_made_the_owner(owner: Client, mia: Client, motion: Motion) -> None:
    address = f"/motions/walk/people/{find_key('Mia')}/transfer/"

    assert (owner.get(address).status_code, owner.post(address).status_code) == (403, 403)
    assert read_roles(motion)["ada"] == "owner"


@pytest.mark.parametrize(
    ("hidden", "wanted", "found"),
    [
        (False, "mi", ["Mia"]),
        (False, "guest", []),
        (False, "student", []),
        (True, "mi", ["Student 1"]),
        (True, "Student 1", ["Student 1"]),
        (True, "guest", []),
    ],
)
def test_search_finds_guests(
    owner: Client, mia: Client, motion: Motion, hidden: bool, wanted: str, found: list[str]
) -> None:
    motions.update_description(motion.pk, names_hidden=hidden)

    people = owner.get("/motions/walk/people.json", {"name": wanted}).json()["people"]

    assert [person["name"] for person in people] == found
    assert all(person["role"] == "viewer" for person in people)


def test_search_finds_a_guest_that_watches_once(owner: Client, mia: Client, motion: Motion) -> None:
    presence.write_rows("server", {motion.pk: Viewers({get_user("Mia").pk: "Mia"})})

    (found,) = owner.get("/motions/walk/people.json", {"name": "mia"}).json()["people"]

    assert (found["name"], found["is_here"]) == ("Mia", True)


def test_hidden_names_are_on_no_page_but_that_of_the_people(
    owner: Client, mia: Client, motion: Motion
) -> None:
    motions.update_description(motion.pk, names_hidden=True, visibility="public")
    user = get_user("Mia")
    members.hand_over_control(motion.pk, user)
    motions.change_motion(motion.pk, by=user, values={"variance": 2.0})
    presence.write_rows("server", {motion.pk: Viewers({user.pk: "Student 1"})})

    for address in ("", "changes/", "frames.json", "path.json", "reproduce/", "settings/"):
        assert "Mia" not in owner.get(f"/motions/walk/{address}").content.decode(), address
    assert "Student 1" in owner.get("/motions/walk/changes/").content.decode()
    assert "Mia" in owner.get("/motions/walk/people/").content.decode()
    motions.update_description(motion.pk, names_hidden=False)
    assert "Mia" in owner.get("/motions/walk/changes/").content.decode()


# --- share -------------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private"])
def test_share_leads_to_the_invitation_if_there_is_one(
    owner: Client, motion: Motion, visibility: str, invitation: Invitation, path: str
) -> None:
    motions.update_description(motion.pk, visibility=visibility)

    page = read_page(owner.get("/motions/walk/share/"))

    assert page.find("span", id="link").text == f"http://testserver{path}"
    text = page.find("main").text
    assert "Anyone with this link can join with a name, without an account." in text
    is_open = visibility != "private"
    assert ("Only to watch: http://testserver/motions/walk/" in text) is is_open


def test_share_says_that_the_door_is_closed(owner: Client, motion: Motion, path: str) -> None:
    motions.update_description(motion.pk, door_closed=True)

    assert "The door is closed" in read_page(owner.get("/motions/walk/share/")).find("main").text


# --- keeping the seat, and leaving -------------------------------------------------------------


def test_keep_seat_makes_an_account_that_stays_where_it_was(mia: Client, motion: Motion) -> None:
    user, key = get_user("Mia"), mia.session.session_key
    login = Login(str(key), user.pk, user.get_session_auth_hash(), is_guest=True)
    shown = read_page(mia.get("/motions/walk/keep-seat/"))
    assert shown.find("input", name="username")["value"] == "Mia"
    assert "number 1," in shown.find("main").text

    done = mia.post("/motions/walk/keep-seat/", ACCOUNT | {"email": "mia@example.org"})

    assert done["Location"] == "/motions/walk/"
    assert mia.get("/motions/walk/").context["user"].username == "mia"
    account = User.objects.get(username="mia")
    assert (account.pk, account.first_name, account.email) == (user.pk, "", "mia@example.org")
    assert account.check_password(ACCOUNT["password1"])
    assert Membership.objects.get(user=account).seat == 1
    assert not Guest.objects.exists()
    assert [message.to for message in mail.outbox] == [["mia@example.org"]]
    assert Client().login(username="mia", password=ACCOUNT["password1"])
    assert mia.get("/accounts/").status_code == 200
    assert find_ended([login]) == {login: CloseCode.RESTARTING}


def test_keep_seat_twice_changes_nothing_the_second_time(mia: Client) -> None:
    mia.post("/motions/walk/keep-seat/", ACCOUNT)

    again = mia.post("/motions/walk/keep-seat/", ACCOUNT | {"username": "other"})

    assert again["Location"] == "/motions/walk/"
    assert User.objects.filter(username="mia").exists()


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"username": "ada"}, "username"),
        ({"username": "ADA"}, "username"),
        ({"username": "guest:1:x"}, "username"),
        ({"username": "admin"}, "username"),
        ({"password2": "another"}, "password2"),
        ({"password1": "123", "password2": "123"}, "password1"),
        ({"email": "ada@example.org"}, "email"),
        ({"email": "no address"}, "email"),
    ],
)
def test_keep_seat_has_the_checks_of_the_sign_up(
    mia: Client, ada: Any, form: dict[str, str], field: str
) -> None:
    ada.email = "ada@example.org"
    ada.save()

    page = read_page(mia.post("/motions/walk/keep-seat/", ACCOUNT | form))

    assert page.find("input", name=field)["aria-invalid"] == "true"
    assert get_user("Mia").guest


def test_keep_seat_has_the_limit_of_the_sign_up(mia: Client, settings: LazySettings) -> None:
    settings.SIGNUPS_PER_MINUTE = 1
    mia.post("/motions/walk/keep-seat/", ACCOUNT | {"username": "ada"})

    assert mia.post("/motions/walk/keep-seat/", ACCOUNT).status_code == 429


@pytest.mark.parametrize("who", ["visitor", "account"])
def test_keep_seat_is_for_guests(motion: Motion, who: str) -> None:
    motions.update_description(motion.pk, visibility="public")
    client = Client() if who == "visitor" else make_signed_in(make_user("ben"))

    assert client.post("/motions/walk/keep-seat/", ACCOUNT)["Location"] == "/motions/walk/"
    assert not User.objects.filter(username="mia").exists()


def test_leave_asks_and_then_deletes_the_guest(mia: Client, path: str) -> None:
    question = read_page(mia.get("/motions/walk/leave/")).find("main").text
    assert "somebody else can get your seat, number 1." in question

    mia.post("/motions/walk/leave/")

    assert read_names() == []
    assert "_auth_user_id" not in mia.session
    join(path, "Mia", mia)
    assert read_names() == ["Mia"]


def test_guest_is_seen_once_a_day(mia: Client) -> None:
    Guest.objects.update(seen_at=timestamp() - timedelta(days=3))

    mia.get("/motions/walk/")

    assert timestamp() - Guest.objects.get().seen_at < timedelta(minutes=1)
    assert guests.delete_unseen_guests() == 0


def test_guest_has_one_session_mark_on_all_pages(path: str, mia: Client) -> None:
    make_motion(slug="other")

    marks = {
        parse_html(mia.get(page).content.decode()).find("html")["data-session"]
        for page in ("/motions/walk/", "/motions/other/", "/accounts/login/")
    }

    assert len(marks) == 1
    assert "" not in marks
