"""A crowd of WebSocket clients in one thread that does little more than count frames."""

from __future__ import annotations

import re
import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from . import wire

MARK = b'"increments"'
"""What a frame with increments holds, and no other, whichever server sent it."""

_PONG = b'"pong"'
_STEP = re.compile(rb'"first_step":(\d+)')

_HANDSHAKE_TIMEOUT_S = 20.0
_READ_BYTES = 65_536
_BATCH = 64  # sockets read between two looks at the clock


class LostClientError(Exception):
    """The server closed a socket, or did not complete its handshake."""


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How a client of one server joins.

    Attributes:
        path: what it asks the HTTP server for.
        replies: for text the server says, how the client answers, by its first bytes.
        joined: how the text begins by which the server says that the client is in.
    """

    path: str
    replies: dict[bytes, bytes]
    joined: bytes | None


class Socket:
    """One client: a socket, and the bytes of a frame that has not come whole."""

    def __init__(self, *, port: int, protocol: Protocol, cookie: str = "") -> None:
        self._protocol = protocol
        self._rest = b""
        self.socket = socket.create_connection(("127.0.0.1", port), _HANDSHAKE_TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._upgrade(wire.upgrade_request(port=port, path=protocol.path, cookie=cookie))
        if protocol.joined is not None:
            self._wait_until_joined(protocol.joined)
        self.socket.setblocking(False)

    def _upgrade(self, request: bytes) -> None:
        self.socket.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._receive()
        head, _, self._rest = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101 "):
            raise LostClientError(head.partition(b"\r\n")[0].decode(errors="replace"))

    def _wait_until_joined(self, joined: bytes) -> None:
        received = b""  # the first frames may have come with the answer to the upgrade
        while True:
            if any(text.startswith(joined) for text in self._texts(received)):
                return
            received = self._receive()

    def _receive(self) -> bytes:
        if not (received := self.socket.recv(_READ_BYTES)):
            raise LostClientError("the server ended the stream")
        return received

    def _texts(self, received: bytes) -> list[bytes]:
        """The texts that are whole with what was received; everything else is dealt with."""
        frames, self._rest = wire.decode(self._rest + received if self._rest else received)
        texts = []
        for opcode, payload in frames:
            if opcode == wire.TEXT:
                texts.append(payload)
                if reply := self._protocol.replies.get(payload[:1]):
                    self.socket.send(wire.encode(wire.TEXT, reply))
            elif opcode == wire.PING:
                self.socket.send(wire.encode(wire.PONG, payload))
            elif opcode == wire.CLOSE:
                code = int.from_bytes(payload[:2])
                raise LostClientError(f"the server closed a socket with {code}")
        return texts

    def texts(self) -> list[bytes]:
        """What has come; never waits."""
        try:
            return self._texts(self._receive())
        except BlockingIOError:
            return []

    def say(self, text: bytes) -> None:
        self.socket.send(wire.encode(wire.TEXT, text))


class Crowd:
    """The clients of one server, and how many frames with increments they have got."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._sockets: dict[int, Socket] = {}
        self.deliveries = 0
        self.pongs = 0
        self.step = 0
        """The newest step that a client has got."""
        self.frame_bytes = 0
        """Size of the newest frame's payload."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._sockets.values():
            with suppress(OSError):
                each.socket.close()
        self._epoll.close()

    def __len__(self) -> int:
        return len(self._sockets)

    def join(self, *, count: int, port: int, protocol: Protocol) -> None:
        """Add `count` clients, one after the other."""
        for _ in range(count):
            joined = Socket(port=port, protocol=protocol)
            self._sockets[joined.socket.fileno()] = joined
            self._epoll.register(joined.socket.fileno(), select.EPOLLIN)
            self.turn(0.0)

    def turn(self, timeout_s: float) -> int:
        """Count what comes next, waiting at most `timeout_s` for it; how many deliveries."""
        return len(self.take(timeout_s))

    def take(self, timeout_s: float) -> list[bytes]:
        """The frames with increments that come next, waiting at most `timeout_s` for them."""
        texts = self.read(timeout_s)
        taken = [text for text in texts if MARK in text]
        self.deliveries += len(taken)
        self.pongs += sum(_PONG in text for text in texts)
        if taken:
            self.frame_bytes = len(taken[-1])
            self.step = max(self.step, find_step(taken[-1]))
        return taken

    def read(self, timeout_s: float) -> list[bytes]:
        """All frames that come next, waiting at most `timeout_s` for them."""
        ready = self._epoll.poll(timeout_s, _BATCH)
        return [text for fd, _ in ready for text in self._sockets[fd].texts()]

    def turn_until(self, deadline: float, then: Callable[[int], None]) -> None:
        """Keep counting until `time.perf_counter()` is `deadline`; `then(n)` after n came."""
        while (left_s := deadline - time.perf_counter()) > 0:
            if got := self.turn(left_s):
                then(got)

    @property
    def sockets(self) -> list[Socket]:
        return list(self._sockets.values())

    def say(self, text: bytes) -> None:
        """Send a text from one of the clients."""
        next(iter(self._sockets.values())).say(text)


class Pings:
    """A ping a second from each client of a crowd, evenly spread, as pages send them."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd, self._sockets = crowd, crowd.sockets
        self._begun = time.perf_counter()
        self.sent = 0

    def send(self) -> None:
        """Send those that are due by now, at most a few, so that reading goes on meanwhile."""
        due = int((time.perf_counter() - self._begun) * len(self._sockets)) - self.sent
        text = b'{"type":"ping","n":1,"step":%d}' % self._crowd.step
        for _ in range(min(due, 64)):
            self._sockets[self.sent % len(self._sockets)].say(text)
            self.sent += 1


def find_step(text: bytes) -> int:
    """The first step of a frame; 0 of one without increments."""
    return int(found[1]) if (found := _STEP.search(text)) else 0
