"""What a client sends on a WebSocket: limited while it arrives, and handled in turns."""

import time
from typing import Any

from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings

from . import limits, private_names
from .budgets import TokenBucket
from .frames import CLOSE, CONTINUATION, TOO_FAST, read_head, read_short_text


class Arrivals(WebSocketProtocol):
    """Passes whole frames on to autobahn, one at a time.

    autobahn by itself handles everything that was read before anything else runs, copies the rest
    of it for each frame, and holds a message of any number of fragments, up to 1 MiB. An attribute
    of this class takes memory only in a socket that changes it.
    """

    _arrived: bytes | None = None
    """Bytes that are not handled yet; None until the handshake has been read."""

    _skipped = 0
    """Bytes still to come of a frame that is not handled."""

    _late_bytes = 0
    """Bytes that came after the server had closed."""

    _is_admitted = False
    """Whether the frame at the beginning of `_arrived` has been counted."""

    _waits_for_turn = False
    _fragments = _message_bytes = 0  # of a message in several frames
    _frames: TokenBucket | None = None  # of control frames and fragments

    transport: Any

    def onOpen(self) -> None:  # noqa: N802
        super().onOpen()
        private_names.forget_handshake(self)
        private_names.share_attributes(self)
        if self._arrived:
            self._wait_for_turn()  # autobahn handles frames only after this has returned

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Pass the handshake on to autobahn, then one frame at a time."""
        if self._arrived is None:
            head, end, data = data.partition(b"\r\n\r\n")  # Daphne passes on all of a request
            self._arrived = b""
            super().dataReceived(head + end)
        if self.state == self.STATE_CLOSED:
            return
        if self.state == self.STATE_CLOSING:
            self._late_bytes += len(data)
            data = self._cut_skipped(data)
        self._arrived += data
        if self._late_bytes > limits.CLOSING_BYTES or (
            self.state == self.STATE_CONNECTING and len(self._arrived) > limits.MESSAGE_BYTES
        ):
            self.transport.abortConnection()
        elif self.state != self.STATE_CONNECTING and not self._waits_for_turn:
            self._take_turn()

    def _cut_skipped(self, data: bytes) -> bytes:
        """Remove the rest of a frame that is not handled from the beginning of `data`."""
        skipped = min(self._skipped, len(data))
        self._skipped -= skipped
        return data[skipped:]

    def _take_turn(self) -> None:
        """Handle the frames that have arrived, up to `FRAMES_A_TURN`."""
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
        """Go on after all other sockets, and read nothing until then."""
        self._waits_for_turn = True
        self.transport.pauseProducing()
        self.factory.reactor.callLater(0, self._take_turn)

    def _take_frame(self, data: bytes, at: int) -> int:
        """Handle the frame at `at`.

        Returns:
            The size of the frame, even if not all of it is here; 0 if the frame has to wait.
        """
        head = read_head(data, at)
        if head is None or self.state == self.STATE_CLOSED:
            return 0
        opcode, is_final, length, size = head
        if self.state == self.STATE_OPEN and not self._is_admitted:
            self._is_admitted = True
            if code := self._find_refusal(opcode, is_final=is_final, length=length):
                self.sendCloseFrame(code=code)
        if self.state != self.STATE_OPEN and (opcode != CLOSE or length > limits.CONTROL_BYTES):
            return size  # after the server's close, only the client's close matters
        if at + size > len(data):
            return 0
        self._is_admitted = False
        frame = data[at : at + size]
        text = read_short_text(frame) if private_names.is_between_messages(self) else None
        if text is None:
            private_names.handle_frame(self, frame)
        else:
            self.take_text(text)
        return size

    def take_text(self, text: str) -> None:
        """Handle a whole text message."""
        raise NotImplementedError

    def _find_refusal(self, opcode: int, *, is_final: bool, length: int) -> int:
        """The close code for a frame beyond a limit, from its head; 0 for a frame within them."""
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
        return 0 if self._take_token() else TOO_FAST

    def _take_token(self) -> bool:
        """Count a control frame or fragment. Return whether the rate allows it."""
        now = time.monotonic()
        if self._frames is None:
            self._frames = TokenBucket(
                rate=settings.MOTION_MESSAGES_PER_S, burst=settings.MOTION_MESSAGE_BURST, now=now
            )
        return self._frames.take(now)
