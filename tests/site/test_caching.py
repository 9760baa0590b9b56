"""Which answers a cache may keep: every address, by everyone, of motions of every visibility."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.http import HttpRequest
from django.test import Client

from motion.models import Motion
from motion.services import invitations
from motion.views import motions
from tests.support.factories import make_motion, make_own_motion, make_user
from tests.support.routes import every_path

pytestmark = pytest.mark.django_db

DATA = ("path.json", "path.csv", "path.npz", "statistics.json", "epochs.json")
FOR_EVERYONE = {"public, max-age=300, must-revalidate", "private, no-cache"}


def is_kept_by_nobody(response: Any) -> bool:
    said = {part.strip() for part in response.headers.get("Cache-Control", "").split(",")}
    return {"private", "no-store"} <= said and "public" not in said


@pytest.fixture
def owner() -> Any:
    return make_user("owner", is_staff=True, is_superuser=True)


def make_client(who: str, owner: Any) -> Client:
    client = Client(raise_request_exception=False)
    if who == "owner":
        client.force_login(owner)
    return client


@pytest.mark.parametrize("who", ["stranger", "owner"])
@pytest.mark.parametrize("visibility", ["public", "unlisted", "private"])
def test_private_response_is_not_cached(owner: Any, visibility: str, who: str) -> None:
    motion = make_own_motion(owner, slug="seen", step=500, visibility=visibility)
    invitation = invitations.create_invitation(motion.pk, by=owner)
    client, kept = make_client(who, owner), set()

    paths = every_path(object_id=motion.pk, slug="seen", token=invitation.token)
    if visibility != "public":  # the others show nothing of one motion
        paths = [path for path in paths if "seen" in path or invitation.token in path]
    for path in paths:
        for query in ("", f"?epoch={motion.epoch}&last=400") if path.endswith(DATA) else ("",):
            response = client.get(f"{path}{query}")
            if not is_kept_by_nobody(response):
                kept.add((path, response.status_code, response.headers.get("Cache-Control")))

    data = {f"/motions/seen/{name}" for name in DATA} if visibility == "public" else set()
    assert {path for path, *_ in kept} == data
    assert {status for _, status, _ in kept} <= {200}
    assert {policy for *_, policy in kept} <= FOR_EVERYONE


def test_cached_window_expires_in_minutes_when_made_private(owner: Any) -> None:
    motion = make_own_motion(owner, slug="seen", step=500, visibility="public")
    window = f"/motions/seen/path.json?epoch={motion.epoch}&last=400"
    kept = Client().get(window)

    Motion.objects.filter(pk=motion.pk).update(visibility="private")
    revalidated = Client().get(window, headers={"If-None-Match": kept["ETag"]})

    assert kept["Cache-Control"] == "public, max-age=300, must-revalidate"
    assert revalidated.status_code == 404


def test_window_is_revalidated_with_the_policy_that_it_had() -> None:
    motion = make_motion(slug="seen", step=500, visibility="public")
    window = f"/motions/seen/path.json?epoch={motion.epoch}&last=400"
    kept = Client().get(window)

    again = Client().get(window, headers={"If-None-Match": kept["ETag"]})

    assert again.status_code == 304
    assert again["Cache-Control"] == kept["Cache-Control"]


# --- answers that no view gives -----------------------------------------------------------------


def test_refusal_is_not_cached(owner: Any) -> None:
    checking = Client(enforce_csrf_checks=True)

    answers = {
        404: Client().get("/nowhere/"),
        405: Client().post("/motions/"),
        403: checking.post("/accounts/login/", {}),
        400: Client().get("/motions/", headers={"host": "evil.example"}),
        301: Client().get("/motions"),
    }

    for status, response in answers.items():
        assert response.status_code == status
        assert is_kept_by_nobody(response), status


def test_redirect_to_https_is_not_cached(settings: LazySettings) -> None:
    settings.SECURE_SSL_REDIRECT = True

    response = Client().get("/motions/")

    assert response.status_code == 301
    assert is_kept_by_nobody(response)


def test_failure_is_not_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(request: HttpRequest, slug: str) -> None:
        raise RuntimeError

    make_motion(slug="brownian")
    monkeypatch.setattr(motions, "motion", fail)

    response = Client(raise_request_exception=False).get("/")

    assert response.status_code == 500
    assert is_kept_by_nobody(response)


def test_sign_in_and_sign_out_are_not_cached(owner: Any) -> None:
    owner.set_password("secret")
    owner.save()
    client = Client()

    came = client.post("/accounts/login/", {"login": "owner", "password": "secret"})
    left = client.post("/accounts/logout/")

    assert (came.status_code, left.status_code) == (302, 302)
    assert is_kept_by_nobody(came)
    assert is_kept_by_nobody(left)
