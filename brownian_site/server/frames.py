"""WebSocket frames as bytes: texts that are encoded once for all sockets, heads, and close codes.

A *hint* is a frame that may be left out: its reader notices the gap and requests what is missing.
"""

from typing import Final

SHORT_WAY: Final = "motion.short-way"
"""The ASGI extension of our Daphne. `scope["extensions"][SHORT_WAY]` has two methods of the socket
(`brownian_site.server.sockets.Socket`): `write_hint`, and `hand_over_with`."""

TOO_SLOW: Final = 4408
RESTARTING: Final = 4412
TOO_FAST: Final = 4429
"""Why this server closes a socket: docs/protocol.md."""

CONTINUATION: Final = 0
CLOSE: Final = 8
"""The first opcode of the control frames."""

FINAL_TEXT: Final = 0x81  # FIN, opcode 1
MASKED: Final = 0x80
SHORT_BYTES: Final = 125
"""The longest payload whose length is one byte in the head."""

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
    """The answer to a ping whose payload has at most 125 bytes."""
    return bytes((FINAL_PONG, len(payload))) + payload


def read_head(data: bytes, at: int) -> tuple[int, bool, int, int] | None:
    """Read the head of the frame that begins at `at`, which need not be complete.

    Returns:
        The opcode, whether the frame ends its message, and the bytes of the payload and of the
        whole frame; None if the length has not arrived yet.
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


def read_short_text(frame: bytes) -> str | None:
    """The text of a whole frame, if it is a whole message of at most 125 bytes, and valid.

    Returns None for any other frame, valid or not.
    """
    size = len(frame) - 6  # two bytes of head, four of mask
    if size > SHORT_BYTES or frame[0] != FINAL_TEXT or frame[1] != MASKED | size:
        return None
    key = int.from_bytes((frame[2:6] * 32)[:size])
    try:
        return (int.from_bytes(frame[6:]) ^ key).to_bytes(size).decode()
    except UnicodeDecodeError:
        return None
