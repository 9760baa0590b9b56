"""One text as it lies on the wire, encoded once for every socket that gets it.

A *hint* is a frame that may be left out: its reader notices the gap and asks for what is missing.
"""

from __future__ import annotations

from typing import Final

HINT: Final = "motion.hint"
"""The ASGI extension of our Daphne: `scope["extensions"][HINT]["write"]` takes a hint's bytes and
says whether it went that way (`motion.transport.sockets.Socket.write_hint`)."""

FINAL_TEXT: Final = 0x81  # FIN, opcode 1


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
