"""What it costs to compute the path again: CPU time in this process, on one core."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from motion.core.brownian import DEPTH
from motion.core.timeline import Regime, Timeline

from . import answers
from .answers import Call

POINTS = 2_000

_REGIMES = 1_000
_REPETITIONS = 300
_SEED = 20_250_601  # fixes the places, not the time


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One row of the table: median and 99th percentile of the CPU time of one call."""

    what: str
    median_ms: float
    p99_ms: float


def measure() -> list[Figure]:
    chance = random.Random(_SEED)
    windows = [
        _timed(f"{POINTS:,} points, {words}", _windows(chance, log2_stride, regimes=1))
        for log2_stride, words in (
            (0, f"every step, anywhere below 2^{DEPTH}"),
            (10, f"every 2^10th step, anywhere below 2^{DEPTH}"),
            (20, "every 2^20th step: 2·10⁹ steps, anywhere"),
            (29, "every 2^29th step: nearly all 2^40"),
        )
    ]
    return [
        *windows,
        _timed(
            f"{POINTS:,} points over {_REGIMES:,} regimes, every 2^20th step",
            _windows(chance, 20, regimes=_REGIMES),
        ),
        _timed("the same, its timeline built from the regimes first", _built_windows(chance)),
        _timed("one increment near step 10⁹, of a motion not seen before", _cold(chance)),
        _timed("one increment after another near step 10⁹", _in_sequence(chance)),
        *_answers(),
    ]


def _answers() -> list[Figure]:
    with tempfile.TemporaryDirectory() as directory:
        calls = answers.prepare(Path(directory))
        return [_timed(what, [call] * _REPETITIONS) for what, call in calls.items()]


def _timed(what: str, calls: list[Call]) -> Figure:
    times_ms = []
    for call in calls:
        start = time.process_time_ns()
        call()
        times_ms.append((time.process_time_ns() - start) / 1e6)
    cuts = statistics.quantiles(times_ms, n=100)
    return Figure(what=what, median_ms=cuts[49], p99_ms=cuts[98])


def _windows(chance: random.Random, log2_stride: int, *, regimes: int) -> list[Call]:
    """A window of `POINTS` at each of many places, every one of another motion.

    Where there are several regimes they share the window's steps evenly.
    """
    calls: list[Call] = []
    for _ in range(_REPETITIONS):
        first = chance.randrange((1 << DEPTH - log2_stride) - POINTS)
        start = 0 if regimes == 1 else first << log2_stride
        timeline = _timeline(chance, start, regimes, (POINTS << log2_stride) // regimes)
        last = first + POINTS - 1
        calls.append(partial(timeline.positions, first, last, log2_stride=log2_stride))
    return calls


def _built_windows(chance: random.Random) -> list[Call]:
    def window(built: Timeline) -> object:
        timeline = Timeline(built.seed, built.regimes)
        return timeline.positions(0, POINTS - 1, log2_stride=20)

    length = (POINTS << 20) // _REGIMES
    return [partial(window, _timeline(chance, 0, _REGIMES, length)) for _ in range(_REPETITIONS)]


def _cold(chance: random.Random) -> list[Call]:
    calls: list[Call] = []
    for _ in range(_REPETITIONS):
        step = 10**9 + chance.randrange(10**6)
        calls.append(partial(_timeline(chance, 0, 1, 0).increments, step, step))
    return calls


def _in_sequence(chance: random.Random) -> list[Call]:
    timeline, start = _timeline(chance, 0, 1, 0), 10**9 + chance.randrange(10**6)
    steps = range(start, start + 10 * _REPETITIONS)
    return [partial(timeline.increments, step, step) for step in steps]


def _timeline(chance: random.Random, start: int, regimes: int, length: int) -> Timeline:
    """A motion with regimes of `length` steps; what X and W are there costs the same."""
    return Timeline(
        chance.getrandbits(63),
        tuple(
            Regime(
                step=start + i * length,
                position=0.0,
                standard=0.0,
                variance=chance.uniform(0.0, 2.0),
                drift=chance.uniform(-1.0, 1.0),
            )
            for i in range(regimes)
        ),
    )
