"""How often somebody may be wrong: counts in the cache that all processes share.

A try is counted before it is looked at, and given back if it was right. So a limit holds for a
hundred guesses that arrive at once, and a right try uses none of it up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from time import time
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest

from ..telemetry import metrics

MINUTE_S = 60


class TooManyTriesError(Exception):
    """A limit is used up; the next try is possible in `wait_s` seconds."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s

    def __str__(self) -> str:
        return f"Try again in {duration(self.wait_s)}."


@dataclass(frozen=True)
class Limit:
    """At most `most` wrong tries in each stretch of `per_s` seconds, for each one who tries."""

    name: str
    most: int
    per_s: int

    def take(self, who: str) -> None:
        """Count one try.

        Raises:
            TooManyTriesError: there is none left; nothing was counted.
        """
        with _alone(key := self._key(who)):
            count: int = cache.get(key, 0)
            if count >= self.most:
                metrics.refusals.labels(self.name).inc()
                raise TooManyTriesError(self._remaining_s())
            cache.set(key, count + 1, timeout=2 * self.per_s)

    def give_back(self, who: str) -> None:
        """Undo `take`: the try was right."""
        with _alone(key := self._key(who)):
            if count := cache.get(key, 0):
                cache.set(key, count - 1, timeout=2 * self.per_s)

    def clear(self, who: str) -> None:
        cache.delete(self._key(who))

    def _key(self, who: str) -> str:
        # Hashed: `who` may be whatever somebody typed as a name. Of a key that is long or has a
        # blank Django warns on stderr, the text stays in memory, and PostgreSQL does not store it.
        hashed = sha256(who.encode()).hexdigest()
        return f"tries:{self.name}:{int(time() // self.per_s)}:{hashed}"

    def _remaining_s(self) -> int:
        return math.ceil(self.per_s - time() % self.per_s)


def refuse(request: HttpRequest, error: TooManyTriesError) -> None:
    """Let the answer to `request`, whatever its page says, be a 429 with `Retry-After`."""
    vars(request)["retry_after_s"] = error.wait_s


def retry_after_s(request: Any) -> int:
    """What `refuse` noted; 0 for a request that was not refused."""
    return getattr(request, "retry_after_s", 0)


def duration(seconds: int) -> str:
    """As "40 seconds" or "5 minutes", rounded up."""
    if seconds < 2 * MINUTE_S:
        return f"{seconds} second{'s' if seconds != 1 else ''}"
    return f"{math.ceil(seconds / MINUTE_S)} minutes"


@contextmanager
def _alone(key: str) -> Iterator[None]:
    """Keep every other process from the count while it is read and written.

    The cache is a table of the database, whose `incr` loses counts of requests that come at once.
    SQLite's transactions take turns from their beginning (see settings).
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        yield
