"""What a viewer costs a server in a second: two steps, and the one ping of its page."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

from .client import LostClientError, Pings
from .fanout import Joined, join_crowd
from .machine import Cores, cpu_s
from .servers import Recipe

VIEWERS = 1_000

_STEP_S = 0.5
_WARM_UP_S = 3.0  # every socket has sent pings by then
_WINDOW_S = 4.0
_WINDOWS = 3
_LATE_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One row of the table.

    Attributes:
        cpu_us: CPU time of the server for each viewer and second.
        quiet_us: the same while the viewers send no pings.
        socket_kb: memory of the server for each viewer, after its pings.
    """

    name: str
    cpu_us: float
    quiet_us: float
    socket_kb: float

    @property
    def ping_us(self) -> float:
        """CPU time for a ping and its pong: each viewer sends one a second."""
        return self.cpu_us - self.quiet_us


def measure(recipe: Recipe, *, cores: Cores) -> Figure:
    with join_crowd(recipe, clients=VIEWERS, cores=cores) as joined:
        watch(joined, _WARM_UP_S)
        with_pings = [watch(joined, _WINDOW_S) for _ in range(_WINDOWS)]
        socket_kb = joined.socket_kb
        quiet = [watch(joined, _WINDOW_S, pings=False) for _ in range(_WINDOWS)]
        return Figure(
            name=recipe.name,
            cpu_us=statistics.median(with_pings),
            quiet_us=statistics.median(quiet),
            socket_kb=socket_kb,
        )


def watch(joined: Joined, seconds: float, *, pings: bool = True) -> float:
    """Watch for a while. Return the server's CPU time for each viewer and second, in µs.

    Raises:
        LostClientError: a frame or a pong did not come.
    """
    crowd, server = joined.crowd, joined.server
    got, cpu_before_s = crowd.deliveries + crowd.pongs, cpu_s(server.pid)
    begun, steps, sender = time.perf_counter(), 0, Pings(crowd)
    while (elapsed_s := time.perf_counter() - begun) < seconds:
        if elapsed_s >= steps * _STEP_S:
            server.publish()
            steps += 1
        if pings:
            sender.send()
        crowd.take(0.001)
    due = got + steps * len(crowd) + sender.sent
    while crowd.deliveries + crowd.pongs < due:
        if time.perf_counter() > begun + seconds + _LATE_S:
            raise LostClientError(f"a frame or a pong did not come within {_LATE_S:g} s")
        crowd.take(0.1)
    elapsed_s = time.perf_counter() - begun
    return (cpu_s(server.pid) - cpu_before_s) / elapsed_s / len(crowd) * 1e6
