"""The log: which request, socket and motion a line is about, and no secret in any of them."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
import urllib.parse
import urllib.request
from collections.abc import Iterator
from functools import partial
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import LazySettings, settings
from django.core.exceptions import (
    BadRequest,
    DisallowedHost,
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
)
from django.core.handlers.exception import response_for_exception
from django.http import UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.test import RequestFactory
from prometheus_client import REGISTRY

from brownian_site.middleware.proxies import is_trusted
from brownian_site.middleware.request_id import Requests, choose_id, find_route
from motion.live.socket_consumer import NoSuchSocket
from motion.telemetry import logs
from motion.telemetry.logs import JsonFormatter, LineFormatter, hide_secrets
from tests.support.client import watching
from tests.support.probing import Reply, ask
from tests.support.servers import Daphne, Site, wait_for
from tests.support.stage import make_motions, shell, sign_in

SEED = 1234567890123456789
TOKEN = "Ab-_cdefghijklmnopqrst"


def record(message: str, *values: Any, **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord("motion.tests", logging.WARNING, __file__, 1, message, values, None)
    vars(made).update(extra)
    return made


# --- a line ----------------------------------------------------------------------------------


def test_line_has_the_fields_of_its_context() -> None:
    with logs.add_fields(request="r1", motion="pollen"):
        line = LineFormatter().format(record("It is %s.", "late"))

    assert re.fullmatch(
        r"[-0-9]+ [:,0-9]+ WARNING motion\.tests: It is late\. \[request=r1 motion=pollen\]", line
    )


def test_line_about_nothing_ends_with_its_message() -> None:
    assert LineFormatter().format(record("It is late.")).endswith("motion.tests: It is late.")


def test_json_is_one_object_a_line_with_its_error() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError as error:
        made = record("It is %s.", "late", fields={"motion_id": 7})
        made.exc_info = (type(error), error, error.__traceback__)
    with logs.add_fields(socket="s1"):
        line = JsonFormatter().format(made)

    fields = json.loads(line)
    assert "\n" not in line
    assert fields.pop("at").endswith("+00:00")
    assert fields.pop("error").endswith("ValueError: two\nlines")
    assert fields == {
        "level": "WARNING",
        "logger": "motion.tests",
        "message": "It is late.",
        "socket": "s1",
        "motion_id": 7,
    }


async def test_task_that_outlives_a_request_is_not_about_it() -> None:
    async def line() -> str:
        return await asyncio.to_thread(LineFormatter().format, record("…"))

    with logs.add_fields(request="r1"):
        inside = await asyncio.create_task(line())
        outside = await asyncio.create_task(line(), context=logs.copy_context_without_fields())

    assert inside.endswith("[request=r1]")
    assert outside.endswith("…")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Not Found: /join/{TOKEN}/", "Not Found: /join/…/"),
        (f"/accounts/login/?next=%2Fjoin%2F{TOKEN}%2F", "/accounts/login/?next=%2Fjoin%2F…%2F"),
        (f"/accounts/login/?next=/join/{TOKEN}/", "/accounts/login/?next=/join/…/"),
        ("/accounts/password/reset/key/3-cx1-ab2/ gone", "/accounts/password/reset/key/…/ gone"),
        ("/accounts/confirm-email/MQ:1x:yz/", "/accounts/confirm-email/…/"),
        ("redis://:secret@cache:6379/0 is away", "redis://:…@cache:6379/0 is away"),
        ("postgres://me:secret@db/site", "postgres://me:…@db/site"),
        ("x\nDETAIL:  Key (seed)=(12) is.\nCONTEXT: y", "x\nDETAIL:  ….\nCONTEXT: y"),
        ("http://127.0.0.1:8000/join/", "http://127.0.0.1:8000/join/"),
        ("Not Found: /motions/pollen/", "Not Found: /motions/pollen/"),
    ],
)
def test_hide_secrets_removes_keys_and_passwords(text: str, shown: str) -> None:
    shown = shown.replace("….", "…")

    assert hide_secrets(text) == shown
    shown = shown.replace("\n", "\\n")
    assert LineFormatter().format(record(text)).endswith(shown)
    assert json.loads(JsonFormatter().format(record(text)))["message"] == shown


def test_secret_in_a_traceback_is_left_out() -> None:
    try:
        raise ValueError(f"/join/{TOKEN}/")
    except ValueError as error:
        made = record("It failed")
        made.exc_info = (type(error), error, error.__traceback__)

    assert TOKEN not in JsonFormatter().format(made)
    assert TOKEN not in LineFormatter().format(made)


def test_message_is_one_bounded_line_for_any_content() -> None:
    made = record("Not Found: %s", "/a\r\n2026 ERROR forged \x1b[31m\u202e" + "x" * 5000)

    line = LineFormatter().format(made)

    assert "Not Found: /a\\r\\n2026 ERROR forged \\x1b[31m\\u202exxx" in line
    assert line.isprintable()
    assert len(line) < 1100


# --- what is left out ------------------------------------------------------------------------


@pytest.fixture
def console(settings: LazySettings) -> Iterator[list[str]]:
    """The lines that the site's console would show from now on, with fresh filters."""
    shown: list[str] = []

    class Console(logging.StreamHandler[Any]):
        def emit(self, record: logging.LogRecord) -> None:
            shown.append(self.format(record))

    handler = Console()
    handler.setFormatter(LineFormatter())
    configured = settings.LOGGING["handlers"]["console"]["filters"]
    for name in configured:
        options = dict(settings.LOGGING["filters"][name])
        handler.addFilter(getattr(logs, options.pop("()").rpartition(".")[2])(**options))
    loggers = [logging.getLogger(name) for name in ("django", "motion")]
    for logger in loggers:
        logger.addHandler(handler)
    yield shown
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DisallowedHost("Invalid HTTP_HOST header: 'evil'."), "Invalid HTTP_HOST header: 'evil'."),
        (PermissionDenied(), "Forbidden (Permission denied): /x/"),
        (TooManyFieldsSent("The number of fields is too large."), "The number of fields is too"),
        (RequestDataTooBig("Request body exceeded the limit."), "Request body exceeded the limit."),
        (MultiPartParserError("Bad"), "Bad request (Unable to parse request body): /x/"),
        (BadRequest("Not like this"), "Not like this: /x/"),
        (UnreadablePostError("gone"), "Internal Server Error: /x/"),
    ],
)
def test_refused_request_is_one_warning_without_a_traceback(
    console: list[str], error: Exception, said: str
) -> None:
    try:
        raise error
    except type(error):
        response_for_exception(RequestFactory().get("/x/"), error)

    (line,) = console
    assert " WARNING django." in line
    assert said in line
    assert "\n" not in line


def test_error_of_ours_keeps_its_level_and_its_traceback(console: list[str]) -> None:
    try:
        raise ValueError("a fault of ours")
    except ValueError as error:
        response_for_exception(RequestFactory().get("/x/"), error)

    (line,) = console
    assert " ERROR django.request: Internal Server Error: /x/" in line
    assert line.endswith("ValueError: a fault of ours")


def refuse_host(name: str) -> None:
    error = DisallowedHost(f"Invalid HTTP_HOST header: {name!r}.")
    response_for_exception(RequestFactory().get("/x/"), error)


def test_repeated_warning_is_counted_in_the_next_one(
    console: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 1000.0
    monkeypatch.setattr(logs.time, "monotonic", lambda: clock)

    for number in range(500):
        refuse_host(f"host-{number}")
        logging.getLogger("motion.test").warning("It failed %d times", number)
        clock += 0.001
    logging.getLogger("motion.test").warning("Something else failed")
    clock += 10.0
    refuse_host("late")

    assert [line for line in console if "host-" in line] == console[0:10:2]
    assert len(console) == 12
    assert console[-2].endswith("Something else failed")
    assert console[-1].endswith("Invalid HTTP_HOST header: 'late'. [left_out=495]")


def test_lines_about_sockets_are_left_out_beyond_their_own_number(console: list[str]) -> None:
    def log_end(code: int) -> None:
        extra = {"fields": {"code": code}, "kind": ("ended", code), "most": 20}
        logging.getLogger("motion.test").info("A socket ended: %s.", code, extra=extra)

    for _ in range(500):
        log_end(4412)
        logging.getLogger("motion.test").info("answered")  # asks for no limit
    log_end(4408)

    assert len([line for line in console if "code=4412" in line]) == 20
    assert len([line for line in console if "answered" in line]) == 500
    assert console[-1].endswith("A socket ended: 4408. [code=4408]")


def test_errors_of_different_places_are_not_repeats(console: list[str]) -> None:
    def fail(how: str) -> None:
        try:
            int(how)
            raise ValueError(how)
        except ValueError:
            logging.getLogger("motion.test").exception("It failed")

    for how in ("x", "1") * 6:
        fail(how)

    assert len([line for line in console if "ValueError: invalid literal" in line]) == 5
    assert len([line for line in console if "ValueError: 1" in line]) == 5


def test_kinds_that_are_remembered_are_bounded() -> None:
    repeats = logs.Repeats()

    for number in range(3 * logs.Repeats.LIMIT):
        assert repeats.filter(record(f"Message {number}"))

    assert len(repeats._seen) <= logs.Repeats.LIMIT


# --- ids -------------------------------------------------------------------------------------


@pytest.fixture
def proxied(settings: LazySettings) -> Iterator[None]:
    settings.TRUSTED_PROXIES = ["10.0.0.0/24"]
    is_trusted.cache_clear()
    yield
    is_trusted.cache_clear()


def make_scope(peer: str, sent: str) -> dict[str, Any]:
    return {"client": [peer, 1], "headers": [(b"x-request-id", sent.encode("latin-1"))]}


def test_id_of_our_proxy_is_kept(proxied: None) -> None:
    assert choose_id(make_scope("10.0.0.7", "a1-B2.c_3")) == "a1-B2.c_3"


@pytest.mark.parametrize(
    ("peer", "sent"),
    [
        ("203.0.113.5", "a1"),
        *(("10.0.0.7", sent) for sent in ("", "x" * 65, "a b", "a\r\nb", "ÿ", "a1\n")),
    ],
)
def test_other_ids_are_made_here(proxied: None, peer: str, sent: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", choose_id(make_scope(peer, sent)))


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "default-motion"),
        ("/motions/pollen/path.json", "path-json"),
        (f"/join/{TOKEN}/", "join"),
        ("/admin/motion/motion/3/change/", "admin:motion_motion_change"),
        ("/static/motion/pages/motion-page.js", "static"),
        ("/wp-login.php", "none"),
    ],
)
def test_route_is_a_name_and_no_path(path: str, route: str) -> None:
    assert find_route(path) == route


async def test_frames_of_a_socket_do_not_pass_through() -> None:
    given: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        given.append(send)

    socket = {"type": "websocket", "path": "/ws/motions/a/", "headers": []}
    await Requests(application)(socket, None, print)

    assert given == [print]


# --- a server --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def talkative(site: Site) -> Daphne:
    """A server that writes JSON for machines."""
    site.env = {"LOG_FORMAT": "json"}
    make_motions(site, logged={"interval": 0.05, "seed": SEED})
    return site.start_daphne()


def read_lines(server: Daphne) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.process.output().splitlines()]


@pytest.mark.server
def test_request_is_answered_and_logged_under_one_id(talkative: Daphne) -> None:
    reply = ask(talkative.port, "/motions/logged/path.json", X_Request_ID="forged")
    key = reply.headers["x-request-id"]

    def find_lines() -> list[dict[str, Any]]:
        return [line for line in read_lines(talkative) if line.get("request") == key]

    (line,) = wait_for(find_lines, "the line of the request")
    assert key != "forged"
    assert (line["motion"], line["method"], line["route"]) == ("logged", "GET", "path-json")
    assert (line["status"], line["level"]) == (200, "INFO")
    assert line["took_ms"] > 0


@pytest.mark.server
def test_refused_requests_are_a_line_each_on_a_server(site: Site, talkative: Daphne) -> None:
    shell(site, "make_user('staff', is_staff=True)")
    cookie = sign_in(talkative, "staff")
    token = "a" * 32
    fields = "&".join(f"a{n}=1" for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1))
    start = len(read_lines(talkative))

    head = "POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\n"
    with socket.create_connection(("127.0.0.1", talkative.port)) as aborted:
        aborted.sendall(f"{head}login=".encode())
    refused = [
        ask(talkative.port, "/", Host="evil.example"),
        ask(talkative.port, "/admin/motion/motion/", Cookie=cookie),
        ask(talkative.port, "/accounts/login/", method="POST"),
        ask(
            talkative.port,
            "/accounts/login/",
            method="POST",
            body=fields,
            Cookie=f"csrftoken={token}",
            Content_Type="application/x-www-form-urlencoded",
        ),
    ]

    def found(reply: Reply) -> list[dict[str, Any]]:
        key = reply.headers["x-request-id"]
        mine = [line for line in read_lines(talkative) if line.get("request") == key]
        return mine if any(line["message"] == "answered" for line in mine) else []

    assert [reply.status for reply in refused] == [400, 403, 403, 400]
    for reply in refused:
        said = wait_for(partial(found, reply), "the lines of the request")
        (warning,) = [line for line in said if line["level"] != "INFO"]
        assert warning["level"] == "WARNING"
    assert not [line for line in read_lines(talkative)[start:] if "error" in line]


def ask_for_a_new_password(server: Daphne, email: str) -> None:
    """As the page does: without a mail server the mail, which holds a key, is written nowhere."""
    token = "a" * 32
    form = urllib.parse.urlencode({"email": email, "csrfmiddlewaretoken": token}).encode()
    headers = {"Cookie": f"csrftoken={token}", "Origin": server.url}
    address = f"{server.url}/accounts/password/reset/"
    urllib.request.urlopen(urllib.request.Request(address, form, headers)).close()


@pytest.mark.server
async def test_no_secret_is_logged(site: Site, talkative: Daphne) -> None:
    token, code = shell(
        site,
        "make_user('ann', email='ann@brown.example')",
        "broken = make_motion(slug='broken')",  # the worker, and who opens it, complain
        "Epoch.objects.filter(motion=broken).update(algorithm=99)",
        "Motion.objects.filter(pk=broken.pk).update(watched_until=2e10)",
        "invitation = Invitation.objects.create(motion=Motion.objects.get(slug='logged'))",
        "print(invitation.token, invitation.code)",
    ).split()
    cookie = sign_in(talkative, "ann")
    session = SimpleCookie(cookie)["sessionid"].value
    with pytest.raises(AssertionError):
        sign_in(talkative, "ann", "hunter2-is-wrong")
    invented = "x" * 22
    for path in (
        f"/join/{token}/",
        f"/join/{invented}/",
        f"/join/{invented}",
        f"/x/?k=/join/{token}/",
    ):
        ask(talkative.port, path, Cookie=cookie)
    ask(talkative.port, f"/join/{token}/", method="POST", Cookie=cookie)  # no CSRF token: refused
    ask(talkative.port, "/accounts/password/reset/key/3-cx1-abcdef0123456789/", Cookie=cookie)
    ask_for_a_new_password(talkative, "ann@brown.example")
    async with watching(talkative, "logged", cookie=cookie) as client:
        await client.receive("history")
        await client.send("restart")
        await client.send("change", variance=2.0)
        await client.pong()
    async with watching(talkative, "broken", cookie=cookie) as client:
        assert await client.closed() == 4412

    def text() -> str:
        return talkative.process.output()

    wait_for(lambda: "failed; trying again later" in text(), "the worker to complain")
    wait_for(lambda: "1 mail(s) not sent: EMAIL_URL names no mail server" in text(), "the mail")
    assert not re.search(r"password/reset/key/\w", text())
    assert "there is no algorithm version 99" in text()
    assert "Not Found: /join/…/" in text()
    seeds = [str(seed) for (seed,) in site.execute("SELECT seed FROM motion_epoch")]
    for secret in (
        *seeds,
        session,
        token,
        code,
        invented,
        "hunter2-is-wrong",
        "cx1-abcdef",
        "ann@",
    ):
        assert secret not in text(), secret
    assert {line["socket"] for line in read_lines(talkative) if "socket" in line}


# --- sockets and outages ---------------------------------------------------------------------


def find_socket_lines(server: Daphne, motion: str) -> list[dict[str, Any]]:
    return [line for line in read_lines(server) if "socket" in line and line["motion"] == motion]


@pytest.mark.server
async def test_socket_is_logged_when_refused_and_when_it_ends(
    site: Site, talkative: Daphne
) -> None:
    shell(site, "make_own_motion(make_user('wilhelmine'), slug='hers', control='owner')")
    async with watching(talkative, "hers") as client:
        for _ in range(7):
            await client.send("change", variance=2.0)
            await client.receive("error")

    def ends() -> list[dict[str, Any]]:
        return [line for line in find_socket_lines(talkative, "hers") if "lived_s" in line]

    (end,) = wait_for(ends, "the line of its end")
    refusals = find_socket_lines(talkative, "hers")[:-1]
    assert len(refusals) == 5
    assert {line["socket"] for line in refusals} == {end["socket"]}
    assert {(line["refusal"], line["re"]) for line in refusals} == {("forbidden", "change")}
    assert refusals[0]["message"] == (
        "A message was refused: You may watch this motion, but not change it."
    )
    assert end["message"] == "A socket ended: the browser left."
    assert (end["code"], end["messages"], end["refused"]) == (1000, 7, 7)
    assert 0 <= end["lived_s"] < 60
    assert "wilhelmine" not in talkative.process.output()


@pytest.mark.server
async def test_socket_end_is_logged_unless_the_client_left(site: Site, talkative: Daphne) -> None:
    make_motions(site, left={}, cut={})
    async with watching(talkative, "left") as client:
        await client.receive("history")
    async with watching(talkative, "nowhere") as client:
        assert await client.closed() == 4404
    async with watching(talkative, "cut") as client:
        await client.receive("history")
        client.connection.transport.abort()

    (end,) = wait_for(lambda: find_socket_lines(talkative, "nowhere"), "the first line")
    assert (end["code"], end["message"]) == (4404, "A socket ended: no such motion.")
    (end,) = wait_for(lambda: find_socket_lines(talkative, "cut"), "the second line")
    assert (end["code"], end["message"]) == (1006, "A socket ended: the connection was lost.")
    assert find_socket_lines(talkative, "left") == []


@pytest.mark.django_db  # a consumer that ends closes what is left of connections
async def test_failing_socket_is_counted_and_logged_as_1011(
    console: list[str],
) -> None:
    def count() -> float:
        return REGISTRY.get_sample_value("brownian_socket_closes_total", {"code": "1011"}) or 0.0

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        raise ValueError("a fault of ours")

    before = count()
    with pytest.raises(ValueError, match="a fault of ours"):
        await NoSuchSocket()({"type": "websocket"}, receive, send)

    assert count() - before == 1
    assert "A socket ended: an error of the server. [code=1011" in console[0]


def test_library_warnings_are_logged_without_harmless_ones() -> None:
    taken: list[object] = []
    instead = logs.WarningForwarder(taken.append, harmless="discarding")
    error = ConnectionError("gone")
    with_error = record("Unexpected exception")
    with_error.exc_info = (ConnectionError, error, None)

    passed = [
        instead.filter(each)
        for each in (record("It failed: %s", "refused"), record("discarding it"), with_error)
    ]

    assert passed == [False, False, False]
    assert taken == ["It failed: refused", error]


def test_outage_is_two_lines_and_one_more_each_minute(
    console: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 1000.0
    monkeypatch.setattr(logs.time, "monotonic", lambda: clock)
    outage = logs.Outage("The database")

    outage.note_success()
    for _ in range(520):
        outage.warn("refused\nby the host")
        outage.note_success()  # another thread's call, which had begun before
        clock += 0.125
    clock += 2.0
    outage.note_success()
    outage.note_success()

    first, reminder, end = console
    assert first.endswith(
        "WARNING motion.telemetry.logs: The database is failing: refused\\nby the host"
    )
    assert "The database is failing for 60 s, 480 calls failed: refused" in reminder
    assert end.endswith(
        "INFO motion.telemetry.logs: The database works again, "
        "after 67.0 s and 520 calls that failed."
    )
