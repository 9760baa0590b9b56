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
_IN_FLIGHT = 2  # frames: the next is there when one is done, and hardly any share a write
_STEPS = 10
_STEP_S = 0.5
_STEP_TIMEOUT_S = 10.0


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
    """One row of the table; `latency_ms` are the 50th and the 99th percentile."""

    name: str
    clients: int
    load: Load
    latency_ms: tuple[float, float] | None
    socket_kb: float
    frame_bytes: int


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A server, and a crowd of its clients."""

    server: Running
    crowd: Crowd
    socket_kb: float

    def figures(
        self, recipe: Recipe, load: Load, latency_ms: tuple[float, float] | None
    ) -> Figures:
        return Figures(
            name=recipe.name,
            clients=len(self.crowd),
            load=load,
            latency_ms=latency_ms,
            socket_kb=self.socket_kb,
            frame_bytes=self.crowd.frame_bytes,
        )


def measure(recipe: Recipe, *, clients: int, cores: Cores) -> Figures:
    """A server told to publish: two steps a second, then as fast as it can."""
    with _joined(recipe, clients=clients, cores=cores) as joined:
        latency_ms = _latency_ms(joined)
        return joined.figures(recipe, _load(joined, _Saturation(joined).refill), latency_ms)


def measure_as_shipped(recipe: Recipe, *, clients: int, cores: Cores) -> Figures:
    """The site with its own worker at the shortest interval, which does not saturate it."""
    with _joined(recipe, clients=clients, cores=cores) as joined:
        joined.crowd.say(b'{"type":"change","interval":0.02}')
        return joined.figures(recipe, _load(joined, _nothing), None)


@contextmanager
def _joined(recipe: Recipe, *, clients: int, cores: Cores) -> Iterator[Joined]:
    with (
        tempfile.TemporaryDirectory() as directory,
        running(recipe, core=cores.server, directory=Path(directory)) as server,
        Crowd() as crowd,
    ):
        crowd.join(count=_FIRST, port=server.port, protocol=recipe.protocol)
        before_kb = resident_kb(server.pid)
        crowd.join(count=clients - _FIRST, port=server.port, protocol=recipe.protocol)
        socket_kb = (resident_kb(server.pid) - before_kb) / (clients - _FIRST)
        yield Joined(server=server, crowd=crowd, socket_kb=socket_kb)


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
            if time.perf_counter() > published + _STEP_TIMEOUT_S:
                raise LostClientError(f"a frame did not come within {_STEP_TIMEOUT_S:g} s")
            note(joined.crowd.turn(1.0))
    cuts = statistics.quantiles(latencies, n=100)
    return cuts[49] * 1e3, cuts[98] * 1e3


class _Saturation:
    """Keeps `_IN_FLIGHT` frames on their way, so that the server always has the next to do."""

    def __init__(self, joined: Joined) -> None:
        self._server, self._crowd = joined.server, joined.crowd
        self._published = 0
        self._start = joined.crowd.deliveries
        self.refill(0)

    def refill(self, _: int) -> None:
        done = (self._crowd.deliveries - self._start) // len(self._crowd)
        while self._published < done + _IN_FLIGHT:
            self._server.publish()
            self._published += 1


def _nothing(_: int) -> None:
    """What a server that paces itself needs to be told when frames have come."""


def _load(joined: Joined, then: Callable[[int], None]) -> Load:
    """The median window, by CPU time per delivery, after a second to warm up."""
    joined.crowd.turn_until(time.perf_counter() + _WARM_UP_S, then)
    windows = [_window(joined, then) for _ in range(_WINDOWS)]
    return sorted(windows, key=lambda window: window.cpu_us)[_WINDOWS // 2]


def _window(joined: Joined, then: Callable[[int], None]) -> Load:
    pid, crowd = joined.server.pid, joined.crowd
    start, cpu_before, deliveries_before = time.perf_counter(), cpu_s(pid), crowd.deliveries
    crowd.turn_until(start + _WINDOW_S, then)
    elapsed_s = time.perf_counter() - start
    cpu, deliveries = cpu_s(pid) - cpu_before, crowd.deliveries - deliveries_before
    if not deliveries:
        raise LostClientError(f"no frame came in {elapsed_s:.1f} s")
    return Load(cpu_us=cpu / deliveries * 1e6, rate=deliveries / elapsed_s, busy=cpu / elapsed_s)
