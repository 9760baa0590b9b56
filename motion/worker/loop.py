"""The loop that moves frontiers forward: ticks, and now and then a sweep.

A tick is one transaction: it takes the due motions that no other worker holds, moves their
frontiers, commits, and only then publishes. So any number of workers share the motions without a
leader or a lease, and a worker that dies loses a message at most, never a step.
"""

import asyncio
import logging
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import Exists, F, OuterRef, Q

from .. import publishing
from ..core import pacing
from ..core.errors import NoSuchMotionError
from ..core.parameters import NAMES, STEP_LIMIT
from ..models import Change, Motion, now
from ..services import guests, motions
from ..telemetry import logs, metrics
from .ticks import BATCH, NewestChanges, PostponedMotions, tick

logger = logging.getLogger(__name__)

LONGEST_PAUSE_S = 0.25
"""How soon the worker notices a motion that was resumed, created or made faster."""

SHORTEST_PAUSE_S = 0.005
RETRY_S = 1.0
GUESTS_EVERY_S = 60.0
"""How often guests that were not here for long are looked for."""


def adopt_external_edits() -> None:
    """Make changes of edits by SQL or `QuerySet.update`, in motions that no tick looks at soon.

    A running motion that steps within a sweep's time is compared by its own tick.
    """
    recorded = Change.objects.filter(
        motion=OuterRef("pk"), **{name: OuterRef(name) for name in ("revision", *NAMES)}
    )
    rest = Motion.objects.filter(Q(paused=True) | Q(interval__gt=settings.MOTION_SWEEP_S))
    for motion_id in rest.filter(~Exists(recorded)).values_list("pk", flat=True):
        with suppress(NoSuchMotionError), transaction.atomic():
            motions.lock_motion(motion_id)


def reschedule_stranded_motions(postponed: PostponedMotions) -> None:
    """Make motions due whose time lies further ahead than a tick sets it: the clock went back.

    Ticks do not do this, because it reads all running motions.
    """
    moment = now()
    # A period is shorter than interval + SHORTEST_PERIOD_S, so no tick sets a later time.
    stranded = Motion.objects.filter(
        paused=False, next_at__gt=moment + F("interval") + pacing.SHORTEST_PERIOD_S
    ).exclude(pk__in=postponed.list_ids())
    if stranded.exists():
        # So late that each begins a new beat at its tick: else all would share one beat.
        stranded.update(next_at=moment - F("interval") - pacing.SHORTEST_PERIOD_S)


@dataclass
class Worker:
    """The loop around ticks. Its database work has threads of its own."""

    sweeps: bool = True
    newest: NewestChanges = field(default_factory=NewestChanges)
    postponed: PostponedMotions = field(default_factory=PostponedMotions)
    swept_at: float = float("-inf")
    cleaned_at: float = float("-inf")

    async def run(self, stopping: asyncio.Event) -> None:
        """Tick until `stopping` is set; a tick that has begun is always finished."""
        loop = asyncio.get_running_loop()
        publishing.publish_from(loop)
        workers = [self, *(Worker(sweeps=False) for _ in range(count_parallel_ticks() - 1))]
        with ThreadPoolExecutor(len(workers), thread_name_prefix="worker") as threads:
            await loop.run_in_executor(threads, self.log_start)
            await asyncio.gather(*(each.turn_forever(threads, stopping) for each in workers))
        logger.info("The worker has stopped.")

    async def turn_forever(self, threads: Executor, stopping: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        while not stopping.is_set():
            pause_s = await loop.run_in_executor(threads, self.turn)
            await _wait(stopping, pause_s)

    def turn(self) -> float:
        """One round: a tick, and now and then a sweep. Returns the seconds until the next round."""
        if connection.vendor == "postgresql":
            close_old_connections()  # back to the pool, which checks it
        # On SQLite the thread keeps its own: opening one costs more than the queries of a turn, and
        # closing the last one writes the whole log back and waits for the disk.
        try:
            if self.sweeps:
                self._sweep()
            moved = tick(self.newest, self.postponed)
            metrics.record_turn()
            logs.database.note_success()
            return 0.0 if moved == BATCH else _compute_pause()
        except DatabaseError as error:
            logs.database.warn(error)
            connection.close()
            return RETRY_S
        except Exception:
            logger.exception("A turn of the worker failed; trying again")
            return RETRY_S

    def _sweep(self) -> None:
        moment = time.monotonic()
        if moment - self.swept_at >= settings.MOTION_SWEEP_S:
            adopt_external_edits()
            reschedule_stranded_motions(self.postponed)
            self.swept_at = time.monotonic()
        if moment - self.cleaned_at >= GUESTS_EVERY_S:
            self.cleaned_at = moment
            guests.delete_unseen_guests()

    def log_start(self) -> None:
        """Log what this worker drives."""
        layer = "Redis" if settings.REDIS_URL else "the in-memory layer"
        try:
            running, all_ = Motion.objects.filter(paused=False).count(), Motion.objects.count()
        except DatabaseError as error:
            logs.database.warn(error)
        else:
            logger.info(
                "The worker drives %s running of %s motions, from %s over %s.",
                *(running, all_, connection.vendor, layer),
            )


def count_parallel_ticks() -> int:
    """How many ticks one process runs at a time.

    A tick mostly waits for PostgreSQL and its disk; on SQLite it holds the only lock.
    """
    return 2 if connection.features.has_select_for_update_skip_locked else 1


def _compute_pause() -> float:
    """Seconds until the next motion is due."""
    running = Motion.objects.filter(paused=False, step__lt=STEP_LIMIT - 1)
    next_at = running.order_by("next_at").values_list("next_at", flat=True).first()
    if next_at is None:
        return LONGEST_PAUSE_S
    return min(max(next_at - now(), SHORTEST_PAUSE_S), LONGEST_PAUSE_S)


async def _wait(stopping: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()
