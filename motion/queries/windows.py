"""Windows: a range of steps of one path, past or present, at a stride that limits the points.

`read_window` reads the database; a `Window` computes. Neither reveals the seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ..core.brownian import Float64s
from ..core.errors import InvalidValueError
from ..core.limits import WINDOW_CHANGES
from ..core.timeline import Regime, Timeline, find_log2_stride
from ..models import Change, Epoch, Motion
from ..protocol.messages import make_change_fields
from . import changelog
from .timelines import StepRange, load_regimes

_COLUMNS: Final = (*Regime._fields, "interval", "paused", "revision", "at", "event", "kind")
"""Rows, not instances of `Change`: a thousand of those would take longer than all the rest."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """The multiples of 2^log2_stride in the steps first … last of one epoch.

    Attributes:
        epoch: its number.
        changes: without names: the change that governs the first step, then the newest of the
            others, oldest first, at most as many as the reader wants.
        timeline: the regimes that govern these steps.
        is_past: whether nothing that happens later can change the window.
    """

    epoch: int
    first: int
    last: int
    log2_stride: int
    changes: tuple[dict[str, object], ...]
    timeline: Timeline
    is_past: bool

    @property
    def positions(self) -> Float64s:
        """X at the multiples of 2^log2_stride in [first, last]: at least one value."""
        return self.timeline.positions(
            -(-self.first >> self.log2_stride),
            self.last >> self.log2_stride,
            log2_stride=self.log2_stride,
        )

    def make_fields(self) -> dict[str, object]:
        """The window as JSON has it."""
        return {
            "epoch": self.epoch,
            "first": self.first,
            "first_step": -(-self.first >> self.log2_stride) << self.log2_stride,
            "stride": 1 << self.log2_stride,
            "last": self.last,
            "positions": self.positions.tolist(),
            "changes": list(self.changes),
        }


def find_epoch(motion: Motion, number: int | None) -> Epoch | None:
    """The epoch with that number, by default the current one.

    An epoch that began after `motion` was read does not count.
    """
    number = motion.epoch if number is None else number
    return Epoch.objects.filter(motion=motion, number=number, number__lte=motion.epoch).first()


def check_bounds(motion: Motion, epoch: Epoch, *, first: int, last: int | None) -> tuple[int, bool]:
    """Check that the steps first … last have happened; `last` None means all so far.

    Returns:
        The last step, and whether nothing that happens later can change these steps.

    Raises:
        InvalidValueError: there are no such steps, or not yet.
    """
    is_current = epoch.number == motion.epoch
    frontier = motion.step if is_current else epoch.last_step or 0
    last = frontier if last is None else last
    if last > frontier:
        raise InvalidValueError("last step", f"a step that has happened, at most {frontier}")
    if first > last:
        raise InvalidValueError("first step", f"at most the last one, {last}")
    return last, not is_current or last < frontier


def read_window(
    motion: Motion,
    epoch: Epoch,
    *,
    first: int = 0,
    last: int | None = None,
    points: int,
    max_changes: int = WINDOW_CHANGES,
) -> Window:
    """The steps first … last of `epoch`, at the least stride that leaves at most `points`.

    Changes are read up to the revision in the row of `motion`, so the two fit without a
    transaction. However many changes there are, the queries return no more than `points` or
    `max_changes` of them, and one more.

    Raises:
        InvalidValueError: as `check_bounds`.
    """
    last, is_past = check_bounds(motion, epoch, first=first, last=last)
    log2_stride = find_log2_stride(first, last, points)
    steps = StepRange(epoch.pk, first, last, 1 << log2_stride, motion.revision)
    rows, is_complete = _read_changes(steps, most=max_changes)
    if is_complete:
        regimes = tuple(Regime._make(row[: len(Regime._fields)]) for row in rows)
    else:
        regimes = load_regimes([steps])[epoch.pk]
    return Window(
        epoch=epoch.number,
        first=first,
        last=last,
        log2_stride=log2_stride,
        changes=tuple(_describe_changes(rows, epoch)),
        timeline=Timeline(epoch.seed, regimes, epoch.algorithm),
        is_past=is_past,
    )


def _read_changes(steps: StepRange, *, most: int) -> tuple[list[Any], bool]:
    """The changes to send, oldest first, and whether these are all changes in these steps."""
    if most == 0:
        return [], False
    known = Change.objects.filter(epoch=steps.epoch_id, revision__lte=steps.revision)
    newest_first = known.order_by("-step", "-revision").values_list(*_COLUMNS, named=True)
    start = newest_first.filter(step__lte=max(steps.first - 1, 0))[0]
    within = newest_first.filter(step__gt=start.step, step__lte=steps.last)
    newest = list(within[:most])
    return [start, *reversed(newest[: most - 1])], len(newest) < most


def _describe_changes(rows: list[Any], epoch: Epoch) -> Iterator[dict[str, object]]:
    """The changes as a `history` has them, but without names: any cache may keep a window."""
    places = [(epoch.motion_id, row.revision, row.event) for row in rows]
    preceding = changelog.find_preceding(places).filter(epoch=epoch)
    earlier = preceding.values_list(*_COLUMNS, named=True) if rows else ()
    records = {row.revision: changelog.make_record(row) for row in (*earlier, *rows)}
    path = [records[revision] for revision in sorted(records)]
    actions = changelog.describe_changes(path, path=epoch.ordinal, ensemble=epoch.paths)
    for row in rows:
        text = changelog.write_nameless_sentence(actions[row.revision])
        fields = make_change_fields(records[row.revision]) | {"text": text}
        del fields["by"]
        yield fields
