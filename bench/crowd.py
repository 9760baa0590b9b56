"""Thousands of sockets on the site as it is deployed: PostgreSQL, Valkey, two servers, a worker.

Everything, these clients included, shares the machine's cores. Each client sends a ping a second,
as a page does, and says which step it has drawn. A delivery's latency is counted
from the moment at which its step was due, so the worker's lateness, its commit, the channel layer
and the fan-out are all in it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.front import configure_nginx
from tests.support.servers import (
    ROOT,
    Daphne,
    Postgres,
    Process,
    Site,
    Valkey,
    free_port,
    is_listening,
    wait_for,
)
from tests.support.stage import make_motions

from .client import Crowd, LostClientError, Pings, Protocol, find_step
from .machine import children, cpu_s, resident_kb, tree_cpu_s

SOCKETS = 5_000
SOCKETS_THROUGH_NGINX = 2_000
SERVERS = 2
INTERVAL_S = 0.5

_SLUG = "crowded"
_FIRST = 50  # sockets that join before memory is counted
_SETTLE_S = 10.0  # presence is then sent every 5 s, and all its rows are written
_MEASURE_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What a crowd costs.

    Attributes:
        latency_ms: 50th and 99th percentile and the longest, from due to there.
        rate: deliveries a second.
        socket_kb: memory of a server for each of its sockets; `server_mb` of all it has.
        server_busy: the share of one core that each server used.
        worker_busy: the same for the worker.
    """

    sockets: int
    latency_ms: tuple[float, float, float]
    rate: float
    socket_kb: float
    server_mb: float
    server_busy: float
    worker_busy: float


def measure() -> Figure:
    with _deployed() as (site, servers, worker), Crowd() as crowd:
        _join(crowd, servers, _FIRST)
        before_kb = sum(resident_kb(pid_of(server.process)) for server in servers)
        _join(crowd, servers, SOCKETS - _FIRST)
        _latencies(crowd, site, _SETTLE_S)
        grown_kb = sum(resident_kb(pid_of(server.process)) for server in servers) - before_kb
        server_cpu_s, worker_cpu_s = _cpu_s(servers), cpu_s(pid_of(worker))
        latencies, elapsed_s = _latencies(crowd, site, _MEASURE_S)
        if len(latencies) < 0.9 * SOCKETS * _MEASURE_S / INTERVAL_S:
            raise LostClientError(f"only {len(latencies):,} deliveries in {elapsed_s:.0f} s")
        return Figure(
            sockets=SOCKETS,
            latency_ms=_percentiles_ms(latencies),
            rate=len(latencies) / elapsed_s,
            socket_kb=grown_kb / (SOCKETS - _FIRST),
            server_mb=max(resident_kb(pid_of(server.process)) for server in servers) / 1024,
            server_busy=(_cpu_s(servers) - server_cpu_s) / elapsed_s / SERVERS,
            worker_busy=(cpu_s(pid_of(worker)) - worker_cpu_s) / elapsed_s,
        )


@dataclass(frozen=True, kw_only=True)
class FrontFigure:
    """What nginx adds, in front of the servers and on the same cores.

    Attributes:
        frame_us: CPU of nginx for each frame that it passes on, either way.
        socket_kb: memory of nginx for each socket.
    """

    sockets: int
    latency_ms: tuple[float, float, float]
    frame_us: float
    socket_kb: float


def measure_front() -> FrontFigure:
    count = SOCKETS_THROUGH_NGINX
    with _deployed() as (site, servers, _), _nginx(site, servers) as front, Crowd() as crowd:
        _join(crowd, [front], _FIRST)
        before_kb = _workers_kb(front)
        _join(crowd, [front], count - _FIRST)
        _latencies(crowd, site, _SETTLE_S)
        grown_kb, begun_s = _workers_kb(front) - before_kb, tree_cpu_s(pid_of(front.process))
        latencies, elapsed_s = _latencies(crowd, site, _MEASURE_S)
        used_s = tree_cpu_s(pid_of(front.process)) - begun_s
        pings_and_pongs = 2 * count * elapsed_s
        return FrontFigure(
            sockets=count,
            latency_ms=_percentiles_ms(latencies),
            frame_us=used_s / (len(latencies) + pings_and_pongs) * 1e6,
            socket_kb=grown_kb / (count - _FIRST),
        )


@contextmanager
def _nginx(site: Site, servers: list[Daphne]) -> Iterator[Daphne]:
    port, ports = free_port(), [server.port for server in servers]
    command = configure_nginx(
        site.folder, host="127.0.0.1", port=port, server_ports=ports, static=ROOT / "var" / "static"
    )
    process = Process(command, {}, site.folder / "nginx.log")
    wait_for(lambda: is_listening(port), "nginx to listen")
    yield Daphne(port, process)
    process.stop()


def _workers_kb(front: Daphne) -> float:
    return sum(map(resident_kb, children(pid_of(front.process))))


@contextmanager
def _deployed() -> Iterator[tuple[Site, list[Daphne], Process]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        postgres, valkey = Postgres(folder).start(), Valkey(folder).start()
        site = Site(
            folder,
            redis_url=valkey.url,
            database_url=postgres.new_database(),
            env={"SOCKETS_PER_ADDRESS": str(SOCKETS)},
        )
        try:
            site.setup()
            make_motions(site, **{_SLUG: {"interval": INTERVAL_S}})
            servers = [site.start_server() for _ in range(SERVERS)]
            yield site, servers, site.start_worker()
        finally:
            site.stop()
            valkey.stop()
            postgres.stop()


def _join(crowd: Crowd, servers: list[Daphne], count: int) -> None:
    protocol = Protocol(path=f"/ws/motions/{_SLUG}/", replies={}, joined=b'{"type":"increments"')
    for server in servers:
        crowd.join(count=count // len(servers), port=server.port, protocol=protocol)


def _latencies(crowd: Crowd, site: Site, seconds: float) -> tuple[list[float], float]:
    """Seconds from the moment a step was due to each socket that got it, and how long it took."""
    ((known_step, next_at),) = site.execute(
        "SELECT step, next_at FROM motion_motion WHERE slug = ?", _SLUG
    )
    begun, pings = time.perf_counter(), Pings(crowd)
    latencies: list[float] = []
    while (elapsed_s := time.perf_counter() - begun) < seconds:
        texts = crowd.take(0.01)
        now = time.time()
        for text in texts:
            if (step := find_step(text)) > known_step:
                latencies.append(now - (next_at + (step - known_step - 1) * INTERVAL_S))
        pings.send()
    return latencies, elapsed_s


def _percentiles_ms(latencies: list[float]) -> tuple[float, float, float]:
    cuts = statistics.quantiles(latencies, n=100)
    return cuts[49] * 1e3, cuts[98] * 1e3, max(latencies) * 1e3


def _cpu_s(servers: list[Daphne]) -> float:
    return sum(cpu_s(pid_of(server.process)) for server in servers)


def pid_of(process: Process) -> int:
    return process.popen.pid
