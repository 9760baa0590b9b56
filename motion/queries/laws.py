"""The laws of an ensemble: its paths are read at the steps that a law counts, and compared with it.

Computed once for all callers at the same time, and cached, as slices are (ensembles.py).
"""

import json
import math
from collections.abc import Iterator
from typing import Final, NamedTuple

from ..core.brownian import Float64s
from ..core.ensemble import Ensemble
from ..core.errors import InvalidValueError
from ..core.format import write_number
from ..core.increment_stats import REACH
from ..core.law_report import BARRIER, LAWS, Counted, Lines, Report, describe_law, refuse_law
from ..core.limits import LAW_STEPS, WINDOW_CHANGES
from ..core.single_flight import SingleFlight
from ..core.timeline import AGREEMENT, find_log2_stride
from ..models import Change, Epoch, Motion
from .ensembles import NEWEST, Source, load_source
from .threads import compute_in_pool, give_back_connection
from .timelines import StepRange
from .windows import check_bounds

CACHED_BYTES: Final = 4 * 2**20
"""A report has up to 15 KB, the passages of 1,000 paths."""

NOTHING_RANDOM: Final = "the variance is 0 or next to it"

PIECE: Final = 1 << 18
"""Positions in memory at once."""


def read_law(
    motion: Motion, epoch: Epoch, *, law: str | None, step: int | None, lines: Lines
) -> tuple[bytes, bool]:
    """How the paths agree with `law` at the steps up to `step`, by default the newest, as JSON.

    Returns:
        The JSON, and whether nothing that happens later can change it.

    Raises:
        InvalidValueError: there is no such law; the step has not happened; or a barrier has no
            line, or its lower line is not below the other.
    """
    law = LAWS[0] if law is None else law
    if law not in LAWS:
        raise InvalidValueError("law", f"one of {', '.join(LAWS)}")
    _check_lines(law, lines)
    frontier, is_ended = check_bounds(motion, epoch, first=0, last=None)
    step = frontier if step is None else step
    if step > frontier:
        raise InvalidValueError("step", f"one that has happened, at most {frontier}")
    return _reports(Source.from_epoch(epoch), step, law, lines), is_ended or step < frontier


def _check_lines(law: str, lines: Lines) -> None:
    given = [height for height in lines if height is not None]
    if law != BARRIER and given:
        raise InvalidValueError("lines", f"without low and high unless law is {BARRIER}")
    if law == BARRIER and not given:
        raise InvalidValueError("lines", "given as low, as high, or as both")
    if len(given) == 2 and given[0] >= given[1]:
        raise InvalidValueError("low", "less than high")


def _write_report(source: Source, step: int, law: str, lines: Lines) -> bytes:
    report = _describe(source, step, law, lines)
    place = {"epoch": source.number, "step": step, "law": law, "count": source.paths}
    return json.dumps(place | report, allow_nan=False, separators=(",", ":")).encode()


_reports = SingleFlight(
    _write_report, max_cached=CACHED_BYTES, measure=len, before_waiting=give_back_connection
)


def _describe(source: Source, step: int, law: str, lines: Lines) -> Report:
    if step == 0:
        return refuse_law("The law begins with the first step.")
    steady = _find_steady(source.id, step)
    obstacle = "the drift is not 0" if steady.drift else "" if steady.variance else NOTHING_RANDOM
    if obstacle:
        return _refuse(steady, obstacle)
    log2_stride = find_log2_stride(steady.first, step, LAW_STEPS + 1)
    first, last = -(-steady.first >> log2_stride), step >> log2_stride
    ends = first << log2_stride, last << log2_stride
    counted = Counted(*ends, log2_stride, steady.variance, steady.cause)
    ensemble = load_source(source, StepRange(source.id, *ends, counted.stride, NEWEST))
    (mean,), (spread,) = ensemble.laws(first, first, log2_stride=log2_stride)
    if counted.deviation < AGREEMENT * (abs(mean) + REACH * math.sqrt(spread)):
        return _refuse(steady, NOTHING_RANDOM)  # lost in the rounding of the positions
    return compute_in_pool(_compute_report, law, counted, ensemble, lines)


def _refuse(steady: "_Steady", obstacle: str) -> Report:
    first = write_number(steady.first)
    return refuse_law(f"The law does not apply from step {first} on: {obstacle}.")


def _compute_report(law: str, counted: Counted, ensemble: Ensemble, lines: Lines) -> Report:
    return describe_law(law, counted, _compute_pieces(ensemble, counted), lines=lines)


def _compute_pieces(ensemble: Ensemble, counted: Counted) -> Iterator[Float64s]:
    """The positions at the counted steps, of some paths at a time."""
    log2_stride = counted.log2_stride
    ends = counted.first >> log2_stride, counted.last >> log2_stride
    most = max(1, PIECE // (counted.length + 1))
    for start in range(1, ensemble.paths + 1, most):
        paths = range(start, min(start + most, ensemble.paths + 1))
        yield ensemble.positions(*ends, log2_stride=log2_stride, paths=paths)


class _Steady(NamedTuple):
    """The steps before the one of interest that have one variance and one drift.

    Attributes:
        first: they are the increments after this step.
        cause: what changed there, or "".
    """

    first: int
    variance: float
    drift: float
    cause: str


def _find_steady(epoch_id: int, step: int) -> _Steady:
    """At most the newest `WINDOW_CHANGES` changes count: before them, anything may have changed."""
    changes = Change.objects.filter(epoch=epoch_id, step__lt=step).order_by("-step", "-revision")
    rows = iter(changes.values_list("step", "variance", "drift")[:WINDOW_CHANGES])
    first, variance, drift = next(rows)
    for before, old_variance, old_drift in rows:
        if before == first:
            continue  # a later change at the same step governs
        differs = {"variance": old_variance != variance, "drift": old_drift != drift}
        changed = [name for name, is_other in differs.items() if is_other]
        if changed:
            return _Steady(first, variance, drift, f"the {' and the '.join(changed)} changed")
        first = before
    return _Steady(first, variance, drift, "")
