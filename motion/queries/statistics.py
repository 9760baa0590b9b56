"""The statistics of a window: regimes read from the database, statistics computed once.

If the window has more than `MAX_REGIMES` steps with a change, only a few runs of its steps are
read and used.
"""

import json
from datetime import datetime
from typing import Final, NamedTuple

from ..core.decomposition import Decomposition
from ..core.single_flight import SingleFlight
from ..core.statistics import Run, describe_runs, describe_window, spread_evenly
from ..core.timeline import Timeline
from ..models import Epoch
from .threads import compute_in_pool, give_back_connection
from .timelines import load_first_regimes

MAX_REGIMES: Final = 5_000
"""The most steps with a change in a window of which all increments are used."""
RUNS: Final = 8
RUN: Final = 2_048
MAX_RUN_REGIMES: Final = 500
"""The most steps with a change in a run; a run that has more ends earlier."""

Statistics = dict[str, object]
"""The fields of a response, without the window."""

CACHED: Final = 256
"""Results, of 5 to 10 KB each, in the cache of a process."""


def read_statistics(epoch: Epoch, *, first: int, last: int) -> str:
    """The statistics of the increments first + 1 … last, which have happened, as JSON.

    Changes are added only at the frontier, so the result depends on the epoch and the window alone.
    It is computed once for all callers at the same time, and cached.
    """
    path = _Path(epoch.pk, epoch.number, epoch.began_at, epoch.seed, epoch.algorithm)
    return _cache(path, first, last)


class _Path(NamedTuple):
    """What identifies an epoch while a process runs."""

    epoch: int
    number: int
    began_at: datetime
    seed: int
    algorithm: int


def _compute(path: _Path, first: int, last: int) -> str:
    fields: Statistics = {"epoch": path.number, "first": first, "last": last}
    fields |= _describe_increments(path, first, last)
    return json.dumps(fields, allow_nan=False, separators=(",", ":"))


_cache = SingleFlight(_compute, max_cached=CACHED, before_waiting=give_back_connection)


def _describe_increments(path: _Path, first: int, last: int) -> Statistics:
    known, until = _load_path(path, first, last, most=MAX_REGIMES)
    if until == last:
        return compute_in_pool(describe_window, known, first, last)
    length = min(RUN, (last - first - 1) // RUNS)
    runs = [
        (start, *_load_path(path, start, end, most=MAX_RUN_REGIMES))
        for start, end in spread_evenly(first, last, runs=RUNS, length=length)
    ]
    shortest = min(until - start for start, _, until in runs)
    parts = [Run(known, start, start + shortest) for start, known, _ in runs]
    return compute_in_pool(describe_runs, parts, first, last)


def _load_path(path: _Path, first: int, last: int, *, most: int) -> tuple[Decomposition, int]:
    """The path from `first`, and the step up to which it is known: `last`, or `most` changes on."""
    regimes, until = load_first_regimes(path.epoch, first=first, last=last, most=most)
    return Decomposition(Timeline(path.seed, regimes, path.algorithm)), until
