"""Thousands of running motions, few of them watched: what one worker carries, and what two do.

PostgreSQL, Valkey, a server with a socket on each watched motion, the workers and this process
share the machine's cores. PostgreSQL waits for the disk at each commit, as in life.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.support.servers import Postgres, Process, Site, Valkey, wait_for

from .client import Crowd, Protocol
from .machine import cpu_s, tree_cpu_s

INTERVAL_S = 0.5
ALLOWED_S = 0.25  # the 99th percentile of lateness beyond which it is too much
CHANGES = 5  # of each motion
_SETTLE_S = 5.0
_MEASURE_S = 30.0
_SEARCH_S = 12.0  # the same, where it is looked for how much is too much
_MOST = 80_000


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What running motions cost.

    Attributes:
        due: steps a second that should be made, and `made` those that were.
        late_ms: 50th and 99th percentile and the longest, from due to committed.
        worker_us, postgres_us: CPU time of all workers, and of PostgreSQL, a step.
        busy: the share of one core that workers and PostgreSQL used.
        table_mb: the table of motions and its indexes, before and after.
    """

    workers: int
    motions: int
    watched: int
    due: float
    made: float
    late_ms: tuple[float, float, float]
    worker_us: float
    postgres_us: float
    busy: tuple[float, float]
    table_mb: tuple[float, float]

    @property
    def is_too_much(self) -> bool:
        return self.late_ms[1] > ALLOWED_S * 1e3 or self.made < 0.95 * self.due


def measure() -> Iterator[Figure]:
    """The goal with one worker and with two, then the double and its double till it is too much."""
    with _deployed() as (site, postgres):
        yield _run(site, postgres, workers=1, motions=1_000, watched=0, for_s=_SEARCH_S)
        yield _run(site, postgres, workers=1, motions=1_000, watched=1_000, for_s=_SEARCH_S)
        for workers in (1, 2):
            motions, for_s = 10_000, _MEASURE_S
            while motions <= _MOST:
                figure = _run(
                    site, postgres, workers=workers, motions=motions, watched=100, for_s=for_s
                )
                yield figure
                if figure.is_too_much:
                    break
                motions, for_s = 2 * motions, _SEARCH_S


@contextmanager
def _deployed() -> Iterator[tuple[Site, Postgres]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        postgres = Postgres(folder, settings={"fsync": "on"}).start()
        valkey = Valkey(folder).start()
        site = Site(
            folder,
            redis_url=valkey.url,
            database_url=postgres.new_database(),
            env={"SOCKETS_PER_ADDRESS": "10000"},
        )
        try:
            yield site, postgres
        finally:
            site.stop()
            valkey.stop()
            postgres.stop()


def _run(
    site: Site, postgres: Postgres, *, workers: int, motions: int, watched: int, for_s: float
) -> Figure:
    print(f"{workers} workers, {motions:,} motions, {watched:,} watched …", file=sys.stderr)
    site.setup()
    _make_motions(site, motions)
    for command in ("VACUUM ANALYZE", "CHECKPOINT"):  # not what making them at once leaves to do
        site.execute(command)
    files = [site.folder / f"late-{number}.npy" for number in range(workers)]
    with Crowd() as crowd:
        _watch(crowd, site, watched)
        started = [_start_worker(site, file) for file in files]
        _spread_beats(site, motions)
        _wait(crowd, _SETTLE_S)
        pids = [worker.popen.pid for worker in started]
        assert postgres.process is not None
        table_mb, begun = _table_mb(site), time.time()
        worker_s, postgres_s = sum(map(cpu_s, pids)), tree_cpu_s(postgres.process.popen.pid)
        _wait(crowd, for_s)
        worker_s = sum(map(cpu_s, pids)) - worker_s
        postgres_s = tree_cpu_s(postgres.process.popen.pid) - postgres_s
        ended, table_mb_after = time.time(), _table_mb(site)
        site.stop()
    late = _noted(files, begun, ended)
    return Figure(
        workers=workers,
        motions=motions,
        watched=watched,
        due=motions / INTERVAL_S,
        made=late.size / (ended - begun),
        late_ms=tuple(1e3 * np.quantile(late, [0.5, 0.99, 1.0])),
        worker_us=1e6 * worker_s / late.size,
        postgres_us=1e6 * postgres_s / late.size,
        busy=(worker_s / (ended - begun), postgres_s / (ended - begun)),
        table_mb=(table_mb, table_mb_after),
    )


def _watch(crowd: Crowd, site: Site, watched: int) -> None:
    """A socket on each of `watched` motions, spread over all; the server says who watches."""
    if not watched:
        return
    server = site.start_server()
    for (slug,) in site.execute(
        "SELECT slug FROM motion_motion WHERE slug <> 'brownian' ORDER BY md5(slug) LIMIT ?",
        watched,
    ):
        path = f"/ws/motions/{slug}/"
        protocol = Protocol(path=path, replies={}, joined=b'{"type":"increments"')
        crowd.join(count=1, port=server.port, protocol=protocol)


def _spread_beats(site: Site, motions: int) -> None:
    """Evenly over an interval: those that waited for a worker go on in crowds."""
    site.execute(
        "UPDATE motion_motion SET next_at = extract(epoch FROM now()) + ? * mod(id, ?) / ?",
        *(INTERVAL_S, motions, float(motions)),
    )


def _wait(crowd: Crowd, seconds: float) -> None:
    crowd.turn_until(time.perf_counter() + seconds, lambda _: None)


def _start_worker(site: Site, file: Path) -> Process:
    process = Process(
        [sys.executable, "-m", "bench.growth_worker", str(file)],
        site.environment(),
        file.with_suffix(".log"),
    )
    site.processes.append(process)
    wait_for(lambda: "The worker drives" in process.output(), "a worker to start")
    return process


def _noted(files: list[Path], begun: float, ended: float) -> NDArray[np.float64]:
    """How late the steps were that all workers committed from `begun` to `ended`, in seconds."""
    rows = np.concatenate([np.load(file) for file in files])
    for file in files:
        os.remove(file)
    return rows[(rows[:, 0] >= begun) & (rows[:, 0] < ended), 1]


def _make_motions(site: Site, count: int) -> None:
    """Running motions that are not due for long, each with a few changes behind it."""
    site.execute(
        "INSERT INTO motion_motion (slug, title, variance, drift, interval, paused, visibility,"
        " control, owner_only, created_at, epoch, revision, access_version, step, next_at,"
        " watched_until) SELECT 'grown-' || i, 'Grown', 1, 0, ?, FALSE, 'public', 'everyone',"
        " FALSE, now(), 1, ?, 0, 0, 2e9, 0 FROM generate_series(1, ?) AS i",
        *(INTERVAL_S, CHANGES, count),
    )
    site.execute(
        "INSERT INTO motion_epoch (motion_id, number, ordinal, seed, algorithm, began_at)"
        " SELECT id, 1, 1, (random() * 1e15)::bigint, 1, now() FROM motion_motion"
        " WHERE slug LIKE 'grown-%'"
    )
    site.execute(
        "INSERT INTO motion_change (motion_id, epoch_id, revision, step, position, standard,"
        " variance, drift, interval, paused, at) SELECT motion_id, id, revision, 0, 0, 0, 1, 0, ?,"
        " FALSE, now() FROM motion_epoch, generate_series(1, ?) AS revision WHERE number = 1",
        *(INTERVAL_S, CHANGES),
    )
    site.execute("VACUUM ANALYZE")


def _table_mb(site: Site) -> float:
    ((size,),) = site.execute("SELECT pg_total_relation_size('motion_motion')")
    return float(size) / 2**20
