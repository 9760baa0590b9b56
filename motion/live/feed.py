"""One motion in a hub: its sockets, and the state that they have received."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Final, Protocol

from asgiref.typing import WebSocketSendEvent
from django.conf import settings

from brownian_site.server.frames import text_frame

from ..core.errors import CloseCode
from ..core.predictions import Ends
from ..protocol import messages
from ..protocol.budgets import FrontierHistory
from ..publishing import Increments, View
from ..queries import permissions
from ..queries.permissions import Person
from ..queries.snapshots import Snapshot
from ..telemetry import metrics
from . import recovery
from .ensembles import EnsembleFrames
from .presence import MotionPresence, Viewers
from .presenting import Presentation
from .questions import NOBODY, Answered, QuestionFrames
from .recovery import EnsembleFrame, Frame, StateFrame
from .sessions import Login

STATE_LASTS_S: Final = 1.0
"""Latecomers within this time get one `state`, whose `now` is so old at most."""


class FeedSocket(Protocol):
    """What a feed needs of a consumer."""

    person: Person
    login: Login | None
    viewer: str | None
    """The key of its browser, by which a viewer without an account counts; None: it counts nowhere,
    and gets no frames of an ensemble, a question or a presenter."""

    follows: bool
    """Whether its page follows the view of a presenter."""

    seat_frame: str | None
    """The newest `seat` that it was sent."""

    write_hint: Callable[[bytes], bool]
    """Write a WebSocket frame that may be left out; False where the server cannot."""

    async def push(self, message: WebSocketSendEvent) -> None:
        """Pass an ASGI message on; must not wait, nor raise."""

    async def close(self, code: int) -> None: ...


class Feed:
    """One motion as the sockets of this process have received it.

    Everything here happens on the loop; a server's `send` does not suspend under Daphne, so a
    socket that joins gets exactly what comes after its greeting.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        ensemble: EnsembleFrame | None = None,
        answered: Answered = NOBODY,
    ) -> None:
        self.motion_id = snapshot.motion_id
        self.snapshot = snapshot
        self.sockets: set[FeedSocket] = set()
        self.presence = MotionPresence(snapshot.motion_id)
        self.frontiers = FrontierHistory(window_s=settings.MOTION_BEHIND_S)
        self.frontiers.record(time.monotonic(), snapshot.step)
        self.ensemble = EnsembleFrames(ensemble)
        self.questions = QuestionFrames(snapshot, answered)
        self.presentation = Presentation()
        self.is_stale = self.is_refreshing = False
        self._greeting: tuple[Snapshot, float, list[Frame]] | None = None
        """Of the newest latecomer: its snapshot, when its state was made, and its frames."""

    def add(self, socket: FeedSocket) -> None:
        self.sockets.add(socket)
        self.presence.has_changed = True

    def remove(self, socket: FeedSocket) -> None:
        self.sockets.discard(socket)
        self.presence.has_changed = True

    def greet(self, socket: FeedSocket, *, epoch: int | None, step: int | None) -> list[Frame]:
        """What a socket gets that joins now, with a cursor or without one."""
        if recovery.can_replay(self.snapshot, epoch=epoch, step=step):
            frames = recovery.make_greeting(self.snapshot, epoch=epoch, step=step)
        else:
            frames = self._greet_latecomer()
        class_frames = [*self._list_ensemble(socket), *self._list_question(socket)]
        return [*frames, *class_frames, *self._take_seat(socket)]

    def recover(self, socket: FeedSocket, *, epoch: int | None, step: int | None) -> list[Frame]:
        """What a socket is missing after `step` of `epoch`."""
        if recovery.can_replay(self.snapshot, epoch=epoch, step=step):
            frames = recovery.make_recovery(self.snapshot, epoch=epoch, step=step)
        else:
            frames = self._greet_latecomer()[1:]
        return [*frames, *self._list_ensemble(socket)]

    def _greet_latecomer(self) -> list[Frame]:
        """The whole path, encoded once for all latecomers between two steps.

        The state has the time of the server: that of a paused motion is made again.
        """
        now = time.monotonic()
        snapshot, made_at, frames = self._greeting or (None, now, [])
        if snapshot is not self.snapshot:
            frames, made_at = recovery.make_greeting(self.snapshot, epoch=None, step=None), now
        elif now - made_at > STATE_LASTS_S:
            frames, made_at = [StateFrame(self.snapshot.make_state()), *frames[1:]], now
        self._greeting = (self.snapshot, made_at, frames)
        return frames

    def _list_ensemble(self, socket: FeedSocket) -> list[str]:
        """The newest `ensemble` of the running epoch, if there is one and the socket takes it."""
        newest = self.ensemble.newest
        if newest is None or newest.place[0] != self.snapshot.epoch or socket.viewer is None:
            return []
        return [newest.text]

    def _list_question(self, socket: FeedSocket) -> list[str]:
        """The newest `question` and `view`, if there are any; the person waits for their answer."""
        if socket.viewer is None:
            return []
        if self.snapshot.shown is not None and socket.person.user_id is not None:
            self.questions.wait([socket.person.user_id])
        return [frame for frame in (self.questions.newest, self.presentation.newest) if frame]

    def _take_seat(self, socket: FeedSocket) -> list[str]:
        """The `seat` of a socket, if it differs from the one that it was sent; counts as sent."""
        before, frame = socket.seat_frame, None
        if socket.viewer is not None:
            frame = recovery.make_seat_frame(self.snapshot, socket.person)
        socket.seat_frame = frame
        if frame is None and before is not None:
            frame = recovery.NO_SEAT
        return [frame] if frame and frame != before else []

    def can_control(self, socket: FeedSocket) -> bool:
        return permissions.can_control(self.snapshot, socket.person)

    def find_viewers(self) -> Viewers:
        """The viewers that watch through this process; each person and each browser once."""
        watching = [socket for socket in self.sockets if socket.viewer is not None]
        named = {
            socket.person.user_id: socket.person.name or ""
            for socket in watching
            if socket.person.user_id is not None
        }
        others = {
            socket.viewer for socket in watching if socket.viewer and socket.person.user_id is None
        }
        return Viewers(named, frozenset(others), sum(socket.follows for socket in watching))

    def list_user_ids(self) -> set[int]:
        return {user_id for socket in self.sockets if (user_id := socket.person.user_id)}

    async def apply_permissions(self, new: Snapshot, people: dict[int, Person]) -> None:
        """Close the sockets of people who may no longer watch, or are nobody here any more.

        `move_to` sends the others a state.

        Args:
            people: by user id, as the database has them now.
        """
        known = [socket for socket in self.sockets if socket.person.user_id is not None]
        for socket in known:
            socket.person = people[socket.person.user_id or 0]
        self.presence.has_changed = True  # a guest may have another name
        for socket in list(self.sockets):
            if not permissions.can_see(new, socket.person):
                await socket.close(CloseCode.FORBIDDEN)
        for socket in known:
            if socket.person.user_id is None and socket in self.sockets:  # a removed guest
                await socket.close(CloseCode.SIGNED_OUT)

    async def take_increments(self, message: Increments) -> bool:
        """Send new steps on; False if only the database knows what the message means."""
        mine = (self.snapshot.epoch, self.snapshot.revision)
        theirs = (message.epoch, message.revision)
        if theirs != mine:
            return theirs < mine  # older than what was sent already: nothing to do
        if message.first == self.snapshot.step + 1:
            self.snapshot = replace(self.snapshot, step=message.last)
            self.frontiers.record(time.monotonic(), message.last)
            await self.send_hint(message.text, self.sockets)
            if message.due is not None:
                metrics.record_delivery(message.due)
        else:
            metrics.repaired.labels("message").inc()
            await self.advance(message.last)
        if message.ensemble is not None:
            await self.send_ensemble(EnsembleFrame((message.epoch, message.last), message.ensemble))
        return True

    async def advance(self, step: int) -> None:
        """Send the steps up to `step`, under the parameters of now, computed without a query."""
        if step > self.snapshot.step:
            await self.move_to(replace(self.snapshot, step=step))

    async def move_to(self, new: Snapshot) -> None:
        """Send the sockets everything between what they have and `new`."""
        known = self.snapshot
        if new.epoch != known.epoch:
            self.frontiers.clear()
        elif new.step < known.step:
            new = replace(new, step=known.step)  # read before the last messages came
        self.snapshot = new
        self.frontiers.record(time.monotonic(), new.step)
        for frame in recovery.make_update(known, new):
            if isinstance(frame, str):
                await self.send_hint(frame, self.sockets)
            else:
                await self.fan_out(frame)
        self.ensemble.demand((new.epoch, new.step))
        if new.shown != known.shown:
            watching = self.presence.everybody.named
            await self._send_to_viewers(self.questions.show(known.shown, new, watching))
            self.questions.wait(self.list_user_ids() if new.shown else ())
        if (new.epoch, new.access_version) != (known.epoch, known.access_version):
            await self._send_seats()

    async def _send_seats(self) -> None:
        for socket in list(self.sockets):
            for text in self._take_seat(socket):
                await socket.push(build_message(text))

    @property
    def lacks_ensemble(self) -> bool:
        """Whether an `ensemble` is due that no message has brought; then the hub computes it."""
        return self.snapshot.ensemble is not None and self.ensemble.is_due

    async def send_ensemble(self, frame: EnsembleFrame) -> bool:
        """Send positions if they are newer than those that were sent, and not too many at once."""
        if is_taken := self.ensemble.take(frame):
            await self.send_hint(frame.text, [each for each in self.sockets if each.viewer])
        return is_taken

    async def count_answers(self, answered: Answered | None) -> None:
        """Send the tally of the question if it has changed; None: nobody has read it."""
        watching = self.presence.everybody.named
        if (frame := self.questions.count(self.snapshot, answered, watching)) is not None:
            await self._send_to_viewers(frame)

    async def send_answers(self, number: int, answers: Mapping[int, Ends | None]) -> None:
        """Send each of these users their own answer; None: they have none."""
        for socket in list(self.sockets):
            user_id = socket.person.user_id
            if socket.viewer is None or user_id is None or user_id not in answers:
                continue
            low, high = answers[user_id] or (None, None)
            frame = messages.encode_answer(question=number, low=low, high=high)
            await socket.push(build_message(frame))

    async def send_view(self, view: View) -> None:
        if self.presentation.take(view):
            await self.send_hint(view.text, [each for each in self.sockets if each.viewer])

    async def expire_view(self) -> None:
        if (frame := self.presentation.expire()) is not None:
            await self._send_to_viewers(frame)

    async def send_hint(self, text: str, sockets: Collection[FeedSocket]) -> None:
        """Send a frame that may be lost, because its reader would ask for it; encoded once."""
        metrics.deliveries.inc(len(sockets))
        frame, message = text_frame(text), build_message(text)
        for socket in list(sockets):
            if not socket.write_hint(frame):
                await socket.push(message)

    async def _send_to_viewers(self, text: str) -> None:
        message, sockets = build_message(text), [each for each in self.sockets if each.viewer]
        metrics.deliveries.inc(len(sockets))
        for socket in sockets:
            await socket.push(message)

    async def fan_out(self, frame: Frame) -> None:
        metrics.deliveries.inc(len(self.sockets))
        if isinstance(frame, str):
            message = build_message(frame)
            for socket in list(self.sockets):
                await socket.push(message)
        else:
            for socket in list(self.sockets):
                await socket.push(build_message(frame.encode(self.can_control(socket))))


def build_message(text: str) -> WebSocketSendEvent:
    return {"type": "websocket.send", "text": text, "bytes": None}
