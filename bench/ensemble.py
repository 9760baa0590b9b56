"""What a class costs: an ensemble of 1,000 paths, and the phones that watch it."""

from __future__ import annotations

import json
import select
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from .client import MARK, Crowd, Pings
from .client import Socket as Phone
from .machine import Cores, cpu_s
from .servers import AS_SHIPPED, MANAGE, Recipe, Running, running

PATHS = (0, 40, 1_000)
VIEWERS = 40
CHANGES = 1_000
STEPS_BETWEEN = 10

_WARM_UP_S = 3.0
_WINDOW_S = 8.0
_WINDOWS = 3
_VISITS = 5
_STEP_S = 0.6

_MAKE = """
from motion.models import Motion
from motion.services import motions
paths, changes, between = {paths}, {changes}, {between}
made = motions.create_motion(title="A class", slug="class", ensemble=paths)
for at in range(1, changes):
    Motion.objects.filter(pk=made.pk).update(step=at * between)
    motions.change_motion(made.pk, values={{"variance": 1 + at % 7}})
"""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One row of the table.

    Attributes:
        busy: the share of one core that server and worker, one process, use for two steps a second.
        frame_bytes: of an `ensemble` frame; 0 without one.
        path_ms: from the connection of a late phone to its whole path and the newest positions:
            the median and the longest.
        fan_ms: from then to the fan of the whole path, of 512 points; 0 without an ensemble.
    """

    paths: int
    busy: float
    frame_bytes: int
    path_ms: tuple[float, float]
    fan_ms: tuple[float, float]


def measure(*, cores: Cores) -> Iterator[Figure]:
    for paths in PATHS:
        with run_class(paths, cores=cores) as (server, crowd):
            yield measure_class(paths, server, crowd)


@contextmanager
def run_class(paths: int, *, cores: Cores) -> Iterator[tuple[Running, Crowd]]:
    """A server with its worker, and a crowd on a motion that was changed often."""
    recipe = make_recipe(paths)
    with (
        tempfile.TemporaryDirectory() as directory,
        running(recipe, core=cores.server, directory=Path(directory)) as server,
        Crowd() as crowd,
    ):
        crowd.join(count=VIEWERS, port=server.port, protocol=recipe.protocol)
        yield server, crowd


def make_recipe(paths: int) -> Recipe:
    program = _MAKE.format(paths=paths, changes=CHANGES, between=STEPS_BETWEEN)
    return replace(
        AS_SHIPPED,
        name=f"an ensemble of {paths}",
        protocol=replace(AS_SHIPPED.protocol, path="/ws/motions/class/"),
        prepare=(*AS_SHIPPED.prepare, (*MANAGE, "shell", "-v", "0", "-c", program)),
    )


def measure_class(paths: int, server: Running, crowd: Crowd) -> Figure:
    visits = [visit(server, paths) for _ in range(_VISITS)]
    watch(server, crowd, _WARM_UP_S)
    busy = statistics.median(watch(server, crowd, _WINDOW_S) for _ in range(_WINDOWS))
    path_ms, fan_ms, sizes = zip(*visits, strict=True)
    return Figure(
        paths=paths,
        busy=busy,
        frame_bytes=max(sizes),
        path_ms=(statistics.median(path_ms), max(path_ms)),
        fan_ms=(statistics.median(fan_ms), max(fan_ms)),
    )


def watch(server: Running, crowd: Crowd, seconds: float) -> float:
    """Watch for a while, with a ping a second; the share of one core that the server used."""
    began, cpu_before_s, pings = time.perf_counter(), cpu_s(server.pid), Pings(crowd)
    while (elapsed_s := time.perf_counter() - began) < seconds:
        pings.send()
        crowd.take(0.01)
    return (cpu_s(server.pid) - cpu_before_s) / elapsed_s


def visit(server: Running, paths: int) -> tuple[float, float, int]:
    """A late phone: ms to the path and the positions, ms to the fan; bytes of the positions."""
    time.sleep(_STEP_S)  # there is a new step, which no cache knows
    began = time.perf_counter()
    frame = read_greeting(server, paths)
    path_s = time.perf_counter() - began
    if not paths:
        return path_s * 1e3, 0.0, 0
    load_fan(server)
    return path_s * 1e3, (time.perf_counter() - began - path_s) * 1e3, len(frame)


def read_greeting(server: Running, paths: int) -> bytes:
    """Join late, and leave; the last frame of the greeting."""
    protocol = replace(make_recipe(paths).protocol, joined=None)
    phone = Phone(port=server.port, protocol=protocol)
    last = b'"ensemble","epoch"' if paths else MARK
    with phone.socket:
        while True:
            select.select([phone.socket], [], [], 30.0)
            for text in phone.texts():
                if last in text:
                    return text


def load_fan(server: Running) -> None:
    address = f"http://127.0.0.1:{server.port}/motions/class/ensemble.json?paths=1"
    with urllib.request.urlopen(address, timeout=30) as answer:
        assert json.load(answer)["quantiles"]
