"""The permissions of a person on a motion: only this module decides them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, User

from ..core.errors import NoSuchMotionError
from ..models import Membership, Motion, get_guest_motion_id, is_guest, shown_name

Role = Membership.Role

AnyUser = User | AnonymousUser
"""The person behind a request: an account, a guest, or a visitor."""


class Rules(Protocol):
    """What a motion, or a snapshot of it, says about permissions."""

    @property
    def visibility(self) -> str: ...
    @property
    def control(self) -> str: ...
    @property
    def owner_only(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Person:
    """A person in relation to one motion; `Person()` is a visitor.

    `name` is the one that other people see: "Student 7" for a guest while names are hidden.
    `sees_all` and `changes_all` are the permissions to view and to change motions in the admin.
    """

    user_id: int | None = None
    name: str | None = None
    role: str | None = None
    seat: int | None = None
    is_guest: bool = False
    sees_all: bool = False
    changes_all: bool = False
    is_superuser: bool = False


def can_see(rules: Rules, person: Person) -> bool:
    is_open = rules.visibility != Motion.Visibility.PRIVATE
    return is_open or person.role is not None or person.sees_all


def can_control(rules: Rules, person: Person) -> bool:
    """Whether the person may change the parameters, pause and restart."""
    if not can_see(rules, person):
        return False
    if person.role == Role.OWNER or person.changes_all:
        return True
    if rules.owner_only:
        return False
    match rules.control:
        case Motion.Control.EVERYONE:
            return True
        case Motion.Control.SIGNED_IN:
            return person.user_id is not None and not person.is_guest
        case _:
            return person.role == Role.CONTROLLER


def can_manage(person: Person) -> bool:
    """Whether the person may rename, share and delete the motion, and give roles."""
    return person.role == Role.OWNER or person.changes_all


def get_policy(rules: Rules) -> str:
    """The `control` field of a `state` frame: a value of `Motion.Control`, or "owner"."""
    return "owner" if rules.owner_only else rules.control


# --- reading -------------------------------------------------------------------------------


def load_person(motion_id: int, user: AnyUser | None) -> Person:
    """The relation of `user` to a motion, as the database has it now; None is a visitor."""
    if user is None or not user.is_authenticated:
        return Person()
    return load_people(motion_id, [user.pk]).get(user.pk, Person())


def load_people(motion_id: int, user_ids: Iterable[int]) -> dict[int, Person]:
    """The relations of many users, by user id, without users that are not active.

    A guest of another motion, and a guest whom the owner removed, are visitors.
    """
    users = get_user_model().objects.filter(pk__in=list(user_ids), is_active=True)
    members = Membership.objects.filter(motion=motion_id, user__in=users)
    columns = members.values_list("user", "role", "seat", "motion__names_hidden")
    found = {user_id: columns for user_id, *columns in columns}
    return {
        user.pk: _make_person(motion_id, user, *found.get(user.pk, (None, None, False)))
        for user in users
    }


@dataclass(frozen=True)
class VisibleMotion:
    """A motion that a person may see, and that person."""

    motion: Motion
    person: Person

    @property
    def can_control(self) -> bool:
        return can_control(self.motion, self.person)

    @property
    def can_manage(self) -> bool:
        return can_manage(self.person)

    @property
    def can_see_seeds(self) -> bool:
        """Only the owner may know the future; of a motion without an owner, a superuser."""
        if not self.person.is_superuser:
            return self.person.role == Role.OWNER
        owners = self.motion.memberships.filter(role=Role.OWNER)
        return not owners.exclude(user=self.person.user_id).exists()


def get_visible_motion(slug: str, user: AnyUser | None) -> VisibleMotion:
    """The motion at `slug`, if `user` may see it.

    Raises:
        NoSuchMotionError: there is no such motion, or `user` may not see it.
    """
    return check_visible(Motion.objects.filter(slug=slug).first(), user)


def check_visible(motion: Motion | None, user: AnyUser | None) -> VisibleMotion:
    """`motion` with the permissions of `user`, who may see it.

    Raises:
        NoSuchMotionError: there is no motion, or `user` may not see it.
    """
    # The person is looked up in both cases. Otherwise the time that it takes, and the `Vary` header
    # of a session that was read, would reveal a hidden motion.
    person = load_person(motion.pk if motion else 0, user)
    if motion is None or not can_see(motion, person):
        raise NoSuchMotionError
    return VisibleMotion(motion, person)


def _make_person(
    motion_id: int, user: User, role: str | None, seat: int | None, hidden: bool
) -> Person:
    name = shown_name(user, seat, hidden=hidden)
    if is_guest(user):
        if role is None or get_guest_motion_id(user) != motion_id:
            return Person()
        return Person(user_id=user.pk, name=name, role=role, seat=seat, is_guest=True)
    changes_all = user.is_staff and user.has_perm("motion.change_motion")
    return Person(
        user_id=user.pk,
        name=name,
        role=role,
        seat=seat,
        sees_all=changes_all or (user.is_staff and user.has_perm("motion.view_motion")),
        changes_all=changes_all,
        is_superuser=user.is_superuser,
    )
