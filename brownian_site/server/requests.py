"""An HTTP request: its body is limited, and its answer goes at the reader's pace.

The handshake of a socket is a request too, until Daphne hands it over to the socket.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from daphne.http_protocol import WebRequest
from django.conf import settings
from twisted.internet.interfaces import IAddress, IPushProducer
from twisted.python.failure import Failure
from zope.interface import implementer

from brownian_site.middleware.proxies import UNIX, find_client_address, get_address_key

from . import limits
from .private_names import NO_FORMS, forget_requests


def get_host(address: IAddress) -> str:
    """The host of a peer; the empty string for a Unix socket's."""
    return getattr(address, "host", "")


def build_refusal(status: bytes, sentence: bytes, *headers: bytes) -> bytes:
    """A whole HTTP answer, after which the connection ends."""
    lines = (
        b"HTTP/1.1 " + status,
        b"Connection: close",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Length: %d" % len(sentence),
        *headers,
    )
    return b"\r\n".join([*lines, b"", sentence])


TOO_LARGE: Final = build_refusal(b"413 Content Too Large", b"Too large: send at most 1 MiB.\n")
NO_LENGTH: Final = build_refusal(b"411 Length Required", b"Send the body with a Content-Length.\n")
BUSY: Final = build_refusal(
    b"429 Too Many Requests", b"Too much data from your address. Try again.\n", b"Retry-After: 5"
)
TOO_MANY_PARAMETERS: Final = build_refusal(
    b"414 URI Too Long", b"Too long: an address can have at most 100 parameters.\n"
)

REMOVED_HEADERS: Final = (b"Daphne-Root-Path", b"Sec-WebSocket-Protocol")
"""Headers that Daphne parses and this site does not use. The first would change every address that
the site writes; in both, a byte above 127 makes Daphne raise."""


class Request(WebRequest):
    """Daphne's request, with limits in both directions."""

    _reserved: tuple[str, int] | None = None
    """The address, and the bytes, that its body is counted with."""

    _pace: Pace | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options, **NO_FORMS)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802
        """Refuse an address with too many parameters, which Twisted would parse on the loop."""
        if path.count(b"&") + path.count(b";") >= limits.QUERY_PARAMETERS:
            self._refuse(TOO_MANY_PARAMETERS, by="head")
        else:
            super().requestReceived(command, path, version)

    def process(self) -> Any:
        for name in REMOVED_HEADERS:
            self.requestHeaders.removeHeader(name)
        done = super().process()
        if self.transport is None:  # a socket has taken it
            forget_requests(self.channel)
        return done

    # --- in: Django checks the length of a body too, but only after all of it has arrived ---

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """Refuse a body at the head of its request, if it is too long or has no length.

        A body in chunks does not state its length, and a chunk of a byte costs as much as a long
        one.
        """
        if length is None:
            self._refuse(NO_LENGTH)
        elif length > (0 if self._is_handshake else settings.DATA_UPLOAD_MAX_MEMORY_SIZE):
            self._refuse(TOO_LARGE)
        elif not self._reserve(length):
            self._refuse(BUSY)
        else:
            super().gotLength(length)

    @property
    def _is_handshake(self) -> bool:
        upgrade = self.requestHeaders.getRawHeaders(b"Upgrade", [b""])[0]
        return bool(upgrade.lower() == b"websocket")

    def _reserve(self, length: int) -> bool:
        """Count the body until the request is answered. Return whether the limit allows it."""
        if length:
            bodies, address = self.server.http_factory.bodies, self._counted_as
            if bodies[address] + length > limits.BODIES_BYTES:
                return False
            bodies[address] += length
            self._reserved = address, length
        return True

    def _release(self) -> None:
        if self._reserved:
            bodies, (address, length) = self.server.http_factory.bodies, self._reserved
            bodies[address] -= length
            self._reserved = None
            if not bodies[address]:
                del bodies[address]

    @property
    def _counted_as(self) -> str:
        """The client, also behind a proxy of ours: all clients of a proxy have a limit each."""
        lines = self.requestHeaders.getRawHeaders(b"X-Forwarded-For", [])
        peer = get_host(self.client) or UNIX
        return get_address_key(find_client_address(peer, b",".join(lines).decode("latin-1")))

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802
        self._release()
        super().connectionLost(reason)

    def _refuse(self, answer: bytes, *, by: str = "body") -> None:
        self.server.application.count_refusal(by)
        self.requestHeaders.removeHeader(b"Expect")  # else Twisted still asks for the body
        self.channel.transport.write(answer)
        self.channel.loseConnection()

    # --- out ---

    async def drain(self) -> None:
        """Wait until the reader has taken what was written; cut off a reader that takes nothing."""
        if self._pace is None and not self.finished and self.channel is not None:
            self._pace = Pace()
            self.registerProducer(self._pace, True)
        if self._pace is not None and not await self._pace.wait_until_clear():
            self._cut_off()

    def _cut_off(self) -> None:
        if self.channel is not None:
            self.channel.transport.abortConnection()

    def finish(self) -> None:
        self._release()
        if self._pace is not None:
            self.unregisterProducer()
        super().finish()


@implementer(IPushProducer)
class Pace:
    """Follows the transport's buffer: full, or empty again."""

    def __init__(self) -> None:
        self._clear = asyncio.Event()
        self._clear.set()

    def pauseProducing(self) -> None:  # noqa: N802
        self._clear.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._clear.set()

    def stopProducing(self) -> None:  # noqa: N802
        self._clear.set()  # the connection is lost: there is nothing to wait for

    async def wait_until_clear(self) -> bool:
        """Wait for room in the buffer. Return whether there was some within `HTTP_STALLED_S`."""
        try:
            await asyncio.wait_for(self._clear.wait(), settings.HTTP_STALLED_S)
        except TimeoutError:
            return False
        return True
