"""Whether this process can do its work: the database, the channel layer, and a worker."""

import asyncio
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from ..live.hub import get_hub
from ..queries.threads import run_in_thread
from ..services import backups
from ..telemetry import metrics
from . import heartbeats

OK = "ok"
SILENT = "not responding"
ANSWER_S = 1.0
"""A part that does not answer within this time counts as gone."""

CACHE_S = 1.0
"""How long a result is cached, so that requests without end query the database once a second."""

_are_migrations_applied = False


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """The state of each part, in one word or a few."""

    database: str
    layer: str
    worker: str
    last_turn_s: float | None
    """Seconds since any worker's loop last turned, even if every motion is paused."""

    @property
    def is_ready(self) -> bool:
        return {self.database, self.layer, self.worker} == {OK}


async def check_readiness() -> Readiness:
    """Check all parts at once; takes `ANSWER_S` at most."""
    layer, (database, worker, last_turn_s) = await asyncio.gather(
        get_hub().subscription.can_hear_itself(), _check_database()
    )
    found = Readiness(
        database=database,
        layer=OK if layer else SILENT,
        worker=worker,
        last_turn_s=None if last_turn_s is None else round(last_turn_s, 1),
    )
    for part in ("database", "layer", "worker"):
        metrics.ready.labels(part).set(getattr(found, part) == OK)
    return found


async def _check_database() -> tuple[str, str, float | None]:
    """The states of database and worker, and the seconds since a worker's loop last turned."""
    try:
        async with asyncio.timeout(ANSWER_S):
            if not await run_in_thread(has_all_migrations):
                return "migrations missing", "unknown", None
            age_s = await run_in_thread(heartbeats.read_turn_age_s)
            metrics.last_backup.set(await run_in_thread(backups.read_last_backup_time))
    except (DatabaseError, TimeoutError):
        return SILENT, "unknown", None
    if age_s is None:
        return OK, "none running", None
    return OK, OK if age_s <= settings.MOTION_TURN_LIMIT_S else "stalled", age_s


def has_all_migrations() -> bool:
    """Whether every migration of this code has been applied; a yes is remembered.

    A database may be ahead: old code runs on it until new code replaces it.

    Raises:
        DatabaseError.
    """
    global _are_migrations_applied
    if not _are_migrations_applied:
        executor = MigrationExecutor(connection)
        _are_migrations_applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _are_migrations_applied


class ReadinessCache:
    """Checks once for all requests of a moment, and not more often than every `CACHE_S`."""

    def __init__(self) -> None:
        self._check: asyncio.Task[Readiness] | None = None
        self._at = float("-inf")

    async def get_readiness(self) -> Readiness:
        if self._check is None or time.monotonic() - self._at > CACHE_S:
            self._at = time.monotonic()
            self._check = asyncio.create_task(check_readiness())
        return await asyncio.shield(self._check)
