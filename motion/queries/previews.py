"""The newest steps of many motions at once, at the price of two queries however many they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ..core.timeline import Timeline, UnknownAlgorithmError
from ..models import Change, Epoch, Motion
from .timelines import Asked, find_governing

PREVIEW_STEPS: Final = 200
"""How far back a preview goes."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The end of a motion's path: its `positions` at the steps `first` … `step`."""

    epoch: int
    first: int
    step: int
    positions: Sequence[float]


def load_previews(motions: Iterable[Motion], steps: int = PREVIEW_STEPS) -> dict[int, Preview]:
    """The last `steps` of each of `motions`, by its id; what has no readable path is missing.

    The rows of `motions` were read before, and changes are taken up to their revisions only, so
    the two fit without a transaction.
    """
    by_id = {motion.pk: motion for motion in motions}
    numbers = {motion.epoch for motion in by_id.values()}
    epochs = [
        epoch
        for epoch in Epoch.objects.filter(motion__in=by_id, number__in=numbers)
        if epoch.number == by_id[epoch.motion_id].epoch
    ]
    changes = _changes(by_id, epochs, steps)
    previews = {}
    for epoch in epochs:
        motion = by_id[epoch.motion_id]
        if preview := _make_preview(motion, epoch, changes.get(epoch.pk, []), steps):
            previews[motion.pk] = preview
    return previews


def _changes(
    by_id: dict[int, Motion], epochs: Iterable[Epoch], steps: int
) -> dict[int, list[Change]]:
    """The changes that govern the previews, by epoch, oldest first."""
    asked = []
    for epoch in epochs:
        motion = by_id[epoch.motion_id]
        first = max(motion.step - steps, 0)
        asked.append(Asked(epoch.pk, first, motion.step, 0, motion.revision))
    found: dict[int, list[Change]] = {}
    for row in find_governing(asked).order_by("revision") if asked else ():
        found.setdefault(row.epoch_id, []).append(row)
    return found


def _make_preview(
    motion: Motion, epoch: Epoch, rows: Sequence[Change], steps: int
) -> Preview | None:
    if not rows:
        return None
    first = max(motion.step - steps, 0)
    try:
        timeline = Timeline(epoch.seed, tuple(row.regime for row in rows), epoch.algorithm)
    except UnknownAlgorithmError:
        return None  # one motion that cannot be shown must not hide the others
    positions = timeline.positions(first, motion.step).tolist()
    return Preview(epoch=motion.epoch, first=first, step=motion.step, positions=positions)
