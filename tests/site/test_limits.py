"""Sockets and requests of one address, and of one person, are counted; too many are refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.conf import LazySettings
from prometheus_client import REGISTRY

from brownian_site.asgi import sockets
from brownian_site.middleware.limits import AtWork, LimitByAddress, LimitByPerson, RequestsByAddress
from brownian_site.middleware.proxies import TrustedProxies, is_trusted
from motion.telemetry import logs

Sent = list[dict[str, Any]]


class Door:
    """The middleware before an application that holds each socket open until a test closes it."""

    def __init__(self) -> None:
        self.by_person = LimitByPerson(self.hold)
        self.limits = LimitByAddress(self.by_person)
        self.release = asyncio.Event()
        self.held = 0

    async def hold(self, scope: Any, receive: Any, send: Any) -> None:
        self.held += 1
        try:
            await self.release.wait()
        finally:
            self.held -= 1

    async def knock(self, **scope: Any) -> Sent:
        """What a socket is sent that is refused; nothing for one that is held open."""
        sent: Sent = []

        async def receive() -> dict[str, str]:
            return {"type": "websocket.connect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        self.tasks = [
            *getattr(self, "tasks", []),
            asyncio.ensure_future(TrustedProxies(self.limits)(make_scope(**scope), receive, send)),
        ]
        await settle()
        return sent

    async def let_go(self) -> None:
        self.release.set()
        await asyncio.gather(*self.tasks)


def make_scope(*, address: str = "203.0.113.5", user: int | None = None, via: str = "") -> Any:
    forwarded = [(b"x-forwarded-for", via.encode())] if via else []
    user_of_it = SimpleNamespace(pk=user)
    return {
        "type": "websocket",
        "client": [address, 1],
        "headers": forwarded,
        "user": user_of_it,
    }


@pytest.fixture
async def door(settings: LazySettings) -> Door:
    settings.SOCKETS_PER_ADDRESS, settings.SOCKETS_PER_USER = 3, 2
    settings.TRUSTED_PROXIES = ["10.0.0.1"]
    is_trusted.cache_clear()
    return Door()


REFUSAL = [{"type": "websocket.accept"}, {"type": "websocket.close", "code": 4429}]


@contextmanager
def counted(by: str) -> Iterator[None]:
    """See that something in the block is refused, once, by the limit of that name."""

    def count() -> float:
        return REGISTRY.get_sample_value("brownian_refusals_total", {"by": by}) or 0.0

    before = count()
    yield
    assert count() - before == 1


@pytest.mark.fault("too many sockets of one address or person, a forged address")
async def test_sockets_are_limited_for_each_address(door: Door) -> None:
    for _ in range(3):
        assert await door.knock() == []

    with counted("sockets-of-address"):
        assert await door.knock() == REFUSAL
    assert await door.knock(address="203.0.113.6") == []
    assert door.held == 4
    await door.let_go()
    assert not door.limits.open, "who left is forgotten"
    assert not door.by_person.open
    assert await door.knock() == []


@pytest.mark.fault("too many sockets of one address or person, a forged address")
async def test_sockets_of_one_person_are_limited_at_all_addresses(door: Door) -> None:
    assert await door.knock(user=7, address="203.0.113.1") == []
    assert await door.knock(user=7, address="203.0.113.2") == []

    with counted("sockets-of-user"):
        assert await door.knock(user=7, address="203.0.113.3") == REFUSAL
    assert await door.knock(user=8, address="203.0.113.3") == []
    await door.let_go()


@pytest.mark.fault("too many sockets of one address or person, a forged address")
async def test_address_is_that_of_the_client_behind_our_proxy(
    door: Door,
) -> None:
    for forged in ("", "198.51.100.1, ", "10.0.0.1, "):
        assert await door.knock(address="10.0.0.1", via=f"{forged}203.0.113.9") == []

    assert await door.knock(address="10.0.0.1", via="198.51.100.2, 203.0.113.9") == REFUSAL
    assert await door.knock(address="10.0.0.1", via="203.0.113.10") == []
    await door.let_go()


async def test_all_addresses_of_one_ipv6_network_are_one(door: Door) -> None:
    for address in ("2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1:f:1:2:3"):
        assert await door.knock(address=address) == []

    assert await door.knock(address="2001:db8:0:1::4") == REFUSAL
    assert await door.knock(address="2001:db8:0:2::4") == []
    await door.let_go()


async def test_proxy_is_trusted_when_the_server_listens_to_ipv6(door: Door) -> None:
    for _ in range(3):
        assert await door.knock(address="::ffff:10.0.0.1", via="203.0.113.9") == []

    assert await door.knock(address="::ffff:10.0.0.1", via="203.0.113.9") == REFUSAL
    assert await door.knock(address="::ffff:10.0.0.1", via="203.0.113.10") == []
    await door.let_go()


async def test_socket_of_a_crowded_address_is_refused_without_queries(
    settings: LazySettings,
) -> None:
    # No `django_db` here: a query, for a session or a user, would raise.
    settings.SOCKETS_PER_ADDRESS = 0
    cookie = f"{settings.SESSION_COOKIE_NAME}=a".encode()
    here = [(b"host", b"localhost"), (b"origin", b"http://localhost"), (b"cookie", cookie)]
    path = "/ws/motions/brownian/"
    socket = WebsocketCommunicator(sockets, path, headers=here)

    assert await socket.connect() == (True, None)
    assert await socket.receive_output() == {"type": "websocket.close", "code": 4429}


# --- requests -----------------------------------------------------------------------------------


class Counter:
    """An application that answers each request when a test says so, and records its requests."""

    def __init__(self, limit: type[AtWork | RequestsByAddress]) -> None:
        self.application = limit(self.answer)
        self.began: list[str] = []
        self.release = asyncio.Event()  # the heads of all answers
        self.read = asyncio.Event()  # their ends
        self.tasks: list[asyncio.Task[None]] = []

    async def answer(self, scope: Any, receive: Any, send: Any) -> None:
        self.began.append(scope["path"])
        await self.release.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.read.wait()
        await send({"type": "http.response.body", "body": b""})

    async def ask(self, path: str, address: str = "203.0.113.5") -> Sent:
        sent: Sent = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {"type": "http", "path": path, "client": [address, 1], "headers": []}
        self.tasks.append(asyncio.create_task(self.application(scope, None, send)))
        await settle()
        return sent

    async def finish(self) -> None:
        self.release.set()
        self.read.set()
        await asyncio.wait_for(asyncio.gather(*self.tasks), 5)


async def settle() -> None:
    """Let everything go as far as it can, while no time passes."""
    for _ in range(10):
        await asyncio.sleep(0)


def count_requests(state: str) -> float:
    return REGISTRY.get_sample_value("brownian_requests", {"state": state}) or 0.0


@pytest.mark.fault("too many requests at once")
async def test_requests_over_the_limit_wait_in_order(settings: LazySettings) -> None:
    settings.REQUESTS_AT_ONCE = 2
    counter = Counter(AtWork)

    for number, name in enumerate("abcd"):
        await counter.ask(name, address=f"203.0.113.{number}")

    assert counter.began == ["a", "b"]
    assert count_requests("at_work") == count_requests("waiting") == 2
    counter.tasks[0].cancel()
    await settle()
    assert counter.began == ["a", "b", "c"], "a place that is left is taken"
    counter.tasks.pop(0)
    await counter.finish()
    assert counter.began == ["a", "b", "c", "d"]
    assert count_requests("at_work") == count_requests("waiting") == 0


async def test_requests_of_one_address_have_half_of_the_places(settings: LazySettings) -> None:
    settings.REQUESTS_AT_ONCE = 4
    counter = Counter(AtWork)
    for name in "abc":
        await counter.ask(name)

    await counter.ask("d", address="203.0.113.6")

    assert counter.began == ["a", "b", "d"]
    counter.release.set()
    await settle()
    assert counter.began == ["a", "b", "d", "c"]
    await counter.finish()
    assert not counter.application.shares.shares


async def test_requests_over_the_limit_are_503_without_a_database(
    settings: LazySettings,
) -> None:
    settings.REQUESTS_AT_ONCE = 1
    counter = Counter(AtWork)
    logs.database.warn("no answer")

    await counter.ask("finds out whether it is back")
    head, _ = await counter.ask("a page")

    assert (head["status"], dict(head["headers"])[b"retry-after"]) == (503, b"5")
    assert counter.began == ["finds out whether it is back"]
    await counter.finish()


async def test_request_leaves_its_place_when_its_answer_begins(settings: LazySettings) -> None:
    settings.REQUESTS_AT_ONCE = 1
    counter = Counter(AtWork)
    sent = await counter.ask("a file that is read slowly")
    await counter.ask("a page")
    assert counter.began == ["a file that is read slowly"]

    counter.release.set()
    await settle()

    assert counter.began == ["a file that is read slowly", "a page"]
    assert [message["type"] for message in sent] == ["http.response.start"]
    await counter.finish()


@pytest.mark.fault("too many requests at once")
async def test_requests_of_one_address_do_not_delay_another(
    settings: LazySettings,
) -> None:
    settings.REQUESTS_PER_ADDRESS = 2
    counter = Counter(RequestsByAddress)
    for name in "abc":
        await counter.ask(name)

    await counter.ask("d", address="203.0.113.6")

    assert counter.began == ["a", "b", "d"]
    counter.release.set()
    await settle()
    assert counter.began == ["a", "b", "d"], "one is under way until its answer is sent"
    await counter.finish()
    assert counter.began == ["a", "b", "d", "c"]
    assert not counter.application.open
    assert not counter.application.lines.shares


@pytest.mark.fault("too many requests at once")
async def test_requests_are_refused_when_their_queue_is_full(
    settings: LazySettings,
) -> None:
    settings.REQUESTS_PER_ADDRESS = 1
    counter = Counter(RequestsByAddress)
    for n in range(20):
        assert await counter.ask(str(n)) == []

    head, body = await counter.ask("one too many")

    assert head["status"] == 429
    assert (b"retry-after", b"5") in head["headers"]
    assert body["body"].endswith(b".\n")
    assert await counter.ask("another's", address="203.0.113.6") == []
    await counter.finish()
    assert "one too many" not in counter.began
