"""What somebody reads who may not do what they asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, connection, transaction
from django.test import Client, RequestFactory
from django.views.defaults import permission_denied

from brownian_site import errors
from motion.logs import Seldom
from tests.factories import make_motion, make_own_motion, make_user

pytestmark = pytest.mark.django_db

SIGN_IN = "</a> with an account that may."


def test_refusal_says_why(client: Client) -> None:
    make_motion(slug="shown", visibility="public")
    client.force_login(make_user("ann"))

    response = client.get("/motions/shown/settings/")

    assert response.status_code == 403
    assert "<p>Only the motion&#x27;s owner may do that.</p>" in response.content.decode()
    assert SIGN_IN not in response.content.decode()


def test_refusal_without_a_reason_says_whom_to_ask(client: Client) -> None:
    client.force_login(make_user("ann"))

    html = client.get("/admin/login/").content.decode()

    assert "ask whoever runs this site" in html
    assert SIGN_IN not in html


def test_who_is_signed_out_is_led_to_the_sign_in() -> None:
    request = RequestFactory().get("/somewhere/")

    html = permission_denied(request, PermissionDenied("Sign in <first>.")).content.decode()

    assert "<p>Sign in &lt;first&gt;.</p>" in html
    assert f'<a href="/accounts/login/?next=/somewhere/">Sign in{SIGN_IN}' in html


# --- the database is away ---


@contextmanager
def database_failing_at(number: int, error: type[Exception]) -> Iterator[list[str]]:
    """Let query `number`, and all after it, fail; the queries that were tried."""
    tried: list[str] = []

    def execute(run: Any, sql: str, *rest: Any) -> Any:
        tried.append(sql)
        if len(tried) > number:
            raise error("the server closed the connection\nunexpectedly")
        return run(sql, *rest)

    with connection.execute_wrapper(execute):
        yield tried


LOGIN = "/accounts/login/"
REQUESTS = {
    "motion": lambda client: client.get("/motions/hers/"),
    "list": lambda client: client.get("/motions/"),
    "account": lambda client: client.get("/accounts/"),
    "no page": lambda client: client.get("/nothing/here/"),
    "sign-in": lambda client: client.post(LOGIN, {"login": "bob", "password": "secret"}),
    "sign-out": lambda client: client.post("/accounts/logout/"),
    "settings": lambda client: client.post("/motions/hers/settings/", {"title": "Other"}),
    "admin": lambda client: client.get("/admin/"),
}


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
@pytest.mark.parametrize("name", REQUESTS)
def test_request_is_answered_503_whichever_query_fails(
    name: str, error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    make_user("bob")
    ann = make_user("ann")
    make_own_motion(ann, slug="hers")
    number = 0
    while True:
        client = Client(raise_request_exception=False)
        if name != "sign-in":
            client.force_login(ann)
        with transaction.atomic(), database_failing_at(number, error) as tried:
            response = REQUESTS[name](client)
            transaction.set_rollback(True)
        if len(tried) <= number:
            break
        assert response.status_code == 503, tried[number]
        assert response["Retry-After"] == "5"
        assert "<h1>The site is not available.</h1>" in response.content.decode()
        number += 1
    assert number > 0
    assert response.status_code < 500
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("path", ["path.json", "epochs.json", "path.csv"])
def test_program_gets_a_503_in_its_own_form(path: str) -> None:
    make_motion(slug="shown", visibility="public")

    with database_failing_at(0, OperationalError):
        response = Client(raise_request_exception=False).get(f"/motions/shown/{path}")

    assert response.status_code == 503
    body = response.json()["message"] if path.endswith("json") else response.content.decode()
    assert body.strip() == "The database of this site does not answer. Try again in a few seconds."


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite locks all of a database")
@pytest.mark.django_db(transaction=True)
def test_change_is_answered_503_while_the_database_is_locked() -> None:
    ann = make_user("ann")
    make_own_motion(ann, slug="hers")
    client = Client(raise_request_exception=False)
    client.force_login(ann)
    connection.cursor().execute("PRAGMA busy_timeout = 50")

    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
        other.execute("BEGIN IMMEDIATE")
        assert client.get("/motions/hers/").status_code == 200
        response = client.post("/motions/hers/restart/")

    assert response.status_code == 503
    assert client.post("/motions/hers/restart/").status_code == 302


def test_outage_is_one_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    errors.not_answered = Seldom(errors.logger, "A request was answered 503")
    with database_failing_at(0, OperationalError):
        for _ in range(5):
            Client(raise_request_exception=False).get("/motions/")

    (record,) = caplog.records
    assert record.getMessage().endswith(": the server closed the connection")
    assert record.exc_info is None


def test_other_errors_are_500_and_leave_a_traceback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("motion.views.lists._cards", lambda *_: 1 / 0)

    response = Client(raise_request_exception=False).get("/motions/")

    assert response.status_code == 500
    assert "Something went wrong here." in response.content.decode()
    assert [record for record in caplog.records if record.exc_info]
