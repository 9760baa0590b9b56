"""Guests: participants of one motion without an account. `by` is as in members.py."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from ..core.errors import (
    ForbiddenError,
    InvalidNameError,
    NoSuchInvitationError,
    TooManyGuestsError,
)
from ..core.names import check_guest_name, make_lookalike_key, make_unique_name
from ..models import Guest, Invitation, Membership, Motion, display_name, is_guest, timestamp
from ..models.people import make_guest_username
from ..queries.permissions import Role
from . import invitations, members, motions, questions
from .motions import Actor

SEEN_EVERY: Final = timedelta(days=1)
"""How often `Guest.seen_at` is written while the guest is here."""

BATCH: Final = 10
"""Guests that are deleted at once: a tick of the worker waits for it."""


@transaction.atomic
def join_as_guest(token: str, name: str, *, key: str) -> User:
    """A new guest, who watches the motion of an invitation for viewers.

    A form that is sent twice, with one `key`, makes one guest.

    Raises:
        NoSuchInvitationError: also if the owner removed the guest of this key.
        InvalidNameError: the name.
        DoorClosedError, TooManyGuestsError.
    """
    invitation, motion = invitations.lock_invitation(token)
    if invitation.role != Role.VIEWER:
        raise NoSuchInvitationError
    username = make_guest_username(motion.pk, key)
    if existing := User.objects.filter(username=username).first():
        if invitations.is_shut_out(invitation, existing):
            raise NoSuchInvitationError
        return existing
    if count_guests(motion) >= settings.GUESTS_PER_MOTION:
        raise TooManyGuestsError(settings.GUESTS_PER_MOTION)
    user = User(username=username, first_name=_choose_name(motion, name))
    user.set_unusable_password()
    user.save()
    Guest.objects.create(user=user, motion=motion)
    invitations.admit(invitation, motion, user, Role.VIEWER)
    return user


def find_guest(user_id: int) -> Guest | None:
    """The guest of a user, with its user and its motion, unless the owner has removed it."""
    rows = Guest.objects.filter(motion__memberships__user=user_id).select_related("user", "motion")
    return rows.filter(pk=user_id).first()


def find_members(motion: Motion) -> QuerySet[Membership]:
    """The memberships of the motion's guests, without removed ones, by seat."""
    guests = motion.memberships.filter(user__guest__motion=motion)
    return guests.select_related("user").order_by("seat", "pk")


def count_guests(motion: Motion) -> int:
    return find_members(motion).count()


@transaction.atomic
def rename_guest(motion_id: int, user: User, name: str, *, by: Actor = None) -> str:
    """Give a guest another name, and return it: with a number if somebody has it.

    Raises:
        ForbiddenError, InvalidNameError, NoSuchMotionError.
    """
    motion = motions.lock_managed_motion(motion_id, by)
    guest = _lock_guest(motion, user)
    guest.first_name = _choose_name(motion, name, except_for=guest.pk)
    guest.save(update_fields=["first_name"])
    motions.record_access_change(motion)
    return guest.first_name


@transaction.atomic
def leave(user: User) -> None:
    """End the membership of a guest, and delete it: its seat becomes free."""
    for membership in Membership.objects.filter(user=user):
        members.remove_member(membership.motion_id, user, by=user)
    questions.withdraw_answers(user)
    Guest.objects.filter(user=user).delete()


@transaction.atomic
def replace_guest(old: User, new: User) -> None:
    """End what a browser was in another motion before, because it has only one session.

    An invitation that refuses the former guest also refuses the new one.
    """
    for invitation in Invitation.objects.filter(barred=old):
        invitation.barred.add(new)
    if Membership.objects.filter(user=old).exists():
        leave(old)


@transaction.atomic
def keep_seat(motion_id: int, user: User, become_account: Callable[[User], None]) -> User:
    """Make an account of a guest. Membership and seat stay, and open pages show the new name.

    Args:
        become_account: gives the user a name and a password of an account, and saves it.

    Raises:
        ForbiddenError: it is no guest of this motion, or no longer one.
        NoSuchMotionError.
    """
    motion = motions.lock_motion(motion_id)
    guest = _lock_guest(motion, user)
    become_account(guest)
    Guest.objects.filter(user=guest).delete()
    motions.record_access_change(motion)
    return guest


def note_seen(guest: Guest) -> None:
    """Let the guest live for `GUEST_DAYS` more, at the cost of one write a day."""
    if timezone.now() - guest.seen_at > SEEN_EVERY:
        Guest.objects.filter(pk=guest.pk).update(seen_at=timestamp())


def delete_unseen_guests() -> int:
    """Delete guests that were not here for `GUEST_DAYS`, some at a time; how many."""
    limit = timestamp() - timedelta(days=settings.GUEST_DAYS)
    unseen = list(Guest.objects.filter(seen_at__lt=limit).select_related("user")[:BATCH])
    for guest in unseen:
        leave(guest.user)
    return len(unseen)


def _lock_guest(motion: Motion, user: User) -> User:
    """A guest of a locked motion, locked too.

    Raises:
        ForbiddenError: it is none, or the owner removed it.
    """
    locked = User.objects.select_for_update().filter(pk=user.pk).first()
    if locked is None or not is_guest(locked) or members.read_role(motion, locked) is None:
        raise ForbiddenError
    return locked


def _choose_name(motion: Motion, text: str, *, except_for: int = 0) -> str:
    """The name that a guest typed, cleaned, with a number if somebody in the motion has it.

    Raises:
        InvalidNameError: also for a name that looks like the owner's.
    """
    name = check_guest_name(text)
    others = motion.memberships.exclude(user=except_for).select_related("user")
    names = [(display_name(row.user), row.role) for row in others]
    owners = {make_lookalike_key(other) for other, role in names if role == Role.OWNER}
    if make_lookalike_key(name) in owners:
        raise InvalidNameError("another name: the owner has this one")
    return make_unique_name(name, [other for other, _ in names])
