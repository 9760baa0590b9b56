"""Whether this process can do its work: the database, the channel layer, and some worker."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError

from ..live.hub import get_hub
from ..queries.threads import run_in_thread
from ..services import backups
from ..telemetry import metrics
from . import heartbeats, migrations_applied

OK = "ok"
SILENT = "not responding"
ANSWER_S = 1.0
"""What does not answer by then counts as gone."""

KEPT_S = 1.0
"""How long an answer holds, so that whoever asks without end asks the database once a second."""


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """One word, or three, for each part."""

    database: str
    layer: str
    worker: str
    last_turn_s: float | None
    """Seconds since any worker's loop came round, whatever is paused."""

    @property
    def is_ready(self) -> bool:
        return {self.database, self.layer, self.worker} == {OK}


async def look() -> Readiness:
    """Look at all parts at once; takes `ANSWER_S` at most."""
    layer, (database, worker, last_turn_s) = await asyncio.gather(
        get_hub().subscription.hears_itself(), _database()
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


async def _database() -> tuple[str, str, float | None]:
    try:
        async with asyncio.timeout(ANSWER_S):
            if not await run_in_thread(migrations_applied.is_complete):
                return "migrations missing", "unknown", None
            age_s = await run_in_thread(heartbeats.turn_age_s)
            metrics.last_backup.set(await run_in_thread(backups.last_backup_at))
    except (DatabaseError, TimeoutError):
        return SILENT, "unknown", None
    if age_s is None:
        return OK, "none running", None
    return OK, OK if age_s <= settings.MOTION_TURN_LIMIT_S else "stalled", age_s


class Lookout:
    """Looks once for all who ask at a time, and not more often than every `KEPT_S`."""

    def __init__(self) -> None:
        self._looking: asyncio.Task[Readiness] | None = None
        self._at = float("-inf")

    async def readiness(self) -> Readiness:
        if self._looking is None or time.monotonic() - self._at > KEPT_S:
            self._at = time.monotonic()
            self._looking = asyncio.create_task(look())
        return await asyncio.shield(self._looking)
