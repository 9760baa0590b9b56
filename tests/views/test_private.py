"""A motion that somebody may not see is, at every address, like one that does not exist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from motion.core.questions import Draft, Kind
from motion.live import presence
from motion.live.presence import Viewers
from motion.models import Change, Membership, Motion
from motion.services import invitations, motions, questions
from motion.urls import urlpatterns
from tests.support.asking import ask as ask_question
from tests.support.factories import make_own_motion, make_user
from tests.support.markup import parse_html

pytestmark = pytest.mark.django_db

SECRETS = ("Board meeting", "0.123456", "adelaide", "secret-motion/", "Sell or keep?")
"""The title, the variance, the owner, the address and the question of the private motion."""

ABOUT_A_MOTION = [pattern for pattern in urlpatterns if "slug" in pattern.pattern.converters]
FORM = {"action": "let", "name": "adelaide", "title": "Taken", "confirm": "on", "role": "viewer"}
FORM |= {"question": "1", "low": "0", "high": "0"}


@pytest.fixture(scope="module")
def stored(lasting: Callable[[Callable[[], Motion]], Motion]) -> Motion:
    return lasting(make_private_motion)


@pytest.fixture
def motion(stored: Motion) -> Motion:
    return Motion.objects.get(pk=stored.pk)


def make_private_motion() -> Motion:
    """A private motion with all that could leak: members, a viewer, changes, an invitation."""
    owner = make_user("adelaide")
    motion = make_own_motion(
        owner, slug="secret-motion", title="Board meeting", visibility="private", step=500
    )
    invitations.create_invitation(motion.pk, by=owner)
    presence.write_rows("server", {motion.pk: Viewers({owner.pk: "adelaide"})})
    motions.change_motion(motion.pk, by=owner, values={"variance": 0.123456})
    draft = Draft(kind=Kind.CHOICE, text="Sell or keep?", options=("sell", "keep"))
    questions.reveal_question(motion.pk, ask_question(motion, draft, Mia=(1.0, 1.0)))
    return motion


def build_address(pattern: URLPattern, slug: str, motion: Motion) -> str:
    member = Membership.objects.get(motion=motion, role="owner").pk
    names = pattern.pattern.converters
    return reverse(
        pattern.name or "",
        kwargs={"slug": slug} | ({"membership": member} if "membership" in names else {}),
    )


def make_client(name: str) -> Client:
    client = Client()
    if name == "stranger":
        client.force_login(make_user("stranger"))
    return client


def ask(client: Client, method: str, path: str, slug: str) -> tuple[Any, ...]:
    """All that is text, but for the address that was asked for and the form's random token."""
    response = getattr(client, method)(path, FORM if method == "post" else {})
    body = response.content.decode()
    if response["Content-Type"].startswith("text/html"):
        for field in parse_html(body).find_all(name="csrfmiddlewaretoken"):
            body = body.replace(field["value"], "")
    headers = {name: value for name, value in response.headers.items() if name != "Content-Length"}
    text = (response.status_code, headers, body)
    return tuple(str(part).replace(slug, "SLUG") for part in text)


def test_parametrisation_covers_every_kind_of_address() -> None:
    names = {pattern.name for pattern in ABOUT_A_MOTION}

    assert {"motion", "path-json", "path-csv", "hand-over", "motion-people"} <= names


@pytest.mark.fault("somebody else's private motion, by any way")
@pytest.mark.parametrize("pattern", ABOUT_A_MOTION, ids=lambda pattern: pattern.name)
@pytest.mark.parametrize("method", ["get", "head", "post"])
@pytest.mark.parametrize("who", ["visitor", "stranger"])
def test_private_motion_looks_missing(
    motion: Motion, pattern: URLPattern, method: str, who: str
) -> None:
    client = make_client(who)
    before = (Motion.objects.values().get(), Change.objects.count(), Membership.objects.count())

    private = ask(client, method, build_address(pattern, "secret-motion", motion), "secret-motion")
    none = ask(client, method, build_address(pattern, "no-such-motion", motion), "no-such-motion")

    assert private == none
    assert [secret for secret in SECRETS if secret in "".join(private)] == []
    after = (Motion.objects.values().get(), Change.objects.count(), Membership.objects.count())
    assert after == before


@pytest.mark.parametrize(
    "name",
    [
        *("motion", "path-json", "motion-changes", "motion-settings", "motion-people"),
        *("questions-json", "questions-csv"),
    ],
)
def test_private_addresses_show_the_motion_to_its_owner(motion: Motion, name: str) -> None:
    """What the test above looks for would be there to leak."""
    client = Client()
    client.force_login(Membership.objects.get(motion=motion, role="owner").user)

    text = client.get(reverse(name, args=["secret-motion"])).content.decode()

    assert any(secret in text for secret in SECRETS)


@pytest.mark.parametrize("who", ["visitor", "stranger"])
def test_private_motion_is_in_no_list(motion: Motion, who: str) -> None:
    text = make_client(who).get("/motions/").content.decode()

    assert [secret for secret in SECRETS if secret in text] == []
