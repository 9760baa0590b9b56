"""A motion at one moment, read from the database with all that recovery needs of its path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ..core.parameters import Parameters
from ..core.timeline import Timeline, log2_stride_for, thinned
from ..models import Change, Epoch, Motion, display_name, named
from ..protocol.messages import ChangeRecord, Named, State
from . import changelog, permissions
from .timelines import Asked, find_governing

REPLAY_LIMIT: Final = 2_000
"""A client that is missing at most so many steps gets them one by one; any other a history."""

HISTORY_POINTS: Final = 1_000
"""The most points of a history."""

MAX_SENT_CHANGES: Final = 1_000
MAX_SENT_CONTROLLERS: Final = 30


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A motion at one moment, at a size that does not grow with the number of its changes.

    Attributes:
        changes: the newest of its current epoch, at most `MAX_SENT_CHANGES`, oldest first.
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
    if known and len(new) == MAX_SENT_CHANGES and new[0].revision > after + 1:
        known = None  # more than a snapshot holds came since: begin with what is there now
    changes = ((known.changes if known else ()) + _records(epoch, known, new))[-MAX_SENT_CHANGES:]
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
    """The newest changes of an epoch beyond revision `after`, `MAX_SENT_CHANGES` at most."""
    rows = Change.objects.filter(
        motion=motion, epoch=epoch, revision__gt=after, revision__lte=motion.revision
    )
    return list(rows.select_related("by", "whom").order_by("-revision")[:MAX_SENT_CHANGES])[::-1]


def _timeline(
    motion: Motion, epoch: Epoch, known: Snapshot | None, new: Sequence[Change]
) -> Timeline:
    """What a snapshot needs of the path, thinned as far as its step allows."""
    log2_stride = log2_stride_for(motion.step, HISTORY_POINTS)
    fine_from = max(motion.step - REPLAY_LIMIT, 0)
    regimes = (known.timeline.regimes if known else ()) + tuple(row.regime for row in new)
    if not known and len(new) == MAX_SENT_CHANGES:  # there may be more
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
    return (owners[0] if owners else None), tuple(others[:MAX_SENT_CONTROLLERS])


def _records(
    epoch: Epoch, known: Snapshot | None, new: Sequence[Change]
) -> tuple[ChangeRecord, ...]:
    """`new`, each with what it did, after what came before in the epoch."""
    if not new:
        return ()
    earlier: Sequence[changelog.Made]
    if known:
        earlier = known.changes[-changelog.EVENT_CHANGES - 1 :]
    elif len(new) == MAX_SENT_CHANGES:  # there may be more
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
