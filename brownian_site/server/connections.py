"""An HTTP connection of our Daphne: a request has to come in time, and idling ends."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from daphne.http_protocol import HTTPFactory
from django.conf import settings
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel

from motion.core import limits
from motion.telemetry import metrics

from .requests import Request, host_of, refusal

TOO_MANY_LINES: Final = refusal(
    b"431 Request Header Fields Too Large", b"Too large: send at most 100 headers.\n"
)


class Connection(HTTPChannel):
    """Twisted's own, with a deadline for the whole of a request, head and body.

    Twisted's starts again with each byte, so that a byte a minute keeps a connection for ever.
    """

    factory: ConnectionFactory
    transport: Any
    _is_receiving = False
    _lines = 0
    """Of the head of a request, so far."""

    def connectionMade(self) -> None:  # noqa: N802
        super().connectionMade()
        self._begin()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if self.transport.disconnecting:
            return  # it was refused, or is not to live on
        if not (self._is_receiving or self._handlingRequest):
            self._begin()
        super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        self._lines += 1
        if line and self._lines > 1 + limits.REQUEST_HEADERS:  # Twisted counts none that go on
            metrics.refusals.labels("head").inc()
            self.transport.write(TOO_MANY_LINES)
            self.loseConnection()
        else:
            super().lineReceived(line)

    def resetTimeout(self) -> None:  # noqa: N802
        """What Twisted would do for each piece of a request."""

    def allContentReceived(self) -> None:  # noqa: N802
        self._end()
        self._lines = 0
        self.setTimeout(settings.HTTP_IDLE_S)  # Twisted puts it aside until the answer is given
        super().allContentReceived()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        self._end()
        super().connectionLost(reason)

    def _begin(self) -> None:
        self._is_receiving = True
        self.setTimeout(settings.HTTP_REQUEST_S)
        if not self.factory.admit(self._address):
            metrics.refusals.labels("connections").inc()
            self.transport.abortConnection()

    def _end(self) -> None:
        if self._is_receiving:
            self._is_receiving = False
            self.factory.release(self._address)

    @property
    def _address(self) -> str:
        return host_of(self.transport.getPeer())


class ConnectionFactory(HTTPFactory):
    """Daphne's own, with our connections, and what each address has under way."""

    protocol = Connection

    def __init__(self, server: Any) -> None:
        super().__init__(server)
        self.waiting: Counter[str] = Counter()  # connections whose request is not here yet
        self.bodies: Counter[str] = Counter()  # bytes of bodies

    def buildProtocol(self, addr: IAddress) -> Any:  # noqa: N802
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = Request
        return protocol

    def acceptableProtocols(self) -> list[bytes]:  # noqa: N802
        """HTTP/2 would take Twisted's own channel, without our bounds."""
        return [b"http/1.1"]

    def admit(self, address: str) -> bool:
        """Count a connection whose request is not here yet; whether there are not too many."""
        self.waiting[address] += 1
        return self.waiting[address] <= settings.SOCKETS_PER_ADDRESS

    def release(self, address: str) -> None:
        self.waiting[address] -= 1
        if not self.waiting[address]:
            del self.waiting[address]
