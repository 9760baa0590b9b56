"""One motion as the sockets of this process have been told it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from django.conf import settings

from brownian_site.server.frames import text_frame

from ..core.errors import CloseCode
from ..protocol.budgets import FrontierHistory
from ..publishing import Increments
from ..queries import permissions
from ..queries.permissions import Person
from ..queries.snapshots import Snapshot
from ..telemetry import metrics
from . import recovery
from .presence import Attendance, Audience
from .recovery import Frame
from .sessions import Login


class Socket(Protocol):
    """What the hub needs of a consumer."""

    person: Person
    login: Login | None
    viewer: str | None
    """Under which key it counts as a viewer without an account; None: it does not count."""

    write_hint: Callable[[bytes], bool]
    """Write a frame of the wire that may be left out; False where the server has no such way."""

    async def push(self, message: dict[str, Any]) -> None:
        """Pass an ASGI message on; must not wait, nor raise."""

    async def close(self, code: int) -> None: ...


class Feed:
    """One motion as this process's sockets have been told it.

    Everything here happens on the loop; a server's `send` does not suspend under Daphne, so
    sockets that join get exactly what comes after what they were greeted with.
    """

    def __init__(self, motion_id: int) -> None:
        self.motion_id = motion_id
        self.sockets: set[Socket] = set()
        self.frontiers = FrontierHistory(window_s=settings.MOTION_BEHIND_S)
        self.opened: asyncio.Task[None] | None = None
        self.heard = asyncio.Event()
        """Set once a message came through its group, so that the subscription is known to work."""
        self.stale = False
        self.refreshing = False
        self.attendance = Attendance(motion_id)
        self._snapshot: Snapshot | None = None
        self._greeting: tuple[Snapshot, list[Frame]] | None = None

    @property
    def snapshot(self) -> Snapshot:
        assert self._snapshot is not None, "a feed is joined before it is used"
        return self._snapshot

    @property
    def is_open(self) -> bool:
        return self._snapshot is not None

    def open_at(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.frontiers.record(time.monotonic(), snapshot.step)

    def join(self, socket: Socket) -> None:
        self.sockets.add(socket)
        self.attendance.has_changed = True

    def leave(self, socket: Socket) -> None:
        self.sockets.discard(socket)
        self.attendance.has_changed = True

    def greeting(self, *, epoch: int | None, step: int | None) -> list[Frame]:
        """What a socket gets that joins now."""
        if recovery.can_replay(self.snapshot, epoch=epoch, step=step):
            return recovery.make_greeting(self.snapshot, epoch=epoch, step=step)
        return self._whole_greeting()

    def missing(self, *, epoch: int | None, step: int | None) -> list[Frame]:
        """What a socket lacks that stands at `step` of `epoch`."""
        if recovery.can_replay(self.snapshot, epoch=epoch, step=step):
            return recovery.make_recovery(self.snapshot, epoch=epoch, step=step)
        return self._whole_greeting()[1:]

    def _whole_greeting(self) -> list[Frame]:
        """All of the path, encoded once for all who ask between two steps."""
        if self._greeting is None or self._greeting[0] is not self.snapshot:
            frames = recovery.make_greeting(self.snapshot, epoch=None, step=None)
            self._greeting = (self.snapshot, frames)
        return self._greeting[1]

    def can_control(self, socket: Socket) -> bool:
        return permissions.may_control(self.snapshot, socket.person)

    def audience(self) -> Audience:
        """Who watches through this process; each person and each browser once."""
        watching = [socket for socket in self.sockets if socket.viewer is not None]
        named = {
            socket.person.user_id: socket.person.name or ""
            for socket in watching
            if socket.person.user_id is not None
        }
        others = {
            socket.viewer for socket in watching if socket.viewer and socket.person.user_id is None
        }
        return Audience(named, frozenset(others))

    def user_ids(self) -> set[int]:
        return {user_id for socket in self.sockets if (user_id := socket.person.user_id)}

    async def move_people(self, new: Snapshot, people: dict[int, Person]) -> None:
        """Who may do what has changed: close the sockets of those who may watch no longer.

        Those who stay get their `state` by `move_to`.
        """
        for socket in self.sockets:
            if socket.person.user_id is not None:
                socket.person = people[socket.person.user_id]
        for socket in list(self.sockets):
            if not permissions.may_see(new, socket.person):
                await socket.close(CloseCode.FORBIDDEN)

    async def take(self, message: Increments) -> bool:
        """Hand increments on; False where only the database can tell what they mean."""
        mine = (self.snapshot.epoch, self.snapshot.revision)
        theirs = (message.epoch, message.revision)
        if theirs != mine:
            return theirs < mine  # older than what was told already: nothing to do
        if message.first == self.snapshot.step + 1:
            self._move_frontier(message.last)
            await self.hint(message.text)
            if message.due is not None:
                metrics.delivered(message.due)
        else:
            metrics.repaired.labels("message").inc()
            await self.advance(message.last)
        return True

    async def advance(self, step: int) -> None:
        """The frontier is known to be at `step` under the same parameters: the path tells all."""
        if step > self.snapshot.step:
            await self.move_to(replace(self.snapshot, step=step))

    async def move_to(self, new: Snapshot) -> None:
        """Tell the sockets everything between what they know and `new`."""
        known = self.snapshot
        if new.epoch != known.epoch:
            self.frontiers.clear()
        elif new.step < known.step:
            new = replace(new, step=known.step)  # read before the last messages came
        self._snapshot = new
        self.frontiers.record(time.monotonic(), new.step)
        for frame in recovery.make_update(known, new):
            if isinstance(frame, str):
                await self.hint(frame)
            else:
                await self.fan_out(frame)

    def _move_frontier(self, step: int) -> None:
        self._snapshot = replace(self.snapshot, step=step)
        self.frontiers.record(time.monotonic(), step)

    async def hint(self, text: str) -> None:
        """Send what may be lost, for a reader that lacks it asks: encoded once for everybody."""
        metrics.deliveries.inc(len(self.sockets))
        frame, message = text_frame(text), text_message(text)
        for socket in list(self.sockets):
            if not socket.write_hint(frame):
                await socket.push(message)

    async def fan_out(self, frame: Frame) -> None:
        metrics.deliveries.inc(len(self.sockets))
        if isinstance(frame, str):
            message = text_message(frame)
            for socket in list(self.sockets):
                await socket.push(message)
        else:
            for socket in list(self.sockets):
                await socket.push(text_message(frame.encode(self.can_control(socket))))


def text_message(text: str) -> dict[str, Any]:
    return {"type": "websocket.send", "text": text}
