"""The changes that govern the steps a reader needs, found without a look at all the others.

An epoch may have a million changes, and many at one step. What a query here costs depends on how
many changes it returns, not on how many there are: it seeks each of them in the index on
(epoch, step, revision).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from ..models import Change


class Asked(NamedTuple):
    """The multiples of 2^log2_stride from `first` to `last` of an epoch, by its row's id.

    Changes count up to `revision`: what was made after the motion's row was read does not fit it.
    """

    epoch_id: int
    first: int
    last: int
    log2_stride: int
    revision: int


_COLUMNS = ", ".join(["CAST(%s AS bigint)"] * len(Asked._fields))

# Downward from the last step: find the change that governs a step. The next step that another
# change governs is the last multiple before that change.
_GOVERNING = """
WITH RECURSIVE asked (epoch_id, first, last, stride, revision) AS (VALUES {rows}),
governing (id, step, epoch_id, first, stride, revision) AS (
  SELECT c.id, c.step, a.epoch_id, a.first, a.stride, a.revision
  FROM asked a JOIN motion_change c ON c.id = (
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

# Upward from the first step: each step at which something was changed, and its newest change.
_NEWEST_OF_STEPS = """
WITH RECURSIVE changed (step, n) AS (
  SELECT MIN(step), 1 FROM motion_change WHERE epoch_id = {epoch_id} AND step > {first}
  UNION ALL
  SELECT (SELECT MIN(step) FROM motion_change WHERE epoch_id = {epoch_id} AND step > c.step), n + 1
  FROM changed c WHERE c.step < {last} AND n < {most}
)
SELECT (SELECT id FROM motion_change WHERE epoch_id = {epoch_id} AND step = c.step
        ORDER BY revision DESC LIMIT 1)
FROM changed c WHERE c.step < {last}
"""


def find_governing(asked: Sequence[Asked]) -> QuerySet[Change]:
    """The changes that govern the steps of each of `asked`, in one query."""
    rows = ", ".join([f"({_COLUMNS})"] * len(asked))
    values = [
        value
        for one in asked
        for value in (one.epoch_id, one.first, one.last, 1 << one.log2_stride, one.revision)
    ]
    return Change.objects.filter(pk__in=RawSQL(_GOVERNING.format(rows=rows), values))


def find_newest_of_steps(epoch_id: int, *, first: int, last: int, most: int) -> QuerySet[Change]:
    """The newest change at each step between `first` and `last`, of the first `most` such steps."""
    numbers = {"epoch_id": epoch_id, "first": first, "last": last, "most": most}
    sql = _NEWEST_OF_STEPS.format(**{name: int(value) for name, value in numbers.items()})
    return Change.objects.filter(pk__in=RawSQL(sql, []))
