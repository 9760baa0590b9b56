"""A stretch of one path, past or present, read once.

`read_window` asks the database; a `Window` computes, and says nothing of the seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from ..core.brownian import Float64s
from ..core.errors import InvalidValueError
from ..core.format import write_number
from ..core.limits import WINDOW_CHANGES
from ..core.parameters import NAMES, Parameters
from ..core.timeline import Regime, Timeline, log2_stride_within
from ..models import Change, Epoch, Motion
from . import changelog
from .timelines import Asked, find_governing

Row = dict[str, Any]
"""Columns of a change: a thousand model instances would take longer than all the rest."""
_REGIME: Final = ("step", "position", "standard", "variance", "drift")
_TOLD: Final = ("revision", "step", "position", *NAMES)
_READ: Final = ("standard", "at", "event", "kind", *_TOLD)


@dataclass(frozen=True, kw_only=True)
class Window:
    """The steps first … last of one epoch, of which the multiples of 2^log2_stride are told.

    Attributes:
        epoch: its number.
        changes: as they are told, nameless: the one that governs the first step, then the newest
            of the others, oldest first, at most so many as were asked for.
        timeline: what governs the told steps.
        is_past: whether nothing that happens later can make it another window.
    """

    epoch: int
    first: int
    last: int
    log2_stride: int
    changes: tuple[dict[str, Any], ...]
    timeline: Timeline
    is_past: bool

    @property
    def positions(self) -> Float64s:
        """X at the multiples of 2^log2_stride in [first, last]; there is at least one."""
        return self.timeline.positions(
            -(-self.first >> self.log2_stride),
            self.last >> self.log2_stride,
            log2_stride=self.log2_stride,
        )

    def fields(self) -> dict[str, Any]:
        """What is told of it in JSON."""
        return {
            "epoch": self.epoch,
            "first": self.first,
            "first_step": -(-self.first >> self.log2_stride) << self.log2_stride,
            "stride": 1 << self.log2_stride,
            "last": self.last,
            "positions": self.positions.tolist(),
            "changes": list(self.changes),
        }


# --- reading -------------------------------------------------------------------------------


def find_epoch(motion: Motion, number: int | None) -> Epoch | None:
    """The epoch of that number, by default the current one.

    One that began after `motion` was read is not known yet.
    """
    number = motion.epoch if number is None else number
    return Epoch.objects.filter(motion=motion, number=number, number__lte=motion.epoch).first()


def read_window(
    motion: Motion,
    epoch: Epoch,
    *,
    first: int = 0,
    last: int | None = None,
    points: int,
    told_changes: int = WINDOW_CHANGES,
    every_step: bool = False,
) -> Window:
    """The steps first … last of `epoch`, thinned to at most `points`; `last` None: all so far.

    The changes are read up to the revision that `motion` was read at, so the two fit without a
    transaction; however many there are, no more than `points` or `told_changes` are fetched.

    Raises:
        InvalidValueError: the window is empty, reaches beyond what has happened, or has more
            steps than `points` and `every_step` is asked for.
    """
    last, is_past = bounded(motion, epoch, first=first, last=last)
    log2_stride = log2_stride_within(first, last, points)
    if every_step and log2_stride > 0:
        most = write_number(points)
        raise InvalidValueError("stretch", f"at most {most} steps long: request it in pieces")
    asked = Asked(epoch.pk, first, last, log2_stride, motion.revision)
    told, governing = _changes(asked, most=told_changes)
    return Window(
        epoch=epoch.number,
        first=first,
        last=last,
        log2_stride=log2_stride,
        changes=tuple(_describe_changes(told, epoch)),
        timeline=Timeline(epoch.seed, tuple(map(_regime, governing)), epoch.algorithm),
        is_past=is_past,
    )


def bounded(motion: Motion, epoch: Epoch, *, first: int, last: int | None) -> tuple[int, bool]:
    """The last step that is meant by `last`, None: of all so far; and whether all of it is past.

    Raises:
        InvalidValueError: the steps first … last are none, or reach beyond what has happened.
    """
    runs = epoch.number == motion.epoch
    frontier = motion.step if runs else epoch.last_step or 0
    last = frontier if last is None else last
    if last > frontier:
        raise InvalidValueError("last step", f"a step that has happened, at most {frontier}")
    if first > last:
        raise InvalidValueError("first step", f"at most the last one, {last}")
    return last, not runs or last < frontier


def _changes(asked: Asked, *, most: int) -> tuple[list[Row], list[Row]]:
    """The changes to send, `most` of them, and those that govern the points; oldest first."""
    known = Change.objects.filter(epoch=asked.epoch_id, revision__lte=asked.revision)
    newest_first = known.order_by("-step", "-revision").values(*_READ)
    start = newest_first.filter(step__lte=max(asked.first - 1, 0))[0]
    within = newest_first.filter(step__gt=start["step"], step__lte=asked.last)
    newest = list(within[: most + 1])
    told = [start, *reversed(newest[: most - 1])] if most else []
    if len(newest) <= most:
        return told, [start, *reversed(newest)]
    governing = find_governing([asked]).filter(step__gt=start["step"]).order_by("revision")
    return told, [start, *governing.values(*_REGIME)]


def _regime(row: Row) -> Regime:
    return Regime(**{name: row[name] for name in _REGIME})


@dataclass(frozen=True)
class _Made:
    """A row as `chronicle` knows changes."""

    row: Row

    @property
    def revision(self) -> int:
        return int(self.row["revision"])

    @property
    def event(self) -> int | None:
        event: int | None = self.row["event"]
        return event

    @property
    def kind(self) -> str:
        return str(self.row["kind"])

    @property
    def step(self) -> int:
        return int(self.row["step"])

    @cached_property
    def parameters(self) -> Parameters:
        return Parameters(**{name: self.row[name] for name in NAMES})


def _describe_changes(rows: list[Row], epoch: Epoch) -> Iterator[dict[str, Any]]:
    """The changes as a `history` has them, but for who made them: any cache may keep a window."""
    places = [(epoch.motion_id, row["revision"], row["event"]) for row in rows]
    before = changelog.find_preceding(places).filter(epoch=epoch).values(*_READ) if rows else []
    path = sorted(map(_Made, [*before, *rows]), key=lambda change: change.revision)
    deeds = changelog.describe_changes(path, path=epoch.ordinal)
    for row in rows:
        yield {
            **{name: row[name] for name in _TOLD},
            "at": row["at"].isoformat(timespec="milliseconds"),
            "event": changelog.event_of(_Made(row)),
            "kind": row["kind"],
            "text": changelog.say_without_name(deeds[row["revision"]]),
        }
