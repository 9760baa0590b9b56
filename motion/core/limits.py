"""How much a client may send, hold or have computed: one number each.

docs/protocol.md ("Limits") has them all, with what happens beyond each and the test that proves it;
`tests/faults/test_register.py` compares. Limits that an operator or a test changes are settings.
"""

from __future__ import annotations

from typing import Final

# --- a request ---

REQUEST_HEADERS: Final = 100
"""Lines in the head of a request; Twisted takes 16 KiB of them."""

QUERY_PARAMETERS: Final = 100
"""In the address of a request."""

BODIES_BYTES: Final = 16 * 1024 * 1024
"""Of the bodies of one address that arrive, or whose requests are not answered."""

WINDOW_POINTS: Final = 10_000
"""Of a window in JSON."""

WINDOW_CHANGES: Final = 1_000
"""The same."""

FILE_STEPS: Final = 100_000
"""Of one file in CSV or .npz."""

STATISTICS_AT_ONCE: Final = 2
"""Windows whose statistics one process computes at once."""

# --- a socket, in ---

MESSAGE_BYTES: Final = 16 * 1024
"""Of one message from a client."""

MESSAGE_FRAGMENTS: Final = 32
"""Frames that one message may come in; empty ones count."""

CONTROL_BYTES: Final = 125
"""Of a ping, pong or close: RFC 6455, section 5.5."""

SYNC_MESSAGES: Final = 10
"""As so many messages a `sync` counts: it costs as much as 20 pings."""

INBOX_MESSAGES: Final = 100
"""Messages of one client that wait to be handled."""

FRAMES_A_TURN: Final = 32
"""Frames of one socket that are handled before all others have their turn."""

CLOSING_BYTES: Final = 256 * 1024
"""What a client may still send after the server has closed: it does not know yet."""

# --- a socket, out ---

SEND_BUFFER_BYTES: Final = 128 * 1024
"""What the kernel holds for one socket; it would grow to several MB for one that reads nothing."""

HINT_BACKLOG_BYTES: Final = 64 * 1024
"""With more than this waiting behind the kernel's, hints and pongs are left out."""

BACKLOG_BYTES: Final = 1024 * 1024
"""With more than this waiting, the server closes the socket at once."""
