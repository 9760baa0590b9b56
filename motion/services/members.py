"""The owner and the members of a motion: each function is one transaction on the locked motion.

Open pages follow through `Motion.access_version`. `by` is the person who acts, and must manage the
motion while it is locked; None is the program itself.
"""

from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from ..core.errors import ForbiddenError, TooManyMotionsError
from ..models import Change, Invitation, Membership, Motion, get_guest_motion_id, is_guest
from ..queries.permissions import Role
from . import motions
from .motions import Actor
from .seats import assign_seats

Kind = Change.Kind


@transaction.atomic
def create_own_motion(
    owner: User,
    *,
    title: str,
    key: str = "",
    parameters: Mapping[str, float | bool] | None = None,
    **description: str | int,
) -> Motion:
    """A new motion of `owner`; a form that is sent twice, with one `key`, creates one motion.

    Raises:
        ForbiddenError: `owner` is a guest.
        InvalidValueError, TooManyMotionsError.
    """
    if is_guest(owner):
        raise ForbiddenError
    _lock_account(owner)
    slug = motions.make_slug(title, key)
    mine = Membership.objects.filter(user=owner, role=Role.OWNER, motion__slug=slug)
    if existing := mine.select_related("motion").first():
        return existing.motion
    _check_motion_limit(owner)
    motion = motions.create_motion(
        title=title, slug=slug, by=owner, parameters=parameters, **description
    )
    Membership.objects.create(motion=motion, user=owner, role=Role.OWNER)
    return motion


def count_owned_motions(owner: User) -> int:
    return Membership.objects.filter(user=owner, role=Role.OWNER).count()


@transaction.atomic
def set_role(motion_id: int, user: User, role: str, *, by: Actor = None) -> None:
    """Make `user` a viewer or a controller, and a member if they are none.

    Raises:
        ForbiddenError: also for the owner, whose role only `transfer_ownership` changes.
        NoSuchMotionError.
    """
    motion = motions.lock_managed_motion(motion_id, by)
    before = read_role(motion, user)
    if Role.OWNER in {role, before}:
        raise ForbiddenError
    write_role(motion, user, role)
    if (before, role) == (Role.CONTROLLER, Role.VIEWER):
        _bar_from_invitations(motion, user, role=Role.CONTROLLER)
        motions.record_hand_over(motion, Kind.TAKE_BACK, by=by, whom=user)
    if role == Role.CONTROLLER != before:
        motions.record_hand_over(motion, Kind.LET, by=by, whom=user)
    motions.record_access_change(motion)


@transaction.atomic
def remove_member(motion_id: int, user: User, *, by: Actor = None) -> None:
    """End a membership: a person who may watch only as a member can no longer watch.

    An invitation from before does not let a removed person in again. Members may also leave by
    themselves; an owner has to transfer the motion first.
    """
    leaves = by is not None and by.pk == user.pk
    motion = motions.lock_managed_motion(motion_id, None if leaves else by)
    role = read_role(motion, user)
    if role == Role.OWNER:
        raise ForbiddenError
    Membership.objects.filter(motion=motion, user=user).delete()
    if not leaves:
        _bar_from_invitations(motion, user)
        if role == Role.CONTROLLER:
            motions.record_hand_over(motion, Kind.TAKE_BACK, by=by, whom=user)
    motions.record_access_change(motion)


@transaction.atomic
def transfer_ownership(
    motion_id: int, user: User, *, by: Actor = None, is_new: bool = False
) -> None:
    """Make `user` the owner; the former owner becomes a controller, and a new path begins.

    The former owner, or a superuser if there was none, may have the seed of the running path, and
    with it the future of that path.

    Args:
        is_new: this transaction created the motion, so nobody has seen its seed.

    Raises:
        ForbiddenError, NoSuchMotionError, TooManyMotionsError: for the new owner.
    """
    motion = motions.lock_managed_motion(motion_id, by)
    if read_role(motion, user) == Role.OWNER:
        return
    check_new_owner(user)
    Membership.objects.filter(motion=motion, role=Role.OWNER).update(role=Role.CONTROLLER)
    write_role(motion, user, Role.OWNER)
    motions.record_access_change(motion)
    if not is_new:
        motion = motions.restart_motion(motion_id, by=by, under_policy=False)  # announces it
        motions.record_hand_over(motion, Kind.OWNER, by=by, whom=user)


def check_new_owner(user: User) -> None:
    """Check that `user` is an active account and may own one more motion.

    Raises:
        ForbiddenError, TooManyMotionsError.
    """
    if not user.is_active or is_guest(user):
        raise ForbiddenError
    _check_motion_limit(user)


@transaction.atomic
def hand_over_control(motion_id: int, user: User, *, by: Actor = None) -> None:
    """Let `user` control the motion.

    While only the owner controls it, `user` alone gets control: the other controllers become
    viewers, because the owner did not ask to give it back to them.
    """
    motion = motions.lock_managed_motion(motion_id, by)
    role, was_owner_only = read_role(motion, user), motion.owner_only
    if role == Role.OWNER:
        return
    if was_owner_only:
        Membership.objects.filter(motion=motion, role=Role.CONTROLLER).update(role=Role.VIEWER)
        motion.owner_only, motion.control = False, Motion.Control.CONTROLLERS
        motion.save(update_fields=["owner_only", "control"])
    write_role(motion, user, Role.CONTROLLER)
    if was_owner_only or role != Role.CONTROLLER:
        motions.record_hand_over(motion, Kind.LET, by=by, whom=user)
    motions.record_access_change(motion)


def read_role(motion: Motion, user: User) -> str | None:
    """The role as it is stored, whether or not the account is active."""
    rows = Membership.objects.filter(motion=motion, user=user)
    return rows.values_list("role", flat=True).first()


def write_role(motion: Motion, user: User, role: str) -> None:
    """Give `user` a role in a locked motion; a new member gets a seat, an owner has none.

    Raises:
        ForbiddenError: for a guest of another motion, and for a guest as the owner.
    """
    if is_guest(user) and (role == Role.OWNER or get_guest_motion_id(user) != motion.pk):
        raise ForbiddenError
    values: dict[str, str | None] = {"role": role}
    if role == Role.OWNER:
        values["seat"] = None
    Membership.objects.update_or_create(motion=motion, user=user, defaults=values)
    assign_seats(motion)


def _bar_from_invitations(motion: Motion, user: User, *, role: str | None = None) -> None:
    """Let no existing invitation, of that role or of any, give back what was just taken."""
    for invitation in Invitation.objects.filter(motion=motion, **({"role": role} if role else {})):
        invitation.barred.add(user)


def _check_motion_limit(owner: User) -> None:
    """Refuse one motion too many; the lock keeps two requests from both creating the last."""
    _lock_account(owner)
    if count_owned_motions(owner) >= settings.MOTION_LIMIT_PER_PERSON:
        raise TooManyMotionsError(settings.MOTION_LIMIT_PER_PERSON)


def _lock_account(owner: User) -> None:
    User.objects.select_for_update().get(pk=owner.pk)
