"""An HTTP connection: a request has to arrive in time, and an idle connection ends."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from daphne.http_protocol import HTTPFactory
from django.conf import settings
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel

from . import limits
from .private_names import is_handling_request
from .requests import Request, build_refusal, get_host

if TYPE_CHECKING:
    from .server import Server

TOO_MANY_LINES: Final = build_refusal(
    b"431 Request Header Fields Too Large", b"Too large: send at most 100 headers.\n"
)


class Connection(HTTPChannel):
    """Has one deadline for a whole request, head and body.

    Twisted's own deadline begins again with each byte, so that a byte a minute keeps a connection
    open for ever.
    """

    factory: ConnectionFactory
    transport: Any
    _is_receiving = False
    _lines = 0
    """Lines in the head of the request, so far."""

    def connectionMade(self) -> None:  # noqa: N802
        super().connectionMade()
        self._begin_request()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if self.transport.disconnecting:
            return  # the request was refused, or the connection ends after its answer
        if not (self._is_receiving or is_handling_request(self)):
            self._begin_request()
        super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        self._lines += 1
        if line and self._lines > 1 + limits.REQUEST_HEADERS:  # Twisted counts no continued lines
            self.factory.server.application.count_refusal("head")
            self.transport.write(TOO_MANY_LINES)
            self.loseConnection()
        else:
            super().lineReceived(line)

    def resetTimeout(self) -> None:  # noqa: N802
        """Do nothing: Twisted calls this for each piece of a request."""

    def allContentReceived(self) -> None:  # noqa: N802
        self._end_request()
        self._lines = 0
        self.setTimeout(settings.HTTP_IDLE_S)  # Twisted suspends it until the answer is sent
        super().allContentReceived()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        self._end_request()
        super().connectionLost(reason)

    def _begin_request(self) -> None:
        self._is_receiving = True
        self.setTimeout(settings.HTTP_REQUEST_S)
        if not self.factory.admit(self._address):
            self.factory.server.application.count_refusal("connections")
            self.transport.abortConnection()

    def _end_request(self) -> None:
        if self._is_receiving:
            self._is_receiving = False
            self.factory.release(self._address)

    @property
    def _address(self) -> str:
        return get_host(self.transport.getPeer())


class ConnectionFactory(HTTPFactory):
    """Makes our connections, and counts what each address has under way."""

    protocol = Connection
    server: Server

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.waiting: Counter[str] = Counter()  # connections whose request has not arrived
        self.bodies: Counter[str] = Counter()  # bytes of bodies

    def buildProtocol(self, addr: IAddress) -> Connection:  # noqa: N802
        protocol: Connection = super().buildProtocol(addr)
        protocol.requestFactory = Request
        return protocol

    def acceptableProtocols(self) -> list[bytes]:  # noqa: N802
        """Offer no HTTP/2, which would use Twisted's own channel, without our limits."""
        return [b"http/1.1"]

    def admit(self, address: str) -> bool:
        """Count a connection whose request has not arrived. Return whether the limit allows it."""
        self.waiting[address] += 1
        return self.waiting[address] <= settings.SOCKETS_PER_ADDRESS

    def release(self, address: str) -> None:
        """Stop counting a connection: its request has arrived, or it ended."""
        self.waiting[address] -= 1
        if not self.waiting[address]:
            del self.waiting[address]
