"""Invitations: created, revoked, found by link or code, and accepted. `by` is as in members.py."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from ..core.errors import (
    DoorClosedError,
    InvalidValueError,
    NoSuchInvitationError,
    NoSuchMotionError,
    TooManyInvitationsError,
)
from ..models import Invitation, Motion, timestamp
from ..models.people import CODE_LENGTHS, CODE_LETTERS, make_code
from ..queries.permissions import AnyUser, Role
from . import members, motions
from .motions import Actor


@transaction.atomic
def create_invitation(
    motion_id: int,
    *,
    by: Actor,
    role: str = Role.VIEWER,
    expires_at: datetime | None = None,
    with_code: bool = True,
) -> Invitation:
    """A new invitation.

    Raises:
        ForbiddenError, NoSuchMotionError, TooManyInvitationsError.
        InvalidValueError: it would have expired already.
    """
    motion = motions.lock_managed_motion(motion_id, by)
    if role not in {Role.VIEWER, Role.CONTROLLER}:
        raise InvalidValueError("role", "viewer or controller")
    if expires_at is not None and expires_at <= timestamp():
        raise InvalidValueError("expiry", "in the future")
    if find_valid_invitations(motion).count() >= settings.MOTION_INVITATION_LIMIT:
        raise TooManyInvitationsError(settings.MOTION_INVITATION_LIMIT)
    invitation = Invitation(
        motion=motion, role=role, expires_at=expires_at, by=motions.get_account(by), code=None
    )
    invitation.save()
    if with_code:
        _assign_code(invitation)
    return invitation


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, by: Actor = None) -> None:
    """Let nobody join by it any more; people who have joined stay."""
    motions.lock_managed_motion(invitation.motion_id, by)
    rows = Invitation.objects.filter(pk=invitation.pk, revoked_at=None)
    rows.update(revoked_at=timestamp(), code=None)  # another invitation can get the code


def find_valid_invitations(motion: Motion) -> QuerySet[Invitation]:
    """The invitations that let people in, newest first."""
    in_time = Q(expires_at=None) | Q(expires_at__gt=Now())
    return motion.invitations.filter(in_time, revoked_at=None).order_by("-created_at")


def find_invitation(token: str) -> Invitation:
    """The invitation of a link.

    Raises:
        NoSuchInvitationError: alike for an unknown, an expired and a revoked one.
    """
    return _get_valid_invitation(Invitation.objects.filter(token=token))


def find_invitation_by_code(text: str) -> Invitation:
    """The invitation of a code as a person typed it: case, blanks and hyphens do not matter.

    Raises:
        NoSuchInvitationError.
    """
    code = "".join(text.upper().replace("-", " ").split())
    if len(code) not in CODE_LENGTHS or not set(code) <= set(CODE_LETTERS):
        raise NoSuchInvitationError
    return _get_valid_invitation(Invitation.objects.filter(code=code))


def is_shut_out(invitation: Invitation, user: AnyUser) -> bool:
    """Whether the owner has removed `user` since the invitation was created."""
    if not user.is_authenticated:
        return False
    return _is_barred(invitation, user) and members.read_role(invitation.motion, user) is None


@transaction.atomic
def accept_invitation(token: str, user: User) -> Motion:
    """Make `user` a member in the role of the invitation; a higher role stays.

    A person whom the owner removed, or from whom the owner took control, does not get it back by
    an invitation from before.

    Raises:
        NoSuchInvitationError.
        DoorClosedError: `user` is not a member yet.
    """
    invitation, motion = lock_invitation(token)
    if is_shut_out(invitation, user):
        raise NoSuchInvitationError
    role = members.read_role(motion, user)
    gains = role is None or (role == Role.VIEWER and invitation.role == Role.CONTROLLER)
    if gains and not _is_barred(invitation, user):
        admit(invitation, motion, user, invitation.role)
    return motion


def lock_invitation(token: str) -> tuple[Invitation, Motion]:
    """The invitation of a link, and its motion, locked for this transaction.

    Raises:
        NoSuchInvitationError.
    """
    try:
        motion = motions.lock_motion(find_invitation(token).motion_id)
    except NoSuchMotionError:
        raise NoSuchInvitationError from None
    return find_invitation(token), motion  # again, because now nobody can revoke it meanwhile


def admit(invitation: Invitation, motion: Motion, user: User, role: str) -> None:
    """Give `user` a role in a locked motion by an invitation.

    Raises:
        DoorClosedError: `user` is not a member yet.
    """
    if motion.door_closed and members.read_role(motion, user) is None:
        raise DoorClosedError
    members.write_role(motion, user, role)
    Invitation.objects.filter(pk=invitation.pk).update(uses=F("uses") + 1)
    motions.record_access_change(motion)


def _is_barred(invitation: Invitation, user: User) -> bool:
    return invitation.barred.filter(pk=user.pk).exists()


def _assign_code(invitation: Invitation) -> None:
    """Give it a code that no other invitation has; the first try is nearly always free."""
    for _ in range(20):
        invitation.code = make_code()
        try:
            with transaction.atomic():
                invitation.save(update_fields=["code"])
        except IntegrityError:
            continue
        return
    raise RuntimeError("no free code was found")


def _get_valid_invitation(invitations: QuerySet[Invitation]) -> Invitation:
    invitation = invitations.select_related("motion").first()
    if invitation is None or not invitation.is_valid:
        raise NoSuchInvitationError
    return invitation
