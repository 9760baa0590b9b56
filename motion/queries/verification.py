"""Checks that the rows of a motion agree with each other and with the paths of its seeds."""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Final

import numpy as np
from django.db.models import Max

from ..core.brownian import ALGORITHM
from ..core.parameters import LIMITS, NAMES, STEP_LIMIT
from ..core.timeline import AGREEMENT, Regime, Timeline
from ..models import Change, Epoch, Motion
from .ensemble_verification import CHUNK, EnsembleCheck

FAULTS: Final = 20
"""The most faults of a report."""

REGIMES: Final = 1_000
"""The newest regimes of a path, over which windows are compared."""

POINTS: Final = 64


@dataclass
class Report:
    """What was checked, and its faults, without seeds; `revision` is the newest one checked."""

    paths: int = 0
    steps: int = 0
    changes: int = 0
    revision: int = 0
    faults: tuple[str, ...] = ()


def verify_motion(motion: Motion) -> Report:
    """Recompute all paths of `motion`, as of the time when its row was read.

    Later changes have later revisions and are not checked, so nothing is locked.
    """
    report = Report()
    report.faults = tuple(islice(_check_motion(motion, report), FAULTS))
    return report


def _check_motion(motion: Motion, report: Report) -> Iterator[str]:
    newest: Change | None = None
    current: Epoch | None = None
    for epoch in Epoch.objects.filter(motion=motion, number__lte=motion.epoch).order_by("number"):
        report.paths += 1
        yield from _check_epoch(motion, epoch, report.paths)
        end = motion.step if epoch.number == motion.epoch else epoch.last_step or 0
        report.steps += end
        path = _Path(motion, epoch, end, before=newest)
        yield from path.check(report)
        newest, current = path.newest, epoch
    yield from _check_row(motion, current, newest, report)
    yield from _check_later_rows(motion)


def _check_epoch(motion: Motion, epoch: Epoch, count: int) -> Iterator[str]:
    """The faults of its row. Its times are not checked: a clock may have been set back."""
    name = f"path {epoch.ordinal}"
    if epoch.ordinal != count:
        yield f"{name}: it is number {count} of its motion"
    if epoch.algorithm != ALGORITHM:
        yield f"{name}: algorithm version {epoch.algorithm} is unknown here"
    is_current = epoch.number == motion.epoch
    if not is_current and (epoch.ended_at is None or epoch.last_step is None):
        yield f"{name}: it was restarted, but has no end"
    has_end = epoch.ended_at is not None or epoch.last_step is not None
    if is_current and has_end and not _has_restarted(motion):
        yield f"{name}: it runs, but has an end"


def _has_restarted(motion: Motion) -> bool:
    """Whether the motion was restarted after its row was read."""
    return not Motion.objects.filter(pk=motion.pk, epoch=motion.epoch).exists()


def _check_row(
    motion: Motion, epoch: Epoch | None, newest: Change | None, report: Report
) -> Iterator[str]:
    if epoch is None or epoch.number != motion.epoch:
        yield "the motion has no path that runs"
    if newest is None:
        return  # reported above
    if report.revision != motion.revision:
        yield f"the motion is at revision {motion.revision}, its newest change is {report.revision}"
    differing = [name for name in NAMES if getattr(motion, name) != getattr(newest, name)]
    if differing:
        yield f"edited outside this program and not recorded yet: {', '.join(differing)}"


def _check_later_rows(motion: Motion) -> Iterator[str]:
    """Changes and paths that are newer than the motion's row.

    They are read before the row, so new rows are in both.
    """
    change = Change.objects.filter(motion=motion).aggregate(newest=Max("revision"))["newest"] or 0
    path = Epoch.objects.filter(motion=motion).aggregate(newest=Max("number"))["newest"] or 0
    row = Motion.objects.filter(pk=motion.pk).first()
    if row and change > row.revision:
        yield f"the motion is at revision {row.revision}, but there is a change {change}"
    if row and path > row.epoch:
        yield "there is a path beyond the one that runs"


class _Path:
    """Checks one epoch up to step `end`; `before` is the last change of the epoch before."""

    def __init__(self, motion: Motion, epoch: Epoch, end: int, *, before: Change | None) -> None:
        self.motion, self.epoch, self.end, self.before = motion, epoch, end, before
        self.newest: Change | None = None
        self._regimes: deque[Regime] = deque(maxlen=REGIMES)
        self._drift = self._variance = 0.0  # the largest so far
        self._ensemble = EnsembleCheck(epoch)

    def check(self, report: Report) -> Iterator[str]:
        name = f"path {self.epoch.ordinal}"
        if self.epoch.algorithm != ALGORITHM:
            return  # the path cannot be computed
        if not 0 <= self.epoch.seed < 2**63:
            yield f"{name}: its seed is beyond 63 bits"
            return
        if not 0 <= self.end < STEP_LIMIT:
            yield f"{name}: it ends at step {self.end}, which no path reaches"
            return
        for fault in self._ensemble.check_epoch():
            yield f"{name}: {fault}"
        rows = Change.objects.filter(epoch=self.epoch, revision__lte=self.motion.revision)
        for row in rows.defer(None).order_by("revision").iterator(chunk_size=CHUNK):
            where = f"{name}, revision {row.revision}"
            for fault in self._check_change(row, report):
                yield f"{where}: {fault}"
            report.changes += 1
            report.revision = row.revision
            is_regime = row.variance >= 0.0 and math.isfinite(row.position)
            if not is_regime or not 0 <= row.step < STEP_LIMIT:
                return  # later steps cannot be computed
            for fault in self._ensemble.check_change(row):
                yield f"{where}: {fault}"
            self._add_regime(row)
        if self.newest is None:
            yield f"{name}: it has no change, not even the first"
            return
        if self.newest.paused and self.end > self.newest.step:
            yield f"{name}: it made steps after {self.newest.step}, where it was paused"
        for fault in chain(self._check_windows(), self._ensemble.check_end(self.end)):
            yield f"{name}: {fault}"

    def _add_regime(self, row: Change) -> None:
        self.newest = row
        self._regimes.append(row.regime)
        self._drift = max(self._drift, abs(row.drift))
        self._variance = max(self._variance, row.variance)

    def _check_change(self, row: Change, report: Report) -> Iterator[str]:
        if row.revision != report.revision + 1:
            yield f"it follows revision {report.revision}"
        if row.step > self.end:
            yield f"it is at step {row.step}, the path ends at {self.end}"
        if row.step >= STEP_LIMIT:
            return  # no path is defined there
        for name, limits in LIMITS.items():
            if not limits.least <= getattr(row, name) <= limits.most:
                yield f"its {name} is beyond its limits"
        if not (math.isfinite(row.position) and math.isfinite(row.standard)):
            yield "its position is not finite"
        elif self.newest is None:
            if (row.step, row.position, row.standard) != (0, 0.0, 0.0):
                yield "a path begins at 0, at step 0"
            if self.before and row.parameters != replace(self.before.parameters, paused=row.paused):
                yield "a restart keeps variance, drift and interval"
        else:
            yield from self._check_succession(self.newest, row)

    def _check_succession(self, before: Change, row: Change) -> Iterator[str]:
        if row.step < before.step:
            yield f"it goes back from step {before.step} to {row.step}"
            return
        if before.paused and row.step > before.step:
            yield f"steps were made in the pause at {before.step}"
        if (row.parameters == before.parameters) != bool(row.kind):
            yield "it changes parameters and who controls" if row.kind else "it changes nothing"
        timeline = Timeline(self.epoch.seed, (before.regime,), self.epoch.algorithm)
        if not self._is_close(row.position, timeline.position(row.step), row.step):
            yield f"at step {row.step} the recorded position is not on the path"
        if not abs(row.standard - timeline.standard(row.step)) <= AGREEMENT * max(
            1.0, row.step**0.5
        ):
            yield f"at step {row.step} the recorded standard position is not on the path"

    def _is_close(self, one: float, other: float, step: int) -> bool:
        spread = (max(self._variance, 0.0) * step) ** 0.5
        return abs(one - other) <= AGREEMENT * max(1.0, abs(other), self._drift * step, spread)

    def _check_windows(self) -> Iterator[str]:
        """Windows and single positions at the end of the path must agree bit for bit."""
        starts = [regime.step for regime in self._regimes]
        if starts != sorted(starts) or starts[-1] > self.end:
            return  # reported above
        timeline = Timeline(self.epoch.seed, tuple(self._regimes), self.epoch.algorithm)
        length = self.end - starts[0]
        for log2_stride in {0, length.bit_length() // 2, max(0, length.bit_length() - 7)}:
            last = self.end >> log2_stride
            first = max(last - POINTS + 1, -(-starts[0] >> log2_stride))
            if first > last:
                continue
            window = timeline.positions(first, last, log2_stride=log2_stride)
            single = [timeline.position(at << log2_stride) for at in range(first, last + 1)]
            if window.tolist() != single:
                yield f"a window at the stride {1 << log2_stride} is not the path"
        first = max(starts[0], self.end - POINTS)
        if first < self.end:
            summed = timeline.position(first) + np.sum(timeline.increments(first + 1, self.end))
            if not self._is_close(float(summed), timeline.position(self.end), self.end):
                yield "its increments do not add up to its position"
