"""What somebody reads who may not do what they asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, connection, transaction
from django.test import Client, RequestFactory
from django.views.defaults import permission_denied

from tests.support.factories import make_motion, make_own_motion, make_user
from tests.support.markup import parse_html

pytestmark = pytest.mark.django_db

SIGN_IN = "</a> with an account that has access."


def test_refusal_says_why(client: Client) -> None:
    make_motion(slug="shown", visibility="public")
    client.force_login(make_user("ann"))

    response = client.get("/motions/shown/settings/")

    assert response.status_code == 403
    assert "<p>Only the motion&#x27;s owner may do that.</p>" in response.content.decode()
    assert SIGN_IN not in response.content.decode()


def test_refusal_without_a_reason_names_the_administrator(client: Client) -> None:
    client.force_login(make_user("ann"))

    html = client.get("/admin/login/").content.decode()

    assert "ask an administrator of this site" in html
    assert SIGN_IN not in html


def test_refusal_of_a_visitor_links_to_sign_in() -> None:
    request = RequestFactory().get("/somewhere/")

    html = permission_denied(request, PermissionDenied("Sign in <first>.")).content.decode()

    assert "<p>Sign in &lt;first&gt;.</p>" in html
    assert f'<a href="/accounts/login/?next=/somewhere/">Sign in{SIGN_IN}' in html


# --- a form without the token that it needs ---

LOGIN = "/accounts/login/"
SAME_ORIGIN = "http://testserver"


def read_token(html: str) -> str:
    return parse_html(html).find(name="csrfmiddlewaretoken")["value"]


def open_two_tabs(path: str) -> tuple[Client, dict[str, str]]:
    """A browser that opened `path` in one tab and then signed in as ann in another.

    Also what the first tab's form still holds.
    """
    make_user("ann")
    browser = Client(enforce_csrf_checks=True)
    stale = {"csrfmiddlewaretoken": read_token(browser.get(path).content.decode())}
    entry = {"login": "ann", "password": "secret"}
    fresh = {"csrfmiddlewaretoken": read_token(browser.get(LOGIN).content.decode())}
    assert browser.post(LOGIN, entry | fresh).status_code == 302
    return browser, stale


@pytest.mark.fault("a form that was opened before signing in from another tab, cookies off")
@pytest.mark.parametrize("path", [LOGIN, "/accounts/signup/"])
@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/motions/?page=2", "/motions/?page=2"),
        ("", "/motions/"),
        ("https://evil.example/", "/motions/"),
        ("//evil.example/", "/motions/"),
        (r"/\evil.example/", "/motions/"),
        ("javascript:alert(1)", "/motions/"),
    ],
)
def test_stale_sign_in_leads_a_signed_in_person_on(path: str, wanted: str, reached: str) -> None:
    browser, stale = open_two_tabs(path)

    form = stale | {"login": "ann", "username": "other", "password1": "x", "next": wanted}
    response = browser.post(path, form)

    assert (response.status_code, response["Location"]) == (302, reached)
    assert get_user_model().objects.count() == 1  # the refused form itself did nothing


@pytest.mark.fault("a form that was opened before signing in from another tab, cookies off")
@pytest.mark.parametrize("path", ["/join/", "/accounts/password/reset/"])
def test_stale_form_is_refused_on_a_page_of_ours(path: str) -> None:
    browser, stale = open_two_tabs(path)

    response = browser.post(
        path, stale, headers={"Referer": f"{SAME_ORIGIN}{path}?a=1", "Accept": "text/html"}
    )

    html = response.content.decode()
    assert response.status_code == 403
    assert "<h1>This form is out of date.</h1>" in html
    assert f'href="{path}?a=1">Open the page again</a>' in html
    assert html.count('class="button') == 1


@pytest.mark.parametrize(
    "referer", ["https://evil.example/join/", f"{SAME_ORIGIN}//evil.example/", "http://[", ""]
)
def test_refused_form_leads_nowhere_but_to_this_site(referer: str) -> None:
    browser, stale = open_two_tabs("/join/")

    response = browser.post("/join/", stale, headers={"Referer": referer} if referer else {})

    assert 'href="/">Open the page again</a>' in response.content.decode()


@pytest.mark.fault("a form that was opened before signing in from another tab, cookies off")
def test_form_without_cookies_explains_that_they_are_needed() -> None:
    html = Client(enforce_csrf_checks=True).post(LOGIN, {"login": "ann"}).content.decode()

    assert "<h1>This site needs cookies.</h1>" in html


@pytest.mark.parametrize("path", [LOGIN, "/join/"])
def test_form_from_another_origin_is_refused_and_says_so(path: str) -> None:
    browser, stale = open_two_tabs(path)

    response = browser.post(path, stale, headers={"Origin": "https://evil.example"})

    assert response.status_code == 403
    assert "<h1>This form came from another address.</h1>" in response.content.decode()


def test_script_with_a_stale_token_gets_a_sentence() -> None:
    browser, stale = open_two_tabs("/join/")

    response = browser.post(
        "/motions/shown/hand-over/", stale, headers={"Accept": "application/json"}
    )

    assert response.status_code == 403
    assert response.json()["message"].startswith("This form is out of date.")


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


@pytest.mark.fault("the database locked for long, or gone")
@pytest.mark.parametrize(
    ("name", "error"),
    [*((name, OperationalError) for name in REQUESTS), ("list", InterfaceError)],
)
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


@pytest.mark.fault("the database locked for long, or gone")
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
        responses = [
            client.post("/motions/hers/restart/"),
            REQUESTS["sign-in"](Client(raise_request_exception=False)),
        ]

    assert [response.status_code for response in responses] == [503, 503]
    assert client.post("/motions/hers/restart/").status_code == 302


def test_outage_is_one_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with database_failing_at(0, OperationalError):
        for _ in range(5):
            Client(raise_request_exception=False).get("/motions/")

    (record,) = caplog.records
    assert ": the server closed the connection" in record.getMessage()
    assert record.exc_info is None


def test_other_errors_are_500_and_leave_a_traceback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("motion.views.lists._build_cards", lambda *_: 1 / 0)

    response = Client(raise_request_exception=False).get("/motions/")

    assert response.status_code == 500
    assert "Something went wrong." in response.content.decode()
    assert [record for record in caplog.records if record.exc_info]
