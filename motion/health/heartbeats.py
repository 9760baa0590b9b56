"""Which servers and workers run: each process renews one row, and that is its heartbeat.

The row of a process that died, or lost its network, grows old; after `MOTION_PROCESS_LASTS_S` the
other processes delete it.
"""

import asyncio
import contextlib
import os
import socket
import time
from collections import deque
from dataclasses import dataclass
from uuid import uuid4

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Max, QuerySet

from ..models import Process, now
from ..queries.threads import run_in_thread
from ..telemetry import logs, metrics
from ..telemetry.metrics import Counts

WINDOW = 15
"""The figures in a row are of this many renewals."""


class Heartbeat:
    """The row of this process."""

    def __init__(self, kind: Process.Kind) -> None:
        self.key = uuid4().hex
        self._kind = kind
        self._started = time.monotonic()
        self._window: deque[tuple[float, Counts]] = deque(maxlen=WINDOW)
        self._window.append((self._started, metrics.read_counts()))

    def write(self) -> None:
        """Renew the row, and delete the rows of processes that died."""
        moment = now()
        row = self._build_row(moment)
        Process.objects.exclude(seen_at__range=_get_live_range(moment)).delete()
        Process.objects.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=[f.name for f in Process._meta.concrete_fields if not f.primary_key],
        )

    def remove(self) -> None:
        Process.objects.filter(key=self.key).delete()

    def _build_row(self, moment: float) -> Process:
        clock, counts = time.monotonic(), metrics.read_counts()
        began, before = self._window[0]
        self._window.append((clock, counts))
        recent = counts - before
        seconds = max(clock - began, 1e-3)
        turned = metrics.turned_at
        return Process(
            key=self.key,
            kind=self._kind,
            host=socket.gethostname(),
            pid=os.getpid(),
            version=settings.VERSION,
            started_at=moment - (clock - self._started),
            seen_at=moment,
            turned_at=None if turned is None else moment - (clock - turned),
            sockets=metrics.count_sockets(),
            ticks_per_s=recent.ticks / seconds,
            steps_per_s=recent.steps / seconds,
            late_p50_s=metrics.compute_quantile(recent.late, 0.5),
            late_p99_s=metrics.compute_quantile(recent.late, 0.99),
        )


async def send_heartbeats(kind: Process.Kind, stopping: asyncio.Event) -> None:
    """Renew the row of this process until `stopping` is set, also after errors of the database."""
    heartbeat = Heartbeat(kind)
    while not stopping.is_set():
        try:
            await run_in_thread(heartbeat.write)
            logs.database.note_success()
        except DatabaseError as error:
            logs.database.warn(error)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(settings.MOTION_PROCESS_RENEW_S):
                await stopping.wait()
    with contextlib.suppress(DatabaseError):
        await run_in_thread(heartbeat.remove)


# --- what others wrote -----------------------------------------------------------------------


def _get_live_range(moment: float) -> tuple[float, float]:
    """When a live process was last seen: not long ago, and not far in the future.

    Otherwise a row from a clock that ran ahead would live until then.
    """
    return moment - settings.MOTION_PROCESS_LASTS_S, moment + settings.MOTION_PROCESS_LASTS_S


def find_live_processes(moment: float) -> QuerySet[Process]:
    """Servers first, then workers; the oldest first."""
    live = Process.objects.filter(seen_at__range=_get_live_range(moment))
    return live.order_by("kind", "started_at", "key")


def read_turn_age_s() -> float | None:
    """Seconds since any worker's loop last turned; None if no worker is known to run.

    Raises:
        DatabaseError.
    """
    moment = now()
    newest = find_live_processes(moment).aggregate(newest=Max("turned_at"))["newest"]
    return None if newest is None else max(moment - newest, 0.0)


@dataclass(frozen=True, kw_only=True)
class Health:
    """Whether a process does its work; `sentence` may have a {} for how long it has not."""

    is_well: bool
    sentence: str
    for_s: float = 0.0


def assess_process(process: Process, moment: float) -> Health:
    """The health of a process, by what its row says and how old it is."""
    unheard_s = moment - process.seen_at
    if unheard_s > 3 * settings.MOTION_PROCESS_RENEW_S:
        return Health(is_well=False, sentence="no report for {}", for_s=unheard_s)
    is_server = process.kind == Process.Kind.SERVER
    if process.turned_at is None:
        return Health(is_well=is_server, sentence="serves" if is_server else "is starting")
    still_s = moment - process.turned_at
    if still_s > settings.MOTION_TURN_LIMIT_S:
        return Health(is_well=False, sentence="its worker has stalled for {}", for_s=still_s)
    sentence = "serves and drives motions" if is_server else "drives motions"
    return Health(is_well=True, sentence=sentence)
