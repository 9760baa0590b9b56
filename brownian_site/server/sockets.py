"""A WebSocket: hints go straight to the kernel, and the backlog of each client is limited."""

import time
from collections.abc import Callable
from socket import SO_SNDBUF, SOL_SOCKET
from typing import Any

from django.conf import settings
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from . import limits, private_names
from .arrivals import Arrivals
from .budgets import StallDetector
from .frames import RESTARTING, TOO_FAST, TOO_SLOW, pong_frame, text_frame
from .inbox import Inbox

HandOver = Callable[[str], str | dict[str, Any]]
"""Handles a text. Returns the answer to send, or the message to queue instead of the text."""


class Socket(Arrivals):
    """Daphne's socket, with limits in both directions, and the short way of `SHORT_WAY`."""

    _queued = 0
    """Bytes that were ever in the backlog."""

    _stall_detector: StallDetector | None = None  # of a reader that ever had a backlog

    _hand_over: HandOver | None = None
    application_queue: Inbox

    @property
    def short_way(self) -> dict[str, Any]:
        return {"write_hint": self.write_hint, "hand_over_with": self.hand_over_with}

    # --- out ---

    def write_hint(self, frame: bytes) -> bool:
        """Write an encoded frame, or leave it out. Return False if Daphne has to send it.

        Without a backlog, which is nearly always, the frame goes straight to the kernel: the
        reactor, and autobahn's account of every frame, cost more than the rest of a delivery.
        """
        if not self._is_direct:
            return False
        if self.state == self.STATE_OPEN:
            if private_names.has_backlog(self.transport):
                self._write_behind(frame)
            else:
                self._write_now(frame)
        return True

    def serverSend(self, content: str | bytes, binary: bool = False) -> None:  # noqa: N802
        """Send what the application sends to this socket alone, and never leave it out."""
        backlog = self.backlog
        if backlog > limits.BACKLOG_BYTES or (backlog and self._has_stalled()):
            self.sendClose(code=TOO_SLOW)
        elif self.state != self.STATE_OPEN:
            return
        elif isinstance(content, bytes) or binary or not self._is_direct:
            super().serverSend(content, binary)
        elif backlog:
            self._queue(text_frame(content))
        else:
            self._write_now(text_frame(content))

    def _write_now(self, frame: bytes) -> None:
        try:
            sent = self._kernel.send(frame)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # the connection is lost, which the reactor will notice
        if sent < len(frame):
            self._queue(frame[sent:])

    def _write_behind(self, frame: bytes) -> None:
        """Queue a hint, or leave it out if the backlog is large; close a stalled reader."""
        if self._has_stalled():
            self.sendClose(code=TOO_SLOW)
        elif self.backlog <= limits.HINT_BACKLOG_BYTES:
            self._queue(frame)
        else:
            self.server.application.count_dropped_frame()

    def _queue(self, frame: bytes) -> None:
        self._queued += len(frame)
        self.transport.write(frame)

    def _has_stalled(self) -> bool:
        if self._stall_detector is None:
            self._stall_detector = StallDetector(
                least=limits.HINT_BACKLOG_BYTES, within_s=settings.MOTION_STALLED_S
            )
        # What Twisted itself still has to write, such as the handshake, was not queued here.
        taken, now = max(0, self._queued - self.backlog), time.monotonic()
        return self._stall_detector.has_stalled(queued=self._queued, taken=taken, now=now)

    @property
    def backlog(self) -> int:
        """Bytes that wait for the kernel."""
        return private_names.count_backlog(self.transport)

    # --- in ---

    def connectionMade(self) -> None:  # noqa: N802
        super().connectionMade()
        transport = self.transport
        # The HTTP channel of the handshake would still be a producer, and stop reading while there
        # is a backlog: the socket would receive nothing from such a client.
        transport.unregisterProducer()
        self._is_direct = private_names.is_plain(transport)
        if self._is_direct:
            self._kernel = transport.getHandle()
            self._kernel.setsockopt(SOL_SOCKET, SO_SNDBUF, limits.SEND_BUFFER_BYTES)

    def onOpen(self) -> None:  # noqa: N802
        super().onOpen()
        self._is_direct = self._is_direct and not private_names.is_compressed(self)

    def onPing(self, payload: bytes) -> None:  # noqa: N802
        """Answer with a hint: the backlog of autobahn's own pongs has no limit."""
        if not self.write_hint(pong_frame(payload)):
            super().onPing(payload)

    def hand_over_with(self, hand_over: HandOver) -> None:
        """Call `hand_over` for each text while the application waits for a message.

        Otherwise, a text waits in the queue: the application handles all messages in order.
        """
        self._hand_over = hand_over

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
        if self.state != self.STATE_OPEN:
            return
        if isBinary:
            self._queue_message({"type": "websocket.receive", "bytes": payload})
        else:
            self.take_text(payload.decode())

    def take_text(self, text: str) -> None:
        self.last_ping = time.time()  # Daphne sends no ping to a socket that sends
        message: str | dict[str, Any] = {"type": "websocket.receive", "text": text}
        if self._hand_over is not None and self.application_queue.is_awaited:
            message = self._hand_over(text)
        if isinstance(message, str):
            self.serverSend(message)
        else:
            self._queue_message(message)

    def _queue_message(self, message: dict[str, Any]) -> None:
        if self.application_queue.qsize() < limits.INBOX_MESSAGES:
            self.application_queue.put_nowait(message)
        else:
            self.sendClose(code=TOO_FAST)

    # --- the end ---

    def send_away(self) -> None:
        """Close the socket because the server stops."""
        if self.state == self.STATE_CONNECTING:
            self.serverReject()
        else:
            self.sendClose(code=RESTARTING)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:  # noqa: N802, N803
        """Report our own code, if any: a client that reads nothing does not confirm it."""
        super().onClose(wasClean, private_names.find_sent_close_code(self) or code, reason)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        super().connectionLost(reason)
        private_names.forget_end(self)
        self._hand_over = None  # a cycle, as above
