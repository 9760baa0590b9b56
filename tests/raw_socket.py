"""A socket spoken by hand, to do what no library would."""

from __future__ import annotations

import contextlib
import os
import socket
import struct

from tests.servers import Daphne

ESTABLISHED = 1  # TCP_ESTABLISHED of <netinet/tcp.h>


class RawSocket:
    """A handshake, and frames as they lie on the wire."""

    def __init__(self, server: Daphne, slug: str, *, receive_buffer: int | None = None) -> None:
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(5)
        self.socket.connect(("127.0.0.1", server.port))
        request = (
            f"GET /ws/motions/{slug}/ HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            f"Origin: {server.url}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        self.socket.sendall(request.encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self.socket.recv(1)
        assert answer.startswith(b"HTTP/1.1 101 ")

    def __enter__(self) -> RawSocket:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send_frame(self, payload: bytes, *, masked: bool = True) -> None:
        head = bytes([0x81, (0x80 if masked else 0) | 126]) + struct.pack(">H", len(payload))
        mask = os.urandom(4) if masked else b""
        body = bytes(b ^ mask[i % 4] for i, b in enumerate(payload)) if masked else payload
        self.socket.sendall(head + mask + body)

    @property
    def is_gone(self) -> bool:
        """Whether the server has ended the connection; asks the kernel, reads nothing."""
        state = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        return state != ESTABLISHED

    def closed_with(self) -> int:
        """Read frames until the server closes; the close code, or 0 for none."""
        with contextlib.suppress(ConnectionResetError, EOFError):
            return self._close_code()
        return 0

    def _close_code(self) -> int:
        while True:
            opcode, size = self._read(2)
            if size == 126:
                (size,) = struct.unpack(">H", self._read(2))
            elif size == 127:
                (size,) = struct.unpack(">Q", self._read(8))
            payload = self._read(size)
            if opcode == 0x88:
                return int(struct.unpack(">H", payload[:2])[0])

    def _read(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            part = self.socket.recv(size - len(found))
            if not part:
                raise EOFError
            found += part
        return found
