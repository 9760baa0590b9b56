"""Frames as they lie on the wire: texts that are encoded once for all sockets, and heads.

A *hint* is a frame that may be left out: its reader notices the gap and asks for what is missing.
"""

from __future__ import annotations

from typing import Final

HINT: Final = "motion.hint"
"""The ASGI extension of our Daphne: `scope["extensions"][HINT]["write"]` takes a hint's bytes and
says whether it went that way (`brownian_site.server.sockets.Socket.write_hint`)."""

CONTINUATION: Final = 0
CLOSE: Final = 8
"""Opcodes from this one on are those of control frames."""

FINAL_TEXT: Final = 0x81  # FIN, opcode 1
FINAL_PONG: Final = 0x8A


def text_frame(text: str) -> bytes:
    """The unmasked, final text frame of RFC 6455, section 5.2, that a server sends."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        head = bytes((FINAL_TEXT, size))
    elif size < 1 << 16:
        head = bytes((FINAL_TEXT, 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((FINAL_TEXT, 127)) + size.to_bytes(8, "big")
    return head + payload


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping; at most 125 bytes, as its payload was."""
    return bytes((FINAL_PONG, len(payload))) + payload


def read_head(data: bytes, at: int) -> tuple[int, bool, int, int] | None:
    """The frame that begins at `at`, before all of it is there.

    Returns:
        Its opcode, whether it ends its message, and the bytes of its payload and of all of it;
        None: not even its length has come.
    """
    here = len(data) - at
    if here < 2:
        return None
    first, second = data[at], data[at + 1]
    length, size = second & 0x7F, 2
    if length > 125:
        size = 4 if length == 126 else 10
        if here < size:
            return None
        length = int.from_bytes(data[at + 2 : at + size], "big")
    if second & 0x80:  # a mask
        size += 4
    return first & 0x0F, first >= 0x80, length, size + length
