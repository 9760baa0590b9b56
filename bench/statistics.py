"""How often the sentences under a motion's chart are wrong, and how often they notice a fault.

Each number is a share of windows, or of sessions, each with another seed. The marks come from
`motion.core.statistics.describe_window`, as those of the page do. Correct paths are the site's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np

from motion.core.brownian import Float64s
from motion.core.decomposition import Decomposition
from motion.core.statistics import describe_window
from motion.core.timeline import Regime, Timeline

SEEDS: Final = 2_000
STEPS: Final = (10, 100, 400, 1_000, 10_000, 100_000)
REACTING_STEPS: Final = 1_000  # its changes are computed one by one
NUMBERS: Final = ("mean", "variance")  # one picture, "moments"
PICTURES: Final = ("moments", "histogram", "quadratic", "displacement")

SESSION_S: Final = 600
PACES: Final = (2, 20)  # steps a second
ASKED_EVERY_S: Final = 2  # static/motion/stats/poller.js
FOLLOWED_STEPS: Final = 600  # static/motion/view/viewport.js
FEWER: Final = 4  # a session has some 300 windows, so there are so many times fewer of them

Agreement = dict[str, Any]
Make = Callable[[int, int], Decomposition]  # of a seed, and for so many steps
Map = Callable[..., Iterable[Any]]
"""`map`, or that of a pool of processes."""


@dataclass(frozen=True)
class GivenPath(Decomposition):
    """A path whose W is not the site's: theory expects `timeline`, and is wrong."""

    W: Float64s

    def standard(self, first: int, last: int, *, log2_stride: int = 0) -> Float64s:
        return self.W[first << log2_stride : (last << log2_stride) + 1 : 1 << log2_stride]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """In which share of windows something is outside of its range, and a picture `rare`.

    Attributes:
        outside: of `NUMBERS` and of `PICTURES`, by name.
        rare: of `PICTURES`.
    """

    what: str
    steps: int
    windows: int
    outside: dict[str, float]
    rare: dict[str, float]
    any_outside: float
    any_rare: float


@dataclass(frozen=True, kw_only=True)
class SessionFigure:
    """In which share of sessions something is outside in some window, and some picture `rare`."""

    pace: int
    sessions: int
    windows: int
    outside: float
    rare: float


# --- windows --------------------------------------------------------------------------------------


def measure(
    seeds: int = SEEDS, steps: Iterable[int] = STEPS, *, each: Map = map
) -> Iterator[Figure]:
    for what in WINDOWS:
        for length in steps:
            if what != REACTING or length <= REACTING_STEPS:
                yield measure_windows(what, length, seeds, each=each)


def measure_windows(what: str, steps: int, seeds: int, *, each: Map = map) -> Figure:
    agreements = list(each(partial(_judge, what, steps), range(seeds)))
    outside = {
        **{
            name: _mean(name in _outside(found["moments"]) for found in agreements)
            for name in NUMBERS
        },
        **{name: _mean(bool(_outside(found[name])) for found in agreements) for name in PICTURES},
    }
    marks = [_marks(found) for found in agreements]
    return Figure(
        what=what,
        steps=steps,
        windows=seeds,
        outside=outside,
        rare={name: _mean(_is_rare(found[name]) for found in agreements) for name in PICTURES},
        any_outside=_mean(bool(found - {"agrees"}) for found in marks),
        any_rare=_mean("rare" in found for found in marks),
    )


def _judge(what: str, steps: int, seed: int) -> Agreement:
    agreement: Agreement = describe_window(WINDOWS[what](seed, steps), 0, steps)["agreement"]
    return agreement


def _marks(agreement: Agreement) -> set[str]:
    return {judged["mark"] for judged in agreement.values() if judged}


def _outside(judged: dict[str, Any] | None) -> list[str | int]:
    return judged["outside"] if judged else []


def _is_rare(judged: dict[str, Any] | None) -> bool:
    return bool(judged and judged["mark"] == "rare")


def _mean(values: Iterable[bool]) -> float:
    return float(np.mean(list(values)))


# --- sessions -------------------------------------------------------------------------------------


def measure_sessions(
    seeds: int = SEEDS // FEWER, *, length_s: int = SESSION_S, each: Map = map
) -> Iterator[SessionFigure]:
    for pace in PACES:
        windows = windows_of_session(pace, length_s)
        marks = list(each(partial(_see, windows), range(seeds)))
        yield SessionFigure(
            pace=pace,
            sessions=seeds,
            windows=len(windows),
            outside=_mean(bool(seen - {"agrees"}) for seen in marks),
            rare=_mean("rare" in seen for seen in marks),
        )


def _see(windows: list[tuple[int, int]], seed: int) -> set[str]:
    """The marks that a page shows while it follows a new motion."""
    path = one_law(seed, 0)
    found = (describe_window(path, first, last)["agreement"] for first, last in windows)
    return set().union(*map(_marks, found))


def windows_of_session(pace: int, length_s: int) -> list[tuple[int, int]]:
    """The windows that the page asks for; `aligned` of poller.js, which a test compares."""
    asked = (aligned(last) for last in range(0, pace * length_s + 1, pace * ASKED_EVERY_S))
    return list(dict.fromkeys(window for window in asked if window[0] < window[1]))


def aligned(last: int) -> tuple[int, int]:
    first = max(0, last - FOLLOWED_STEPS)
    unit = 1 << max(0, ((last - first) // 64).bit_length() - 1)
    return first // unit * unit, last // unit * unit


# --- paths, right and wrong -----------------------------------------------------------------------


def one_law(seed: int, steps: int) -> Decomposition:
    return Decomposition(_timeline(seed, (0, 1.0, 0.0)))


def drifting(seed: int, steps: int) -> Decomposition:
    return Decomposition(_timeline(seed, (0, 1.0, 0.2)))


def changed(seed: int, steps: int) -> Decomposition:
    laws = (0, 1.0, 0.0), (steps // 3, 9.0, 0.5), (2 * steps // 3, 0.25, -0.5)
    return Decomposition(_timeline(seed, *laws))


def reacting(seed: int, steps: int) -> Decomposition:
    """Somebody sets variance 4 after each large increment, and 1 after each other one."""
    dW = np.diff(one_law(seed, steps).standard(0, steps))
    variances = np.where(np.abs(dW) > 1, 4.0, 1.0).tolist()
    laws = [(step, variance, 0.0) for step, variance in enumerate(variances[:-1], start=1)]
    return Decomposition(_timeline(seed, (0, 1.0, 0.0), *laws))


def _timeline(seed: int, *laws: tuple[int, float, float]) -> Timeline:
    """Regimes whose positions nobody asks for; W is what the decomposition needs."""
    timeline = Timeline(seed, (Regime(step=0, position=0, standard=0, variance=1, drift=0),))
    W = timeline.positions(0, laws[-1][0])
    regimes = (
        Regime(step=step, position=0, standard=float(W[step]), variance=variance, drift=drift)
        for step, variance, drift in laws
    )
    return replace(timeline, regimes=tuple(regimes))


def _wrong(
    increments: Callable[[np.random.Generator, int], Float64s], seed: int, steps: int
) -> Any:
    dW = increments(np.random.default_rng(seed), steps)
    return GivenPath(_timeline(seed, (0, 1.0, 0.0)), np.concatenate([[0.0], np.cumsum(dW)]))


def _larger(generator: np.random.Generator, steps: int) -> Float64s:
    return generator.standard_normal(steps) * 1.2**0.5


def _drifted(generator: np.random.Generator, steps: int) -> Float64s:
    return generator.standard_normal(steps) + 0.1


def _correlated(generator: np.random.Generator, steps: int) -> Float64s:
    """Neighbours have the correlation 0.1; the variance is 1."""
    from scipy.signal import lfilter

    noise = generator.standard_normal(steps + 200)
    correlated: Float64s = lfilter([0.99**0.5], [1, -0.1], noise)[200:]
    return correlated


def _heavy(generator: np.random.Generator, steps: int) -> Float64s:
    return generator.laplace(scale=0.5**0.5, size=steps)


REACTING: Final = "correct, variance 4 after large steps"
WINDOWS: Final[dict[str, Make]] = {
    "correct": one_law,
    "correct, drift 0.2": drifting,
    "correct, three laws": changed,
    REACTING: reacting,
    "variance 20 % larger": partial(_wrong, _larger),
    "drift larger by 0.1": partial(_wrong, _drifted),
    "neighbours correlated, 0.1": partial(_wrong, _correlated),
    "Laplace increments": partial(_wrong, _heavy),
}
