"""What moves frontiers forward: the loop around ticks, and its sweep.

A tick is one transaction: it takes the due motions that no other worker holds, moves their
steps on, commits, and only then publishes. So any number of workers share the motions with no
leader and no lease, and one that dies at any point has lost a message at most, never a step.
"""

from __future__ import annotations

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
from ..services import motions
from ..telemetry import logs, metrics
from .ticks import BATCH, NewestChanges, PutOff, tick

logger = logging.getLogger(__name__)

LONGEST_PAUSE_S = 0.25
"""How soon a motion is noticed that was resumed, created or quickened meanwhile."""

SHORTEST_PAUSE_S = 0.005
RETRY_S = 1.0


def sweep(put_off: PutOff) -> None:
    """Set right what no tick sees."""
    adopt_external_edits()
    make_due_what_the_clock_left(put_off)


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


def make_due_what_the_clock_left(put_off: PutOff) -> None:
    """After the clock went back the motions' times lie further ahead than a tick ever sets them.

    Not asked by each tick: the answer takes a look at all running motions.
    """
    moment = now()
    # A period is shorter than interval + SHORTEST_PERIOD_S: beyond that no tick was ever set.
    left = Motion.objects.filter(
        paused=False, next_at__gt=moment + F("interval") + pacing.SHORTEST_PERIOD_S
    ).exclude(pk__in=put_off.ids())
    if left.exists():
        # Late enough to begin a beat at its tick: on one beat all would be due at one moment.
        left.update(next_at=moment - F("interval") - pacing.SHORTEST_PERIOD_S)


@dataclass
class Worker:
    """The loop around ticks. Its database work has threads of its own."""

    sweeps: bool = True
    newest: NewestChanges = field(default_factory=NewestChanges)
    put_off: PutOff = field(default_factory=PutOff)
    swept_at: float = float("-inf")

    async def run(self, stopping: asyncio.Event) -> None:
        """Tick until `stopping` is set; a tick under way is always finished."""
        loop = asyncio.get_running_loop()
        publishing.publish_from(loop)
        workers = [self, *(Worker(sweeps=False) for _ in range(tickers() - 1))]
        with ThreadPoolExecutor(len(workers), thread_name_prefix="worker") as threads:
            await loop.run_in_executor(threads, self.describe)
            await asyncio.gather(*(each.go_round(threads, stopping) for each in workers))
        logger.info("The worker has stopped.")

    async def go_round(self, threads: Executor, stopping: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        while not stopping.is_set():
            pause_s = await loop.run_in_executor(threads, self.turn)
            await _wait(stopping, pause_s)

    def turn(self) -> float:
        """One round: a tick, and now and then a sweep; seconds to wait before the next."""
        if connection.vendor == "postgresql":
            close_old_connections()  # back to the pool, which checks it
        # On SQLite the thread keeps its own: to open it costs more than the queries of a turn,
        # and the last one that closes writes the whole log back and waits for the disk.
        try:
            if self.sweeps and time.monotonic() - self.swept_at >= settings.MOTION_SWEEP_S:
                sweep(self.put_off)
                self.swept_at = time.monotonic()
            moved = tick(self.newest, self.put_off)
            metrics.turned()
            logs.database.over()
            return 0.0 if moved == BATCH else _pause()
        except DatabaseError as error:
            logs.database.warn(error)
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
            logs.database.warn(error)
        else:
            logger.info(
                "The worker drives %s running of %s motions, from %s over %s.",
                *(running, all_, connection.vendor, layer),
            )


def tickers() -> int:
    """How many ticks one process may have under way.

    A tick mostly waits, for PostgreSQL and its disk; with SQLite it holds the one lock there is.
    """
    return 2 if connection.features.has_select_for_update_skip_locked else 1


def _pause() -> float:
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
