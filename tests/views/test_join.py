"""Following an invitation: by its code, by its link."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from motion.models import Invitation, Motion
from motion.models.people import CODE_LENGTH, CODE_LETTERS
from motion.services.invitations import create_invitation, revoke_invitation
from motion.services.members import remove_member
from motion.services.motions import delete_motion, update_description
from tests.support.factories import make_own_motion, make_user, read_roles
from tests.support.markup import parse_html

pytestmark = pytest.mark.django_db

NONE = "AAAAAAAA"


@pytest.fixture(autouse=True)
def nobody_has_tried(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": storage}}
    cache.clear()
    # No five minutes end, with the count of their wrong codes, in the middle of a test.
    monkeypatch.setattr("motion.services.attempts.time", lambda: 1_800_000_010.0)


@pytest.fixture
def ada() -> Any:
    return make_user("ada")


@pytest.fixture
def motion(ada: Any) -> Motion:
    return make_own_motion(ada, slug="hers", title="Hers", visibility="private")


@pytest.fixture
def invitation(motion: Motion, ada: Any) -> Invitation:
    return create_invitation(motion.pk, by=ada)


def make_signed_in(name: str) -> Client:
    client = Client()
    client.force_login(make_user(name))
    return client


def give(code: str | None, client: Client | None = None, **headers: str) -> Any:
    return (client or Client()).post("/join/", {"code": code}, **headers)  # type: ignore[arg-type]


def read_main(html: str) -> str:
    return html[html.index("<main") : html.index("</main>")]


# --- the code ------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrap", ["{}", " {} ", "{:.4}-{}"])
def test_right_code_leads_to_its_invitation(invitation: Invitation, wrap: str) -> None:
    code = str(invitation.code)
    typed = wrap.format(code, code[4:]) if "-" in wrap else wrap.format(code.lower())

    response = give(typed)

    assert response.status_code == 302
    assert response["Location"] == f"/join/{invitation.token}/"


@pytest.mark.parametrize("code", [NONE, "AAAAAA", "AAAAAAAAA", "B10SZ8AA", "ÄÖÜÄÖÜÄÖ", "<b>"])
def test_wrong_code_is_refused_beside_its_field(invitation: Invitation, code: str) -> None:
    response = give(code)

    html = response.content.decode()
    assert response.status_code == 200
    assert "This code is wrong or has expired. Check it, or ask for a new one." in html
    assert parse_html(html).find("input", name="code")["aria-invalid"] == "true"
    assert "<b>" not in html


@pytest.mark.parametrize("code", ["", "  ", "A" * 41])
def test_code_that_is_none_is_refused(code: str) -> None:
    assert 'id="id_code_error"' in give(code).content.decode()


def test_right_code_works_after_a_hundred_wrong_ones(
    invitation: Invitation,
) -> None:
    assert {give(NONE).status_code for _ in range(100)} == {200}

    assert {give(invitation.code).status_code for _ in range(30)} == {302}


def test_right_codes_use_no_limit_up(settings: Any, invitation: Invitation) -> None:
    settings.WRONG_CODES_PER_ADDRESS = 3

    assert {give(invitation.code).status_code for _ in range(10)} == {302}


def test_visitor_must_sign_in_beyond_the_limit_of_an_address(
    settings: Any, invitation: Invitation
) -> None:
    settings.WRONG_CODES_PER_ADDRESS = 3
    assert [give(NONE).status_code for _ in range(4)] == [200, 200, 200, 429]

    refused = give(invitation.code)

    html = refused.content.decode()
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 300
    text = parse_html(html).text
    assert re.search(r"Sign in first, or wait\. Try again in \d+ (minutes|seconds)\.", text)
    assert 'href="/accounts/login/?next=/join/"' in html
    assert f'value="{invitation.code}"' in html
    assert give(invitation.code, REMOTE_ADDR="192.0.2.7").status_code == 302
    assert give(invitation.code, make_signed_in("ben")).status_code == 302


def test_wrong_codes_are_limited_for_each_account(
    invitation: Invitation,
) -> None:
    ben = make_signed_in("ben")

    answers = [give(NONE, ben).status_code for _ in range(6)]

    assert answers == [200] * 5 + [429]
    assert give(invitation.code, ben).status_code == 429
    assert give(invitation.code, make_signed_in("cy")).status_code == 302
    assert give(invitation.code).status_code == 302


def test_guessing_a_code_takes_years(settings: Any) -> None:
    """As docs/security.md reckons: one address, a hundred codes that are open at once."""
    codes, open_codes = len(CODE_LETTERS) ** CODE_LENGTH, 100
    guesses_a_year = settings.WRONG_CODES_PER_ADDRESS / 5 * 60 * 24 * 365

    assert codes / (guesses_a_year * open_codes) > 10


def test_looking_at_the_form_counts_for_nothing(settings: Any, invitation: Invitation) -> None:
    settings.WRONG_CODES_PER_ADDRESS = 1
    for _ in range(3):
        assert Client().get("/join/", {"code": NONE}).status_code == 200

    assert give(invitation.code).status_code == 302


def test_code_from_elsewhere_is_not_taken(invitation: Invitation) -> None:
    client = Client(enforce_csrf_checks=True)

    assert give(invitation.code, client).status_code == 403


# --- the link ------------------------------------------------------------------------------------


def test_invitation_page_shows_author_and_motion(invitation: Invitation) -> None:
    path = invitation.get_absolute_url()

    html = Client().get(path).content.decode()

    assert "<h1><bdi>Hers</bdi></h1>" in html
    assert "<bdi>ada</bdi> invites you to watch this motion." in html
    assert f'href="/accounts/login/?next={path}"' in html
    assert "Watch without" not in html
    assert "/motions/hers/" not in html


def test_invitation_page_explains_the_role_controller(motion: Motion, ada: Any) -> None:
    invitation = create_invitation(motion.pk, by=ada, role="controller")

    html = make_signed_in("ben").get(invitation.get_absolute_url()).content.decode()

    assert "to control this motion: to set its parameters" in html


def test_visitor_may_watch_an_open_motion_at_once(motion: Motion, ada: Any) -> None:
    update_description(motion.pk, by=ada, visibility="unlisted")
    invitation = create_invitation(motion.pk, by=ada)

    html = Client().get(invitation.get_absolute_url()).content.decode()

    assert '<a class="button" href="/motions/hers/">Watch without joining</a>' in html


@pytest.mark.parametrize("who", ["account", "visitor"])
def test_closed_door_is_said_before_and_after_a_try(
    motion: Motion, invitation: Invitation, ada: Any, who: str
) -> None:
    update_description(motion.pk, by=ada, door_closed=True)
    client = make_signed_in("ben") if who == "account" else Client()
    path = invitation.get_absolute_url()

    shown = client.get(path).content.decode()
    answer = client.post(path, {"name": "Mia"}, follow=True).content.decode()

    sentence = "Nobody new can join now. Ask the owner to open the door, then try again."
    assert sentence in shown
    assert sentence in answer
    assert "<button class" not in read_main(shown)
    assert ('value="Mia"' in answer) is (who == "visitor")
    assert read_roles(motion) == {"ada": "owner"}


def test_looking_at_an_invitation_accepts_nothing(motion: Motion, invitation: Invitation) -> None:
    make_signed_in("ben").get(invitation.get_absolute_url())

    invitation.refresh_from_db()
    assert read_roles(motion) == {"ada": "owner"}
    assert invitation.uses == 0


@pytest.mark.parametrize("role", ["viewer", "controller"])
def test_joining_makes_a_member(motion: Motion, ada: Any, role: str) -> None:
    invitation = create_invitation(motion.pk, by=ada, role=role)
    ben = make_signed_in("ben")

    response = ben.post(invitation.get_absolute_url())

    invitation.refresh_from_db()
    assert response.status_code == 302
    assert response["Location"] == "/motions/hers/"
    assert read_roles(motion) == {"ada": "owner", "ben": role}
    assert invitation.uses == 1
    assert ben.get("/motions/hers/").status_code == 200


def test_member_is_shown_the_way_instead(motion: Motion, invitation: Invitation, ada: Any) -> None:
    client = Client()
    client.force_login(ada)

    html = client.get(invitation.get_absolute_url()).content.decode()
    client.post(invitation.get_absolute_url())

    assert "You are already the owner of this motion." in html
    assert read_roles(motion) == {"ada": "owner"}


def test_viewer_may_become_a_controller(motion: Motion, ada: Any) -> None:
    ben = make_signed_in("ben")
    ben.post(create_invitation(motion.pk, by=ada).get_absolute_url())
    path = create_invitation(motion.pk, by=ada, role="controller").get_absolute_url()

    assert ">Join</button>" in ben.get(path).content.decode()
    ben.post(path)

    assert read_roles(motion) == {"ada": "owner", "ben": "controller"}


def test_accept_asks_a_visitor_to_sign_in_for_control(motion: Motion, ada: Any) -> None:
    path = create_invitation(motion.pk, by=ada, role="controller").get_absolute_url()

    response = Client().post(path)

    assert response.status_code == 302
    assert response["Location"] == f"/accounts/login/?next={path}"
    assert read_roles(motion) == {"ada": "owner"}


def test_joining_from_elsewhere_does_nothing(motion: Motion, invitation: Invitation) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("ben"))

    assert client.post(invitation.get_absolute_url()).status_code == 403
    assert read_roles(motion) == {"ada": "owner"}


@pytest.mark.parametrize("end", ["expired", "revoked", "deleted"])
def test_invalid_invitation_looks_unknown(motion: Motion, invitation: Invitation, end: str) -> None:
    path, code = invitation.get_absolute_url(), invitation.code
    if end == "expired":
        Invitation.objects.update(expires_at=timezone.now())
    elif end == "revoked":
        revoke_invitation(invitation)
    else:
        delete_motion(motion.pk, by=None)
    ben = make_signed_in("ben")

    over, unknown = Client().get(path), Client().get("/join/none/")

    assert over.status_code == unknown.status_code == 404
    assert over.content == unknown.content.replace(b"/join/none/", path.encode())
    assert ben.get(path).status_code == ben.post(path).status_code == 404
    assert "ben" not in read_roles(motion)
    assert "This code is wrong or has expired" in give(code).content.decode()


@pytest.mark.parametrize("token", ["%00", "none", "x" * 500, "a.b", "%F0%9F%98%80"])
def test_malformed_token_is_unknown(token: str) -> None:
    assert Client().get(f"/join/{token}/").status_code == 404


def test_invitation_is_invalid_for_a_removed_person(
    motion: Motion, invitation: Invitation, ada: Any
) -> None:
    ben = make_signed_in("ben")
    address = f"/join/{invitation.token}/"
    ben.post(address)
    remove_member(motion.pk, get_user_model().objects.get(username="ben"), by=ada)

    statuses = [ben.get(address).status_code, ben.post(address).status_code]

    assert statuses == [404, 404]
    assert "ben" not in read_roles(motion)
    assert make_signed_in("cy").get(address).status_code == 200
