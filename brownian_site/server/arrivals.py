"""What comes in by a WebSocket of our Daphne: bounded while it arrives, and in turns."""

from __future__ import annotations

import time
from typing import Any

from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings

from motion.core import limits
from motion.core.errors import CloseCode
from motion.protocol.budgets import TokenBucket

from .frames import CLOSE, CONTINUATION, read_head


class Arrivals(WebSocketProtocol):
    """Daphne's own, which gets one whole frame after the other.

    autobahn handles all that was read before anybody else has a turn, copies the rest of it for
    each frame, and holds a message of any number of fragments, up to 1 MiB. What is an attribute
    of the class here takes memory only in a socket that needs it.
    """

    _arrived: bytes | None = None
    """What is not handled yet; None until the request for this socket is here."""

    _skipped = 0
    """Bytes still to come of a frame that is not looked at."""

    _late_bytes = 0
    """How much came after the server had closed."""

    _is_admitted = False
    """Whether the frame that `_arrived` begins with is counted already."""

    _waits_for_turn = False
    _fragments = _message_bytes = 0  # of a message that comes in more than one frame
    _frames: TokenBucket | None = None  # of control frames and fragments

    transport: Any

    def onOpen(self) -> None:  # noqa: N802
        super().onOpen()
        self.http_request_data = b""  # autobahn would keep the request as long as the socket
        if self._arrived:
            self._wait_for_turn()  # autobahn takes frames once this has returned

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Pass frames on to autobahn one by one: it looks at all that came, however much it is."""
        if self._arrived is None:
            head, end, data = data.partition(b"\r\n\r\n")  # Daphne passes on all of a request
            self._arrived = b""
            super().dataReceived(head + end)
        if self.state == self.STATE_CLOSED:
            return
        if self.state == self.STATE_CLOSING:
            self._late_bytes += len(data)
            data = self._after_what_is_skipped(data)
        self._arrived += data
        if self._late_bytes > limits.CLOSING_BYTES or (
            self.state == self.STATE_CONNECTING and len(self._arrived) > limits.MESSAGE_BYTES
        ):
            self.transport.abortConnection()
        elif self.state != self.STATE_CONNECTING and not self._waits_for_turn:
            self._take_turn()

    def _after_what_is_skipped(self, data: bytes) -> bytes:
        """What of `data` is behind the end of a frame that is not looked at."""
        skipped = min(self._skipped, len(data))
        self._skipped -= skipped
        return data[skipped:]

    def _take_turn(self) -> None:
        """Handle the frames that are here, a bounded number of them."""
        data, at, was_held = self._arrived or b"", 0, self._waits_for_turn
        self._waits_for_turn = False
        for _ in range(limits.FRAMES_A_TURN):
            size = self._take_frame(data, at)
            at += size
            if not size or at >= len(data):
                break
        else:
            self._wait_for_turn()
        self._arrived = data[at:]
        if at > len(data):
            self._skipped = at - len(data)
        if was_held and not self._waits_for_turn:
            self.transport.resumeProducing()

    def _wait_for_turn(self) -> None:
        """Go on after the others; nothing more is read meanwhile."""
        self._waits_for_turn = True
        self.transport.pauseProducing()
        self.factory.reactor.callLater(0, self._take_turn)

    def _take_frame(self, data: bytes, at: int) -> int:
        """Handle the frame at `at`; the bytes that need no more attention, 0: it has to wait."""
        head = read_head(data, at)
        if head is None or self.state == self.STATE_CLOSED:
            return 0
        opcode, is_final, length, size = head
        if self.state == self.STATE_OPEN and not self._is_admitted:
            self._is_admitted = True
            if code := self._refusal(opcode, is_final=is_final, length=length):
                self.sendCloseFrame(code=code)
        if self.state != self.STATE_OPEN and (opcode != CLOSE or length > limits.CONTROL_BYTES):
            return size  # after the server's close a client's is all that matters
        if at + size > len(data):
            return 0
        self._is_admitted = False
        # What `super().dataReceived` comes to, without the 6 µs of a log line that nobody reads.
        self.data = data[at : at + size]
        self.consumeData()
        return size

    def _refusal(self, opcode: int, *, is_final: bool, length: int) -> int:
        """The code to close with because of the frame that begins; 0: it may come."""
        if opcode >= CLOSE:
            if length > limits.CONTROL_BYTES:
                return int(self.CLOSE_STATUS_CODE_PROTOCOL_ERROR)
        elif length > limits.MESSAGE_BYTES:
            return int(self.CLOSE_STATUS_CODE_MESSAGE_TOO_BIG)
        elif is_final and opcode != CONTINUATION:
            return 0  # a whole message, which the application counts
        else:
            begun = (self._fragments, self._message_bytes) if opcode == CONTINUATION else (0, 0)
            self._fragments, self._message_bytes = begun[0] + 1, begun[1] + length
            if (
                self._message_bytes > limits.MESSAGE_BYTES
                or self._fragments > limits.MESSAGE_FRAGMENTS
            ):
                return int(self.CLOSE_STATUS_CODE_MESSAGE_TOO_BIG)
        return 0 if self._takes_another_frame() else int(CloseCode.TOO_FAST)

    def _takes_another_frame(self) -> bool:
        now = time.monotonic()
        if self._frames is None:
            self._frames = TokenBucket(
                rate=settings.MOTION_MESSAGES_PER_S, burst=settings.MOTION_MESSAGE_BURST, now=now
            )
        return self._frames.take(now)
