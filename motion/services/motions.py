"""The one way to change a motion, for socket, admin, shell and worker.

Each function is one transaction: it locks the motion's row, checks what the caller expected,
appends a `Change` at the frontier, and announces the motion after the commit.
"""

import secrets
from collections.abc import Mapping
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.text import slugify

from .. import publishing
from ..core import pacing
from ..core.ensemble import encode_offsets, make_first_regime
from ..core.errors import ConflictError, ForbiddenError, InvalidValueError, NoSuchMotionError
from ..core.format import write_number
from ..core.limits import ENSEMBLE_PATHS
from ..core.names import check_title
from ..core.parameters import NAMES, Parameters
from ..core.typed import is_whole
from ..models import Change, Epoch, Motion, is_guest, now, timestamp
from ..queries import changelog, permissions
from ..queries.ensembles import load_newest_ensemble
from .seats import assign_seats

Kind = Change.Kind

Actor = permissions.AnyUser | None
"""The person who acts; None is the program itself."""

DESCRIPTION: Final = frozenset(
    {"title", "slug", "visibility", "control", "owner_only", "ensemble"}
    | {"names_hidden", "door_closed"}
)
"""Fields of a motion that say what it is called, who may do what with it, and how many paths its
next epoch has. They change nothing in the path that runs."""

TITLE_IN_SLUG: Final = 40
RESERVED_SLUGS: Final = frozenset({"new"})
"""Addresses beside those of motions, /motions/new/."""

DRAG_REST_S: Final = 2.0
"""Two changes of a drag that are further apart are two events."""

KEY_LENGTH: Final = 12
SLUG_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"


def make_key() -> str:
    """60 random bits, as letters of an address."""
    return "".join(secrets.choice(SLUG_LETTERS) for _ in range(KEY_LENGTH))


def is_key(text: str) -> bool:
    return len(text) == KEY_LENGTH and set(text) <= set(SLUG_LETTERS)


def make_slug(title: str, key: str = "") -> str:
    """The title, and a random key: without the link nobody finds the motion."""
    random = key or make_key()
    return f"{slugify(title)[:TITLE_IN_SLUG].strip('-')}-{random}".lstrip("-")


@transaction.atomic
def create_motion(
    *,
    title: str,
    slug: str = "",
    by: Actor = None,
    parameters: Mapping[str, float | bool] | None = None,
    **description: str | int,
) -> Motion:
    """A new motion without an owner, at step 0 of its first epoch.

    Raises:
        InvalidValueError: a wrong parameter, title or number of paths, or a slug that another
            motion has.
    """
    title = check_title(title)
    check_paths(description.get("ensemble", 0))
    values = Parameters().apply(parameters or {})
    slug = slug or make_slug(title)
    if slug in RESERVED_SLUGS or Motion.objects.filter(slug=slug).exists():
        raise InvalidValueError("slug", "one that no other motion has")
    motion = Motion(title=title, slug=slug, **description)
    motion.parameters = values
    motion.save(force_insert=True)
    _begin_epoch(motion, by=by)
    return motion


@transaction.atomic
def change_motion(
    motion_id: int,
    *,
    by: Actor = None,
    expected_revision: int | None = None,
    under_policy: bool = True,
    values: Mapping[str, float | bool],
    goes_on_from: int | None = None,
) -> Change | None:
    """Set any of variance, drift, interval and paused from the frontier on.

    Values that are already set make no row: the function then returns None.

    Args:
        expected_revision: refuse if the motion is no longer at it.
        goes_on_from: the revision of the previous change of the same drag of the slider. The two
            are one event then, if nothing came between them.
        under_policy: whether the motion's control policy decides if `by` may. Callers that have
            checked permissions of their own, the admin or a shell, pass False.

    Raises:
        ForbiddenError, ConflictError, InvalidValueError, NoSuchMotionError.
    """
    motion = lock_motion(motion_id, by=by, expected=expected_revision, under_policy=under_policy)
    parameters = motion.parameters.apply(values)
    if parameters == motion.parameters:
        return None
    return _set_parameters(motion, parameters, by=by, goes_on_from=goes_on_from)


@transaction.atomic
def restart_motion(
    motion_id: int,
    *,
    by: Actor = None,
    expected_revision: int | None = None,
    under_policy: bool = True,
    paused: bool | None = None,
    values: Mapping[str, float | bool] | None = None,
    above: int = 0,
) -> Motion:
    """End the motion's epoch and begin another at step 0, keeping the other parameters.

    Args:
        paused: whether the new path waits at step 0; None keeps the motion running or paused.
        values: parameters with which the new path begins.
        above: the new epoch gets a higher number than this; `manage.py new_epochs` says why.

    Raises:
        ForbiddenError, ConflictError, InvalidValueError, NoSuchMotionError.
    """
    motion = lock_motion(motion_id, by=by, expected=expected_revision, under_policy=under_policy)
    motion.parameters = motion.parameters.apply(values or {})
    Epoch.objects.filter(motion=motion, number=motion.epoch).update(
        ended_at=timestamp(), last_step=motion.step
    )
    if paused is not None:
        motion.paused = paused
    _begin_epoch(motion, by=by, above=above)
    return motion


@transaction.atomic
def update_description(motion_id: int, *, by: Actor = None, **description: str | int) -> Motion:
    """Set any of the fields in `DESCRIPTION`; open pages follow.

    The list of changes says who controls the motion, and does not have its titles. The number of
    paths is in the list when an epoch begins with it.

    Raises:
        ForbiddenError, NoSuchMotionError.
        InvalidValueError: an empty title, a slug that is the address of another page, or a number
            of paths that is beyond its limit.
    """
    if not description.keys() <= DESCRIPTION:
        raise TypeError(f"a description has only {', '.join(sorted(DESCRIPTION))}")
    if description.get("slug") in RESERVED_SLUGS:
        raise InvalidValueError("slug", "one that no other motion has")
    if "title" in description:
        description["title"] = check_title(str(description["title"]))
    check_paths(description.get("ensemble", 0))
    motion = lock_managed_motion(motion_id, by)
    if any(getattr(motion, name) != value for name, value in description.items()):
        before = permissions.get_policy(motion)
        for name, value in description.items():
            setattr(motion, name, value)
        motion.described_by = get_account(by)
        motion.save(update_fields=[*description, "described_by"])
        _seat_members(motion)
        if (kind := _classify_policy_change(before, permissions.get_policy(motion))) is not None:
            record_hand_over(motion, kind, by=by)
        record_access_change(motion)
    return motion


def check_paths(paths: object) -> None:
    """Check the number of paths of an ensemble.

    Raises:
        InvalidValueError.
    """
    if not is_whole(paths, 0, ENSEMBLE_PATHS):
        requirement = f"a whole number from 0 to {write_number(ENSEMBLE_PATHS)}"
        raise InvalidValueError("number of paths", requirement)


def _seat_members(motion: Motion) -> None:
    """Give seats to members from before, now that the motion has use for them."""
    if motion.ensemble:
        assign_seats(motion)


def _classify_policy_change(before: str, after: str) -> str | None:
    if before == after:
        return None
    if after == "owner":
        return Kind.ONLY_ME
    return Kind.ONLY_ME_OFF if before == "owner" else after


@transaction.atomic
def delete_motion(motion_id: int, *, by: Actor = None) -> None:
    """Delete a motion with its whole path; open pages learn of it.

    Raises:
        ForbiddenError, NoSuchMotionError.
    """
    motion = lock_managed_motion(motion_id, by)
    announce_after_commit(motion)
    # An answer locks its question, then needs its row and its user: we lock in the same order.
    list(motion.questions.select_for_update().order_by("pk"))
    motion.questions.all().delete()
    User.objects.filter(guest__motion=motion).delete()  # at once, where a cascade takes each alone
    motion.delete()


def record_access_change(motion: Motion) -> None:
    """Let every process that shows a locked motion read its permissions again."""
    motion.access_version += 1
    motion.save(update_fields=["access_version"])
    announce_after_commit(motion)


def record_hand_over(motion: Motion, kind: str, *, by: Actor, whom: User | None = None) -> None:
    """Append a change to a locked motion that says that other people control it from now on.

    The caller announces it, with `record_access_change`.
    """
    newest = read_newest_change(motion)
    motion.revision += 1
    motion.save(update_fields=["revision"])
    _append_change(motion, newest.epoch, newest=newest, by=by, kind=kind, whom=whom)


def adopt_external_edit(motion: Motion, newest: Change) -> Change:
    """Make a change of an edit that a locked row got from outside this module, if it got one.

    The edit applies from the frontier on, where it is noticed; its author is not known.
    Returns the newest change: `newest` itself if nothing differs.
    """
    edited = motion.parameters
    if edited == newest.parameters:
        return newest
    motion.parameters = newest.parameters
    with transaction.atomic():
        return _set_parameters(motion, edited, by=None)


def read_newest_change(motion: Motion) -> Change:
    return Change.objects.select_related("epoch").get(motion=motion, revision=motion.revision)


def find_parameter_change(motion: Motion, name: str) -> Change | None:
    """The change that gave a parameter the value it has."""
    changes = motion.changes.order_by("revision")
    others = changes.exclude(**{name: getattr(motion, name)})
    since = others.values_list("revision", flat=True).last() or 0
    return changes.filter(revision__gt=since).select_related("by").first()


def lock_motion(
    motion_id: int, *, by: Actor = None, expected: int | None = None, under_policy: bool = False
) -> Motion:
    """The motion, locked for this transaction; a change of an external edit is made first.

    Raises:
        NoSuchMotionError.
        ForbiddenError: with `under_policy`, if `by` may not control it.
        ConflictError: it is not at the `expected` revision.
    """
    motion = Motion.objects.select_for_update().filter(pk=motion_id).first()
    if motion is None:
        raise NoSuchMotionError
    if under_policy and not permissions.check_visible(motion, by).can_control:
        raise ForbiddenError
    adopt_external_edit(motion, read_newest_change(motion))
    if expected is not None and expected != motion.revision:
        raise ConflictError
    return motion


def lock_managed_motion(motion_id: int, by: Actor) -> Motion:
    """The motion, locked for this transaction, if `by` manages it or is None.

    Raises:
        ForbiddenError, NoSuchMotionError.
    """
    motion = lock_motion(motion_id)
    if by is not None and not permissions.check_visible(motion, by).can_manage:
        raise ForbiddenError
    return motion


def _set_parameters(
    motion: Motion, parameters: Parameters, *, by: Actor, goes_on_from: int | None = None
) -> Change:
    """Append a change to `parameters` at the frontier of a locked motion."""
    newest = read_newest_change(motion)
    goes_on = newest.revision == goes_on_from and _can_drag_go_on(newest)
    resumed = motion.paused and not parameters.paused
    motion.next_at = pacing.schedule_after_change(
        next_at=motion.next_at, now=now(), interval_s=parameters.interval, resumed=resumed
    )
    motion.parameters = parameters
    motion.revision += 1
    motion.save(update_fields=[*NAMES, "revision", "next_at"])
    event = changelog.get_event(newest) if goes_on else None
    change = _append_change(motion, newest.epoch, newest=newest, by=by, event=event)
    announce_after_commit(motion)
    return change


def _can_drag_go_on(newest: Change) -> bool:
    """Whether a drag may go on after `newest`: it ends at a value where it rests."""
    changes = newest.revision - changelog.get_event(newest) + 1
    return changes < changelog.EVENT_CHANGES and now() - newest.at.timestamp() <= DRAG_REST_S


def _begin_epoch(motion: Motion, *, by: Actor, above: int = 0) -> None:
    moment = now()
    latest = Epoch.objects.filter(motion=motion).order_by("number").last()
    # Unix seconds, so that a database restored from a backup gives no number a second time.
    number = max(above + 1, latest.number + 1 if latest else 0, int(moment))
    epoch = Epoch.objects.create(
        motion=motion,
        number=number,
        ordinal=latest.ordinal + 1 if latest else 1,
        paths=motion.ensemble,
    )
    _seat_members(motion)
    motion.epoch, motion.step = number, 0
    motion.revision += 1
    motion.next_at = moment + pacing.tick_period(motion.interval)
    motion.save(update_fields=["epoch", "step", "revision", "next_at", *NAMES])
    _append_change(motion, epoch, by=by)
    announce_after_commit(motion)


def _append_change(
    motion: Motion, epoch: Epoch, *, newest: Change | None = None, by: Actor, **values: Any
) -> Change:
    """Append a change at the frontier; `newest` is the one before it, if the epoch has one."""
    change = Change(
        motion=motion,
        epoch=epoch,
        revision=motion.revision,
        step=motion.step,
        position=newest.timeline.position(motion.step) if newest else 0.0,
        standard=newest.timeline.standard(motion.step) if newest else 0.0,
        by=_get_author(motion, by),
        **values,
    )
    change.parameters = motion.parameters
    change.offsets = _encode_offsets(change, newest)
    change.save()
    return change


def _encode_offsets(change: Change, newest: Change | None) -> bytes | None:
    """The ensemble at a change that follows `newest`, as a column; None without an ensemble."""
    paths, law = change.epoch.paths, {"variance": change.variance, "drift": change.drift}
    before = load_newest_ensemble(newest) if newest else None
    if before is not None:
        return encode_offsets(before.next_regime(change.step, **law).offsets)
    return encode_offsets(make_first_regime(paths, **law).offsets) if paths else None


def get_account(by: Actor) -> User | None:
    """The account of the person who acts, as rows store it."""
    return by if by is not None and by.is_authenticated else None


def _get_author(motion: Motion, by: Actor) -> User | None:
    """The person who acts, as a change stores it; None for a guest of another motion."""
    account = get_account(by)
    if account is not None and is_guest(account):
        return account if permissions.load_person(motion.pk, account).is_guest else None
    return account


def announce_after_commit(motion: Motion) -> None:
    """Let every process that shows the motion read it again, once this transaction is stored."""
    motion_id = motion.pk  # a deleted motion has none after the commit
    transaction.on_commit(lambda: publishing.announce_change(motion_id))
