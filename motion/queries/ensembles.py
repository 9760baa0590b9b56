"""The ensemble of an epoch, read from the database at the cost of the steps that a reader needs."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..core.ensemble import Ensemble, EnsembleRegime, decode_offsets, make_first_regime
from ..models import Change, Epoch
from .timelines import StepRange, find_governing


class _Row(NamedTuple):
    """What the table has of a regime of an ensemble."""

    revision: int
    step: int
    variance: float
    drift: float
    offsets: bytes | memoryview | None


def load_ensemble(epoch: Epoch, steps: StepRange) -> Ensemble | None:
    """The ensemble with the regimes that govern `steps`; None if the epoch has none."""
    if not epoch.paths:
        return None
    governing = find_governing([steps]).order_by("revision")
    rows = map(_Row._make, governing.values_list(*_Row._fields))
    return Ensemble(epoch.seed, epoch.paths, tuple(_make_regimes(epoch, rows)), epoch.algorithm)


def load_newest_ensemble(change: Change) -> Ensemble | None:
    """The ensemble from `change` on, as its regime alone; None if its epoch has none.

    It is enough while `change` is the newest one.
    """
    epoch = change.epoch
    if not epoch.paths:
        return None
    row = _Row(change.revision, change.step, change.variance, change.drift, change.offsets)
    return Ensemble(epoch.seed, epoch.paths, tuple(_make_regimes(epoch, [row])), epoch.algorithm)


def _make_regimes(epoch: Epoch, rows: Iterable[_Row]) -> Iterator[EnsembleRegime]:
    """The regimes of `rows`, which are in order.

    A process of the version before stores no offsets; then they are computed from the last change
    before it that has them.
    """
    known: tuple[int, EnsembleRegime] | None = None
    for row in rows:
        regime = _decode(epoch, row) or _compute_missing(epoch, row.revision, known)
        known = row.revision, regime
        yield regime


def _decode(epoch: Epoch, row: _Row) -> EnsembleRegime | None:
    if row.offsets is None:
        return None
    offsets = decode_offsets(bytes(row.offsets), paths=epoch.paths)
    return EnsembleRegime(row.step, offsets, row.variance, row.drift)


def _compute_missing(
    epoch: Epoch, revision: int, known: tuple[int, EnsembleRegime] | None
) -> EnsembleRegime:
    """The regime of the change `revision`, from `known`, an earlier one, or from a later one."""
    changes = Change.objects.filter(epoch=epoch, revision__lte=revision).order_by("revision")
    with_offsets = changes.filter(offsets__isnull=False).values_list("revision", flat=True).last()
    start, regime = known or (0, None)
    if with_offsets is not None and with_offsets > start:
        start, regime = with_offsets - 1, None
    rows = changes.filter(revision__gt=start).values_list(*_Row._fields)
    for row in map(_Row._make, rows.iterator(chunk_size=100)):
        regime = _decode(epoch, row) or _succeed(epoch, regime, row)
    assert regime is not None  # the change itself is one of the rows
    return regime


def _succeed(epoch: Epoch, before: EnsembleRegime | None, row: _Row) -> EnsembleRegime:
    if before is None:
        return make_first_regime(epoch.paths, variance=row.variance, drift=row.drift)
    ensemble = Ensemble(epoch.seed, epoch.paths, (before,), epoch.algorithm)
    return ensemble.next_regime(row.step, variance=row.variance, drift=row.drift)
