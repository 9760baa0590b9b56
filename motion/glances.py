"""The newest steps of many motions at once, at the price of two queries however many they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import F, OuterRef, Q, Subquery

from .core.timeline import Timeline, UnknownAlgorithmError
from .models import Change, Epoch, Motion

GLANCE_STEPS: Final = 200
"""How far back a glance goes."""


@dataclass(frozen=True, kw_only=True)
class Glance:
    """The end of a motion's path: its `positions` at the steps `first` … `step`."""

    epoch: int
    first: int
    step: int
    positions: Sequence[float]


def read_glances(motions: Iterable[Motion], steps: int = GLANCE_STEPS) -> dict[int, Glance]:
    """The last `steps` of each of `motions`, by its id; what has no readable path is missing.

    The rows of `motions` were read before, and changes are taken up to their revisions only, so
    the two fit without a transaction.
    """
    by_id = {motion.pk: motion for motion in motions}
    epochs = [
        epoch for epoch in _epochs(by_id, steps) if epoch.number == by_id[epoch.motion_id].epoch
    ]
    changes = _changes(epochs)
    glances = {}
    for epoch in epochs:
        motion = by_id[epoch.motion_id]
        rows = [row for row in changes.get(epoch.pk, []) if row.revision <= motion.revision]
        if glance := _glance(motion, epoch, rows, steps):
            glances[motion.pk] = glance
    return glances


def _epochs(by_id: dict[int, Motion], steps: int) -> Iterable[Any]:
    """Epochs with the revision that governs the first step of a glance, or None."""
    governing = Change.objects.filter(
        motion=OuterRef("motion"),
        epoch=OuterRef("pk"),
        step__lte=OuterRef("motion__step") - steps,
    )
    return Epoch.objects.filter(
        motion__in=by_id, number__in={motion.epoch for motion in by_id.values()}
    ).annotate(since=Subquery(governing.order_by("-revision").values("revision")[:1]))


def _changes(epochs: Iterable[Any]) -> dict[int, list[Change]]:
    """The changes that govern the glances, by epoch, oldest first."""
    needed = [Q(epoch=epoch.pk, revision__gte=epoch.since or 0) for epoch in epochs]
    found: dict[int, list[Change]] = {}
    if needed:
        for row in Change.objects.filter(reduce(or_, needed)).order_by(F("revision")):
            found.setdefault(row.epoch_id, []).append(row)
    return found


def _glance(motion: Motion, epoch: Epoch, rows: Sequence[Change], steps: int) -> Glance | None:
    if not rows:
        return None
    # Had the motion moved on between the queries, the rows would begin a few steps later.
    first = max(rows[0].step, motion.step - steps, 0)
    try:
        timeline = Timeline(epoch.seed, tuple(row.regime for row in rows), epoch.algorithm)
    except UnknownAlgorithmError:
        return None  # one motion that cannot be shown must not hide the others
    positions = timeline.positions(first, motion.step).tolist()
    return Glance(epoch=motion.epoch, first=first, step=motion.step, positions=positions)
