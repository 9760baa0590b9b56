"""The frames that a client is missing, made from snapshots; no I/O."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple

from ..core.timeline import find_log2_stride
from ..protocol import messages
from ..protocol.messages import State
from ..queries.permissions import Person
from ..queries.snapshots import HISTORY_POINTS, MAX_SENT_CHANGES, REPLAY_LIMIT, Snapshot
from ..telemetry.release import page_version

TAIL_STEPS: Final = 1_000
"""The newest steps that follow a history one by one."""


def _write_now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class StateFrame:
    """A `state`, encoded at most once for clients that may control and once for all others."""

    state: State
    made_at: str = field(default_factory=_write_now, compare=False)
    _texts: dict[bool, str] = field(default_factory=dict, compare=False, repr=False)

    def encode(self, can_control: bool) -> str:
        if can_control not in self._texts:
            self._texts[can_control] = messages.encode_state(
                self.state, can_control=can_control, version=page_version(), now=self.made_at
            )
        return self._texts[can_control]


Frame = str | StateFrame


Place = tuple[int, int]
"""An epoch and a step; of two places of a motion the later one is greater."""


class EnsembleFrame(NamedTuple):
    """An `ensemble`, and where the motion was then."""

    place: Place
    text: str


def make_ensemble_frame(snapshot: Snapshot) -> EnsembleFrame | None:
    """The positions of the ensemble now, which may take 10 ms to compute; None without one."""
    if snapshot.ensemble is None:
        return None
    positions = snapshot.ensemble.positions_at(snapshot.step)
    text = messages.encode_ensemble(epoch=snapshot.epoch, step=snapshot.step, positions=positions)
    return EnsembleFrame((snapshot.epoch, snapshot.step), text)


NO_SEAT: Final = messages.encode_seat(number=None, name="")
"""For a person who had a seat, and is a visitor now."""


def make_seat_frame(snapshot: Snapshot, person: Person) -> str | None:
    """The seat of a person; None for a visitor, and in a motion without an ensemble."""
    if person.user_id is None or not (snapshot.paths or snapshot.next_paths):
        return None
    number = snapshot.seats.get(person.user_id)
    return messages.encode_seat(number=number, name=person.name or "")


def make_greeting(snapshot: Snapshot, *, epoch: int | None, step: int | None) -> list[Frame]:
    """The first frames of a client that says it has everything up to `step` of `epoch`."""
    return [StateFrame(snapshot.make_state()), *make_recovery(snapshot, epoch=epoch, step=step)]


def make_recovery(snapshot: Snapshot, *, epoch: int | None, step: int | None) -> list[Frame]:
    """The steps that a client at `step` of `epoch` is missing: a replay, or a history."""
    if step is not None and can_replay(snapshot, epoch=epoch, step=step):
        return list(_encode_increments(snapshot, step + 1, snapshot.step, snapshot.revision))
    return list(_encode_history(snapshot))


def can_replay(snapshot: Snapshot, *, epoch: int | None, step: int | None) -> bool:
    """Whether a client at `step` of `epoch` gets the missing steps one by one."""
    if epoch != snapshot.epoch or step is None:
        return False
    return max(0, snapshot.step - REPLAY_LIMIT) <= step <= snapshot.step


def make_update(known: Snapshot, new: Snapshot) -> Iterator[Frame]:
    """The frames from `known` to `new`, in order, for sockets that were sent all of `known`."""
    same_epoch = known.epoch == new.epoch
    step = known.step if same_epoch else 0
    oldest = new.changes[0].revision
    has_gap = len(new.changes) == MAX_SENT_CHANGES and oldest > known.revision + 1
    is_renamed = any(new.guests.get(pk, name) != name for pk, name in known.guests.items())
    if new.step - step > REPLAY_LIMIT or known.revision > new.revision or has_gap or is_renamed:
        yield StateFrame(new.make_state())
        yield from _encode_history(new)
        return
    revision = known.revision
    sent = bisect_right(new.changes, revision, key=lambda change: change.revision)
    for change in new.changes[sent:]:
        if change.step > step:
            yield from _encode_increments(new, step + 1, change.step, revision)
        yield StateFrame(new.make_state(change))
        step, revision = max(step, change.step), change.revision
    is_same = same_epoch and new.revision == known.revision
    if is_same and new.access_version != known.access_version:
        yield StateFrame(new.make_state())
    if new.step > step:
        yield from _encode_increments(new, step + 1, new.step, revision)


def _encode_history(snapshot: Snapshot) -> Iterator[str]:
    """The whole epoch at a stride, then its newest steps one by one."""
    log2_stride = find_log2_stride(0, snapshot.step, HISTORY_POINTS)
    positions = snapshot.timeline.positions(
        0, snapshot.step >> log2_stride, log2_stride=log2_stride
    )
    yield messages.encode_history(
        epoch=snapshot.epoch,
        first_step=0,
        stride=1 << log2_stride,
        positions=positions.tolist(),
        changes=snapshot.changes,
    )
    tail = min(TAIL_STEPS, snapshot.step) if log2_stride else 0
    first = snapshot.step - tail + 1
    yield from _encode_increments(snapshot, first, snapshot.step, snapshot.revision)


def _encode_increments(snapshot: Snapshot, first: int, last: int, revision: int) -> Iterator[str]:
    """The steps first … last, a frame for each regime; one empty frame if there are no steps."""
    timeline = snapshot.timeline
    increments = timeline.increments(first, last).tolist()  # once for all frames
    positions = timeline.positions(first - 1, last).tolist()
    for start, end in list(timeline.split_steps(first, last)) or [(first, last)]:
        yield messages.encode_increments(
            epoch=snapshot.epoch,
            revision=revision,
            first_step=start,
            increments=increments[start - first : end - first + 1],
            position=positions[end - first + 1],
        )
