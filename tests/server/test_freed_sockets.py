"""A socket that has ended is freed at once: the collector comes seldom, so none may wait for it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from daphne.ws_protocol import WebSocketFactory
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from brownian_site.server.connections import Connection, ConnectionFactory
from brownian_site.server.requests import Request
from brownian_site.server.sockets import Socket

HANDSHAKE = (
    b"GET /ws/motions/brownian/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)


class Transport(StringTransport):
    """Twisted's, for a protocol that lets go of the producer before it."""

    protocol: Any


@pytest.fixture
def uncollected() -> Iterator[None]:
    """No collector while a test lasts."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def nothing(*_: Any, **__: Any) -> None:
    pass


def make_server() -> Any:
    """What our protocols need of a server."""
    server = SimpleNamespace(
        root_path="",
        proxy_forwarded_address_header=None,
        protocol_connected=nothing,
        protocol_disconnected=nothing,
        log_action=nothing,
        create_application=lambda *_: asyncio.Queue(),
    )
    server.ws_factory = WebSocketFactory(server)
    server.ws_factory.protocol = Socket
    server.http_factory = ConnectionFactory(server)
    return server


async def test_socket_and_its_handshake_are_freed_when_it_ends(uncollected: None) -> None:
    address = IPv4Address("TCP", "127.0.0.1", 1)
    transport = Transport(address, address)
    connection = make_server().http_factory.buildProtocol(address)
    transport.protocol = connection
    connection.makeConnection(transport)
    connection.dataReceived(HANDSHAKE)
    socket = transport.protocol
    assert isinstance(socket, Socket)
    socket.serverAccept()

    del transport.protocol  # as Twisted's own transport does before
    socket.connectionLost(Failure(ConnectionDone()))
    del connection, socket, transport

    assert [each for each in gc.get_objects() if type(each) in (Connection, Request, Socket)] == []
