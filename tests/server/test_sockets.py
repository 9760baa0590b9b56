"""What a socket knows of its transport, and what it keeps in memory."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet import tcp

from brownian_site.server.private_names import share_attributes
from brownian_site.server.sockets import Socket


class HandshakingTransport(tcp.Connection):
    """A transport whose answer to the handshake still waits for the kernel."""

    def __init__(self) -> None:
        self.dataBuffer, self.offset, self._tempDataLen = b"", 0, 129


def test_reader_has_not_stalled_while_its_handshake_waits() -> None:
    socket = Socket()
    socket.transport = HandshakingTransport()

    assert socket.backlog == 129
    assert not socket._has_stalled()


class Alike:
    """A socket of autobahn, as far as its attributes go."""

    CONFIG_ATTRS = ("limit", "accept")
    is_late: bool | None = True

    def __init__(self, accept: Callable[[], None], name: str) -> None:
        self.limit, self.accept, self.name = 1.5, accept, name
        self.timer: str | None = None
        self.is_closed = self.is_late = False


def test_share_attributes_keeps_what_sockets_have_alike_in_their_class() -> None:
    def accept() -> None: ...

    one, other = Alike(accept, "one"), Alike(accept, "other")
    before = [vars(each).copy() for each in (one, other)]

    share_attributes(one)
    share_attributes(other)

    found = [{name: getattr(each, name) for name in before[0]} for each in (one, other)]
    assert found == before
    assert vars(other) == {"accept": accept, "name": "other", "is_late": False}
    one.timer = "set"
    assert (one.timer, other.timer) == ("set", None)
