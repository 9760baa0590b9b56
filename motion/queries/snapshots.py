"""What a client, or a process, lacks of a motion: read once, told in frames.

A `Snapshot` is a motion at one moment with all that its path needs. The functions below turn
snapshots into frames; only `read_snapshot` asks the database.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from ..core.parameters import Parameters
from ..core.timeline import Timeline, log2_stride_for, thinned
from ..models import Change, Epoch, Motion, display_name, named
from ..protocol import messages
from ..protocol.messages import ChangeRecord, Named, State
from ..telemetry.release import page_version
from . import changelog, permissions
from .timelines import Asked, find_governing

REPLAY_LIMIT: Final = 2_000
"""Up to so many missing steps are sent one by one; beyond, a history."""

HISTORY_POINTS: Final = 1_000
TAIL_STEPS: Final = 1_000
"""A history has at most so many points, then at most so many of the last steps."""

TOLD_CHANGES: Final = 1_000
TOLD_CONTROLLERS: Final = 30


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A motion at one moment, at a size that does not grow with the number of its changes.

    Attributes:
        changes: the newest of its current epoch, at most `TOLD_CHANGES`, oldest first.
        timeline: what governs the newest `REPLAY_LIMIT` steps, and the points of a history.
    """

    motion_id: int
    slug: str
    title: str
    visibility: str
    control: str
    owner_only: bool
    owner: Named | None
    controllers: tuple[Named, ...]
    access_version: int
    epoch: int
    revision: int
    step: int
    parameters: Parameters
    changes: tuple[ChangeRecord, ...]
    timeline: Timeline

    @property
    def version(self) -> tuple[int, int, int]:
        """Grows whenever anything but the step differs."""
        return (self.epoch, self.revision, self.access_version)

    def state(self) -> State:
        """The motion as it is now."""
        return self._state(
            self.changes[-1], step=self.step, position=self.timeline.position(self.step)
        )

    def state_at(self, change: ChangeRecord) -> State:
        """The motion as `change` made it."""
        return self._state(change, step=change.step, position=change.position)

    def _state(self, change: ChangeRecord, *, step: int, position: float) -> State:
        return State(
            slug=self.slug,
            title=self.title,
            epoch=self.epoch,
            step=step,
            position=position,
            change=change,
            owner=self.owner,
            control=permissions.policy(self),
            controllers=self.controllers,
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class StateFrame:
    """A `state`, encoded at most once for those who may control and once for those who watch."""

    state: State
    made_at: str = field(default_factory=_now, compare=False)
    _texts: dict[bool, str] = field(default_factory=dict, compare=False, repr=False)

    def text(self, can_control: bool) -> str:
        if can_control not in self._texts:
            self._texts[can_control] = messages.encode_state(
                self.state, can_control=can_control, version=page_version(), now=self.made_at
            )
        return self._texts[can_control]


Frame = str | StateFrame


# --- reading -------------------------------------------------------------------------------


def read_snapshot(motion_id: int, known: Snapshot | None = None) -> Snapshot | None:
    """The motion as the database has it, or None where it is gone.

    With `known`, a snapshot of earlier, only what came after it is read. The row is read
    first and changes only up to its revision, so the two fit without a transaction.
    """
    motion = Motion.objects.filter(pk=motion_id).first()
    if motion is None:
        return None
    epoch = Epoch.objects.filter(motion=motion, number=motion.epoch).first()
    if epoch is None:
        return None  # deleted between the queries
    if known and (known.epoch != motion.epoch or known.revision > motion.revision):
        known = None
    after = known.revision if known else -1
    new = _newest_changes(motion, epoch, after)
    if known and len(new) == TOLD_CHANGES and new[0].revision > after + 1:
        known = None  # more than a snapshot holds came since: begin with what is there now
    changes = ((known.changes if known else ()) + _records(epoch, known, new))[-TOLD_CHANGES:]
    if not changes:
        return None
    owner, controllers = read_holders(motion, known)
    return Snapshot(
        motion_id=motion.pk,
        slug=motion.slug,
        title=str(motion),
        visibility=motion.visibility,
        control=motion.control,
        owner_only=motion.owner_only,
        owner=owner,
        controllers=controllers,
        access_version=motion.access_version,
        epoch=motion.epoch,
        revision=motion.revision,
        step=motion.step,
        parameters=changes[-1].parameters,
        changes=changes,
        timeline=known.timeline if known and not new else _timeline(motion, epoch, known, new),
    )


def _newest_changes(motion: Motion, epoch: Epoch, after: int) -> list[Change]:
    """The newest changes of an epoch beyond revision `after`, `TOLD_CHANGES` at most."""
    rows = Change.objects.filter(
        motion=motion, epoch=epoch, revision__gt=after, revision__lte=motion.revision
    )
    return list(rows.select_related("by", "whom").order_by("-revision")[:TOLD_CHANGES])[::-1]


def _timeline(
    motion: Motion, epoch: Epoch, known: Snapshot | None, new: Sequence[Change]
) -> Timeline:
    """What a snapshot needs of the path, thinned as far as its step allows."""
    log2_stride = log2_stride_for(motion.step, HISTORY_POINTS)
    fine_from = max(motion.step - REPLAY_LIMIT, 0)
    regimes = (known.timeline.regimes if known else ()) + tuple(row.regime for row in new)
    if not known and len(new) == TOLD_CHANGES:  # there may be more
        stretches = [
            Asked(epoch.pk, 0, motion.step, log2_stride, motion.revision),
            Asked(epoch.pk, fine_from, motion.step, 0, motion.revision),
        ]
        rows = find_governing(stretches).order_by("revision")
        regimes = tuple(row.regime for row in rows)
    return Timeline(
        epoch.seed,
        thinned(regimes, log2_stride=log2_stride, fine_from=fine_from),
        epoch.algorithm,
        fine_from=fine_from,
        log2_stride=log2_stride,
    )


def read_state(motion: Motion) -> tuple[State, int] | None:
    """The motion as its row says, and the ordinal of its epoch; None where it has just gone.

    It costs the newest change and its event alone, however many there are.
    """
    rows = Change.objects.filter(motion=motion, revision=motion.revision)
    newest = rows.select_related("epoch", "by", "whom").first()
    if newest is None:
        return None
    owner, controllers = read_holders(motion)
    state = State(
        slug=motion.slug,
        title=str(motion),
        epoch=motion.epoch,
        step=motion.step,
        position=newest.timeline.position(motion.step),
        change=_record(newest, changelog.describe_rows([newest])[newest.pk]),
        owner=owner,
        control=permissions.policy(motion),
        controllers=controllers,
    )
    return state, newest.epoch.ordinal


def read_holders(
    motion: Motion, known: Snapshot | None = None
) -> tuple[Named | None, tuple[Named, ...]]:
    """The owner, and the people whom the owner lets control it."""
    if known and known.access_version == motion.access_version:
        return known.owner, known.controllers
    holders = motion.memberships.exclude(role=permissions.Role.VIEWER).select_related("user")
    owners = [named(motion.pk, row.user) for row in holders if row.role == permissions.Role.OWNER]
    others = [named(motion.pk, row.user) for row in holders if row.role != permissions.Role.OWNER]
    return (owners[0] if owners else None), tuple(others[:TOLD_CONTROLLERS])


def _records(
    epoch: Epoch, known: Snapshot | None, new: Sequence[Change]
) -> tuple[ChangeRecord, ...]:
    """`new`, each with what it did, after what came before in the epoch."""
    if not new:
        return ()
    earlier: Sequence[changelog.Made]
    if known:
        earlier = known.changes[-changelog.EVENT_CHANGES - 1 :]
    elif len(new) == TOLD_CHANGES:  # there may be more
        places = [(epoch.motion_id, new[0].revision, new[0].event)]
        earlier = list(changelog.find_preceding(places).filter(epoch=epoch))
    else:
        earlier = ()
    path = [*earlier, *new]
    deeds = changelog.describe_changes(path, path=epoch.ordinal, skip=len(earlier))
    return tuple(_record(change, deeds[change.revision]) for change in new)


def _record(change: Change, deed: str) -> ChangeRecord:
    by = display_name(change.by) if change.by else None
    return ChangeRecord(
        revision=change.revision,
        event=changelog.event_of(change),
        kind=change.kind,
        step=change.step,
        position=change.position,
        parameters=change.parameters,
        at=change.at.isoformat(timespec="milliseconds"),
        by=by,
        text=changelog.say(deed, by),
    )


# --- telling -------------------------------------------------------------------------------


def greeting(snapshot: Snapshot, *, epoch: int | None, step: int | None) -> list[Frame]:
    """What a client gets that has just connected and says it stands at `epoch` and `step`."""
    return [StateFrame(snapshot.state()), *missing(snapshot, epoch=epoch, step=step)]


def missing(snapshot: Snapshot, *, epoch: int | None, step: int | None) -> list[Frame]:
    """What a client lacks that stands at `step` of `epoch`; anything unlikely: all of it."""
    if step is not None and may_replay(snapshot, epoch=epoch, step=step):
        return list(_increments(snapshot, step + 1, snapshot.step, snapshot.revision))
    return list(_whole(snapshot))


def may_replay(snapshot: Snapshot, *, epoch: int | None, step: int | None) -> bool:
    """Whether a client at `step` of `epoch` gets the missing steps one by one."""
    if epoch != snapshot.epoch or step is None:
        return False
    return max(0, snapshot.step - REPLAY_LIMIT) <= step <= snapshot.step


def between(known: Snapshot, new: Snapshot) -> Iterator[Frame]:
    """What sockets lack that were sent all of `known`, in order, each `state` in its place."""
    same_epoch = known.epoch == new.epoch
    step = known.step if same_epoch else 0
    oldest = new.changes[0].revision
    is_cut = len(new.changes) == TOLD_CHANGES and oldest > known.revision + 1
    if new.step - step > REPLAY_LIMIT or known.revision > new.revision or is_cut:
        yield StateFrame(new.state())
        yield from _whole(new)
        return
    revision = known.revision
    told = bisect_right(new.changes, revision, key=lambda change: change.revision)
    for change in new.changes[told:]:
        if change.step > step:
            yield from _increments(new, step + 1, change.step, revision)
        yield StateFrame(new.state_at(change))
        step, revision = max(step, change.step), change.revision
    if same_epoch and new.revision == known.revision and new.version != known.version:
        yield StateFrame(new.state())
    if new.step > step:
        yield from _increments(new, step + 1, new.step, revision)


def _whole(snapshot: Snapshot) -> Iterator[str]:
    log2_stride = log2_stride_for(snapshot.step, HISTORY_POINTS)
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
    yield from _increments(snapshot, snapshot.step - tail + 1, snapshot.step, snapshot.revision)


def _increments(snapshot: Snapshot, first: int, last: int, revision: int) -> Iterator[str]:
    """Frames of the steps first … last, one a regime; one empty frame where there are none."""
    timeline = snapshot.timeline
    increments = timeline.increments(first, last).tolist()  # once for all frames
    positions = timeline.positions(first - 1, last).tolist()
    for start, end in list(timeline.stretches(first, last)) or [(first, last)]:
        yield messages.encode_increments(
            epoch=snapshot.epoch,
            revision=revision,
            first_step=start,
            increments=increments[start - first : end - first + 1],
            position=positions[end - first + 1],
        )
