"""What one client may send to this server, and leave unread.

docs/protocol.md, "Limits", has them all, with the result beyond each and the test that proves it.
Limits that an operator or a test changes are settings.
"""

from typing import Final

# --- a request ---

REQUEST_HEADERS: Final = 100
"""Lines in the head of a request; Twisted reads up to 16 KiB of them."""

QUERY_PARAMETERS: Final = 100
"""Parameters in the address of a request."""

BODIES_BYTES: Final = 16 * 1024 * 1024
"""Bodies of one address that arrive, or whose requests are not answered yet."""

# --- a socket, in ---

MESSAGE_BYTES: Final = 16 * 1024
"""One message from a client."""

MESSAGE_FRAGMENTS: Final = 32
"""Frames of one message; empty ones count."""

CONTROL_BYTES: Final = 125
"""A ping, pong or close: RFC 6455, section 5.5."""

INBOX_MESSAGES: Final = 100
"""Messages of one client that wait for the application."""

FRAMES_A_TURN: Final = 32
"""Frames of one socket that are handled before all other sockets have their turn."""

CLOSING_BYTES: Final = 256 * 1024
"""What a client may send after the server has closed: it does not know of the close yet."""

# --- a socket, out ---

SEND_BUFFER_BYTES: Final = 128 * 1024
"""The kernel's buffer of one socket; by itself the kernel takes several MB for a stalled client."""

HINT_BACKLOG_BYTES: Final = 64 * 1024
"""With a larger backlog, hints and pongs are left out."""

BACKLOG_BYTES: Final = 1024 * 1024
"""With a larger backlog, the server closes the socket at once."""
