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
        size = len(payload)  # in the shortest form, as the standard demands
        length = bytes([size]) if size < 126 else b"\x7e" + struct.pack(">H", size)
        head = bytes([0x81, length[0] | (0x80 if masked else 0)]) + length[1:]
        mask = os.urandom(4) if masked else b""
        body = bytes(b ^ mask[i % 4] for i, b in enumerate(payload)) if masked else payload
        self.socket.sendall(head + mask + body)

    def send_text(self, text: str) -> None:
        self.send_frame(text.encode())

    @property
    def is_gone(self) -> bool:
        """Whether the server has ended the connection; asks the kernel, reads nothing."""
        state = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        return state != ESTABLISHED

    def read_frames(self, count: int) -> list[bytes]:
        """The payloads of the next frames; who watches may be told between any two of them."""
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
