"""The one way in which it changes who belongs to a motion and what they may do.

Each function is one transaction on the locked motion; open pages follow through its
`access_version`. `asked_by` is the person who asks, and must own the motion (or have the admin's
permission to change it) while it is locked; None is the program itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from ..core.errors import (
    ForbiddenError,
    InvalidValueError,
    NoSuchInvitationError,
    NoSuchMotionError,
    TooManyInvitationsError,
    TooManyMotionsError,
)
from ..core.names import lookalike_pattern
from ..models import Change, Invitation, Membership, Motion, timestamp
from ..models.people import CODE_LENGTHS, CODE_LETTERS, new_code
from ..queries import permissions
from ..queries.permissions import Role
from . import motions

Kind = Change.Kind

# --- motions of one's own -------------------------------------------------------------------


@transaction.atomic
def create_own_motion(
    owner: Any,
    *,
    title: str,
    key: str = "",
    parameters: Mapping[str, float | bool] | None = None,
    **description: Any,
) -> Motion:
    """A new motion that belongs to `owner`; a form that is sent twice, with one `key`, makes one.

    Raises:
        InvalidValueError, TooManyMotionsError.
    """
    _lock(owner)
    slug = motions.new_slug(title, key)
    mine = Membership.objects.filter(user=owner, role=Role.OWNER, motion__slug=slug)
    if made := mine.select_related("motion").first():
        return made.motion
    _make_room_for(owner)
    motion = motions.create_motion(
        title=title, slug=slug, by=owner, parameters=parameters, **description
    )
    Membership.objects.create(motion=motion, user=owner, role=Role.OWNER)
    return motion


@transaction.atomic
def describe_motion(motion_id: int, *, asked_by: Any, **description: Any) -> Motion:
    """As `control.describe_motion`, for its owner.

    Raises:
        ForbiddenError, NoSuchMotionError, InvalidValueError.
    """
    _administered(motion_id, asked_by)
    return motions.describe_motion(motion_id, by=asked_by, **description)


@transaction.atomic
def delete_motion(motion_id: int, *, asked_by: Any) -> None:
    """As `control.delete_motion`, for its owner."""
    _administered(motion_id, asked_by)
    motions.delete_motion(motion_id)


def motions_of(owner: Any) -> int:
    return Membership.objects.filter(user=owner, role=Role.OWNER).count()


# --- members --------------------------------------------------------------------------------


@transaction.atomic
def set_role(motion_id: int, user: Any, role: str, *, asked_by: Any = None) -> None:
    """Make `user` a viewer or a controller, a member first where they are none.

    Raises:
        ForbiddenError: or for the owner, whose role only `transfer_ownership` changes.
        NoSuchMotionError.
    """
    motion = _administered(motion_id, asked_by)
    before = _role(motion, user)
    if role == Role.OWNER or before == Role.OWNER:
        raise ForbiddenError
    _set_role(motion, user, role)
    if (before, role) == (Role.CONTROLLER, Role.VIEWER):
        _bar(motion, user, role=Role.CONTROLLER)
        motions.record_hand_over(motion, Kind.TAKE_BACK, by=asked_by, whom=user)
    if role == Role.CONTROLLER != before:
        motions.record_hand_over(motion, Kind.LET, by=asked_by, whom=user)
    motions.record_access(motion)


@transaction.atomic
def remove_member(motion_id: int, user: Any, *, asked_by: Any = None) -> None:
    """End a membership. A person who may watch only as a member can no longer watch.

    Nobody who was removed comes back by an invitation of before. One may also leave by oneself;
    the owner has to hand the motion over first.
    """
    leaves = asked_by is not None and asked_by.pk == user.pk
    motion = _administered(motion_id, None if leaves else asked_by)
    role = _role(motion, user)
    if role == Role.OWNER:
        raise ForbiddenError
    Membership.objects.filter(motion=motion, user=user).delete()
    if not leaves:
        _bar(motion, user)
        if role == Role.CONTROLLER:
            motions.record_hand_over(motion, Kind.TAKE_BACK, by=asked_by, whom=user)
    motions.record_access(motion)


def lock_motions_of(users: Iterable[Any]) -> None:
    """Lock every motion that any of `users` belongs to, always in one order.

    Two who leave at once, and share motions, would each wait for one that the other holds.
    """
    theirs = Membership.objects.filter(user__in=users).order_by().values("motion")
    list(Motion.objects.select_for_update().filter(pk__in=theirs).order_by("pk"))


@transaction.atomic
def end_memberships(user: Any) -> None:
    """What comes before an account is deleted, which cannot be while it owns a motion."""
    ending = Membership.objects.filter(user=user).exclude(role=Role.OWNER)
    for membership in ending.order_by("motion"):
        motion = motions.locked(membership.motion_id)
        membership.delete()
        motions.record_access(motion)


@transaction.atomic
def transfer_ownership(
    motion_id: int, user: Any, *, asked_by: Any = None, is_new: bool = False
) -> None:
    """Make `user` the owner; the former owner becomes a controller, and a new path begins.

    The former owner, or a superuser where there was none, may have the seed of the path that runs,
    and with it the future of that path.

    Args:
        is_new: the motion was made by this transaction, so nobody has seen its seed.

    Raises:
        ForbiddenError, NoSuchMotionError, TooManyMotionsError: for the new owner.
    """
    motion = _administered(motion_id, asked_by)
    if _role(motion, user) == Role.OWNER:
        return
    refuse_as_owner(user)
    Membership.objects.filter(motion=motion, role=Role.OWNER).update(role=Role.CONTROLLER)
    _set_role(motion, user, Role.OWNER)
    motions.record_access(motion)
    if not is_new:
        motion = motions.restart_motion(motion_id, by=asked_by, under_policy=False)  # announces it
        motions.record_hand_over(motion, Kind.OWNER, by=asked_by, whom=user)


def refuse_as_owner(user: Any) -> None:
    """Refuse an owner who is not active, or owns too many motions already.

    Raises:
        ForbiddenError, TooManyMotionsError.
    """
    if not user.is_active:
        raise ForbiddenError
    _make_room_for(user)


# --- who holds control ----------------------------------------------------------------------


@transaction.atomic
def let_control(motion_id: int, user: Any, *, asked_by: Any = None) -> None:
    """Hand control to `user`.

    While only the owner controls it, it goes to `user` alone: what others had before stays
    taken back, because nobody asked to give it to them.
    """
    motion = _administered(motion_id, asked_by)
    role, was_owner_only = _role(motion, user), motion.owner_only
    if role == Role.OWNER:
        return
    if was_owner_only:
        Membership.objects.filter(motion=motion, role=Role.CONTROLLER).update(role=Role.VIEWER)
        motion.owner_only, motion.control = False, Motion.Control.CONTROLLERS
        motion.save(update_fields=["owner_only", "control"])
    _set_role(motion, user, Role.CONTROLLER)
    if was_owner_only or role != Role.CONTROLLER:
        motions.record_hand_over(motion, Kind.LET, by=asked_by, whom=user)
    motions.record_access(motion)


def take_back(motion_id: int, user: Any, *, asked_by: Any = None) -> None:
    """`user` watches again."""
    set_role(motion_id, user, Role.VIEWER, asked_by=asked_by)


def let_only_owner_control(motion_id: int, on: bool, *, asked_by: Any = None) -> None:
    """Nobody but the owner controls it; with `on` false, those do who did before."""
    if asked_by is None:
        motions.describe_motion(motion_id, owner_only=on)
    else:
        describe_motion(motion_id, asked_by=asked_by, owner_only=on)


# --- invitations ----------------------------------------------------------------------------


@transaction.atomic
def invite(
    motion_id: int,
    *,
    asked_by: Any,
    role: str = Role.VIEWER,
    expires_at: datetime | None = None,
    with_code: bool = True,
) -> Invitation:
    """A new invitation.

    Raises:
        ForbiddenError, NoSuchMotionError, InvalidValueError: it would be expired already.
    """
    motion = _administered(motion_id, asked_by)
    if role not in {Role.VIEWER, Role.CONTROLLER}:
        raise InvalidValueError("role", "viewer or controller")
    if expires_at is not None and expires_at <= timestamp():
        raise InvalidValueError("expiry", "in the future")
    if valid_invitations(motion).count() >= settings.MOTION_INVITATION_LIMIT:
        raise TooManyInvitationsError(settings.MOTION_INVITATION_LIMIT)
    invitation = Invitation(motion=motion, role=role, expires_at=expires_at, by=asked_by, code=None)
    invitation.save()
    if with_code:
        _give_code(invitation)
    return invitation


@transaction.atomic
def revoke(invitation: Invitation, *, asked_by: Any = None) -> None:
    """Nobody joins by it any more; who has joined stays."""
    _administered(invitation.motion_id, asked_by)
    rows = Invitation.objects.filter(pk=invitation.pk, revoked_at=None)
    rows.update(revoked_at=timestamp(), code=None)  # the code can serve another


def valid_invitations(motion: Motion) -> QuerySet[Invitation]:
    """Those that let people in, newest first."""
    in_time = Q(expires_at=None) | Q(expires_at__gt=Now())
    return motion.invitations.filter(in_time, revoked_at=None).order_by("-created_at")


def find_invitation(token: str) -> Invitation:
    """The invitation of a link.

    Raises:
        NoSuchInvitationError: there is none, or it is over; nobody learns which.
    """
    return _valid(Invitation.objects.filter(token=token))


def find_by_code(text: str) -> Invitation:
    """The invitation of a code as somebody typed it: case, blanks and hyphens do not matter.

    Raises:
        NoSuchInvitationError.
    """
    code = "".join(text.upper().replace("-", " ").split())
    if len(code) not in CODE_LENGTHS or not set(code) <= set(CODE_LETTERS):
        raise NoSuchInvitationError
    return _valid(Invitation.objects.filter(code=code))


def shuts_out(invitation: Invitation, user: Any) -> bool:
    """Whether the owner has removed `user` since it was made: to them it is over."""
    return _bars(invitation, user) and _role(invitation.motion, user) is None


@transaction.atomic
def join(token: str, user: Any) -> Motion:
    """Make `user` a member as the invitation says; one who may more already, stays so.

    Whom the owner removed, or took control from, does not get it back by the same invitation.

    Raises:
        NoSuchInvitationError.
    """
    invitation = find_invitation(token)
    try:
        motion = motions.locked(invitation.motion_id)
    except NoSuchMotionError:
        raise NoSuchInvitationError from None
    find_invitation(token)  # again, now that nobody can revoke it meanwhile
    if shuts_out(invitation, user):
        raise NoSuchInvitationError
    role = _role(motion, user)
    gains = role is None or (role == Role.VIEWER and invitation.role == Role.CONTROLLER)
    if gains and not _bars(invitation, user):
        _set_role(motion, user, invitation.role)
        Invitation.objects.filter(pk=invitation.pk).update(uses=F("uses") + 1)
        motions.record_access(motion)
    return motion


# --- names of accounts ------------------------------------------------------------------------


def refuse_lookalike(name: str, *, but: int | None = None) -> None:
    """Refuse a user name that looks like that of another account than `but`.

    Raises:
        InvalidValueError.
    """
    found = get_user_model().objects.filter(username__regex=lookalike_pattern(name))
    if found.exclude(pk=but or 0).exists():
        raise InvalidValueError("username", "one that does not look like another user's")


# --- shared ---------------------------------------------------------------------------------


def _administered(motion_id: int, asked_by: Any) -> Motion:
    motion = motions.locked(motion_id)
    if asked_by is not None:
        person = permissions.load_person(motion.pk, asked_by)
        if not permissions.can_see(motion, person):
            raise NoSuchMotionError
        if not permissions.can_manage(person):
            raise ForbiddenError
    return motion


def _role(motion: Motion, user: Any) -> str | None:
    """The role as it is stored, whether or not the account is active."""
    rows = Membership.objects.filter(motion=motion, user=user)
    return rows.values_list("role", flat=True).first()


def _bar(motion: Motion, user: Any, *, role: str | None = None) -> None:
    """No invitation there is now, of that role or of any, takes back what was just taken."""
    for invitation in Invitation.objects.filter(motion=motion, **({"role": role} if role else {})):
        invitation.barred.add(user)


def _bars(invitation: Invitation, user: Any) -> bool:
    return invitation.barred.filter(pk=user.pk).exists()


def _set_role(motion: Motion, user: Any, role: str) -> None:
    Membership.objects.update_or_create(motion=motion, user=user, defaults={"role": role})


def _make_room_for(owner: Any) -> None:
    """Refuse one motion too many; the lock keeps two requests from both being the last."""
    _lock(owner)
    if motions_of(owner) >= settings.MOTION_LIMIT_PER_PERSON:
        raise TooManyMotionsError(settings.MOTION_LIMIT_PER_PERSON)


def _lock(owner: Any) -> None:
    get_user_model().objects.select_for_update().get(pk=owner.pk)


def _give_code(invitation: Invitation) -> None:
    """A code that no other invitation has; a free one is found at once, or nearly."""
    for _ in range(20):
        invitation.code = new_code()
        try:
            with transaction.atomic():
                invitation.save(update_fields=["code"])
        except IntegrityError:
            continue
        return
    raise RuntimeError("no free code was found")


def _valid(found: Any) -> Invitation:
    invitation: Invitation | None = found.select_related("motion").first()
    if invitation is None or not invitation.is_valid:
        raise NoSuchInvitationError
    return invitation
