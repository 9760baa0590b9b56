"""An HTTP request of our Daphne: a body has a limit, and an answer goes at its reader's pace.

The handshake of a socket is one too, until Daphne hands it on.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from daphne.http_protocol import WebRequest
from django.conf import settings
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from brownian_site.middleware.proxies import UNIX, client_address, counted_as
from motion.core import limits
from motion.telemetry import metrics


def host_of(address: Any) -> str:
    """The peer's name for counting; a Unix socket's has none."""
    return getattr(address, "host", "")


def refusal(status: bytes, sentence: bytes, *headers: bytes) -> bytes:
    """A whole answer, after which the connection ends."""
    lines = (
        b"HTTP/1.1 " + status,
        b"Connection: close",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Length: %d" % len(sentence),
        *headers,
    )
    return b"\r\n".join([*lines, b"", sentence])


TOO_LARGE: Final = refusal(b"413 Content Too Large", b"Too large: send at most 1 MiB.\n")
NO_LENGTH: Final = refusal(b"411 Length Required", b"Send the body with a Content-Length.\n")
BUSY: Final = refusal(
    b"429 Too Many Requests", b"Too much data from your address. Try again.\n", b"Retry-After: 5"
)

TOO_MANY_PARAMETERS: Final = refusal(
    b"414 URI Too Long", b"Too long: an address can have at most 100 parameters.\n"
)

REMOVED_HEADERS: Final = (b"Daphne-Root-Path", b"Sec-WebSocket-Protocol")
"""Headers that Daphne parses and this site has no use for. The first would move every address that
the site makes of itself; in both a byte above 127 makes Daphne raise."""


class Request(WebRequest):
    """Daphne's own, bounded both ways."""

    _reserved: tuple[str, int] | None = None
    """The address, and the bytes, that its body is counted with."""

    _pace: Pace | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        # Twisted would parse forms on the event loop, 0.5 s of them, for nobody: Django does.
        super().__init__(*arguments, **options, parsePOSTFormSubmission=False)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802
        """Refuse an address of thousands of parameters, which Twisted would parse on the loop."""
        if path.count(b"&") + path.count(b";") >= limits.QUERY_PARAMETERS:
            self._refuse(TOO_MANY_PARAMETERS, by="head")
        else:
            super().requestReceived(command, path, version)

    def process(self) -> Any:
        for name in REMOVED_HEADERS:
            self.requestHeaders.removeHeader(name)
        done = super().process()
        if self.transport is None:  # a socket has it now: nothing else frees what hangs together
            self.channel.requests.clear()
        return done

    # --- in: Django looks at the length of a body too, but only once all of it is here ---

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """Refuse a body at the head of its request.

        One in chunks says nothing of its length, and a chunk of a byte costs as much as a long one.
        """
        if length is None:
            self._refuse(NO_LENGTH)
        elif length > (0 if self._asks_for_socket else settings.DATA_UPLOAD_MAX_MEMORY_SIZE):
            self._refuse(TOO_LARGE)
        elif not self._reserve(length):
            self._refuse(BUSY)
        else:
            super().gotLength(length)

    @property
    def _asks_for_socket(self) -> bool:
        upgrade = self.requestHeaders.getRawHeaders(b"Upgrade", [b""])[0]
        return bool(upgrade.lower() == b"websocket")

    def _reserve(self, length: int) -> bool:
        """Count the body until the request is answered; whether there is room for it."""
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
        """The client that our proxy names, if it is one: else one client takes everybody's room."""
        lines = self.requestHeaders.getRawHeaders(b"X-Forwarded-For", [])
        peer = host_of(self.client) or UNIX
        return counted_as(client_address(peer, b",".join(lines).decode("latin-1")))

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        self._release()
        super().connectionLost(reason)

    def _refuse(self, answer: bytes, *, by: str = "body") -> None:
        metrics.refusals.labels(by).inc()
        self.requestHeaders.removeHeader(b"Expect")  # Twisted would ask for the body all the same
        self.channel.transport.write(answer)
        self.channel.loseConnection()

    # --- out ---

    async def drained(self) -> None:
        """Return when what was written has gone; who reads none of it for long is cut off."""
        if self._pace is None and not self.finished and self.channel is not None:
            self._pace = Pace()
            self.registerProducer(self._pace, True)
        if self._pace is not None and not await self._pace.is_clear():
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
    """What the transport tells when its buffer is full, and when it is empty again."""

    def __init__(self) -> None:
        self._clear = asyncio.Event()
        self._clear.set()

    def pauseProducing(self) -> None:  # noqa: N802
        self._clear.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._clear.set()

    def stopProducing(self) -> None:  # noqa: N802
        self._clear.set()  # the connection is lost: nobody waits any more

    async def is_clear(self) -> bool:
        """Wait until there is room; False if there is none for too long."""
        try:
            await asyncio.wait_for(self._clear.wait(), settings.HTTP_STALLED_S)
        except TimeoutError:
            return False
        return True
