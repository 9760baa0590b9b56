"""Accounts, as far as motions depend on them: their names, and what comes before deleting one."""

from collections.abc import Iterable, Mapping
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction

from ..core.errors import InvalidValueError, NoSuchMotionError
from ..core.names import make_lookalike_pattern
from ..models import Membership, Motion
from ..queries.permissions import Role
from . import members, motions, questions

DELETE: Final = "delete"


def refuse_lookalike(name: str, *, except_for: int | None = None) -> None:
    """Refuse a user name that looks like that of another account than `except_for`.

    Raises:
        InvalidValueError.
    """
    found = User.objects.filter(username__regex=make_lookalike_pattern(name))
    if found.exclude(pk=except_for or 0).exists():
        raise InvalidValueError("username", "one that does not look like another user's")


@transaction.atomic
def delete_account(owner: User, fates: Mapping[int, str]) -> None:
    """Delete an account whose every motion is deleted or transferred first: all of it, or nothing.

    Args:
        fates: by motion, `DELETE` or the id of the member who becomes its owner.

    Raises:
        ForbiddenError, NoSuchMotionError, TooManyMotionsError: see members.py.
    """
    lock_shared_motions([owner])
    for motion_id, fate in sorted(fates.items()):
        if fate == DELETE:
            motions.delete_motion(motion_id, by=owner)
        else:
            heirs = Membership.objects.filter(user__is_active=True).select_related("user")
            heir = heirs.filter(motion_id=motion_id, user_id=fate).first()
            if heir is None:
                raise NoSuchMotionError
            members.transfer_ownership(motion_id, heir.user, by=owner)
    if members.count_owned_motions(owner):  # one came after the form was shown
        raise NoSuchMotionError
    end_memberships(owner)
    owner.delete()


def lock_shared_motions(users: Iterable[User]) -> None:
    """Lock every motion that any of `users` belongs to, always in one order.

    Otherwise two people who leave at once, and share motions, would wait for each other.
    """
    motion_ids = Membership.objects.filter(user__in=users).order_by().values("motion")
    list(Motion.objects.select_for_update().filter(pk__in=motion_ids).order_by("pk"))


@transaction.atomic
def end_memberships(user: User) -> None:
    """End all memberships of an account, and withdraw its answers to open questions.

    An account that owns a motion cannot be deleted afterwards.
    """
    ending = Membership.objects.filter(user=user).exclude(role=Role.OWNER)
    for membership in ending.order_by("motion"):
        motion = motions.lock_motion(membership.motion_id)
        membership.delete()
        motions.record_access_change(motion)
    questions.withdraw_answers(user)
