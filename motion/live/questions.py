"""The question of one motion, as the sockets of this process have received it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final

from ..models import Question
from ..protocol import messages
from ..queries.snapshots import Shown, Snapshot

TALLY_S: Final = 1.0
"""A motion sends at most one frame in so many seconds because of answers."""

Answered = Mapping[int, datetime]
"""When each user answered, by user id."""

NOBODY: Final[Answered] = {}


def encode_shown(snapshot: Snapshot, answered: Answered, watching: Iterable[int]) -> str:
    """The `question` of a snapshot, with its tally.

    Args:
        watching: ids of the users who watch now.
    """
    if snapshot.shown is None:
        return messages.encode_question(None)
    results = snapshot.shown.results
    # Of a revealed question nobody answers any more: the results count all, the tally may be stale.
    count = sum(results.counts) if results else len(answered)
    people = answered.keys() | (set(watching) - {snapshot.owner_id})
    return messages.encode_question(
        snapshot.shown.asked, results=results, answered=count, of=max(count, len(people))
    )


class QuestionFrames:
    """Which `question` was sent, and which answers need to be read. No I/O."""

    def __init__(self, snapshot: Snapshot, answered: Answered = NOBODY) -> None:
        self.is_stale = False
        """Whether the tally needs to be read again."""
        self.is_answering = False
        """Whether the hub reads and sends the answers of the people who wait for theirs."""
        self.newest: str | None = None
        """The newest `question`; None if the motion never had one."""
        self._answered = answered
        self._waiting: set[int] = set()
        if snapshot.question_version:
            self.newest = encode_shown(snapshot, answered, ())

    @property
    def has_waiting(self) -> bool:
        return bool(self._waiting)

    def wait(self, user_ids: Iterable[int]) -> None:
        """Let these users get their own answers."""
        self._waiting.update(user_ids)

    def take_waiting(self, user_ids: Collection[int]) -> set[int]:
        """Those of `user_ids` who wait for their answers; from now on nobody waits."""
        waiting, self._waiting = self._waiting, set()
        return waiting.intersection(user_ids)

    def show(self, known: Shown | None, new: Snapshot, watching: Iterable[int]) -> str:
        """The frame for a changed question; counts as sent, and its tally as stale."""
        if known is None or new.shown is None or known.asked.id != new.shown.asked.id:
            self._answered = NOBODY
        self.is_stale = new.shown is not None
        self.newest = encode_shown(new, self._answered, watching)
        return self.newest

    def count(
        self, snapshot: Snapshot, answered: Answered | None, watching: Iterable[int]
    ) -> str | None:
        """The frame with a new tally, if it differs from the newest; counts as sent.

        Users whose answers are new wait for them: the message that announced one may be lost.
        The people who watch matter only while the question is open: later nobody can answer.

        Args:
            answered: None: not read again.
        """
        if snapshot.shown is None:
            return None
        is_counted = answered is not None and answered != self._answered
        if answered is not None:
            self.wait(pk for pk, at in answered.items() if self._answered.get(pk) != at)
            self._answered = answered
        if not is_counted and not is_open(snapshot):
            return None
        frame = encode_shown(snapshot, self._answered, watching)
        if frame == self.newest:
            return None
        self.newest = frame
        return frame


def is_open(snapshot: Snapshot) -> bool:
    return snapshot.shown is not None and snapshot.shown.asked.state == Question.State.OPEN
