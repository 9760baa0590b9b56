"""The ensemble of an epoch, read from the database at the cost of the steps that a reader needs.

Fans and slices are computed once for all callers at the same time, and cached: changes are added
only at the frontier, so past positions depend on the epoch and the steps alone.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Self

from ..core.brownian import Float64s
from ..core.ensemble import LEVELS, Ensemble, EnsembleRegime, decode_offsets, make_first_regime
from ..core.errors import InvalidValueError
from ..core.single_flight import SingleFlight
from ..core.slice import describe_slice
from ..core.timeline import find_log2_stride
from ..models import Change, Epoch, Motion
from .threads import compute_in_pool, give_back_connection
from .timelines import StepRange, find_governing
from .windows import check_bounds

CACHED_BYTES: Final = 16 * 2**20
"""Windows in the cache of a process, and as many bytes of fans.

A window of 200 paths has up to 2 MB, a fan up to 80 KB. A class that opens its pages at the same
time loads the same windows.
"""

CACHED_SLICES: Final = 256

NEWEST: Final = sys.maxsize
"""A revision that no change reaches."""


class _Row(NamedTuple):
    """What the table has of a regime of an ensemble."""

    revision: int
    step: int
    variance: float
    drift: float
    offsets: bytes | memoryview | None


class Source(NamedTuple):
    """What identifies an epoch while a process runs, and what its ensemble is computed from."""

    id: int
    number: int
    began_at: datetime
    seed: int
    algorithm: int
    paths: int

    @classmethod
    def from_epoch(cls, epoch: Epoch) -> Self:
        return cls._make(getattr(epoch, name) for name in cls._fields)


def load_ensemble(epoch: Epoch, steps: StepRange) -> Ensemble | None:
    """The ensemble with the regimes that govern `steps`; None if the epoch has none."""
    return load_source(Source.from_epoch(epoch), steps) if epoch.paths else None


def load_source(source: Source, steps: StepRange) -> Ensemble:
    """The ensemble with the regimes that govern `steps`."""
    governing = find_governing([steps]).order_by("revision")
    return _make_ensemble(source, map(_Row._make, governing.values_list(*_Row._fields)))


def load_newest_ensemble(change: Change) -> Ensemble | None:
    """The ensemble from `change` on, as its regime alone; None if its epoch has none.

    It is enough while `change` is the newest one.
    """
    if not change.epoch.paths:
        return None
    row = _Row(change.revision, change.step, change.variance, change.drift, change.offsets)
    return _make_ensemble(Source.from_epoch(change.epoch), [row])


def _make_ensemble(source: Source, rows: Iterable[_Row]) -> Ensemble:
    regimes = tuple(_make_regimes(source, rows))
    return Ensemble(source.seed, source.paths, regimes, source.algorithm)


def _make_regimes(source: Source, rows: Iterable[_Row]) -> Iterator[EnsembleRegime]:
    """The regimes of `rows`, which are in order.

    A process of the version before stores no offsets; then they are computed from the last change
    before it that has them.
    """
    known: tuple[int, EnsembleRegime] | None = None
    for row in rows:
        regime = _decode(source, row) or _compute_missing(source, row.revision, known)
        known = row.revision, regime
        yield regime


def _decode(source: Source, row: _Row) -> EnsembleRegime | None:
    if row.offsets is None:
        return None
    offsets = decode_offsets(bytes(row.offsets), paths=source.paths)
    return EnsembleRegime(row.step, offsets, row.variance, row.drift)


def _compute_missing(
    source: Source, revision: int, known: tuple[int, EnsembleRegime] | None
) -> EnsembleRegime:
    """The regime of the change `revision`, from `known`, an earlier one, or from a later one."""
    changes = Change.objects.filter(epoch=source.id, revision__lte=revision).order_by("revision")
    with_offsets = changes.filter(offsets__isnull=False).values_list("revision", flat=True).last()
    start, regime = known or (0, None)
    if with_offsets is not None and with_offsets > start:
        start, regime = with_offsets - 1, None
    rows = changes.filter(revision__gt=start).values_list(*_Row._fields)
    for row in map(_Row._make, rows.iterator(chunk_size=100)):
        regime = _decode(source, row) or _succeed(source, regime, row)
    assert regime is not None  # the change itself is one of the rows
    return regime


def _succeed(source: Source, before: EnsembleRegime | None, row: _Row) -> EnsembleRegime:
    if before is None:
        return make_first_regime(source.paths, variance=row.variance, drift=row.drift)
    ensemble = Ensemble(source.seed, source.paths, (before,), source.algorithm)
    return ensemble.next_regime(row.step, variance=row.variance, drift=row.drift)


# --- windows -------------------------------------------------------------------------------


def read_ensemble_window(
    motion: Motion,
    epoch: Epoch,
    *,
    first: int,
    last: int | None,
    points: int,
    paths: Sequence[int],
) -> tuple[bytes, bool]:
    """The fan of the steps first … last, its law, and the positions of `paths`, as JSON.

    All are at the multiples of the least stride that leaves at most `points` of them.

    Returns:
        The JSON, and whether nothing that happens later can change it.

    Raises:
        InvalidValueError: as `check_bounds`; or the ensemble has no such paths.
    """
    last, is_past = check_bounds(motion, epoch, first=first, last=last)
    if not all(1 <= path <= epoch.paths for path in paths):
        raise InvalidValueError("paths", f"numbers from 1 to {epoch.paths}, such as 7 or 1-3,5")
    log2_stride = find_log2_stride(first, last, points)
    window = _Window(Source.from_epoch(epoch), first, last, log2_stride)
    return _windows(window, tuple(paths)), is_past


class _Window(NamedTuple):
    """The multiples of 2^log2_stride from `first` to `last`, at least one."""

    source: Source
    first: int
    last: int
    log2_stride: int

    @property
    def ends(self) -> tuple[int, int]:
        """The first and the last point, in strides."""
        return -(-self.first >> self.log2_stride), self.last >> self.log2_stride

    def load(self) -> Ensemble:
        ends = self.first, self.last, 1 << self.log2_stride
        return load_source(self.source, StepRange(self.source.id, *ends, NEWEST))


def _write_window(window: _Window, paths: tuple[int, ...]) -> bytes:
    fan = _fans(window)
    return compute_in_pool(_encode_window, window, fan, window.load() if paths else None, paths)


def _encode_window(
    window: _Window, fan: str, ensemble: Ensemble | None, paths: tuple[int, ...]
) -> bytes:
    place = {
        "epoch": window.source.number,
        "first": window.first,
        "first_step": window.ends[0] << window.log2_stride,
        "stride": 1 << window.log2_stride,
        "last": window.last,
        "count": window.source.paths,
    }
    found: list[str] = []
    if ensemble is not None:
        stride = window.log2_stride
        positions = ensemble.positions(*window.ends, log2_stride=stride, paths=paths)
        # One path after the other, because `dumps` keeps all other threads waiting.
        found = [f'"{path}":{_dump(row)}' for path, row in zip(paths, positions, strict=True)]
    return f'{json.dumps(place)[:-1]}, {fan}, "paths": {{{",".join(found)}}}}}'.encode()


def _write_fan(window: _Window) -> str:
    """The fields `quantiles` and `law` of a window."""
    return compute_in_pool(_encode_fan, window, window.load())


def _encode_fan(window: _Window, ensemble: Ensemble) -> str:
    stride = window.log2_stride
    quantiles = ensemble.quantiles(*window.ends, log2_stride=stride)
    mean, variance = ensemble.laws(*window.ends, log2_stride=stride)
    rows = (f'"{level}": {_dump(row)}' for level, row in zip(LEVELS, quantiles, strict=True))
    law = f'"law": {{"mean": {_dump(mean)}, "variance": {_dump(variance)}}}'
    return f'"quantiles": {{{", ".join(rows)}}}, {law}'


def _dump(values: Float64s) -> str:
    return json.dumps(values.tolist(), allow_nan=False, separators=(",", ":"))


_fans = SingleFlight(
    _write_fan, max_cached=CACHED_BYTES, measure=len, before_waiting=give_back_connection
)
_windows = SingleFlight(
    _write_window, max_cached=CACHED_BYTES, measure=len, before_waiting=give_back_connection
)


# --- slices --------------------------------------------------------------------------------


def read_slice(motion: Motion, epoch: Epoch, *, step: int | None) -> tuple[str, bool]:
    """The statistics of all positions at `step`, by default the newest, as JSON.

    Returns:
        The JSON, and whether nothing that happens later can change it.

    Raises:
        InvalidValueError: the step has not happened.
    """
    frontier, is_ended = check_bounds(motion, epoch, first=0, last=None)
    step = frontier if step is None else step
    if step > frontier:
        raise InvalidValueError("step", f"one that has happened, at most {frontier}")
    return _slices(Source.from_epoch(epoch), step), is_ended or step < frontier


def _write_slice(source: Source, step: int) -> str:
    ensemble = load_source(source, StepRange(source.id, step, step, 1, NEWEST))
    (mean,), (variance,) = ensemble.laws(step, step)
    found = describe_slice(ensemble.positions_at(step), mean=float(mean), variance=float(variance))
    return json.dumps({"epoch": source.number, "step": step, **found}, allow_nan=False)


_slices = SingleFlight(_write_slice, max_cached=CACHED_SLICES, before_waiting=give_back_connection)
