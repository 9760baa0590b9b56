"""A path or its ensemble, or a part of them, as a file: every step, and the facts about the file.

A file never has the seed: everyone who may see the motion may have the file, and the seed gives
away the future of the path.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from types import MappingProxyType
from typing import ClassVar, Final, NamedTuple

import numpy as np
from django.db.models import OuterRef, Subquery
from numpy.typing import DTypeLike, NDArray

from ..core import pacing
from ..core.archive import write_npz
from ..core.errors import InvalidValueError
from ..core.format import write_number
from ..core.limits import FILE_STEPS
from ..core.parameters import LIMITS
from ..core.step_times import Arrival, Frontier, Pace, StepTimes, write_times
from ..core.timeline import Regime, Timeline
from ..models import Change, Epoch, Motion
from .timelines import StepRange, find_governing
from .windows import check_bounds

COLUMNS: Final = MappingProxyType(
    {"step": "i8", "position": "f8", "variance": "f8", "drift": "f8", "time_utc": "M8[ms]"}
)
CSV_NAMES: Final = ",".join(COLUMNS) + "\n"

CSV_STEPS: Final = 1_000
NPZ_STEPS: Final = 8_192
"""The steps of a file that are computed in one turn of the event loop, in about 2 ms."""

NAMED_CHANGES: Final = 100
"""The most changes that a file lists before its rows; the rows have the laws of all of them."""


class Setting(NamedTuple):
    """How a motion was set by the change at `step`."""

    step: int
    at: datetime
    variance: float
    drift: float
    interval: float
    paused: bool


_SETTING_KINDS: Final = ("i8", "M8[ms]", "f8", "f8", "f8", "?")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a file is about, without `made`, the time at which it was made.

    Attributes:
        title, address: of the motion; only a public motion gives its address.
        slug: begins the name of the file, as `Motion.file_stem`.
        path: the ordinal of the path in its motion.
        first, last: the steps of the whole file.
        settings: variance, drift, interval and pause at the first step, then after each change.
        has_more: whether there are more changes than `settings` has.
    """

    title: str
    address: str
    slug: str
    path: int
    epoch: int
    algorithm: int
    first: int
    last: int
    settings: tuple[Setting, ...]
    has_more: bool

    kind: ClassVar[str] = ""

    def make_file_name(self, made: datetime, suffix: str) -> str:
        """The same name as the page gives its files (static/motion/widgets/export-dialog.js)."""
        steps = f"steps-{self.first}-{self.last}"
        return f"{self.slug}-path-{self.path}-{self.kind}{steps}-{made:%Y-%m-%d}.{suffix}"

    def write_comments(self, made: datetime) -> Iterator[str]:
        """The lines before the rows of a CSV file, without their #."""
        name = self.make_file_name(made, "csv")
        yield f"title: {write_title(self.title)}"
        if self.address:
            yield f"address: {self.address}"
        yield f"path: {self.path} (epoch {self.epoch}; algorithm version {self.algorithm})"
        yield f"steps: {self.first} to {self.last}"
        yield f"made: {made:%Y-%m-%d %H:%M:%S} UTC"
        yield f"at step {self.first}: {_describe_setting(self.settings[0])}"
        for change in self.settings[1:]:
            moment = f"{change.at:%Y-%m-%d %H:%M:%S} UTC"
            yield f"changed at step {change.step} ({moment}): {_describe_setting(change)}"
        if self.has_more:
            yield "and more changes: the columns variance and drift have them all"
        yield from self.describe_columns(name)

    def describe_columns(self, name: str) -> Iterator[str]:
        """What the columns are, and how to read the file `name`."""
        yield "position: after the step; variance and drift: of the increment that led to it"
        yield (
            "time_utc: computed from the times of the changes and the speed between them, right to"
            " within a minute or an interval; empty if the motion stood still at an unknown time"
        )
        yield f"pandas: pd.read_csv('{name}', comment='#', parse_dates=['time_utc'])"
        yield f"R: read.csv('{name}', comment.char='#')"
        yield (
            f"NumPy: step, position, variance, drift = np.loadtxt('{name}', delimiter=',',"
            " comments=('#', 'step'), usecols=range(4), unpack=True)"
        )

    def make_arrays(self, made: datetime) -> dict[str, NDArray[np.generic]]:
        """The facts as arrays of an .npz file."""
        names = ("step", "time_utc", *Setting._fields[2:])
        rows = [setting._replace(at=_strip_zone(setting.at)) for setting in self.settings]
        facts = ("title", "address", "path", "epoch", "algorithm")
        return {
            **{name: np.array(getattr(self, name)) for name in facts},
            "made_utc": np.array(_strip_zone(made), "M8[s]"),
            "changes": np.array(rows, dtype=list(zip(names, _SETTING_KINDS, strict=True))),
        }


@dataclass(frozen=True, kw_only=True)
class File(ABC):
    """A file, or a piece of it.

    Attributes:
        facts: of the whole file.
        first, last: the steps of this piece.
        has_head: whether the piece begins the file.
        is_past: whether nothing that happens later can change a position or a law in the whole
            file.
    """

    facts: Facts
    first: int
    last: int
    has_head: bool
    is_past: bool

    @property
    @abstractmethod
    def columns(self) -> Mapping[str, DTypeLike]:
        """The types of the arrays of an .npz, by name."""

    @property
    @abstractmethod
    def names(self) -> str:
        """The line of CSV before the rows."""

    @property
    @abstractmethod
    def turns(self) -> tuple[int, int]:
        """The steps of CSV, and of .npz, that are computed in one turn."""

    @abstractmethod
    def compute_column(self, name: str, first: int, last: int) -> NDArray[np.generic]:
        """One of `columns` for the steps first … last of this piece."""

    @abstractmethod
    def write_rows(self, first: int, last: int) -> str:
        """All columns as lines of CSV, with floats that read back bit for bit."""

    def write_csv(self, made: datetime) -> Iterator[str]:
        """This piece as CSV, some steps at a time."""
        if self.has_head:
            yield "".join(f"# {line}\n" for line in self.facts.write_comments(made)) + self.names
        for first, last in self._split_steps(self.turns[0]):
            yield self.write_rows(first, last)

    def write_npz(self, made: datetime) -> Iterator[bytes]:
        """This piece as NumPy's .npz: an array for each of `columns`, and one for each fact."""

        def compute(name: str) -> Iterator[NDArray[np.generic]]:
            return (self.compute_column(name, *ends) for ends in self._split_steps(self.turns[1]))

        columns = {name: (kind, compute(name)) for name, kind in self.columns.items()}
        length = self.last - self.first + 1
        return write_npz(columns, length=length, facts=self.facts.make_arrays(made))

    def _split_steps(self, most: int) -> Iterator[tuple[int, int]]:
        for first in range(self.first, self.last + 1, most):
            yield first, min(first + most - 1, self.last)


@dataclass(frozen=True, kw_only=True)
class Export(File):
    """A path as a file.

    Attributes:
        timeline, times: of these steps. The next change may still move times after the newest
            change by a minute, also where `is_past`.
    """

    timeline: Timeline
    times: StepTimes

    columns = COLUMNS
    names = CSV_NAMES
    turns = CSV_STEPS, NPZ_STEPS

    def compute_column(self, name: str, first: int, last: int) -> NDArray[np.generic]:
        """A row has X after its step, and the law of the increment of that step.

        At step 0 it has the law of the first increment.
        """
        if name == "step":
            return np.arange(first, last + 1, dtype=np.int64)
        if name == "position":
            return self.timeline.positions(first, last)
        if name == "time_utc":
            return self.times.compute(first, last)
        return self.timeline.laws(first, last)[("variance", "drift").index(name)]

    def write_rows(self, first: int, last: int) -> str:
        positions = self.timeline.positions(first, last).tolist()
        times = write_times(self.times.compute(first, last))
        rows = []
        for start, end, law in self._split_by_law(first, last):
            some = zip(positions[start:end], times[start:end], strict=True)
            rows += [
                f"{step},{position!r},{law},{time}\n"
                for step, (position, time) in enumerate(some, first + start)
            ]
        return "".join(rows)

    def _split_by_law(self, first: int, last: int) -> Iterator[tuple[int, int, str]]:
        """The rows of the steps first … last, cut where the law changes: start, end, law."""
        variance, drift = self.timeline.laws(first, last)
        differs = (np.diff(variance) != 0) | (np.diff(drift) != 0)
        starts = [0, *(np.flatnonzero(differs) + 1).tolist()]
        for start, end in pairwise([*starts, len(variance)]):
            yield start, end, f"{float(variance[start])!r},{float(drift[start])!r}"


# --- words ---------------------------------------------------------------------------------


def _describe_setting(setting: Setting) -> str:
    words = [f"{name} {getattr(setting, name):.12g}" for name in LIMITS]
    return ", ".join(words) + " s" + (", paused" if setting.paused else "")


def write_title(title: str) -> str:
    """A title for a comment, which has no quotes around it."""
    return remove_formulas(title.replace('"', "'"), separators=",;|")


def remove_formulas(text: str, *, separators: str = ";") -> str:
    """A text for a cell: a spreadsheet would run =formulas.

    Args:
        separators: what may end a cell: a semicolon where the comma is the decimal separator, in
            quotes too if their cell does not begin with them; others outside of quotes.
    """
    return re.sub(rf"(^|[{separators}]\s*)(?=[=+\-@＝＋－＠])", r"\1'", text)


def _strip_zone(moment: datetime) -> datetime:
    """A time as NumPy takes it: in UTC, without a time zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


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
    """The steps first … last of `epoch` as one file, or one piece of it.

    Args:
        piece: 1 is the head of the file and its first 100,000 steps, 2 the next 100,000, and so on.
            The pieces together are the file. None: the whole file.
        address: of the motion, or "".

    Raises:
        InvalidValueError: as `check_bounds`; or the file has more than 100,000 steps and `piece`
            is None; or there is no such piece.
    """
    end, is_past = check_bounds(motion, epoch, first=first, last=last)
    begin, until = find_piece(first, end, piece, most=FILE_STEPS)
    timeline, times = _load_timeline(motion, epoch, first=begin, last=until)
    return Export(
        facts=read_facts(motion, epoch, first=first, last=end, address=address),
        first=begin,
        last=until,
        timeline=timeline,
        times=times,
        has_head=piece in (None, 1),
        is_past=is_past,
    )


def find_piece(first: int, last: int, piece: int | None, *, most: int) -> tuple[int, int]:
    """The first and the last step of a piece of at most `most` steps; raises as `read_export`."""
    pieces = -(-(last - first + 1) // most)
    if piece is None and pieces > 1:
        limit = write_number(most)
        raise InvalidValueError("window", f"at most {limit} steps long: request it in pieces")
    if piece is not None and piece > pieces:
        raise InvalidValueError("piece", f"a whole number from 1 to {pieces}")
    begin = first + ((piece or 1) - 1) * most
    return begin, min(begin + most - 1, last)


def read_facts(motion: Motion, epoch: Epoch, *, first: int, last: int, address: str) -> Facts:
    """The facts about a file with the steps first … last of `epoch`."""
    known = Change.objects.filter(epoch=epoch, revision__lte=motion.revision)
    before = max(first - 1, 0)
    earlier = known.filter(step__lte=before).order_by("step", "revision")
    within = known.filter(kind="", step__gt=before, step__lt=last).order_by("step", "revision")
    rows = within.values_list(*Setting._fields)[: NAMED_CHANGES + 1]
    settings = [Setting._make(row) for row in (earlier.values_list(*Setting._fields).last(), *rows)]
    return Facts(
        title=str(motion),
        address=address,
        slug=motion.file_stem,
        path=epoch.ordinal,
        epoch=epoch.number,
        algorithm=epoch.algorithm,
        first=first,
        last=last,
        settings=tuple(settings[: NAMED_CHANGES + 1]),
        has_more=len(settings) > NAMED_CHANGES + 1,
    )


def _load_timeline(
    motion: Motion, epoch: Epoch, *, first: int, last: int
) -> tuple[Timeline, StepTimes]:
    """The path from before step `first` to `last`, and the times of its steps as far as known."""
    steps = StepRange(epoch.pk, max(first - 1, 0), last, 1, motion.revision)
    at_that_step = Change.objects.filter(epoch=epoch, step=OuterRef("step")).order_by("revision")
    first_at = Subquery(at_that_step.values("at")[:1])
    governing = find_governing([steps]).order_by("step")
    regimes, paces = [], []
    for *regime, came, since, interval in governing.values_list(
        *Regime._fields, first_at, "at", "interval"
    ):
        regimes.append(Regime._make(regime))
        pace = Pace(
            step=regime[0], came=came.timestamp(), since=since.timestamp(), interval=interval
        )
        paces.append(pace)
    timeline = Timeline(epoch.seed, tuple(regimes), epoch.algorithm)
    return timeline, StepTimes.from_paces(paces, _read_end(motion, epoch, last, paces[-1]))


def _read_end(motion: Motion, epoch: Epoch, last: int, newest: Pace) -> Arrival:
    """What ended the newest pace of the steps up to `last`: a change, a restart, or nothing yet."""
    known = Change.objects.filter(epoch=epoch, step__gt=last, revision__lte=motion.revision)
    change = known.order_by("step", "revision").values_list("step", "at").first()
    if change:
        return Arrival(step=change[0], came=change[1].timestamp())
    if epoch.ended_at and epoch.number != motion.epoch:
        return Arrival(step=epoch.last_step or 0, came=epoch.ended_at.timestamp())
    came = motion.next_at - pacing.tick_period(newest.interval)
    return Frontier(step=motion.step, came=came)
