"""The newest steps of many motions at once, in two queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ..core.timeline import Timeline, UnknownAlgorithmError
from ..models import Epoch, Motion
from .timelines import StepRange, load_regimes

PREVIEW_STEPS: Final = 200


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The newest steps of a motion: its `positions` at the steps `first` … `step`."""

    epoch: int
    first: int
    step: int
    positions: Sequence[float]


def load_previews(motions: Iterable[Motion], steps: int = PREVIEW_STEPS) -> dict[int, Preview]:
    """The newest `steps` of each of `motions`, by its id, without motions that cannot be computed.

    Changes are read up to the revisions in the rows of `motions`, so the two fit without a
    transaction.
    """
    by_id = {motion.pk: motion for motion in motions}
    numbers = {motion.epoch for motion in by_id.values()}
    current = [
        (by_id[epoch.motion_id], epoch)
        for epoch in Epoch.objects.filter(motion__in=by_id, number__in=numbers)
        if epoch.number == by_id[epoch.motion_id].epoch
    ]
    ranges = [
        StepRange(epoch.pk, max(motion.step - steps, 0), motion.step, 1, motion.revision)
        for motion, epoch in current
    ]
    regimes = load_regimes(ranges)
    previews = {}
    for motion, epoch in current:
        first = max(motion.step - steps, 0)
        try:
            timeline = Timeline(epoch.seed, regimes.get(epoch.pk, ()), epoch.algorithm)
        except (UnknownAlgorithmError, ValueError):
            continue  # one motion that cannot be computed must not hide the others
        positions = timeline.positions(first, motion.step).tolist()
        previews[motion.pk] = Preview(
            epoch=motion.epoch, first=first, step=motion.step, positions=positions
        )
    return previews
