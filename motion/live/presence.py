"""Who watches a motion: right in every process, at the price of a few rows.

Each server process writes who watches through it into one row a motion; the union of the rows
is everybody. A row that its process has not renewed counts no longer, so a server that died, or
lost its network, has nobody watching after `MOTION_PRESENCE_LASTS_S`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from hashlib import blake2b
from typing import Final

from django.conf import settings
from django.db.models import QuerySet

from ..models import Motion, Presence, now, person_id
from ..protocol import messages

TOLD_NAMES: Final = 30
CROWD: Final = 200

Versions = dict[str, int]
"""The version of each process's row of one motion."""


@dataclass(frozen=True)
class Audience:
    """Different people: names by user id, and a key for each browser without an account."""

    named: Mapping[int, str] = field(default_factory=dict)
    others: frozenset[str] = frozenset()

    def __or__(self, other: Audience) -> Audience:
        return Audience({**self.named, **other.named}, self.others | other.others)

    def __bool__(self) -> bool:
        return self.count > 0

    @property
    def count(self) -> int:
        return len(self.named) + len(self.others)

    def frame(self, motion_id: int) -> str:
        """The `viewers` frame of a motion: the first names of the alphabet, and all in number."""
        shown = sorted(self.named.items(), key=lambda item: (item[1].casefold(), item[0]))
        people = [
            messages.Named(person_id(motion_id, user_id), name)
            for user_id, name in shown[:TOLD_NAMES]
        ]
        return messages.encode_viewers(count=self.count, people=people)


Rows = dict[str, tuple[int, Audience]]
"""The rows of one motion by process: version, and who watches there."""


def union(audiences: Iterable[Audience]) -> Audience:
    return reduce(Audience.__or__, audiences, Audience())


def browser_key(cookie: str) -> str:
    """What is stored of a browser without an account: nothing that leads back to its cookie."""
    return blake2b(cookie.encode(), digest_size=6).hexdigest()


class Attendance:
    """Who watches one motion, as one process knows and has told it. No I/O."""

    def __init__(self, motion_id: int) -> None:
        self.motion_id = motion_id
        self.has_changed = True
        """Whether somebody came or left since this process looked."""
        self.is_stale = True
        """Whether other processes' rows are to be read."""
        self.everybody = Audience()
        self.told = ""
        """The newest `viewers` frame."""
        self._here = Audience()
        self._elsewhere: Rows = {}
        self._written: Audience | None = Audience()  # None: what is stored is not known
        self._is_told = False
        self._wrote_at = self._told_at = -float("inf")

    def look(self, here: Audience) -> None:
        """Who watches through this process."""
        self._here, self.has_changed = here, False
        self._count()

    def take(self, elsewhere: Rows) -> None:
        """Who watches through the others."""
        self._elsewhere = elsewhere
        self._count()

    def compare(self, versions: Versions) -> None:
        """What the others stored, in outline: whether it is to be read anew."""
        if versions != {process: version for process, (version, _) in self._elsewhere.items()}:
            self.is_stale = True

    @property
    def is_settled(self) -> bool:
        """Whether everything known here is written."""
        return not self.has_changed and self._here == self._written

    @property
    def has_row(self) -> bool:
        return bool(self._written)

    def to_write(self, moment: float) -> Audience | None:
        """What is to be written now, if anything is; `wrote` says that it was."""
        if self._here == self._written or moment < self._wrote_at + self._pause:
            return None
        self._wrote_at = moment
        return self._here

    def wrote(self, audience: Audience) -> None:
        self._written = audience

    def forget_written(self) -> None:
        """The row of this process may be gone: write it anew."""
        self._written = None

    def to_tell(self, moment: float) -> str | None:
        """The `viewers` frame to be sent now, if one is; counts as told."""
        if self._is_told or moment < self._told_at + self._pause:
            return None
        frame, self._is_told = self.everybody.frame(self.motion_id), True
        if frame == self.told:
            return None
        self._told_at, self.told = moment, frame
        return frame

    def _count(self) -> None:
        audiences = [audience for _, audience in self._elsewhere.values()]
        self.everybody, self._is_told = union([self._here, *audiences]), False

    @property
    def _pause(self) -> float:
        if self.everybody.count > CROWD:
            return settings.MOTION_PRESENCE_EVERY_CROWDED_S
        return settings.MOTION_PRESENCE_EVERY_S


# --- rows ------------------------------------------------------------------------------------


def write(process: str, audiences: Mapping[int, Audience]) -> None:
    """Store who watches through `process`, by motion; a motion that nobody watches has no row."""
    until = now() + settings.MOTION_PRESENCE_LASTS_S
    there = set(Motion.objects.filter(pk__in=audiences).values_list("pk", flat=True))
    rows = [
        Presence(
            motion_id=motion_id,
            process=process,
            version=time.time_ns(),
            until=until,
            named=audience.named,
            others=sorted(audience.others),
        )
        for motion_id, audience in audiences.items()
        if motion_id in there and audience
    ]
    gone = audiences.keys() - {row.motion_id for row in rows}
    Presence.objects.filter(process=process, motion__in=gone).delete()
    # A row that is there is altered, not made anew: on PostgreSQL a new one would wait for the
    # motion's lock, and who deletes the motion for this row's.
    Presence.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["motion", "process"],
        update_fields=["version", "until", "named", "others"],
    )


def renew(process: str) -> int:
    """Say that `process` lives, and forget those that do not; the rows it has."""
    moment = now()
    Presence.objects.filter(until__lt=moment).exclude(process=process).delete()
    mine = Presence.objects.filter(process=process)
    return mine.update(until=moment + settings.MOTION_PRESENCE_LASTS_S)


def forget(process: str) -> None:
    """Nobody watches through `process` any more."""
    Presence.objects.filter(process=process).delete()


def versions(motion_ids: Iterable[int], *, but: str = "") -> dict[int, Versions]:
    """What of these motions is stored by processes that live, except one, in outline."""
    found: dict[int, Versions] = {}
    rows = _living(motion_ids).exclude(process=but)
    for motion_id, process, version in rows.values_list("motion", "process", "version"):
        found.setdefault(motion_id, {})[process] = version
    return found


def read(motion_ids: Iterable[int], *, but: str = "") -> dict[int, dict[str, tuple[int, Audience]]]:
    """The same with who watches: by motion, then by process."""
    found: dict[int, Rows] = {}
    for row in _living(motion_ids).exclude(process=but):
        named = {int(user_id): name for user_id, name in row.named.items()}
        audience = Audience(named, frozenset(row.others))
        found.setdefault(row.motion_id, {})[row.process] = (row.version, audience)
    return found


def audiences(motion_ids: Iterable[int]) -> dict[int, Audience]:
    """Who watches each of these motions, in one query."""
    return {
        motion_id: union(audience for _, audience in rows.values())
        for motion_id, rows in read(motion_ids).items()
    }


def everybody() -> tuple[Audience, int]:
    """Who watches anything, each person and browser once, and how many motions; in one query."""
    named: dict[int, str] = {}
    others: set[str] = set()
    motions: set[int] = set()
    for row in Presence.objects.filter(until__gt=now()):
        named.update((int(user_id), name) for user_id, name in row.named.items())
        others.update(row.others)
        motions.add(row.motion_id)
    return Audience(named, frozenset(others)), len(motions)


def _living(motion_ids: Iterable[int]) -> QuerySet[Presence]:
    return Presence.objects.filter(motion__in=list(motion_ids), until__gt=now())
