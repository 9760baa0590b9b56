"""Everything that parses what comes from outside, given anything: an answer, never a traceback.

Messages of a socket are in tests/protocol/test_messages.py.
"""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

import pytest
from django.conf import settings as site_settings
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brownian_site import environment as env
from brownian_site.middleware.limits import get_client_key
from brownian_site.middleware.origin import is_ours
from brownian_site.middleware.proxies import find_client_address
from motion.models import Motion
from motion.views import forms
from tests.support.client import watching
from tests.support.factories import make_motion
from tests.support.raw_socket import RawSocket
from tests.support.servers import Daphne, Site

unhurried = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
header = st.text(st.characters(max_codepoint=255), max_size=60)
number_like = st.sampled_from(
    ["", "0", "-1", "1e9", "NaN", "٣", "1" * 30, "0x10", "1.0", " 1", "1099511627776", "\x00", "１"]
)
texts = st.text(max_size=40) | number_like

# --- HTTP ---------------------------------------------------------------------------------------

ENDPOINTS = (
    *("path.json", "path.csv", "path.npz", "statistics.json", "epochs.json", "changes/", ""),
    *("ensemble.json", "ensemble.csv", "ensemble.npz", "slice.json", "laws.json"),
)
NAMES = (
    *("epoch", "first", "last", "points", "changes", "page", "next", "preview", "q"),
    *("paths", "step", "law", "low", "high"),
)


@pytest.mark.fault("any query, address, cookie, form, header, variable")
@pytest.mark.django_db
@unhurried
@given(
    st.sampled_from(ENDPOINTS),
    st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=5), texts), max_size=5),
)
def test_any_query_is_answered(endpoint: str, query: list[tuple[str, str]]) -> None:
    client = Client(raise_request_exception=True)
    wanted = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)

    answer = client.get(f"/motions/{make_one_motion()}/{endpoint}?{wanted}")

    assert answer.status_code in {200, 302, 304, 400, 404}


@pytest.mark.fault("any query, address, cookie, form, header, variable")
@pytest.mark.django_db
@unhurried
@given(st.text(max_size=60), header, header)
def test_any_address_and_cookie_is_answered(address: str, session: str, viewer: str) -> None:
    client = Client(raise_request_exception=True)
    client.cookies["sessionid"] = session.replace(";", "")
    client.cookies[site_settings.VIEWER_COOKIE] = viewer.replace(";", "")

    for path in (f"/motions/{quote(address)}/", f"/join/{quote(address)}/", f"/{quote(address)}"):
        assert client.get(path).status_code in {200, 301, 302, 404}


def make_one_motion() -> str:
    """One motion for all examples of a test."""

    if not Motion.objects.filter(slug="fuzzed").exists():
        make_motion(slug="fuzzed", step=100)
    return "fuzzed"


FORMS: dict[type[Any], tuple[str, ...]] = {
    forms.NewMotionForm: ("title", "variance", "drift", "interval", "visibility", "control"),
    forms.CodeForm: ("code",),
}


@pytest.mark.fault("any query, address, cookie, form, header, variable")
@pytest.mark.django_db
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
@unhurried
@given(st.data())
def test_any_form_is_taken_or_refused(form: type[Any], data: st.DataObject) -> None:
    typed = {name: data.draw(texts, label=name) for name in FORMS[form]}

    filled = form(typed)

    assert filled.is_valid() or filled.errors


# --- headers ------------------------------------------------------------------------------------


@pytest.mark.fault("any query, address, cookie, form, header, variable")
@unhurried
@given(header, header, st.booleans())
def test_any_origin_is_ours_or_not(origin: str, host: str, secure: bool) -> None:
    ours = is_ours(origin=origin, host=host, secure=secure)

    assert not ours or origin.lower() == f"{'https' if secure else 'http'}://{host.lower()}"


@unhurried
@given(header, header)
def test_forged_header_does_not_change_the_client_address(peer: str, forwarded: str) -> None:
    assert find_client_address(peer, forwarded) == peer
    scope = {
        "client": [peer, 1],
        "headers": [(b"x-forwarded-for", forwarded.encode("latin-1"))],
    }
    assert get_client_key(scope) == peer


# --- environment ----------------------------------------------------------------------------------

READERS: dict[str, Callable[[], Any]] = {
    "flag": lambda: env.read_flag("FUZZED", default=True),
    "port": lambda: env.read_port("FUZZED", 8000),
    "number": lambda: env.read_number("FUZZED", 5),
    "origins": lambda: env.read_origins("FUZZED"),
    "networks": lambda: env.read_networks("FUZZED"),
    "redis": lambda: env.read_url("FUZZED", ("redis", "rediss", "unix")),
    "database": lambda: env.read_database("FUZZED", Path("x")),
    "email": lambda: env.read_email("FUZZED", "consolemail://"),
}


@pytest.mark.fault("any query, address, cookie, form, header, variable")
@pytest.mark.parametrize("reader", READERS)
@unhurried
@given(
    st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40)
    | st.sampled_from(["postgres://", "postgres://[", "redis://:x@[::", "smtp://a:b@c:d", "1/0"])
)
def test_any_variable_is_read_or_refused_in_a_sentence(reader: str, value: str) -> None:
    with mock.patch.dict(os.environ, {"FUZZED": value}):
        try:
            READERS[reader]()
        except SystemExit as stopped:
            message = str(stopped)
            assert message.startswith("FUZZED must be ")
            assert "\n" not in message


# --- the wire -------------------------------------------------------------------------------------


@pytest.mark.fault("a binary frame, invalid UTF-8, an unmasked frame, 2 MB, garbage")
@pytest.mark.server
async def test_bytes_that_are_no_frames_close_their_socket_alone(
    site: Site, daphne: Daphne
) -> None:
    server = site.start_server()
    async with watching(server) as other:
        await other.receive("history")
        for example in make_garbage(count=150):
            with RawSocket(server, "brownian") as raw:
                raw.socket.sendall(example)
        for example in make_garbage(count=150):
            with socket.create_connection(("127.0.0.1", server.port)) as raw_http:
                raw_http.sendall(example)

        await other.pong()
        await other.reach((other.path.step or 0) + 3)
        other.path.assert_whole()
    assert "Traceback" not in server.process.output()


def make_garbage(count: int) -> list[bytes]:
    """Bytes with a frame's first byte more often than chance has it, the same at each run."""

    chance = random.Random(19)
    heads = [
        b"\x81",
        b"\x82",
        b"\x88\x82",
        b"\x89\xfe",
        b"\x81\xff",
        b"GET ",
        b"POST / HTTP/1.1\r\n",
    ]
    return [
        chance.choice([b"", *heads]) + chance.randbytes(chance.randrange(60)) for _ in range(count)
    ]
