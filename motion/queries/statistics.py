"""A window's increments beside theory: read from the database, computed once.

At most `KNOWN_CHANGES` of a window are read. If it has more, the numbers are of a few runs of its
steps, and of the changes that govern these.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import connection

from ..core.decomposition import Decomposition
from ..core.limits import STATISTICS_AT_ONCE
from ..core.single_flight import SingleFlight
from ..core.statistics import Run, describe, describe_runs, spread
from ..core.timeline import Timeline
from ..models import Epoch
from .timelines import load_first_regimes

KNOWN_CHANGES: Final = 5_000
"""Steps at which a window may change so that all of it is used."""
RUNS: Final = 8
RUN: Final = 2_048
RUN_CHANGES: Final = 500
"""The same for a run of a window that changes more often: the run ends before there are more."""

REMEMBERED: Final = 256
"""Answers, of 5 to 10 KB each, that a process keeps."""


def read_statistics(epoch: Epoch, *, first: int, last: int) -> str:
    """The JSON of the increments first + 1 … last, which have happened.

    Changes are appended at the frontier, so those before `last` are settled: the answer is a
    function of the epoch and the window, and is computed once for all that ask at the same moment.
    """
    return _computed(_Path.of(epoch), first, last)


class _Path(NamedTuple):
    """An epoch's identity for as long as a process lives."""

    epoch: int
    number: int
    began_at: datetime
    seed: int
    algorithm: int

    @classmethod
    def of(cls, epoch: Epoch) -> _Path:
        return cls(epoch.pk, epoch.number, epoch.began_at, epoch.seed, epoch.algorithm)


def _compute(path: _Path, first: int, last: int) -> str:
    fields = {"epoch": path.number, "first": first, "last": last, **_described(path, first, last)}
    return json.dumps(fields, allow_nan=False, separators=(",", ":"))


def _give_back_connection() -> None:
    """A thread that waits for another thread's numbers needs no connection meanwhile."""
    if not connection.in_atomic_block:
        connection.close()


_computed = SingleFlight(_compute, kept=REMEMBERED, before_waiting=_give_back_connection)


def _described(path: _Path, first: int, last: int) -> dict[str, Any]:
    known, until = _load_path(path, first, last, most=KNOWN_CHANGES)
    if until == last:
        return _apart(describe, known, first, last)
    length = min(RUN, (last - first - 1) // RUNS)
    runs = [
        (start, *_load_path(path, start, end, most=RUN_CHANGES))
        for start, end in spread(first, last, runs=RUNS, length=length)
    ]
    shortest = min(until - start for start, _, until in runs)
    parts = [Run(known, start, start + shortest) for start, known, _ in runs]
    return _apart(describe_runs, parts, first, last)


_few = ThreadPoolExecutor(STATISTICS_AT_ONCE, thread_name_prefix="statistics")


def _apart(compute: Callable[..., dict[str, Any]], *of: Any) -> dict[str, Any]:
    """Compute in one of a few threads: what memory a thread took for it stays with the thread."""
    _give_back_connection()
    return _few.submit(compute, *of).result()


def _load_path(path: _Path, first: int, last: int, *, most: int) -> tuple[Decomposition, int]:
    """The path from `first`, and the step up to which it is known: `last`, or `most` changes on."""
    regimes, until = load_first_regimes(path.epoch, first=first, last=last, most=most)
    return Decomposition(Timeline(path.seed, regimes, path.algorithm)), until
