"""The regimes that govern the steps that a reader needs, found by index seeks.

An epoch may have a million changes, and many at one step. The cost of each query here depends on
how many changes it returns, not on how many there are: it seeks each of them in the index on
(epoch, step, revision).
"""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from ..core.timeline import Regime
from ..models import Change


class StepRange(NamedTuple):
    """The multiples of `stride`, a power of two, from `first` to `last` of one epoch.

    Only changes up to `revision` count. Later ones do not fit the row of the motion that a reader
    has read.
    """

    epoch_id: int
    first: int
    last: int
    stride: int
    revision: int


_COLUMNS = ", ".join(["CAST(%s AS bigint)"] * len(StepRange._fields))

# Downward from the last step: find the change that governs a step. The next lower step that another
# change governs is the last multiple before that change.
_GOVERNING = """
WITH RECURSIVE wanted (epoch_id, first, last, stride, revision) AS (VALUES {rows}),
governing (id, step, epoch_id, first, stride, revision) AS (
  SELECT c.id, c.step, a.epoch_id, a.first, a.stride, a.revision
  FROM wanted a JOIN motion_change c ON c.id = (
    SELECT id FROM motion_change
    WHERE epoch_id = a.epoch_id AND step <= a.last AND revision <= a.revision
    ORDER BY step DESC, revision DESC LIMIT 1)
  UNION ALL
  SELECT c.id, c.step, g.epoch_id, g.first, g.stride, g.revision
  FROM governing g JOIN motion_change c ON c.id = (
    SELECT id FROM motion_change
    WHERE epoch_id = g.epoch_id AND step <= (g.step - 1) / g.stride * g.stride
      AND revision <= g.revision
    ORDER BY step DESC, revision DESC LIMIT 1)
  WHERE g.step > 0 AND (g.step - 1) / g.stride * g.stride >= g.first
)
SELECT id FROM governing
"""

# Upward from the change that governs the first step: each step with a change, and its newest one.
_FIRST_GOVERNING = """
WITH RECURSIVE changed (step, n) AS (
  SELECT MAX(step), 0 FROM motion_change WHERE epoch_id = {epoch_id} AND step <= {first}
  UNION ALL
  SELECT (SELECT MIN(step) FROM motion_change WHERE epoch_id = {epoch_id} AND step > c.step), n + 1
  FROM changed c WHERE c.step < {last} AND n <= {most}
)
SELECT (SELECT id FROM motion_change WHERE epoch_id = {epoch_id} AND step = c.step
        ORDER BY revision DESC LIMIT 1)
FROM changed c WHERE n = 0 OR c.step < {last}
"""


def find_governing(ranges: Sequence[StepRange]) -> QuerySet[Change]:
    """The changes that govern the steps of all `ranges`, in one query."""
    if not ranges:
        return Change.objects.none()
    rows = ", ".join([f"({_COLUMNS})"] * len(ranges))
    values = list(chain.from_iterable(ranges))
    return Change.objects.filter(pk__in=RawSQL(_GOVERNING.format(rows=rows), values))


def load_regimes(ranges: Sequence[StepRange]) -> dict[int, tuple[Regime, ...]]:
    """The regimes that govern the steps of all `ranges`, by epoch id, oldest first."""
    regimes: dict[int, list[Regime]] = {}
    governing = find_governing(ranges).order_by("revision")
    for epoch_id, *regime in governing.values_list("epoch_id", *Regime._fields):
        regimes.setdefault(epoch_id, []).append(Regime._make(regime))
    return {epoch_id: tuple(rows) for epoch_id, rows in regimes.items()}


def load_first_regimes(
    epoch_id: int, *, first: int, last: int, most: int
) -> tuple[tuple[Regime, ...], int]:
    """The regimes of the increments first + 1 … last, at most `most` after the first one.

    Returns:
        The regimes, oldest first, and the step up to which they govern: `last`, or less.
    """
    numbers = {"epoch_id": epoch_id, "first": first, "last": last, "most": most}
    sql = _FIRST_GOVERNING.format(**{name: int(value) for name, value in numbers.items()})
    governing = Change.objects.filter(pk__in=RawSQL(sql, [])).order_by("revision")
    regimes = tuple(map(Regime._make, governing.values_list(*Regime._fields)))
    if len(regimes) > most + 1:
        return regimes[:-1], regimes[-1].step
    return regimes, last
