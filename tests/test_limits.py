"""Sockets of one address, and of one person, are counted; who has too many is told to wait."""

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
from brownian_site.limits import LimitByAddress, LimitByPerson
from brownian_site.proxies import TrustedProxies, is_trusted

Sent = list[dict[str, Any]]


class Door:
    """The middleware before an application that holds each socket open until told."""

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
            asyncio.ensure_future(TrustedProxies(self.limits)(whose(**scope), receive, send)),
        ]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return sent

    async def let_go(self) -> None:
        self.release.set()
        await asyncio.gather(*self.tasks)


def whose(*, address: str = "203.0.113.5", user: int | None = None, via: str = "") -> Any:
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


async def test_one_address_has_so_many_and_another_is_not_concerned(door: Door) -> None:
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


async def test_one_person_has_so_many_from_whatever_address(door: Door) -> None:
    assert await door.knock(user=7, address="203.0.113.1") == []
    assert await door.knock(user=7, address="203.0.113.2") == []

    with counted("sockets-of-user"):
        assert await door.knock(user=7, address="203.0.113.3") == REFUSAL
    assert await door.knock(user=8, address="203.0.113.3") == []
    await door.let_go()


async def test_behind_our_proxy_the_address_is_the_clients_and_cannot_be_forged(
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


async def test_our_proxy_is_known_to_a_server_that_listens_to_ipv6_too(door: Door) -> None:
    for _ in range(3):
        assert await door.knock(address="::ffff:10.0.0.1", via="203.0.113.9") == []

    assert await door.knock(address="::ffff:10.0.0.1", via="203.0.113.9") == REFUSAL
    assert await door.knock(address="::ffff:10.0.0.1", via="203.0.113.10") == []
    await door.let_go()


async def test_an_address_with_too_many_is_refused_before_the_database_is_asked(
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
