"""As much of RFC 6455 as a client that counts frames needs. No I/O."""

from __future__ import annotations

import base64
import os

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA

_MOST = 0xFFFF
_MASK = os.urandom(4)
_KEYS = _MASK * (_MOST // 4 + 1)

Frame = tuple[int, bytes]
"""An opcode and a payload."""


def upgrade_request(*, port: int, path: str, cookie: str = "") -> bytes:
    """The opening handshake of a page of the server's own origin, offering no compression."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Origin: http://127.0.0.1:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        *([f"Cookie: {cookie}"] if cookie else []),
    )
    return "\r\n".join((*lines, "", "")).encode()


def encode(opcode: int, payload: bytes) -> bytes:
    """One frame from client to server, of at most 64 KiB.

    Its mask is not zero, as a browser's: some servers do less for a mask of zero.
    """
    size = len(payload)
    if size > _MOST:
        raise ValueError(f"a frame of the benchmark's client has at most {_MOST} bytes")
    masked = int.from_bytes(payload) ^ int.from_bytes(_KEYS[:size])
    length = bytes((0x80 | size,)) if size < 126 else bytes((0x80 | 126,)) + size.to_bytes(2)
    return bytes((0x80 | opcode,)) + length + _MASK + masked.to_bytes(size)


def decode(received: bytes) -> tuple[list[Frame], bytes]:
    """The whole frames in what a server sent, and the rest, which waits for more."""
    frames = []
    start, end = 0, len(received)
    while end - start >= 2:
        size, body = received[start + 1], start + 2
        if size == 126:
            size, body = int.from_bytes(received[start + 2 : start + 4]), start + 4
        elif size == 127:
            size, body = int.from_bytes(received[start + 2 : start + 10]), start + 10
        if body + size > end:
            break
        frames.append((received[start] & 0x0F, received[body : body + size]))
        start = body + size
    return frames, received[start:]
