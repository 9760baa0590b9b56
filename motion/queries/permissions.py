"""Who may do what with a motion: decided here, whatever the way in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.contrib.auth import get_user_model

from ..core.errors import NoSuchMotionError
from ..models import Membership, Motion, display_name

Role = Membership.Role


class Rules(Protocol):
    """What a motion, or a snapshot of one, says about it."""

    @property
    def visibility(self) -> str: ...
    @property
    def control(self) -> str: ...
    @property
    def owner_only(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody, as far as one motion is concerned; `Person()` is anybody without an account.

    `sees_all` and `changes_all` are the admin's permissions to view and to change motions.
    """

    user_id: int | None = None
    name: str | None = None
    role: str | None = None
    sees_all: bool = False
    changes_all: bool = False
    is_superuser: bool = False


def may_see(rules: Rules, person: Person) -> bool:
    is_open = rules.visibility != Motion.Visibility.PRIVATE
    return is_open or person.role is not None or person.sees_all


def may_control(rules: Rules, person: Person) -> bool:
    """Whether `person` may change the parameters and restart."""
    if not may_see(rules, person):
        return False
    if person.role == Role.OWNER or person.changes_all:
        return True
    if rules.owner_only:
        return False
    match rules.control:
        case Motion.Control.EVERYONE:
            return True
        case Motion.Control.SIGNED_IN:
            return person.user_id is not None
        case _:
            return person.role == Role.CONTROLLER


def may_administer(person: Person) -> bool:
    """Whether `person` may rename and share the motion, say who may do what, and delete it."""
    return person.role == Role.OWNER or person.changes_all


def may_know_seeds(motion: Motion, person: Person) -> bool:
    """Whether `person` may know the future: the owner alone, or of what nobody owns a superuser."""
    if person.is_superuser:
        return not motion.memberships.filter(role=Role.OWNER).exclude(user=person.user_id).exists()
    return person.role == Role.OWNER


def policy(rules: Rules) -> str:
    """Who controls it, in the wire's word: a value of `Motion.Control`, or "owner"."""
    return "owner" if rules.owner_only else rules.control


# --- reading -------------------------------------------------------------------------------


def person(motion_id: int, user: Any) -> Person:
    """What `user` (None: nobody) is to a motion, as the database has it now."""
    if user is None or not user.is_authenticated:
        return Person()
    return people(motion_id, [user.pk]).get(user.pk, Person())


def people(motion_id: int, user_ids: Iterable[int]) -> dict[int, Person]:
    """The same of many people, by their id; those who are not active are missing."""
    users = get_user_model().objects.filter(pk__in=list(user_ids), is_active=True)
    roles = dict(
        Membership.objects.filter(motion=motion_id, user__in=users).values_list("user", "role")
    )
    return {user.pk: _person(user, roles.get(user.pk)) for user in users}


@dataclass(frozen=True)
class Sight:
    """A motion, and who somebody who may see it is to it."""

    motion: Motion
    person: Person

    @property
    def may_control(self) -> bool:
        return may_control(self.motion, self.person)

    @property
    def may_administer(self) -> bool:
        return may_administer(self.person)

    @property
    def may_know_seeds(self) -> bool:
        return may_know_seeds(self.motion, self.person)


def find_public(slug: str) -> Motion | None:
    """The motion at `slug`, if it is a public one, whoever asks."""
    return Motion.objects.filter(slug=slug, visibility=Motion.Visibility.PUBLIC).first()


def find(slug: str, user: Any) -> Sight:
    """The motion at `slug`, if `user` may see it.

    Raises:
        NoSuchMotionError: alike for one that does not exist and for one that may not be seen.
    """
    motion = Motion.objects.filter(slug=slug).first()
    # Who asks is looked up in either case: else the time it takes, and the `Vary` header that
    # comes of reading a session, would tell a hidden motion from none.
    somebody = person(motion.pk if motion else 0, user)
    if motion is None or not may_see(motion, somebody):
        raise NoSuchMotionError
    return Sight(motion, somebody)


def _person(user: Any, role: str | None) -> Person:
    changes_all = user.is_staff and user.has_perm("motion.change_motion")
    return Person(
        user_id=user.pk,
        name=display_name(user),
        role=role,
        sees_all=changes_all or (user.is_staff and user.has_perm("motion.view_motion")),
        changes_all=changes_all,
        is_superuser=user.is_superuser,
    )
