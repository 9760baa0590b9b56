"""The only caller of the channel layer: one subscription a process and motion, many sockets.

Why not one layer channel a socket, as Channels' tutorial has it, is told with measurements in
docs/decisions/. A published message is a hint: it may be lost, doubled, late or out of
order, and the layer may be gone. The database knows; what a message cannot settle is read
from there once for all sockets of the process, and a sweep compares every two seconds.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import DatabaseError

from ..core.errors import CloseCode, NoSuchMotionError
from ..core.timeline import UnknownAlgorithmError
from ..models import Motion, now
from ..publishing import LAYER_S, Increments, Loop, group_of, layer_failed, send_all, serve_on
from ..queries import permissions, snapshots
from ..queries.permissions import Person
from ..queries.threads import in_thread
from ..telemetry import logs, metrics
from . import presence, sessions
from .feed import Feed

logger = logging.getLogger(__name__)


# --- receiving: one hub a process (more exactly, an event loop) ---------------------------


class Hub:
    """Joins the groups of the motions that this process has sockets on, and feeds the sockets."""

    def __init__(self) -> None:
        self._layer = get_channel_layer()
        self._process = uuid4().hex  # under which it says who watches
        self._channel: str | None = None
        self._receiver: asyncio.Task[None] | None = None
        self._feeds: dict[int, Feed] = {}
        self._membership = asyncio.Lock()
        self._echoes: dict[str, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._start(self._sweep_forever())
        self._start(self._stay_subscribed_forever())
        self._start(self._attend_forever())
        serve_on(asyncio.get_running_loop())

    async def join(self, motion_id: int) -> Feed:
        """The feed of a motion, subscribed and read from the database.

        The caller joins it before it awaits anything else.

        Raises:
            NoSuchMotionError, DatabaseError.
        """
        while True:
            feed = self._feeds.get(motion_id)
            if feed is None:
                feed = self._feeds[motion_id] = Feed(motion_id)
                feed.opened = self._start(self._open(feed))
            if feed.is_open:
                return feed
            assert feed.opened is not None
            await asyncio.shield(feed.opened)

    async def _open(self, feed: Feed) -> None:
        # Subscribed first, read then: a step between the two is seen twice, not missed.
        await self._subscribe([feed])
        try:
            snapshot = await in_thread(snapshots.read_snapshot, feed.motion_id)
            if snapshot is None:
                raise NoSuchMotionError
        except BaseException:
            self._feeds.pop(feed.motion_id, None)
            raise
        feed.open_at(snapshot)
        self._start(self._watch([feed.motion_id]))

    # --- messages ---

    async def hears_itself(self) -> bool:
        """Whether what this process sends itself comes back, within `LAYER_S`."""
        key, echo = uuid4().hex, asyncio.Event()
        self._echoes[key] = echo
        try:
            async with asyncio.timeout(LAYER_S):
                await self._subscribe([])
                await self._layer.send(self._channel, {"type": "motion.echo", "key": key})
                await echo.wait()
        except Exception as error:  # whatever the layer raises
            layer_failed("echo", error)
            return False
        finally:
            del self._echoes[key]
        logs.layer.over()
        return True

    async def _receive_forever(self, channel: str) -> None:
        while True:
            try:
                message = await self._layer.receive(channel)
                logs.layer.over()
                await self._route(message)
            except Exception:
                logger.exception("A message from the channel layer could not be handled")
                await asyncio.sleep(1)

    async def _route(self, message: dict[str, Any]) -> None:
        kind, feed = message.pop("type"), self._feeds.get(message.get("motion_id", 0))
        if feed is not None:
            feed.heard.set()
        if kind == "motion.echo":
            if echo := self._echoes.get(message["key"]):
                echo.set()
            return
        if feed is None or not feed.is_open:
            return
        if kind == "motion.viewers":
            feed.attendance.is_stale |= message["process"] != self._process
        elif kind == "motion.changed" or not await feed.take(Increments.of(message)):
            self._start(self._refresh(feed))

    async def _refresh(self, feed: Feed) -> None:
        """Read the motion and tell its sockets what came since; calls meanwhile fold into one."""
        feed.stale = True
        if feed.refreshing:
            return
        feed.refreshing = True
        try:
            while feed.stale:
                feed.stale = False
                snapshot = await in_thread(snapshots.read_snapshot, feed.motion_id, feed.snapshot)
                if snapshot is None:
                    await self._close(feed)
                    return
                if snapshot.access_version != feed.snapshot.access_version:
                    await feed.move_people(snapshot, await self._people(feed))
                await feed.move_to(snapshot)
        except DatabaseError as error:
            logs.database.warn(error)
        except UnknownAlgorithmError as error:
            about = {"motion_id": feed.motion_id}
            logger.warning("A motion could not be read: %s", error, extra={"about": about})
        finally:
            feed.refreshing = False

    async def _people(self, feed: Feed) -> dict[int, Person]:
        """Everybody who has a socket on it, as the database has them now; late-comers too."""
        people: dict[int, Person] = {}
        while new := feed.user_ids() - people.keys():
            found = await in_thread(permissions.people, feed.motion_id, new)
            people |= {user_id: found.get(user_id, Person()) for user_id in new}
        return people

    async def _watch(self, motion_ids: list[int]) -> None:
        """Say that somebody watches; if the database takes no writes, a later sweep says it."""
        try:
            await in_thread(_renew_watch, motion_ids)
        except DatabaseError as error:
            logs.database.warn(error)

    async def _close(self, feed: Feed) -> None:
        self._feeds.pop(feed.motion_id, None)
        for socket in list(feed.sockets):
            await socket.close(CloseCode.NO_SUCH_MOTION)

    async def stop(self) -> None:
        """End its work; from now on nobody watches through this process."""
        for task in self._tasks:
            task.cancel()
        try:
            await in_thread(presence.forget, self._process)
        except DatabaseError as error:  # then its rows end by themselves
            logs.database.warn(error)

    # --- the sweep ---

    async def _sweep_forever(self) -> None:
        renew_at = check_at = 0.0
        while True:
            await asyncio.sleep(settings.MOTION_SWEEP_S)
            try:
                await self._drop_unused()
                if time.monotonic() >= renew_at:
                    renew_at = time.monotonic() + settings.MOTION_WATCH_RENEW_S
                    await self._watch(list(self._feeds))
                    await self._renew_presence()
                if time.monotonic() >= check_at:
                    check_at = time.monotonic() + settings.MOTION_SESSION_CHECK_S
                    await self._check_sessions()
                await self._compare()
            except DatabaseError as error:
                logs.database.warn(error)
            except Exception:
                logger.exception("A sweep failed; trying again")

    async def _drop_unused(self) -> None:
        unused = [
            feed
            for feed in self._feeds.values()
            if feed.is_open and not feed.sockets and feed.attendance.is_settled
        ]
        for feed in unused:
            del self._feeds[feed.motion_id]
        async with self._layer_call():
            for feed in unused:
                if self._channel and feed.motion_id not in self._feeds:
                    await self._layer.group_discard(group_of(feed.motion_id), self._channel)

    async def _compare(self) -> None:
        """Repair what differs from the database: one query for all motions shown here."""
        stored = await in_thread(_versions, list(self._feeds))
        watched = await in_thread(_presences, list(self._feeds), self._process)
        for feed in list(self._feeds.values()):
            if not feed.is_open:
                continue
            feed.attendance.compare(watched.get(feed.motion_id, {}))
            *version, step = stored.get(feed.motion_id, (0, 0, 0, 0))
            if (*version, step) > (*feed.snapshot.version, feed.snapshot.step):
                metrics.repaired.labels("sweep").inc()
            if tuple(version) == feed.snapshot.version:
                await feed.advance(step)
            else:
                self._start(self._refresh(feed))

    async def _check_sessions(self) -> None:
        """Close the sockets whose session is over: two queries for all of this process."""
        sockets = [socket for feed in self._feeds.values() for socket in feed.sockets]
        over = await in_thread(
            sessions.ended, {socket.login for socket in sockets if socket.login is not None}
        )
        for socket in sockets:
            if socket.login in over:
                await socket.close(CloseCode.SIGNED_OUT)

    # --- who watches ---

    async def _attend_forever(self) -> None:
        while True:
            slept_from = time.monotonic()
            await asyncio.sleep(settings.MOTION_PRESENCE_TICK_S)
            late_s = time.monotonic() - slept_from - settings.MOTION_PRESENCE_TICK_S
            metrics.loop_lag.observe(max(late_s, 0.0))
            feeds = [feed for feed in self._feeds.values() if feed.is_open]
            try:
                await self._write_presence(feeds)
                await self._read_presence(feeds)
            except DatabaseError as error:
                logs.database.warn(error)
            except Exception:
                logger.exception("The viewers of motions could not be announced")
                await asyncio.sleep(1)

    async def _write_presence(self, feeds: list[Feed]) -> None:
        """Tell our own sockets and the database who came and who left."""
        moment = time.monotonic()
        to_write = {}
        for feed in feeds:
            if feed.attendance.has_changed:
                feed.attendance.look(feed.audience())
            if (audience := feed.attendance.to_write(moment)) is not None:
                to_write[feed] = audience
            if (frame := feed.attendance.to_tell(moment)) is not None:
                await feed.fan_out(frame)
        if not to_write:
            return
        audiences = {feed.motion_id: audience for feed, audience in to_write.items()}
        await in_thread(presence.write, self._process, audiences)
        for feed, audience in to_write.items():
            feed.attendance.wrote(audience)
        hint = {"type": "motion.viewers", "process": self._process}
        await send_all([hint | {"motion_id": motion_id} for motion_id in audiences])

    async def _read_presence(self, feeds: list[Feed]) -> None:
        """What other processes wrote, where it has changed; the next turn tells it."""
        stale = {feed.motion_id: feed for feed in feeds if feed.attendance.is_stale}
        if not stale:
            return
        for feed in stale.values():
            feed.attendance.is_stale = False
        rows = await in_thread(_presence_rows, list(stale), self._process)
        for motion_id, feed in stale.items():
            feed.attendance.take(rows.get(motion_id, {}))

    async def _renew_presence(self) -> None:
        """A process that was held up so long that its rows were given up writes them anew."""
        watched = [feed for feed in self._feeds.values() if feed.attendance.has_row]
        if await in_thread(presence.renew, self._process) < len(watched):
            for feed in watched:
                feed.attendance.forget_written()

    # --- subscriptions ---

    async def _subscribe(self, feeds: list[Feed]) -> None:
        """Join the groups of `feeds`, again and again: memberships get lost, the cost is small."""
        async with self._layer_call():
            if self._channel is None:
                self._channel = await self._layer.new_channel()
                self._receiver = self._start(self._receive_forever(self._channel))
            for feed in feeds:
                await self._layer.group_add(group_of(feed.motion_id), self._channel)

    async def _stay_subscribed_forever(self) -> None:
        """Beside the sweep, which a layer that hangs must not hold up."""
        while True:
            await asyncio.sleep(settings.MOTION_SWEEP_S)
            try:
                if not (await self.hears_itself() and await self._hears_its_groups()):
                    await self._forget_subscriptions()
                await self._subscribe(list(self._feeds.values()))
            except Exception:
                logger.exception("Subscriptions could not be renewed; trying again")

    async def _hears_its_groups(self) -> bool:
        """Whether each group has brought something since it was joined; asks those that have not.

        Redis may refuse one subscription and keep the others.
        """
        unheard = [one for one in self._feeds.values() if one.is_open and not one.heard.is_set()]
        try:
            async with asyncio.timeout(LAYER_S):
                for feed in unheard:
                    message = {"type": "motion.echo", "key": "", "motion_id": feed.motion_id}
                    await self._layer.group_send(group_of(feed.motion_id), message)
                for feed in unheard:
                    await feed.heard.wait()
        except Exception as error:  # whatever the layer raises
            shown = [one for one in unheard if self._feeds.get(one.motion_id) is one]
            if any(not one.heard.is_set() for one in shown):  # the others were dropped meanwhile
                layer_failed("echo", error)
                return False
        return True

    async def _forget_subscriptions(self) -> None:
        """Let the next `_subscribe` begin on a new connection.

        channels_redis remembers what it asked for and asks no second time, even if Redis refused.
        """
        async with self._layer_call():
            for feed in self._feeds.values():
                feed.heard.clear()
            receiver, self._receiver, self._channel = self._receiver, None, None
            try:
                if settings.REDIS_URL:
                    await self._layer.flush()  # its own connections and memory, nothing in Redis
            finally:
                if receiver is not None:
                    receiver.cancel()

    @asynccontextmanager
    async def _layer_call(self) -> AsyncIterator[None]:
        """One at a time, bounded, and never an error: without the layer the sweep shows the steps.

        A Redis that hangs, and does not refuse, must not hold up the database and the sessions.
        """
        try:
            async with asyncio.timeout(LAYER_S), self._membership:
                yield
        except Exception as error:  # whatever the layer raises
            layer_failed("subscribe", error)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work, context=logs.of_nobody())
        self._tasks.add(task)  # the loop itself keeps no task alive
        task.add_done_callback(self._tasks.discard)
        return task


def _renew_watch(motion_ids: list[int]) -> None:
    """Say that somebody watches, until three renewals from now."""
    if motion_ids:
        Motion.objects.filter(pk__in=motion_ids).update(
            watched_until=now() + 3 * settings.MOTION_WATCH_RENEW_S
        )


def _versions(motion_ids: list[int]) -> dict[int, tuple[int, int, int, int]]:
    rows = Motion.objects.filter(pk__in=motion_ids)
    return {
        pk: (epoch, revision, access_version, step)
        for pk, epoch, revision, access_version, step in rows.values_list(
            "pk", "epoch", "revision", "access_version", "step"
        )
    }


def _presences(motion_ids: list[int], process: str) -> dict[int, presence.Versions]:
    return presence.versions(motion_ids, but=process)


def _presence_rows(motion_ids: list[int], process: str) -> dict[int, presence.Rows]:
    return presence.read(motion_ids, but=process)


_hubs: WeakKeyDictionary[Loop, Hub] = WeakKeyDictionary()


def get_hub() -> Hub:
    """The hub of the running event loop, started when first asked for."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


async def stop() -> None:
    """End the hub of the running event loop, if it has one."""
    if found := _hubs.pop(asyncio.get_running_loop(), None):
        await found.stop()
