"""The viewers of a motion: right in every process, at the cost of a few rows.

Each server process writes one row for each motion with the viewers that watch through it; the
union of the rows is everybody. Rows that their process does not renew do not count: if a server
dies, or loses its network, its viewers are gone after `MOTION_PRESENCE_LASTS_S`.
"""

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from django.conf import settings
from django.db.models import QuerySet

from ..models import Motion, Presence, make_person_id, now
from ..protocol import messages
from ..queries.snapshots import NO_SEATS, Seats

MAX_SENT_NAMES: Final = 30
MAX_SENT_SEATS: Final = 500
CROWD: Final = 200

Versions = dict[str, int]
"""The version of each process's row of one motion."""


@dataclass(frozen=True)
class Viewers:
    """Different people: names by user id, and a key for each browser without an account.

    `followers` is how many pages follow the view of a presenter.
    """

    named: Mapping[int, str] = field(default_factory=dict)
    others: frozenset[str] = frozenset()
    followers: int = 0

    def __or__(self, other: "Viewers") -> "Viewers":
        return unite([self, other])

    def __bool__(self) -> bool:
        return self.count > 0

    @property
    def count(self) -> int:
        return len(self.named) + len(self.others)

    def encode(self, motion_id: int, seats: Seats = NO_SEATS) -> str:
        """The `viewers` frame: the first names of the alphabet, the seats of the viewers, and
        the number of all viewers."""
        ordered = sorted(self.named.items(), key=lambda item: (item[1].casefold(), item[0]))
        people = [
            messages.NamedPerson(make_person_id(motion_id, user_id), name)
            for user_id, name in ordered[:MAX_SENT_NAMES]
        ]
        seated = seats.keys() & self.named.keys()
        taken = sorted((seats[user_id], self.named[user_id]) for user_id in seated)
        return messages.encode_viewers(
            count=self.count,
            people=people,
            seats=taken[:MAX_SENT_SEATS],
            followers=self.followers,
        )


Rows = dict[str, tuple[int, Viewers]]
"""The rows of one motion by process: version, and who watches there."""


def unite(viewers: Iterable[Viewers]) -> Viewers:
    named: dict[int, str] = {}
    others: set[str] = set()
    followers = 0
    for some in viewers:
        named.update(some.named)
        others.update(some.others)
        followers += some.followers
    return Viewers(named, frozenset(others), followers)


def hash_cookie(cookie: str) -> str:
    """The key of a browser without an account: it does not lead back to the cookie."""
    return blake2b(cookie.encode(), digest_size=6).hexdigest()


class MotionPresence:
    """The viewers of one motion, as one process knows them and has sent them. No I/O."""

    def __init__(self, motion_id: int) -> None:
        self.motion_id = motion_id
        self.has_changed = True
        """Whether a socket came or left since `set_here`."""
        self.is_stale = True
        """Whether the rows of other processes need to be read."""
        self.everybody = Viewers()
        self.sent_frame = ""
        """The newest `viewers` frame."""
        self._here = Viewers()
        self._elsewhere: Rows = {}
        self._written: Viewers | None = Viewers()  # None: what is stored is not known
        self._is_sent = False
        self._seats: Seats = NO_SEATS
        self._wrote_at = self._sent_at = -float("inf")

    def set_here(self, here: Viewers) -> None:
        self._here, self.has_changed = here, False
        self._count()

    def set_elsewhere(self, elsewhere: Rows) -> None:
        self._elsewhere = elsewhere
        self._count()

    def compare(self, stored: Versions) -> None:
        """Become stale if the rows of other processes are not those that were read."""
        if stored != {process: version for process, (version, _) in self._elsewhere.items()}:
            self.is_stale = True

    @property
    def is_settled(self) -> bool:
        """Whether everything known here is written."""
        return not self.has_changed and self._here == self._written

    @property
    def has_row(self) -> bool:
        return bool(self._written)

    def take_row(self, moment: float) -> Viewers | None:
        """What needs to be written now, if anything; the caller calls `set_written` after it."""
        if self._here == self._written or moment < self._wrote_at + self._pause:
            return None
        self._wrote_at = moment
        return self._here

    def set_written(self, viewers: Viewers) -> None:
        self._written = viewers

    def forget_written(self) -> None:
        """Write the row of this process again: it may be gone."""
        self._written = None

    def take_frame(self, moment: float, seats: Seats = NO_SEATS) -> str | None:
        """The `viewers` frame that needs to be sent now, if any; counts as sent."""
        is_same = self._is_sent and seats is self._seats
        if is_same or moment < self._sent_at + self._pause:
            return None
        self._is_sent, self._seats = True, seats
        frame = self.everybody.encode(self.motion_id, seats)
        if frame == self.sent_frame:
            return None
        self._sent_at, self.sent_frame = moment, frame
        return frame

    def _count(self) -> None:
        elsewhere = [viewers for _, viewers in self._elsewhere.values()]
        self.everybody, self._is_sent = unite([self._here, *elsewhere]), False

    @property
    def _pause(self) -> float:
        if self.everybody.count > CROWD:
            return settings.MOTION_PRESENCE_EVERY_CROWDED_S
        return settings.MOTION_PRESENCE_EVERY_S


# --- rows ------------------------------------------------------------------------------------


def write_rows(process: str, viewers_by_motion: Mapping[int, Viewers]) -> None:
    """Store who watches through `process`, by motion; a motion without viewers has no row."""
    until = now() + settings.MOTION_PRESENCE_LASTS_S
    existing = set(Motion.objects.filter(pk__in=viewers_by_motion).values_list("pk", flat=True))
    rows = [
        Presence(
            motion_id=motion_id,
            process=process,
            version=time.time_ns(),
            until=until,
            named=viewers.named,
            others=sorted(viewers.others),
            followers=viewers.followers,
        )
        for motion_id, viewers in viewers_by_motion.items()
        if motion_id in existing and viewers
    ]
    gone = viewers_by_motion.keys() - {row.motion_id for row in rows}
    Presence.objects.filter(process=process, motion__in=gone).delete()
    # Update an existing row, do not replace it: on PostgreSQL a new row would wait for the lock of
    # the motion, while a person who deletes the motion waits for the lock of the old row.
    Presence.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["motion", "process"],
        update_fields=["version", "until", "named", "others", "followers"],
    )


def renew_rows(process: str) -> int:
    """Show that `process` lives, and delete the rows of dead ones; how many rows it has."""
    moment = now()
    Presence.objects.filter(until__lt=moment).exclude(process=process).delete()
    mine = Presence.objects.filter(process=process)
    return mine.update(until=moment + settings.MOTION_PRESENCE_LASTS_S)


def delete_rows(process: str) -> None:
    Presence.objects.filter(process=process).delete()


def read_versions(motion_ids: Iterable[int], except_process: str = "") -> dict[int, Versions]:
    """The versions of the rows of live processes, by motion."""
    found: dict[int, Versions] = {}
    rows = _find_live_rows(motion_ids).exclude(process=except_process)
    for motion_id, process, version in rows.values_list("motion", "process", "version"):
        found.setdefault(motion_id, {})[process] = version
    return found


def read_rows(motion_ids: Iterable[int], except_process: str = "") -> dict[int, Rows]:
    """The rows of live processes, by motion."""
    found: dict[int, Rows] = {}
    for row in _find_live_rows(motion_ids).exclude(process=except_process):
        found.setdefault(row.motion_id, {})[row.process] = (row.version, _load_viewers(row))
    return found


def read_viewers(motion_ids: Collection[int]) -> dict[int, Viewers]:
    """The viewers of each of these motions, in one query; every motion has an entry."""
    rows = read_rows(motion_ids)
    return {pk: unite(viewers for _, viewers in rows.get(pk, {}).values()) for pk in motion_ids}


def read_all_viewers() -> tuple[Viewers, int]:
    """All viewers, each person and browser once, and the number of their motions; in one query."""
    rows = list(Presence.objects.filter(until__gt=now()))
    return unite(map(_load_viewers, rows)), len({row.motion_id for row in rows})


def _load_viewers(row: Presence) -> Viewers:
    named = {int(user_id): name for user_id, name in row.named.items()}
    return Viewers(named, frozenset(row.others), row.followers)


def _find_live_rows(motion_ids: Iterable[int]) -> QuerySet[Presence]:
    return Presence.objects.filter(motion__in=list(motion_ids), until__gt=now())
