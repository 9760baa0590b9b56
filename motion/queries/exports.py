"""A stretch of a path as a file: every step, when it came, and what the file is of.

A file says nothing of the seed: anyone who sees the motion may have the file, and the seed of a
path that goes on is its future.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

import numpy as np
from django.db.models import OuterRef, Subquery
from numpy.typing import NDArray

from ..core import pacing
from ..core.archive import write_npz
from ..core.errors import InvalidValueError
from ..core.limits import FILE_STEPS
from ..core.step_times import Arrival, Frontier, Pace, StepTimes, write_times
from ..models import Change, Epoch, Motion
from . import windows
from .timelines import Asked, find_governing
from .windows import Window

COLUMNS: Final = ("step", "position", "variance", "drift", "time_utc")
CSV_NAMES: Final = ",".join(COLUMNS) + "\n"

CSV_STEPS: Final = 1_000
NPZ_STEPS: Final = 8_192
"""Steps of a file that are computed between two turns of the event loop, in about 2 ms."""

NAMED_CHANGES: Final = 100
"""Changes that a file names before its rows, at most; the rows have the laws of all of them."""

_KINDS: Final = {"step": "i8", "time_utc": "M8[ms]"}
_SETTING: Final = ("step", "at", "variance", "drift", "interval", "paused")
_SETTING_KINDS: Final = ("i8", "M8[ms]", "f8", "f8", "f8", "?")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a file is of; `made`, when it was made, is no part of what it says.

    Attributes:
        title, address: of the motion; a private one has no address.
        path: which of the motion's paths, from 1.
        first, last: the steps of the whole file.
        settings: variance, drift, interval and pause at the first step, then each change within.
        has_more: whether there were more changes than `settings` has.
    """

    title: str
    address: str
    slug: str
    path: int
    epoch: int
    algorithm: int
    first: int
    last: int
    settings: tuple[dict[str, Any], ...]
    has_more: bool

    def file_name(self, made: datetime, suffix: str) -> str:
        """As the page names its files (static/motion/widgets/export-dialog.js)."""
        steps = f"steps-{self.first}-{self.last}"
        return f"{self.slug}-path-{self.path}-{steps}-{made:%Y-%m-%d}.{suffix}"

    def lines(self, made: datetime) -> Iterator[str]:
        """The comments before the rows of a CSV file, each a line that begins with #."""
        name = self.file_name(made, "csv")
        yield f"title: {without_formulas(self.title)}"
        if self.address:
            yield f"address: {self.address}"
        yield f"path: {self.path} (epoch {self.epoch}; algorithm version {self.algorithm})"
        yield f"steps: {self.first} to {self.last}"
        yield f"made: {made:%Y-%m-%d %H:%M:%S} UTC"
        yield f"at step {self.first}: {_in_words(self.settings[0])}"
        for change in self.settings[1:]:
            moment = f"{change['at']:%Y-%m-%d %H:%M:%S} UTC"
            yield f"changed at step {change['step']} ({moment}): {_in_words(change)}"
        if self.has_more:
            yield "and more changes: the columns variance and drift have them all"
        yield "position: after the step; variance and drift: of the increment that led to it"
        yield (
            "time_utc: computed from the times of the changes and the speed between them;"
            " within a minute or an interval; empty where the motion stood still and nobody knows"
            " when"
        )
        yield f"pandas: pd.read_csv('{name}', comment='#', parse_dates=['time_utc'])"
        yield f"R: read.csv('{name}', comment.char='#')"
        yield (
            f"NumPy: step, position, variance, drift = np.loadtxt('{name}', delimiter=',',"
            " comments=('#', 'step'), usecols=range(4), unpack=True)"
        )

    def arrays(self, made: datetime) -> dict[str, NDArray[Any]]:
        """The same for an .npz."""
        rows = [tuple(_naive(row[name]) for name in _SETTING) for row in self.settings]
        names = ("step", "time_utc", *_SETTING[2:])
        return {
            **{name: np.array(getattr(self, name)) for name in ("title", "address", "path")},
            **{name: np.array(getattr(self, name)) for name in ("epoch", "algorithm")},
            "made_utc": np.array(_naive(made), "M8[s]"),
            "changes": np.array(rows, dtype=list(zip(names, _SETTING_KINDS, strict=True))),
        }


@dataclass(frozen=True, kw_only=True)
class Export:
    """A file, or a piece of one.

    Attributes:
        facts: of the whole file.
        window: the steps of this piece; stride 1.
        times: of these steps.
        has_head: whether the piece begins the file.
        is_past: whether nothing that happens later can change a position or a law in the whole
            file. The next change may move the times of steps after the last by a minute.
    """

    facts: Facts
    window: Window
    times: StepTimes
    has_head: bool
    is_past: bool

    def column(self, name: str, first: int, last: int) -> NDArray[Any]:
        """One of `COLUMNS` of the steps first … last, which lie in the window.

        A row holds X after its step, and the law of the increment that led there; at step 0
        that of the first increment.
        """
        if name == "step":
            return np.arange(first, last + 1, dtype=np.int64)
        if name == "position":
            return self.window.timeline.positions(first, last)
        if name == "time_utc":
            return self.times.at(first, last)
        return self.window.timeline.laws(first, last)[("variance", "drift").index(name)]

    def lines(self, first: int, last: int) -> str:
        """All of them as lines of CSV; floats are written so that they read back bit for bit."""
        positions = self.window.timeline.positions(first, last).tolist()
        times = write_times(self.times.at(first, last))
        rows = []
        for start, end, law in self._laws(first, last):
            some = zip(positions[start:end], times[start:end], strict=True)
            rows += [
                f"{step},{position!r},{law},{time}\n"
                for step, (position, time) in enumerate(some, first + start)
            ]
        return "".join(rows)

    def _laws(self, first: int, last: int) -> Iterator[tuple[int, int, str]]:
        """The rows of the steps first … last, cut where their law is another: start, end, law."""
        variance, drift = self.window.timeline.laws(first, last)
        is_other = (np.diff(variance) != 0) | (np.diff(drift) != 0)
        starts = [0, *(np.flatnonzero(is_other) + 1).tolist()]
        for start, end in pairwise([*starts, len(variance)]):
            yield start, end, f"{float(variance[start])!r},{float(drift[start])!r}"

    def csv(self, made: datetime) -> Iterator[str]:
        """All of it as CSV, a thousand steps at a time."""
        if self.has_head:
            yield "".join(f"# {line}\n" for line in self.facts.lines(made)) + CSV_NAMES
        for piece in self._pieces(CSV_STEPS):
            yield self.lines(*piece)

    def npz(self, made: datetime) -> Iterator[bytes]:
        """The same as NumPy's .npz: an array for each of `COLUMNS`, and one for each fact."""

        def column(name: str) -> Iterator[NDArray[Any]]:
            return (self.column(name, *piece) for piece in self._pieces(NPZ_STEPS))

        columns = {name: (_KINDS.get(name, "f8"), column(name)) for name in COLUMNS}
        length = self.window.last - self.window.first + 1
        return write_npz(columns, length=length, facts=self.facts.arrays(made))

    def _pieces(self, steps: int) -> Iterator[tuple[int, int]]:
        last = self.window.last
        for first in range(self.window.first, last + 1, steps):
            yield first, min(first + steps - 1, last)


# --- words ---------------------------------------------------------------------------------


def _in_words(setting: dict[str, Any]) -> str:
    words = [f"{name} {setting[name]:.12g}" for name in ("variance", "drift", "interval")]
    return ", ".join(words) + " s" + (", paused" if setting["paused"] else "")


def without_formulas(text: str) -> str:
    """A title inside a comment: a spreadsheet cuts it at separators, and would run =formulas."""
    return re.sub(r"([,;|]\s*)(?=[=+\-@])", r"\1'", text.replace('"', "'"))


def _naive(value: Any) -> Any:
    """A moment as NumPy takes it: in UTC, without saying so."""
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value


# --- reading -------------------------------------------------------------------------------


def read_export(
    motion: Motion,
    epoch: Epoch,
    *,
    first: int,
    last: int | None,
    piece: int | None,
    address: str,
) -> Export:
    """The steps first … last of `epoch` as one file, or the `piece` of it with that number.

    Args:
        piece: 1 has the steps first … first + 99,999 and what stands before them, 2 the next
            100,000, and so on: put together they are the file. None: the whole file.

    Raises:
        InvalidValueError: as `windows.read_window`; or there is no such piece.
    """
    end, is_past = windows.bounded(motion, epoch, first=first, last=last)
    begin, until = _bounds(first, end, piece)
    window = windows.read_window(
        motion, epoch, first=begin, last=until, points=FILE_STEPS, told_changes=0, every_step=True
    )
    return Export(
        facts=_read_facts(motion, epoch, first=first, last=end, address=address),
        window=window,
        times=_read_times(motion, epoch, first=begin, last=until),
        has_head=piece in (None, 1),
        is_past=is_past,
    )


def _bounds(first: int, last: int, piece: int | None) -> tuple[int, int]:
    """The first and the last step of a piece."""
    if piece is None:
        return first, last
    pieces = -(-(last - first + 1) // FILE_STEPS)
    if piece > pieces:
        raise InvalidValueError("piece", f"a whole number from 1 to {pieces}")
    begin = first + (piece - 1) * FILE_STEPS
    return begin, min(begin + FILE_STEPS - 1, last)


def _read_facts(motion: Motion, epoch: Epoch, *, first: int, last: int, address: str) -> Facts:
    known = Change.objects.filter(epoch=epoch, revision__lte=motion.revision)
    before = max(first - 1, 0)
    start = known.filter(step__lte=before).order_by("-step", "-revision").values(*_SETTING)[0]
    set_within = known.filter(kind="", step__gt=before, step__lt=last)
    within = set_within.order_by("step", "revision")
    rows = list(within.values(*_SETTING)[: NAMED_CHANGES + 1])
    return Facts(
        title=str(motion),
        address=address,
        slug=motion.slug,
        path=epoch.ordinal,
        epoch=epoch.number,
        algorithm=epoch.algorithm,
        first=first,
        last=last,
        settings=(start, *rows[:NAMED_CHANGES]),
        has_more=len(rows) > NAMED_CHANGES,
    )


def _read_times(motion: Motion, epoch: Epoch, *, first: int, last: int) -> StepTimes:
    """When the steps first … last came, as far as the changes and the frontier say."""
    asked = Asked(epoch.pk, max(first - 1, 0), last, 0, motion.revision)
    at_that_step = Change.objects.filter(epoch=epoch, step=OuterRef("step")).order_by("revision")
    rows = (
        find_governing([asked])
        .order_by("step")
        .values_list("step", Subquery(at_that_step.values("at")[:1]), "at", "interval")
    )
    paces = [
        Pace(step=step, came=came.timestamp(), since=since.timestamp(), interval=interval)
        for step, came, since, interval in rows
    ]
    return StepTimes.of(paces, _read_end(motion, epoch, last, paces[-1]))


def _read_end(motion: Motion, epoch: Epoch, last: int, newest: Pace) -> Arrival:
    """What ended the newest pace of the steps up to `last`."""
    known = Change.objects.filter(epoch=epoch, step__gt=last, revision__lte=motion.revision)
    change = known.order_by("step", "revision").values_list("step", "at").first()
    if change:
        return Arrival(step=change[0], came=change[1].timestamp())
    if epoch.ended_at and epoch.number != motion.epoch:
        return Arrival(step=epoch.last_step or 0, came=epoch.ended_at.timestamp())
    came = motion.next_at - pacing.period(newest.interval)
    return Frontier(step=motion.step, came=came)
