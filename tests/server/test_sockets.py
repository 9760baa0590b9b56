"""What a socket knows of its transport."""

from __future__ import annotations

from twisted.internet import tcp

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
