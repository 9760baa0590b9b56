"""What moves frontiers forward: one tick, and the loop around it.

A tick is one transaction: it takes the due motions that no other worker holds, moves their
steps on, commits, and only then publishes. So any number of workers share the motions with no
leader and no lease, and one that dies at any point has lost a message at most, never a step.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from . import broker, control, metrics
from .core import pacing, protocol
from .core.errors import NoSuchMotionError
from .core.parameters import NAMES, STEP_LIMIT
from .feed import Increments
from .models import Change, Motion, now

logger = logging.getLogger(__name__)

BATCH = 500
"""Motions in one transaction."""

LONGEST_PAUSE_S = 0.25
"""How soon a motion is noticed that was resumed, created or quickened meanwhile."""

SHORTEST_PAUSE_S = 0.005
RETRY_S = 1.0

REMEMBERED_CHANGES = 20_000


class NewestChanges:
    """The change that governs each motion now; rows never alter, so they are read once."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, int], Change] = OrderedDict()

    def of(self, motions: Iterable[Motion]) -> dict[int, Change]:
        """By motion id; one query for all that are not known yet."""
        wanted = {(motion.pk, motion.revision) for motion in motions}
        unknown = [motion_id for motion_id, revision in wanted - self._known.keys()]
        if unknown:
            for change in Change.objects.filter(
                motion__in=unknown, revision=F("motion__revision")
            ).select_related("epoch"):
                self._known[change.motion_id, change.revision] = change
        found = {key[0]: self._known[key] for key in wanted if key in self._known}
        while len(self._known) > REMEMBERED_CHANGES:
            self._known.popitem(last=False)
        return found


class PutOff:
    """The motions whose tick raised here, for as long as they are left alone.

    Kept beside `next_at`, which alone would look as if the clock had been set back.
    """

    def __init__(self) -> None:
        self._until: dict[int, float] = {}

    def add(self, motion_id: int) -> None:
        self._until[motion_id] = time.monotonic() + settings.MOTION_PUT_OFF_S

    def ids(self) -> list[int]:
        now_s = time.monotonic()
        self._until = {pk: until for pk, until in self._until.items() if until > now_s}
        return list(self._until)


def due_motions(moment: float) -> QuerySet[Motion]:
    """Running motions whose time has come, or whose clock was set back; free to be taken."""
    # A period is shorter than interval + SHORTEST_PERIOD_S: beyond that no tick was ever set.
    clock_went_back = Q(next_at__gt=moment + F("interval") + pacing.SHORTEST_PERIOD_S)
    due = Motion.objects.filter(Q(next_at__lte=moment) | clock_went_back)
    return (
        due.filter(paused=False, step__lt=STEP_LIMIT - 1)
        .order_by("next_at")
        .select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    )


def tick(newest: NewestChanges, put_off: PutOff | None = None) -> int:
    """Move the due motions on, at most `BATCH` of them; how many there were."""
    put_off = put_off or PutOff()
    began = time.perf_counter()
    with transaction.atomic():
        moment = now()
        motions = list(due_motions(moment).exclude(pk__in=put_off.ids())[:BATCH])
        changes = newest.of(motions)
        before = [(motion.next_at, motion.step) for motion in motions]
        steps = [_advance_or_put_off(motion, changes, put_off, moment) for motion in motions]
        Motion.objects.bulk_update(motions, ["step", "next_at"])
    if motions:
        metrics.ticked(
            steps_made=sum(motion.step for motion in motions) - sum(step for _, step in before),
            late_s=[moment - next_at for next_at, _ in before],
            took_s=time.perf_counter() - began,
        )
    broker.publish(message for message in steps if message is not None)
    return len(motions)


def _advance_or_put_off(
    motion: Motion, changes: dict[int, Change], put_off: PutOff, moment: float
) -> Increments | None:
    """One motion's part of a tick; one that raises stops no other."""
    step = motion.step
    try:
        return _advance(motion, changes[motion.pk], moment)
    except DatabaseError:
        raise
    except Exception:
        about = {"motion_id": motion.pk}
        logger.exception("Motion %s is put off for a while", motion.pk, extra={"about": about})
        motion.step = step
        motion.next_at = moment + settings.MOTION_PUT_OFF_S
        put_off.add(motion.pk)
        metrics.put_off.inc()
        return None


def _advance(motion: Motion, newest: Change, moment: float) -> Increments | None:
    """Make the steps of one tick; their message if somebody watches."""
    governing = control.record_unannounced(motion, newest)
    first = motion.step + 1
    motion.step = min(motion.step + pacing.steps_per_tick(motion.interval), STEP_LIMIT - 1)
    motion.next_at = pacing.after_tick(
        next_at=motion.next_at, now=moment, interval_s=motion.interval
    )
    if motion.watched_until < moment:
        return None
    return _increments(motion, governing, first)


def _increments(motion: Motion, governing: Change, first: int) -> Increments:
    timeline = governing.timeline
    return Increments(
        motion_id=motion.pk,
        epoch=motion.epoch,
        revision=motion.revision,
        first=first,
        last=motion.step,
        text=protocol.encode_increments(
            epoch=motion.epoch,
            revision=motion.revision,
            first_step=first,
            increments=timeline.increments(first, motion.step).tolist(),
            position=timeline.position(motion.step),
        ),
    )


def record_edits() -> None:
    """Make changes of what was edited behind `control`'s back, paused motions included."""
    recorded = Change.objects.filter(
        motion=OuterRef("pk"), **{name: OuterRef(name) for name in ("revision", *NAMES)}
    )
    for motion_id in Motion.objects.filter(~Exists(recorded)).values_list("pk", flat=True):
        try:
            control.record_edits(motion_id)
        except NoSuchMotionError:
            continue


@dataclass
class Worker:
    """The loop around ticks. Its database work has a thread of its own."""

    newest: NewestChanges = field(default_factory=NewestChanges)
    put_off: PutOff = field(default_factory=PutOff)
    swept_at: float = float("-inf")

    async def run(self, stopping: asyncio.Event) -> None:
        """Tick until `stopping` is set; a tick under way is always finished."""
        broker.serve_on(asyncio.get_running_loop())
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="worker") as thread:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(thread, self.describe)
            while not stopping.is_set():
                pause_s = await loop.run_in_executor(thread, self.turn)
                await _wait(stopping, pause_s)
        logger.info("The worker has stopped.")

    def turn(self) -> float:
        """One round: a tick, and now and then a sweep; seconds to wait before the next."""
        close_old_connections()
        try:
            if time.monotonic() - self.swept_at >= settings.MOTION_SWEEP_S:
                record_edits()
                self.swept_at = time.monotonic()
            moved = tick(self.newest, self.put_off)
            metrics.turned()
            return 0.0 if moved == BATCH else _pause()
        except DatabaseError as error:
            logger.warning("The database does not answer; trying again: %s", error)
            connection.close()
            return RETRY_S
        except Exception:
            logger.exception("A turn of the worker failed; trying again")
            return RETRY_S

    def describe(self) -> None:
        """Log what this worker drives."""
        layer = "Redis" if settings.REDIS_URL else "the in-memory layer"
        try:
            running, all_ = Motion.objects.filter(paused=False).count(), Motion.objects.count()
        except DatabaseError as error:
            logger.warning("The worker waits for the database: %s", error)
        else:
            logger.info(
                "The worker drives %s running of %s motions, from %s over %s.",
                *(running, all_, connection.vendor, layer),
            )


def _pause() -> float:
    """Seconds until the next motion is due."""
    running = Motion.objects.filter(paused=False, step__lt=STEP_LIMIT - 1)
    next_at = running.order_by("next_at").values_list("next_at", flat=True).first()
    if next_at is None:
        return LONGEST_PAUSE_S
    return min(max(next_at - now(), SHORTEST_PAUSE_S), LONGEST_PAUSE_S)


async def _wait(stopping: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()
