"""A WebSocket of our Daphne: hints go straight to the kernel, and nothing piles up."""

from __future__ import annotations

import time
from socket import SO_SNDBUF, SOL_SOCKET
from typing import Any

from django.conf import settings
from twisted.internet import tcp
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from motion.core import limits
from motion.core.errors import CloseCode
from motion.protocol.budgets import StallDetector
from motion.telemetry import metrics

from .arrivals import Arrivals
from .frames import pong_frame, text_frame


class Socket(Arrivals):
    """Daphne's own, bounded both ways; `write_hint` is what it is there for."""

    _queued = 0
    """Bytes that ever had to wait here."""

    _stall_detector: StallDetector | None = None  # of a reader that was ever behind

    # --- out ---

    def write_hint(self, frame: bytes) -> bool:
        """Write a frame that was encoded once, or leave it out; False if it must take Daphne's way.

        Straight to the kernel where nothing waits, which is nearly always: the reactor, and
        autobahn's account of every frame, cost more than the rest of a delivery together.
        """
        if not self._is_direct:
            return False
        if self.state == self.STATE_OPEN:
            if self.transport.dataBuffer or self.transport._tempDataBuffer:
                self._write_behind(frame)
            else:
                self._write_now(frame)
        return True

    def serverSend(self, content: Any, binary: bool = False) -> None:  # noqa: N802
        """What the application sends to this socket alone; it is never left out."""
        waiting = self.backlog
        if waiting > limits.BACKLOG_BYTES or (waiting and self._has_stalled()):
            self._end(CloseCode.TOO_SLOW)
        elif self.state != self.STATE_OPEN:
            return
        elif binary or not self._is_direct:
            super().serverSend(content, binary)
        elif waiting:
            self._queue(text_frame(content))
        else:
            self._write_now(text_frame(content))

    def _write_now(self, frame: bytes) -> None:
        try:
            sent = self._kernel.send(frame)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # it is gone, as the reactor will notice
        if sent < len(frame):
            self._queue(frame[sent:])

    def _write_behind(self, frame: bytes) -> None:
        """Queue it, or leave it out if much waits already; close a socket that takes too little."""
        if self._has_stalled():
            self._end(CloseCode.TOO_SLOW)
        elif self.backlog <= limits.HINT_BACKLOG_BYTES:
            self._queue(frame)
        else:
            metrics.dropped(1)

    def _queue(self, frame: bytes) -> None:
        self._queued += len(frame)
        self.transport.write(frame)

    def _has_stalled(self) -> bool:
        if self._stall_detector is None:
            self._stall_detector = StallDetector(
                least=limits.HINT_BACKLOG_BYTES, within_s=settings.MOTION_STALLED_S
            )
        taken = self._queued - self.backlog
        now = time.monotonic()
        return self._stall_detector.has_stalled(queued=self._queued, taken=taken, now=now)

    @property
    def backlog(self) -> int:
        """Bytes that wait for the kernel to take them."""
        transport = self.transport
        if not isinstance(transport, tcp.Connection):
            return 0
        waiting = len(transport.dataBuffer) - transport.offset
        return int(waiting + transport._tempDataLen)

    # --- in ---

    def connectionMade(self) -> None:  # noqa: N802
        super().connectionMade()
        # TLS in this process wraps the transport, or sets its flag: encrypted by OpenSSL's rules.
        transport = self.transport
        # The HTTP channel that made the handshake would live on, and stop reading while something
        # waits to be written: it would hear of nothing that such a client says.
        transport.unregisterProducer()
        self._is_direct = isinstance(transport, tcp.Connection) and not transport.TLS
        if self._is_direct:
            self._kernel = transport.getHandle()
            self._kernel.setsockopt(SOL_SOCKET, SO_SNDBUF, limits.SEND_BUFFER_BYTES)

    def onOpen(self) -> None:  # noqa: N802
        super().onOpen()
        self._is_direct = self._is_direct and self._perMessageCompress is None

    def onPing(self, payload: bytes) -> None:  # noqa: N802
        """Answer as with a hint: autobahn's own pong waits for the reader without a bound."""
        if not self.write_hint(pong_frame(payload)):
            super().onPing(payload)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
        if self.state != self.STATE_OPEN:
            return
        if self.application_queue.qsize() < limits.INBOX_MESSAGES:
            super().onMessage(payload, isBinary)
        else:
            self._end(CloseCode.TOO_FAST)

    # --- the end ---

    def send_away(self) -> None:
        """Close it because the server goes down."""
        if self.state == self.STATE_CONNECTING:
            self.serverReject()
        else:
            self._end(CloseCode.RESTARTING)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:  # noqa: N802, N803
        """Told by the code that we gave, if we did: who reads nothing does not confirm it."""
        ours = self.localCloseCode if self.closedByMe else None
        super().onClose(wasClean, ours or code, reason)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        super().connectionLost(reason)
        # autobahn keeps the socket as the result of this future. Without that circle it is freed
        # at once; the collector looks at what has lived long once in 10⁸ objects (asgi.py).
        self.is_closed = None

    def _end(self, code: CloseCode) -> None:
        self.sendClose(code=int(code))  # a CloseCode itself would raise, and close nothing
