"""Limits on wrong attempts, such as codes: counted in the cache that all processes share.

An attempt is counted before it is checked, and taken off the count if it was right. So a limit
holds for a hundred guesses that arrive at once, and a right attempt does not count.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from time import time

from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest

from ..telemetry import metrics

MINUTE_S = 60


class TooManyAttemptsError(Exception):
    """A limit is reached; the next attempt is possible in `wait_s` seconds."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s

    def __str__(self) -> str:
        return f"Try again in {format_duration(self.wait_s)}."


@dataclass(frozen=True)
class Limit:
    """At most `most` wrong attempts of one client in each period of `per_s` seconds.

    A client is an address, or the key of an account.
    """

    name: str
    most: int
    per_s: int

    def count_attempt(self, client: str) -> None:
        """Count one attempt.

        Raises:
            TooManyAttemptsError: there is none left; nothing was counted.
        """
        with _lock_count(key := self._build_key(client)):
            count: int = cache.get(key, 0)
            if count >= self.most:
                metrics.refusals.labels(self.name).inc()
                raise TooManyAttemptsError(math.ceil(self.per_s - time() % self.per_s))
            cache.set(key, count + 1, timeout=2 * self.per_s)

    def undo_attempt(self, client: str) -> None:
        """Take an attempt that was right off the count."""
        with _lock_count(key := self._build_key(client)):
            if count := cache.get(key, 0):
                cache.set(key, count - 1, timeout=2 * self.per_s)

    def forget_attempts(self, client: str) -> None:
        cache.delete(self._build_key(client))

    def _build_key(self, client: str) -> str:
        # Hashed: `client` may be any text that was typed as a name. Django warns on stderr of a key
        # that is long or has a blank, and PostgreSQL does not store it.
        hashed = sha256(client.encode()).hexdigest()
        return f"tries:{self.name}:{int(time() // self.per_s)}:{hashed}"


def mark_refused(request: HttpRequest, error: TooManyAttemptsError) -> None:
    """Make the response to `request` a 429 with `Retry-After`, whatever its page says."""
    vars(request)["retry_after_s"] = error.wait_s


def get_retry_after_s(request: HttpRequest) -> int:
    """The wait that `mark_refused` noted; 0 for a request that was not refused."""
    return getattr(request, "retry_after_s", 0)


def format_duration(seconds: int) -> str:
    """As "40 seconds" or "5 minutes", rounded up."""
    if seconds < 2 * MINUTE_S:
        return f"{seconds} second{'s' if seconds != 1 else ''}"
    return f"{math.ceil(seconds / MINUTE_S)} minutes"


@contextmanager
def _lock_count(key: str) -> Iterator[None]:
    """Keep every other process from the count while it is read and written.

    The cache is a table of the database, whose `incr` loses counts of requests that come at once.
    SQLite's transactions take turns from their beginning (see settings).
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        yield
