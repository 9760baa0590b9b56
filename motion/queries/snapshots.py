"""A motion at one moment, read from the database with all that recovery needs of its path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from django.contrib.auth.models import User

from ..core.ensemble import Ensemble
from ..core.predictions import Results
from ..core.questions import Asked
from ..core.timeline import Timeline, find_log2_stride, thin_regimes
from ..models import (
    Change,
    Epoch,
    Membership,
    Motion,
    is_guest,
    make_person_id,
    shown_name,
)
from ..protocol.messages import ChangeRecord, NamedPerson, State
from . import changelog, permissions
from .changelog import Namer
from .ensembles import load_newest_ensemble
from .permissions import Role
from .questions import read_question, read_results
from .timelines import StepRange, load_regimes

REPLAY_LIMIT: Final = 2_000
"""A client that is missing at most so many steps gets them one by one; any other a history."""

HISTORY_POINTS: Final = 1_000
"""The most points of a history."""

MAX_SENT_CHANGES: Final = 1_000
MAX_SENT_CONTROLLERS: Final = 30

Seats = Mapping[int, int]
"""The numbers of seats by user id."""

NO_SEATS: Final[Seats] = {}
NO_NAMES: Final[Mapping[int, str]] = {}


@dataclass(frozen=True)
class Shown:
    """The question that everyone sees.

    Attributes:
        results: of a revealed question.
        outcome_step: the step that will give it an outcome; None: it has one, or none comes.
    """

    asked: Asked
    results: Results | None = None
    outcome_step: int | None = None


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A motion at one moment, at a size that does not grow with the number of its changes.

    Attributes:
        changes: the newest of its current epoch, at most `MAX_SENT_CHANGES`, oldest first.
        timeline: what governs the newest `REPLAY_LIMIT` steps, and the points of a history.
        paths: how many the ensemble of its current epoch has; 0: it has none.
        next_paths: how many the next epoch gets.
        names_hidden: whether guests are shown as "Student 7".
        scene: of the lesson that the motion follows, 1 for the first of `scenes`; 0: no lesson.
        seats: of all members; empty where this epoch and the next have no ensemble.
        guests: by user id, the names of guests as `changes` have them.
        ensemble: from the newest change on.
        owner_id: of the user who is the owner.
        shown: only `read_snapshot` reads it.
    """

    motion_id: int
    slug: str
    title: str
    visibility: str
    control: str
    owner_only: bool
    owner: NamedPerson | None
    controllers: tuple[NamedPerson, ...]
    access_version: int
    epoch: int
    revision: int
    step: int
    changes: tuple[ChangeRecord, ...]
    timeline: Timeline
    paths: int = 0
    next_paths: int = 0
    names_hidden: bool = False
    scene: int = 0
    scenes: int = 0
    seats: Seats = field(default_factory=lambda: NO_SEATS)
    ensemble: Ensemble | None = None
    guests: Mapping[int, str] = field(default_factory=lambda: NO_NAMES)
    owner_id: int | None = None
    question_version: int = 0
    shown: Shown | None = None

    @property
    def version(self) -> tuple[int, int, int, int]:
        """Grows whenever anything but the step and the answers changes."""
        return (self.epoch, self.revision, self.access_version, self.question_version)

    @property
    def lacks_outcome(self) -> bool:
        """Whether it is at the step that gives the revealed question its outcome, or later."""
        due = self.shown.outcome_step if self.shown else None
        return due is not None and self.step >= due

    def make_state(self, change: ChangeRecord | None = None) -> State:
        """The motion as it is now, or as it was at `change`."""
        step = change.step if change else self.step
        position = change.position if change else self.timeline.position(step)
        return State(
            slug=self.slug,
            title=self.title,
            epoch=self.epoch,
            step=step,
            position=position,
            change=change or self.changes[-1],
            owner=self.owner,
            visibility=self.visibility,
            control=permissions.get_policy(self),
            controllers=self.controllers,
            paths=self.paths,
            ensemble=self.next_paths,
            names_hidden=self.names_hidden,
            access_version=self.access_version,
            scene=self.scene,
            scenes=self.scenes,
        )


def read_snapshot(motion_id: int, known: Snapshot | None = None) -> Snapshot | None:
    """The motion as it is in the database, or None if it was deleted.

    With `known`, an earlier snapshot, only later changes are read. The motion's row is read first
    and changes only up to its revision, so the two fit without a transaction.
    """
    motion = Motion.objects.filter(pk=motion_id).first()
    if motion is None:
        return None
    epoch = Epoch.objects.filter(motion=motion, number=motion.epoch).first()
    if epoch is None:
        return None  # deleted between the queries
    if known and (known.epoch != motion.epoch or known.revision > motion.revision):
        known = None
    name = changelog.load_namer(motion)
    if known and known.access_version != motion.access_version and _is_renamed(known, name):
        known = None  # its changes have old names
    after = known.revision if known else -1
    new = _read_changes(motion, epoch, after)
    if known and len(new) == MAX_SENT_CHANGES and new[0].revision > after + 1:
        known = None  # changes between `known` and `new` are missing
    earlier = known.changes if known else ()
    changes = (*earlier, *_make_records(epoch, known, new, name))[-MAX_SENT_CHANGES:]
    if not changes:
        return None
    timeline = known.timeline if known and not new else _load_timeline(motion, epoch, known, new)
    ensemble = _load_ensemble(epoch, new[-1]) if new else known.ensemble if known else None
    guests = {**(known.guests if known else {}), **_name_guests(new, name)}
    snapshot = _make_snapshot(
        motion, epoch, changes, timeline, ensemble=ensemble, guests=guests, known=known
    )
    return replace(snapshot, shown=_read_shown(motion, known)) if motion.question else snapshot


def read_state(motion: Motion) -> tuple[State, int] | None:
    """The state of a motion, and the ordinal of its epoch; None if it was deleted.

    This reads only the newest change and its event, however many changes there are.
    """
    rows = Change.objects.filter(motion=motion, revision=motion.revision)
    newest = rows.select_related("epoch", "by", "whom").first()
    if newest is None:
        return None
    name = changelog.load_namer(motion)
    record = _make_record(newest, changelog.describe_rows([newest], name=name)[newest.pk], name)
    snapshot = _make_snapshot(motion, newest.epoch, (record,), newest.timeline)
    return snapshot.make_state(), newest.epoch.ordinal


def _make_snapshot(
    motion: Motion,
    epoch: Epoch,
    changes: tuple[ChangeRecord, ...],
    timeline: Timeline,
    *,
    ensemble: Ensemble | None = None,
    guests: Mapping[int, str] = NO_NAMES,
    known: Snapshot | None = None,
) -> Snapshot:
    owner, owner_id, controllers, seats = _read_members(motion, epoch, known)
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
        changes=changes,
        timeline=timeline,
        paths=epoch.paths,
        next_paths=motion.ensemble,
        names_hidden=motion.names_hidden,
        scene=motion.scene,
        scenes=motion.scenes,
        seats=seats,
        ensemble=ensemble,
        guests=guests,
        owner_id=owner_id,
        question_version=motion.question_version,
    )


def _read_changes(motion: Motion, epoch: Epoch, after: int) -> list[Change]:
    """The newest changes of an epoch after revision `after`, at most `MAX_SENT_CHANGES`."""
    rows = Change.objects.filter(
        motion=motion, epoch=epoch, revision__gt=after, revision__lte=motion.revision
    )
    return list(rows.select_related("by", "whom").order_by("-revision")[:MAX_SENT_CHANGES])[::-1]


def _load_timeline(
    motion: Motion, epoch: Epoch, known: Snapshot | None, new: Sequence[Change]
) -> Timeline:
    log2_stride = find_log2_stride(0, motion.step, HISTORY_POINTS)
    fine_from = max(motion.step - REPLAY_LIMIT, 0)
    regimes = (*(known.timeline.regimes if known else ()), *(row.regime for row in new))
    if not known and len(new) == MAX_SENT_CHANGES:  # there may be more
        history = StepRange(epoch.pk, 0, motion.step, 1 << log2_stride, motion.revision)
        replay = StepRange(epoch.pk, fine_from, motion.step, 1, motion.revision)
        regimes = load_regimes([history, replay])[epoch.pk]
    return Timeline(
        epoch.seed,
        thin_regimes(regimes, log2_stride=log2_stride, fine_from=fine_from),
        epoch.algorithm,
        fine_from=fine_from,
        log2_stride=log2_stride,
    )


def _load_ensemble(epoch: Epoch, newest: Change) -> Ensemble | None:
    newest.epoch = epoch  # its paths and its seed are known
    return load_newest_ensemble(newest)


def _name_guests(changes: Sequence[Change], name: Namer) -> dict[int, str]:
    people = {person for change in changes for person in (change.by, change.whom)}
    return {person.pk: name(person) for person in people if person and is_guest(person)}


def _is_renamed(known: Snapshot, name: Namer) -> bool:
    """Whether a guest in its changes is called otherwise now; no query where it has no guest."""
    people = User.objects.filter(pk__in=known.guests) if known.guests else []
    return any(name(person) != known.guests[person.pk] for person in people)


def _read_seats(motion: Motion) -> Seats:
    rows = motion.memberships.values_list("user_id", "seat")
    return {user_id: seat for user_id, seat in rows if seat is not None}


def _read_members(
    motion: Motion, epoch: Epoch, known: Snapshot | None
) -> tuple[NamedPerson | None, int | None, tuple[NamedPerson, ...], Seats]:
    """Owner, id of the owner's user, controllers and seats: as in `known`, unless they changed."""
    if known and known.access_version == motion.access_version:
        return known.owner, known.owner_id, known.controllers, known.seats
    seats = _read_seats(motion) if epoch.paths or motion.ensemble else NO_SEATS
    return *_read_holders(motion), seats


def _read_holders(
    motion: Motion,
) -> tuple[NamedPerson | None, int | None, tuple[NamedPerson, ...]]:
    """The owner, the id of the owner's user, and the controllers."""
    rows = motion.memberships.exclude(role=Role.VIEWER).select_related("user")
    owner = next((row for row in rows if row.role == Role.OWNER), None)
    others = [_name_member(motion, row) for row in rows if row.role == Role.CONTROLLER]
    return (
        _name_member(motion, owner) if owner else None,
        owner.user_id if owner else None,
        tuple(others[:MAX_SENT_CONTROLLERS]),
    )


def _read_shown(motion: Motion, known: Snapshot | None) -> Shown | None:
    """The question that everyone sees; read again when it, a name or its outcome may be new."""
    if known and known.shown:
        versions = (known.question_version, known.access_version)
        is_due = known.shown.outcome_step is not None and motion.step >= known.shown.outcome_step
        if versions == (motion.question_version, motion.access_version) and not is_due:
            return known.shown
    asked = read_question(motion.pk, motion.question)
    if asked is None:
        return None
    results = read_results(asked)
    has_outcome = results is None or results.ended or results.outcome is not None
    is_ahead = asked.epoch == motion.epoch and motion.step < (asked.step or 0)
    return Shown(asked, results, asked.step if is_ahead and not has_outcome else None)


def _name_member(motion: Motion, member: Membership) -> NamedPerson:
    name = shown_name(member.user, member.seat, hidden=motion.names_hidden)
    return NamedPerson(make_person_id(motion.pk, member.user_id), name)


def _make_records(
    epoch: Epoch, known: Snapshot | None, new: Sequence[Change], name: Namer
) -> tuple[ChangeRecord, ...]:
    """The records of `new`, each described with the changes before it."""
    earlier: Sequence[changelog.AnyChange] = ()
    if known:
        earlier = known.changes[-changelog.EVENT_CHANGES - 1 :]
    elif len(new) == MAX_SENT_CHANGES:  # there may be more
        places = [(epoch.motion_id, new[0].revision, new[0].event)]
        earlier = list(changelog.find_preceding(places).filter(epoch=epoch))
    path = [*earlier, *new]
    actions = changelog.describe_changes(
        path, path=epoch.ordinal, ensemble=epoch.paths, skip=len(earlier), name=name
    )
    return tuple(_make_record(change, actions[change.revision], name) for change in new)


def _make_record(change: Change, action: str, name: Namer) -> ChangeRecord:
    by = name(change.by) if change.by else None
    return changelog.make_record(change, by=by, text=changelog.write_sentence(action, by))
