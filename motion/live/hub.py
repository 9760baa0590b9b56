"""The hub of a process: hands what it learns of motions to all of its sockets on them.

A message of the layer is a hint: it may be lost, doubled, late or out of order. The database has
the truth. What a message cannot settle is read from there once for all sockets of the process.
Every two seconds a sweep repairs what no hint brought, in a few queries for all feeds.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DatabaseError

from ..core.errors import CloseCode, NoSuchMotionError
from ..core.pacing import ENSEMBLE_PERIOD_S
from ..core.timeline import UnknownAlgorithmError
from ..models import Motion, now
from ..publishing import Increments, Loop, Message, View, publish_from
from ..queries import permissions, questions, snapshots
from ..queries.permissions import Person
from ..queries.snapshots import Snapshot
from ..queries.threads import run_in_thread
from ..telemetry import logs, metrics
from .feed import Feed
from .presence_writer import PresenceWriter
from .questions import NOBODY, TALLY_S, Answered, is_open
from .recovery import EnsembleFrame, make_ensemble_frame
from .sessions import find_ended
from .subscription import Subscription

logger = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]


class Hub:
    """The feeds of an event loop, of which a process has one, and the work that keeps them true."""

    def __init__(self) -> None:
        self._feeds: dict[int, Feed] = {}
        self._opening: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._presence = PresenceWriter(self._feeds)
        self.subscription = Subscription(self._handle)
        publish_from(asyncio.get_running_loop())

        compare_rows, renew_rows = self._presence.compare_rows, self._presence.renew_rows
        sweep = (self._drop_unused_feeds, self._compare_feeds, compare_rows)
        self._repeat(settings.MOTION_SWEEP_S, self.subscription.renew)
        self._repeat(settings.MOTION_SWEEP_S, *sweep)
        self._repeat(settings.MOTION_WATCH_RENEW_S, self._renew_watch, renew_rows)
        self._repeat(settings.MOTION_PRESENCE_TICK_S, self._presence.synchronise)
        self._repeat(TALLY_S, self._count_answers, self._expire_views)
        self._repeat(settings.MOTION_SESSION_CHECK_S, self._close_ended_sessions)

    # --- feeds ---

    async def open_feed(self, motion_id: int) -> Feed:
        """The feed of a motion, subscribed and read from the database.

        The caller adds its socket before it awaits anything else.

        Raises:
            NoSuchMotionError, DatabaseError.
        """
        while motion_id not in self._feeds:
            if motion_id not in self._opening:
                self._opening[motion_id] = asyncio.create_task(
                    self._open(motion_id), context=logs.copy_context_without_fields()
                )
            await asyncio.shield(self._opening[motion_id])
        return self._feeds[motion_id]

    async def _open(self, motion_id: int) -> None:
        # Subscribe first, then read: a step between the two comes twice, and is not missed.
        try:
            await self.subscription.join(motion_id)
            self._feeds[motion_id] = Feed(*await run_in_thread(_read_motion, motion_id))
        finally:
            del self._opening[motion_id]
        self._start(run_in_thread(_renew_watch, [motion_id]))

    async def _drop_unused_feeds(self) -> None:
        for feed in list(self._feeds.values()):
            if not feed.sockets and feed.presence.is_settled:
                del self._feeds[feed.motion_id]
        unused = self.subscription.motion_ids - self._feeds.keys() - self._opening.keys()
        await self.subscription.leave(unused)

    async def _close(self, feed: Feed) -> None:
        self._feeds.pop(feed.motion_id, None)
        for socket in list(feed.sockets):
            await socket.close(CloseCode.NO_SUCH_MOTION)

    # --- messages ---

    async def _handle(self, message: Message) -> None:
        kind, feed = message.pop("type"), self._feeds.get(message["motion_id"])
        if feed is None:
            return
        match kind:
            case "motion.increments":
                await self._take_increments(feed, Increments.from_message(message))
            case "motion.changed":
                self._start(self._refresh(feed))
            case "motion.viewers":
                feed.presence.is_stale |= message["process"] != self._presence.process
            case "motion.answered":
                feed.questions.is_stale = True
                feed.questions.wait([message["user_id"]])
                self.send_answers(feed)
            case "motion.view":
                await feed.send_view(View.from_message(message))

    async def _take_increments(self, feed: Feed, message: Increments) -> None:
        if not await feed.take_increments(message) or feed.snapshot.lacks_outcome:
            self._start(self._refresh(feed))
        elif feed.lacks_ensemble:
            self._start(self._repair_ensemble(feed))

    async def _refresh(self, feed: Feed) -> None:
        """Read the motion and send its sockets what is new; calls meanwhile cause one more read."""
        feed.is_stale = True
        if feed.is_refreshing:
            return
        feed.is_refreshing = True
        try:
            while feed.is_stale:
                feed.is_stale = False
                snapshot = await run_in_thread(
                    snapshots.read_snapshot, feed.motion_id, feed.snapshot
                )
                if snapshot is None:
                    await self._close(feed)
                    return
                if snapshot.access_version != feed.snapshot.access_version:
                    await feed.apply_permissions(snapshot, await _read_people(feed))
                await feed.move_to(snapshot)
        except UnknownAlgorithmError as error:
            fields = {"motion_id": feed.motion_id}
            logger.warning("A motion could not be read: %s", error, extra={"fields": fields})
        finally:
            feed.is_refreshing = False
        self.send_answers(feed)
        await self._repair_ensemble(feed)

    async def _repair_ensemble(self, feed: Feed) -> None:
        """Compute and send the positions of the ensemble while they are due."""
        if feed.ensemble.is_repairing:
            return
        feed.ensemble.is_repairing = True
        try:
            while feed.lacks_ensemble:
                frame = await run_in_thread(make_ensemble_frame, feed.snapshot)
                if frame is not None and not await feed.send_ensemble(frame):
                    await asyncio.sleep(ENSEMBLE_PERIOD_S)
        finally:
            feed.ensemble.is_repairing = False

    # --- questions ---

    def send_answers(self, feed: Feed) -> None:
        """Send each person who waits for it their own answer, read from the database."""
        if feed.questions.has_waiting and not feed.questions.is_answering:
            self._start(self._send_answers(feed))

    async def _send_answers(self, feed: Feed) -> None:
        """One query for all people who wait; calls meanwhile cause one more."""
        feed.questions.is_answering = True
        try:
            while user_ids := feed.questions.take_waiting(feed.list_user_ids()):
                if (shown := feed.snapshot.shown) is None:
                    break
                try:
                    found = await run_in_thread(questions.read_answers_of, shown.asked, user_ids)
                except DatabaseError:
                    feed.questions.wait(user_ids)  # until the next count
                    raise
                answers = {user_id: found.get(user_id) for user_id in user_ids}
                await feed.send_answers(shown.asked.number, answers)
        finally:
            feed.questions.is_answering = False

    async def _count_answers(self) -> None:
        """Send each tally that has changed; those that are stale are read in one query."""
        stale = [feed for feed in self._feeds.values() if feed.questions.is_stale]
        asked = [feed.snapshot.shown.asked.id for feed in stale if feed.snapshot.shown]
        for feed in stale:
            feed.questions.is_stale = False
        try:
            found = await run_in_thread(questions.read_answerers, asked) if asked else {}
        except DatabaseError:
            for feed in stale:
                feed.questions.is_stale = True
            raise
        for feed in list(self._feeds.values()):
            shown = feed.snapshot.shown
            await feed.count_answers(found.get(shown.asked.id) if shown else None)
            self.send_answers(feed)

    async def _expire_views(self) -> None:
        for feed in list(self._feeds.values()):
            await feed.expire_view()

    # --- what no hint brings ---

    async def _compare_feeds(self) -> None:
        """Bring every feed to the state in the database; one whose motion changed is read again."""
        stored = await run_in_thread(_read_versions, list(self._feeds))
        for feed in list(self._feeds.values()):
            *version, step = stored.get(feed.motion_id, (0, 0, 0, 0, 0))
            if (*version, step) > (*feed.snapshot.version, feed.snapshot.step):
                metrics.repaired.labels("sweep").inc()
            if tuple(version) == feed.snapshot.version:
                await feed.advance(step)
                feed.ensemble.demand_late((feed.snapshot.epoch, feed.snapshot.step))
                if feed.lacks_ensemble:
                    self._start(self._repair_ensemble(feed))
            if tuple(version) != feed.snapshot.version or feed.snapshot.lacks_outcome:
                self._start(self._refresh(feed))
            feed.questions.is_stale |= is_open(feed.snapshot)

    async def _close_ended_sessions(self) -> None:
        """Close the sockets whose session has ended."""
        sockets = [socket for feed in self._feeds.values() for socket in feed.sockets]
        logins = {socket.login for socket in sockets if socket.login is not None}
        ended = await run_in_thread(find_ended, logins)
        for socket in sockets:
            if socket.login is not None and (code := ended.get(socket.login)) is not None:
                await socket.close(code)

    async def _renew_watch(self) -> None:
        await run_in_thread(_renew_watch, list(self._feeds))

    # --- work in the background ---

    def _repeat(self, period_s: float, *works: Work) -> None:
        """Do `works` every `period_s`, in a loop of their own: other works do not wait for them."""
        self._start(_repeat_forever(period_s, works))

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.create_task(_attempt(work), context=logs.copy_context_without_fields())
        self._tasks.add(task)  # the loop itself keeps no task alive
        task.add_done_callback(self._tasks.discard)

    def cancel(self) -> None:
        """End all work."""
        for task in [*self._tasks, *self._opening.values()]:
            task.cancel()
        self.subscription.stop()

    async def stop(self) -> None:
        """End all work; from now on nobody watches through this process."""
        self.cancel()
        try:
            await self._presence.delete_rows()
        except DatabaseError as error:  # then other processes ignore its rows in a while
            logs.database.warn(error)


def _read_motion(motion_id: int) -> tuple[Snapshot, EnsembleFrame | None, Answered]:
    """A motion, the positions of its ensemble, and who has answered its question.

    Raises:
        NoSuchMotionError.
    """
    snapshot = snapshots.read_snapshot(motion_id)
    if snapshot is None:
        raise NoSuchMotionError
    answered = NOBODY
    if snapshot.shown is not None:
        asked_id = snapshot.shown.asked.id
        answered = questions.read_answerers([asked_id])[asked_id]
    return snapshot, make_ensemble_frame(snapshot), answered


def _read_versions(motion_ids: list[int]) -> dict[int, tuple[int, int, int, int, int]]:
    """By motion: epoch, revision, access version, version of questions, and step."""
    rows = Motion.objects.filter(pk__in=motion_ids)
    columns = ("pk", "epoch", "revision", "access_version", "question_version", "step")
    return {pk: version for pk, *version in rows.values_list(*columns)}


def _renew_watch(motion_ids: list[int]) -> None:
    """Let workers publish the steps of these motions until three renewals from now."""
    if motion_ids:
        until = now() + 3 * settings.MOTION_WATCH_RENEW_S
        Motion.objects.filter(pk__in=motion_ids).update(watched_until=until)


async def _repeat_forever(period_s: float, works: Iterable[Work]) -> None:
    while True:
        due = time.monotonic() + period_s
        await asyncio.sleep(period_s)
        metrics.loop_lag.observe(max(time.monotonic() - due, 0.0))
        for work in works:
            await _attempt(work())


async def _attempt(work: Awaitable[None]) -> None:
    """Await `work`; log what it raises, because nothing else would."""
    try:
        await work
    except DatabaseError as error:
        logs.database.warn(error)
    except Exception:
        logger.exception("A task of the hub failed")
        await asyncio.sleep(1)


async def _read_people(feed: Feed) -> dict[int, Person]:
    """Everybody who has a socket on it, as the database has them now; newcomers meanwhile too."""
    people: dict[int, Person] = {}
    while new := feed.list_user_ids() - people.keys():
        found = await run_in_thread(permissions.load_people, feed.motion_id, new)
        people |= {user_id: found.get(user_id, Person()) for user_id in new}
    return people


_hubs: WeakKeyDictionary[Loop, Hub] = WeakKeyDictionary()


def get_hub() -> Hub:
    """The hub of the running event loop; the first call starts it."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


def cancel_hub() -> None:
    """End the work of the hub of the running event loop, at once: no thread is left for it."""
    if hub := _hubs.pop(asyncio.get_running_loop(), None):
        hub.cancel()


async def stop_hub() -> None:
    """End the hub of the running event loop, if it has one."""
    if hub := _hubs.pop(asyncio.get_running_loop(), None):
        await hub.stop()
