"""A socket spoken by hand, to do what no library would."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from collections.abc import Iterable
from typing import Any

from tests.support.servers import START_S, Daphne

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
ESTABLISHED = 1  # TCP_ESTABLISHED of <netinet/tcp.h>


class RawSocket:
    """A handshake, and frames as they lie on the wire."""

    def __init__(
        self,
        server: Daphne,
        slug: str,
        *,
        receive_buffer: int | None = None,
        headers: Iterable[str] = (),
        host: str = "",
        status: int = 101,
    ) -> None:
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(START_S)
        self.socket.connect(("127.0.0.1", server.port))
        self.socket.sendall(handshake(server, slug, *headers, host=host))
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self.socket.recv(1)
        assert answer.startswith(b"HTTP/1.1 %d " % status), answer

    def __enter__(self) -> RawSocket:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send_frame(self, payload: bytes, **of_what: Any) -> None:
        self.socket.sendall(client_frame(payload, **of_what))

    def send_text(self, text: str) -> None:
        self.send_frame(text.encode())

    @property
    def is_gone(self) -> bool:
        """Whether the server has ended the connection; asks the kernel, reads nothing."""
        state = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        return state != ESTABLISHED

    def read_frames(self, count: int) -> list[bytes]:
        """The payloads of the next frames; a `viewers` frame may come between any two of them."""
        frames: list[bytes] = []
        while len(frames) < count:
            payload = self._frame()[1]
            if b'"type":"viewers"' not in payload:
                frames.append(payload)
        return frames

    def closed_with(self) -> int:
        """Read frames until the server closes; the close code, or 0 for none."""
        with contextlib.suppress(ConnectionResetError, EOFError):
            while True:
                opcode, payload = self._frame()
                if opcode == 0x88:
                    return int(struct.unpack(">H", payload[:2])[0])
        return 0

    def _frame(self) -> tuple[int, bytes]:
        opcode, size = self._read(2)
        if size == 126:
            (size,) = struct.unpack(">H", self._read(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", self._read(8))
        return opcode, self._read(size)

    def _read(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            part = self.socket.recv(size - len(found))
            if not part:
                raise EOFError
            found += part
        return found


def handshake(server: Daphne, slug: str, *headers: str, host: str = "") -> bytes:
    """The request for a socket; its host is the server, if none is given."""
    lines = (
        f"GET /ws/motions/{slug}/ HTTP/1.1",
        f"Host: {host or f'127.0.0.1:{server.port}'}",
        f"Origin: {server.url}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version: 13",
        *headers,
    )
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def client_frame(
    payload: bytes = b"",
    *,
    opcode: int = TEXT,
    is_final: bool = True,
    masked: bool = True,
    announced: int | None = None,
) -> bytes:
    """One frame in the shortest form, as the standard demands; `announced`: a length that lies."""
    size = len(payload) if announced is None else announced
    if size < 126:
        length = bytes([size])
    elif size < 1 << 16:
        length = b"\x7e" + struct.pack(">H", size)
    else:
        length = b"\x7f" + struct.pack(">Q", size)
    first = opcode | (0x80 if is_final else 0)
    head = bytes([first, length[0] | (0x80 if masked else 0)]) + length[1:]
    if not masked:
        return head + payload
    mask = os.urandom(4)
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    body = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
    return head + mask + body.to_bytes(len(payload), "big")
