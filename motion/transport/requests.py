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

from .. import metrics

TOO_LARGE = (
    b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 31\r\n\r\n"
    b"The body of a request was long."
)


REMOVED_HEADERS: Final = (b"Daphne-Root-Path", b"Sec-WebSocket-Protocol")
"""Headers that Daphne parses and this site has no use for. The first would move every address that
the site makes of itself; in both a byte above 127 makes Daphne raise."""


class Request(WebRequest):
    """Daphne's own, bounded both ways."""

    _received = 0
    _is_refused = False
    _pace: Pace | None = None

    def process(self) -> Any:
        for name in REMOVED_HEADERS:
            self.requestHeaders.removeHeader(name)
        return super().process()

    # --- in: Django looks at the length of a body too, but only once all of it is here ---

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        super().gotLength(length)
        self._count(length or 0)
        self._received = 0

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        self._count(len(data))
        if not self._is_refused:
            super().handleContentChunk(data)

    def _count(self, size: int) -> None:
        self._received += size
        if self._received > settings.DATA_UPLOAD_MAX_MEMORY_SIZE and not self._is_refused:
            self._is_refused = True
            metrics.refusals.labels("body").inc()
            self.channel.transport.write(TOO_LARGE)
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
