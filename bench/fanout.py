"""What it costs to hand one frame to every client of one motion."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .client import Crowd, LostClientError
from .machine import Cores, cpu_s, resident_kb
from .servers import Recipe, Running, running

CLIENTS = (100, 1_000)

_FIRST = 10  # clients that join before memory is counted: what a server loads once is no socket's
_WARM_UP_S = 1.0
_WINDOW_S = 2.0
_WINDOWS = 3
_SATURATING = 2  # frames in flight: the next is there when one is done; more gains nothing
_STEPS = 10
_STEP_S = 0.5
_FRAME_TIMEOUT_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Load:
    """A stretch of time under load.

    Attributes:
        cpu_us: the server's CPU time per delivered frame.
        rate: deliveries a second.
        busy: the share of one core that the server used.
    """

    cpu_us: float
    rate: float
    busy: float


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One row of the table.

    Attributes:
        alone: each frame is published when the one before it has reached everybody.
        saturated: the next frame always waits to be published; some may share a write.
        latency_ms: the 50th and the 99th percentile at two steps a second.
        socket_kb: memory of the server for each client.
    """

    name: str
    clients: int
    alone: Load
    saturated: Load | None
    latency_ms: tuple[float, float] | None
    socket_kb: float
    frame_bytes: int


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A server, and a crowd of its clients."""

    server: Running
    crowd: Crowd
    first_kb: float
    """Memory of the server when the first clients had joined."""

    @property
    def socket_kb(self) -> float:
        """Memory of the server for each client after the first."""
        return (resident_kb(self.server.pid) - self.first_kb) / (len(self.crowd) - _FIRST)


def measure(recipe: Recipe, *, clients: int, cores: Cores) -> Figures:
    """A server that publishes on command: at two steps a second, frame by frame, without pause."""
    with join_crowd(recipe, clients=clients, cores=cores) as joined:
        return Figures(
            name=recipe.name,
            clients=clients,
            socket_kb=joined.socket_kb,
            latency_ms=_latency_ms(joined),
            alone=_load(joined, _InFlight(joined, 1).refill),
            saturated=_load(joined, _InFlight(joined, _SATURATING).refill),
            frame_bytes=joined.crowd.frame_bytes,
        )


def measure_as_shipped(recipe: Recipe, *, clients: int, cores: Cores) -> Figures:
    """The site with its own worker, its ticks and their commits included, at 10 steps/s."""
    with join_crowd(recipe, clients=clients, cores=cores) as joined:
        joined.crowd.say(b'{"type":"change","interval":0.1}')
        return Figures(
            name=recipe.name,
            clients=clients,
            socket_kb=joined.socket_kb,
            latency_ms=None,
            alone=_load(joined, _nothing),
            saturated=None,
            frame_bytes=joined.crowd.frame_bytes,
        )


@contextmanager
def join_crowd(recipe: Recipe, *, clients: int, cores: Cores) -> Iterator[Joined]:
    with (
        tempfile.TemporaryDirectory() as directory,
        running(recipe, core=cores.server, directory=Path(directory)) as server,
        Crowd() as crowd,
    ):
        crowd.join(count=_FIRST, port=server.port, protocol=recipe.protocol)
        first_kb = resident_kb(server.pid)
        crowd.join(count=clients - _FIRST, port=server.port, protocol=recipe.protocol)
        yield Joined(server=server, crowd=crowd, first_kb=first_kb)


def _latency_ms(joined: Joined) -> tuple[float, float]:
    """p50 and p99 of the time from the word to publish to each client's frame."""
    latencies: list[float] = []
    for step in range(1, _STEPS + 1):
        published = time.perf_counter()
        joined.server.publish()

        def note(got: int, published: float = published) -> None:
            latencies.extend([time.perf_counter() - published] * got)

        joined.crowd.turn_until(published + _STEP_S, note)
        while len(latencies) < step * len(joined.crowd):  # a late step puts off the next
            if time.perf_counter() > published + _FRAME_TIMEOUT_S:
                raise LostClientError(f"a frame did not come within {_FRAME_TIMEOUT_S:g} s")
            note(joined.crowd.turn(1.0))
    cuts = statistics.quantiles(latencies, n=100)
    return cuts[49] * 1e3, cuts[98] * 1e3


class _InFlight:
    """Keeps `count` frames on their way: the next is published when one has reached everybody."""

    def __init__(self, joined: Joined, count: int) -> None:
        self._server, self._crowd, self._count = joined.server, joined.crowd, count
        self._published = 0
        self._start = joined.crowd.deliveries
        self.refill(0)

    def refill(self, _: int) -> None:
        done = (self._crowd.deliveries - self._start) // len(self._crowd)
        while self._published < done + self._count:
            self._server.publish()
            self._published += 1


def _nothing(_: int) -> None:
    """The acknowledgement of frames, for a server that sets its own pace by it."""


def _load(joined: Joined, then: Callable[[int], None]) -> Load:
    """The median window, by CPU time per delivery, after a second to warm up."""
    joined.crowd.turn_until(time.perf_counter() + _WARM_UP_S, then)
    windows = [_window(joined, then) for _ in range(_WINDOWS)]
    return sorted(windows, key=lambda window: window.cpu_us)[_WINDOWS // 2]


def _window(joined: Joined, then: Callable[[int], None]) -> Load:
    pid, crowd = joined.server.pid, joined.crowd
    start, cpu_before, deliveries_before = time.perf_counter(), cpu_s(pid), crowd.deliveries
    crowd.turn_until(start + _WINDOW_S, then)
    while crowd.deliveries == deliveries_before:  # what it takes a server that is that slow
        if time.perf_counter() > start + _FRAME_TIMEOUT_S:
            raise LostClientError(f"no frame came within {_FRAME_TIMEOUT_S:g} s")
        then(crowd.turn(1.0))
    elapsed_s = time.perf_counter() - start
    cpu, deliveries = cpu_s(pid) - cpu_before, crowd.deliveries - deliveries_before
    return Load(cpu_us=cpu / deliveries * 1e6, rate=deliveries / elapsed_s, busy=cpu / elapsed_s)
