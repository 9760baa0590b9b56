"""Whose session is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock

import pytest
from django.contrib.sessions.models import Session
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from brownian_site.middleware.session import Authentication
from motion.core.errors import CloseCode
from motion.live import sessions
from motion.live.sessions import Login
from tests.support.factories import make_motion, make_user

pytestmark = pytest.mark.django_db


def sign_in(user: Any) -> tuple[Client, Login]:
    client = Client()
    client.force_login(user)
    login = sessions.read_login({"user": user, "session": client.session})
    assert login is not None
    return client, login


def end_by_signing_out(user: Any, client: Client) -> None:
    client.logout()


def end_by_expiry(user: Any, client: Client) -> None:
    Session.objects.filter(session_key=client.session.session_key).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )


def end_by_deactivation(user: Any, client: Client) -> None:
    user.is_active = False
    user.save()


def end_by_another_password(user: Any, client: Client) -> None:
    user.set_password("another secret")
    user.save()


def end_by_deletion(user: Any, client: Client) -> None:
    user.delete()


@pytest.mark.fault("signed out elsewhere, session expired, deactivated, another password")
@pytest.mark.parametrize(
    "end",
    [
        end_by_signing_out,
        end_by_expiry,
        end_by_deactivation,
        end_by_another_password,
        end_by_deletion,
    ],
)
def test_find_ended_finds_the_ended_session_only(end: Any) -> None:
    ada, ben = make_user("ada"), make_user("ben")
    (client, over), (_, going_on) = sign_in(ada), sign_in(ben)

    before = sessions.find_ended([over, going_on])
    end(ada, client)

    assert (before, sessions.find_ended([over, going_on])) == ({}, {over: CloseCode.SIGNED_OUT})


def test_find_ended_keeps_other_sessions_of_a_person() -> None:
    ada = make_user("ada")
    (client, over), (_, elsewhere) = sign_in(ada), sign_in(ada)

    client.logout()

    assert sessions.find_ended([over, elsewhere]) == {over: CloseCode.SIGNED_OUT}


def test_find_ended_takes_two_queries_for_500_sessions() -> None:
    login = sign_in(make_user("ada"))[1]
    logins = [login, *(Login(f"key-{number}", login.user_id, "") for number in range(499))]

    with CaptureQueriesContext(connection) as few:
        sessions.find_ended([login])
    with CaptureQueriesContext(connection) as many:
        over = sessions.find_ended(logins)

    assert len(few) == len(many) == 2
    assert over.keys() == set(logins) - {login}


def test_find_ended_finds_ended_sessions_in_every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "BATCH", 2)
    login = sign_in(make_user("ada"))[1]
    ended = {Login(f"key-{number}", login.user_id, "") for number in range(6)}

    assert sessions.find_ended([login, *ended]).keys() == ended


def test_find_ended_takes_no_query_for_no_session() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert sessions.find_ended([]) == {}

    assert len(queries) == 0


# --- renewal -----------------------------------------------------------------------------------


@pytest.fixture
def three_days_later(monkeypatch: pytest.MonkeyPatch) -> Client:
    """A person who signed in three days ago and was not here since."""
    user = make_user("ada")
    monkeypatch.setattr("brownian_site.middleware.session.time", lambda: 1_000_000_000.0)
    client, _ = sign_in(user)
    Session.objects.update(expire_date=timezone.now() + timedelta(days=11))
    monkeypatch.setattr(
        "brownian_site.middleware.session.time", lambda: 1_000_000_000.0 + 3 * 24 * 3600
    )
    return client


def count_days_left() -> int:
    return round((Session.objects.get().expire_date - timezone.now()) / timedelta(days=1))


def test_session_is_renewed_once_a_day(three_days_later: Client) -> None:
    renewed = three_days_later.get("/accounts/")
    again = three_days_later.get("/accounts/")

    assert count_days_left() == 14
    assert renewed.cookies["sessionid"]["max-age"] == 14 * 24 * 3600
    assert "sessionid" not in again.cookies


def test_head_request_renews_the_session(three_days_later: Client) -> None:
    make_motion(slug="shown")

    three_days_later.head("/motions/shown/")

    assert count_days_left() == 14


def test_cacheable_response_renews_no_session(three_days_later: Client) -> None:
    make_motion(slug="shown", visibility="public")

    response = three_days_later.get("/motions/shown/epochs.json")

    assert count_days_left() == 11
    assert "sessionid" not in response.cookies


def test_visitor_gets_no_session() -> None:
    response = Client().get("/accounts/login/")

    assert "sessionid" not in response.cookies
    assert not Session.objects.exists()


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
async def test_socket_closes_with_4412_when_its_session_is_unreadable(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    async def resolve_scope(scope: Any) -> None:
        raise error("away")

    sent: list[Any] = []
    application = Authentication(None)
    monkeypatch.setattr(application, "populate_scope", lambda scope: None)
    monkeypatch.setattr(application, "resolve_scope", resolve_scope)

    await application({"type": "websocket"}, AsyncMock(), AsyncMock(side_effect=sent.append))

    assert sent[-1] == {"type": "websocket.close", "code": 4412}
