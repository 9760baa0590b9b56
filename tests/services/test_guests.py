"""Guests: joining, names, seats, leaving, and becoming an account."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.db import connection

from motion.core.errors import (
    DoorClosedError,
    ForbiddenError,
    InvalidValueError,
    NoSuchInvitationError,
    NoSuchMotionError,
    TooManyGuestsError,
)
from motion.models import Change, Guest, Invitation, Membership, Motion, display_name, timestamp
from motion.queries import permissions
from motion.queries.permissions import Person
from motion.services import accounts, guests, invitations, members, motions
from motion.services.guests import join_as_guest
from tests.support.factories import make_motion, make_own_motion, read_roles, reload

pytestmark = pytest.mark.django_db


@pytest.fixture
def invitation(motion: Motion, ada: Any) -> Invitation:
    return invitations.create_invitation(motion.pk, by=ada)


@pytest.fixture
def mia(invitation: Invitation) -> User:
    return join_as_guest(invitation.token, "Mia", key="mia")


def read_seats(motion: Motion) -> dict[str, int | None]:
    return {display_name(row.user): row.seat for row in motion.memberships.select_related("user")}


# --- joining -----------------------------------------------------------------------------------


def test_join_makes_a_viewer_with_a_name_and_a_seat(invitation: Invitation, motion: Motion) -> None:
    before = reload(motion).access_version

    user = join_as_guest(invitation.token, " Mia\u200b ", key="some key")

    person = permissions.load_person(motion.pk, user)
    assert person == Person(user_id=user.pk, name="Mia", role="viewer", seat=1, is_guest=True)
    assert reload(motion).access_version > before
    assert Invitation.objects.get().uses == 1
    assert not user.has_usable_password()
    assert "some key" not in user.username
    assert user.guest.motion == motion


def test_join_gives_each_guest_a_name_and_a_seat(invitation: Invitation, motion: Motion) -> None:
    for key in "abc":
        join_as_guest(invitation.token, "Mia", key=key)

    assert read_seats(motion) == {"ada": None, "Mia": 1, "Mia 2": 2, "Mia 3": 3}


def test_join_gives_the_lowest_seat_that_became_free(
    invitation: Invitation, motion: Motion
) -> None:
    first, _, third = (join_as_guest(invitation.token, name, key=name) for name in "xyz")
    members.remove_member(motion.pk, first)

    join_as_guest(invitation.token, "new", key="new")
    motions.restart_motion(motion.pk, under_policy=False)

    assert read_seats(motion) == {"ada": None, "new": 1, "y": 2, "z": 3}
    assert permissions.load_person(motion.pk, third).seat == 3


def test_join_makes_one_guest_of_one_key(invitation: Invitation, motion: Motion) -> None:
    first, second = (join_as_guest(invitation.token, name, key="k") for name in ("Mia", "Jun"))

    assert first == second
    assert read_seats(motion) == {"ada": None, "Mia": 1}


def test_join_makes_two_guests_of_one_key_in_two_motions(
    invitation: Invitation, mia: User, ada: Any
) -> None:
    other = invitations.create_invitation(make_own_motion(ada).pk, by=ada)

    assert join_as_guest(other.token, "Mia", key="mia") != mia


@pytest.mark.parametrize("name", ["ada", "ADA", "\u0430d\u0430", "Student 7", "guest:1:x", " "])
def test_join_refuses_a_misleading_name(invitation: Invitation, name: str) -> None:
    with pytest.raises(InvalidValueError):
        join_as_guest(invitation.token, name, key="k")

    assert not Guest.objects.exists()


def test_join_is_refused_while_the_door_is_closed(
    invitation: Invitation, motion: Motion, mia: User, ada: Any, ben: Any
) -> None:
    motions.update_description(motion.pk, by=ada, door_closed=True)

    with pytest.raises(DoorClosedError):
        join_as_guest(invitation.token, "Jun", key="jun")
    with pytest.raises(DoorClosedError):
        invitations.accept_invitation(invitation.token, ben)

    assert join_as_guest(invitation.token, "Mia", key="mia") == mia
    assert read_seats(motion) == {"ada": None, "Mia": 1}
    motions.update_description(motion.pk, by=ada, door_closed=False)
    join_as_guest(invitation.token, "Jun", key="jun")


def test_join_keeps_the_limit_of_guests(
    invitation: Invitation, motion: Motion, mia: User, ben: Any, settings: LazySettings
) -> None:
    settings.GUESTS_PER_MOTION = 1
    with pytest.raises(TooManyGuestsError, match="1 guests"):
        join_as_guest(invitation.token, "Jun", key="jun")

    invitations.accept_invitation(invitation.token, ben)  # an account is none
    members.remove_member(motion.pk, mia)

    join_as_guest(invitation.token, "Jun", key="jun")


def test_join_needs_an_invitation_for_viewers(motion: Motion, ada: Any) -> None:
    control = invitations.create_invitation(motion.pk, by=ada, role="controller")

    with pytest.raises(NoSuchInvitationError):
        join_as_guest(control.token, "Mia", key="k")


def test_join_fails_when_the_motion_was_deleted(invitation: Invitation, motion: Motion) -> None:
    motions.delete_motion(motion.pk)

    with pytest.raises(NoSuchInvitationError):
        join_as_guest(invitation.token, "Mia", key="k")


def test_removed_guest_does_not_come_back_by_the_same_invitation(
    invitation: Invitation, motion: Motion, mia: User, ada: Any
) -> None:
    members.remove_member(motion.pk, mia, by=ada)

    with pytest.raises(NoSuchInvitationError):
        join_as_guest(invitation.token, "Jun", key="mia")
    with pytest.raises(NoSuchInvitationError):
        invitations.accept_invitation(invitation.token, mia)
    assert invitations.is_shut_out(invitation, mia)
    assert permissions.load_person(motion.pk, mia) == Person()


# --- what a guest may be -------------------------------------------------------------------------


def test_guest_is_a_visitor_in_another_motion(mia: User, ada: Any) -> None:
    other = make_own_motion(ada, visibility="public", control="everyone")

    assert permissions.load_person(other.pk, mia) == Person()
    motions.change_motion(other.pk, by=mia, values={"variance": 2.0})
    assert Change.objects.filter(motion=other).latest("revision").by is None


@pytest.mark.parametrize(
    "give",
    [
        lambda motion, user: members.set_role(motion.pk, user, "viewer"),
        lambda motion, user: members.hand_over_control(motion.pk, user),
        lambda motion, user: members.transfer_ownership(motion.pk, user),
    ],
)
def test_guest_gets_no_role_in_another_motion(
    give: Callable[[Motion, User], object], mia: User, ada: Any
) -> None:
    other = make_own_motion(ada)

    with pytest.raises(ForbiddenError):
        give(other, mia)

    assert read_roles(other) == {"ada": "owner"}


def test_guest_never_owns_a_motion(motion: Motion, mia: User) -> None:
    for own in (
        lambda: members.transfer_ownership(motion.pk, mia),
        lambda: members.write_role(motion, mia, "owner"),
        lambda: members.create_own_motion(mia, title="Hers"),
    ):
        with pytest.raises(ForbiddenError):
            own()

    assert Motion.objects.count() == 1


def test_guest_gets_and_loses_control_by_the_owner(motion: Motion, mia: User, ada: Any) -> None:
    members.hand_over_control(motion.pk, mia, by=ada)
    change = motions.change_motion(motion.pk, by=mia, values={"variance": 2.0})
    members.set_role(motion.pk, mia, "viewer", by=ada)

    assert change is not None
    assert change.by == mia
    with pytest.raises(ForbiddenError):
        motions.change_motion(motion.pk, by=mia, values={"variance": 3.0})
    kinds = motion.changes.filter(whom=mia).order_by("revision").values_list("kind", flat=True)
    assert list(kinds) == ["let", "take-back"]


def test_guest_has_no_staff_rights_whatever_its_row_says(motion: Motion, mia: User) -> None:
    User.objects.filter(pk=mia.pk).update(is_staff=True, is_superuser=True)

    person = permissions.load_person(motion.pk, User.objects.get(pk=mia.pk))

    assert not permissions.can_manage(person)
    assert not person.is_superuser


@pytest.mark.parametrize("password", ["", "!", "secret"])
def test_guest_does_not_sign_in_by_password(mia: User, password: str) -> None:
    assert authenticate(None, username=mia.username, password=password) is None


def test_transfer_gives_the_former_owner_a_seat_and_takes_that_of_the_new(
    motion: Motion, invitation: Invitation, ben: Any, mia: User
) -> None:
    invitations.accept_invitation(invitation.token, ben)
    assert read_seats(motion) == {"ada": None, "Mia": 1, "ben": 2}

    members.transfer_ownership(motion.pk, ben)

    assert read_seats(motion) == {"ada": 2, "Mia": 1, "ben": None}


# --- names -------------------------------------------------------------------------------------


def test_rename_gives_a_cleaned_and_unique_name(
    motion: Motion, invitation: Invitation, mia: User, ada: Any
) -> None:
    join_as_guest(invitation.token, "Jun", key="jun")

    assert guests.rename_guest(motion.pk, mia, " jun\u202e", by=ada) == "jun 2"
    assert guests.rename_guest(motion.pk, mia, "jun 2", by=ada) == "jun 2"
    with pytest.raises(InvalidValueError):
        guests.rename_guest(motion.pk, mia, "Ada", by=ada)
    with pytest.raises(ForbiddenError):
        guests.rename_guest(motion.pk, mia, "Zoe", by=mia)
    with pytest.raises(ForbiddenError):
        guests.rename_guest(motion.pk, ada, "Zoe", by=ada)


def test_hidden_names_are_those_of_guests_alone(
    motion: Motion, invitation: Invitation, mia: User, ada: Any, ben: Any
) -> None:
    invitations.accept_invitation(invitation.token, ben)
    motions.update_description(motion.pk, by=ada, names_hidden=True)

    people = permissions.load_people(motion.pk, [ada.pk, ben.pk, mia.pk])

    assert [people[user.pk].name for user in (ada, ben, mia)] == ["ada", "ben", "Student 1"]


# --- leaving, and becoming an account ----------------------------------------------------------


def test_leave_deletes_the_guest_and_frees_the_seat(
    motion: Motion, invitation: Invitation, mia: User
) -> None:
    before = reload(motion).access_version

    guests.leave(mia)

    assert not User.objects.filter(pk=mia.pk).exists()
    assert reload(motion).access_version > before
    join_as_guest(invitation.token, "Mia", key="again")
    assert read_seats(motion) == {"ada": None, "Mia": 1}


def become(name: str) -> Callable[[User], None]:
    def become_account(user: User) -> None:
        user.username = name
        user.set_password("long secret")
        user.save()

    return become_account


def test_keep_seat_makes_an_account_with_the_same_membership(motion: Motion, mia: User) -> None:
    seat = Membership.objects.get(user=mia)

    account = guests.keep_seat(motion.pk, mia, become("mia"))

    assert account.pk == mia.pk
    assert not Guest.objects.exists()
    assert Membership.objects.get(user=mia) == seat
    assert permissions.load_person(motion.pk, account) == Person(
        user_id=mia.pk, name="mia", role="viewer", seat=1
    )
    with pytest.raises(ForbiddenError):
        guests.keep_seat(motion.pk, mia, become("mia2"))


def test_keep_seat_is_refused_after_a_removal(motion: Motion, mia: User) -> None:
    members.remove_member(motion.pk, mia)

    with pytest.raises(ForbiddenError):
        guests.keep_seat(motion.pk, mia, become("mia"))


# --- the end of guests -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "delete",
    [
        lambda motion: motions.delete_motion(motion.pk),
        lambda motion: motion.delete(),
        lambda motion: Motion.objects.filter(pk=motion.pk).delete(),
        lambda motion: Guest.objects.all().delete(),
        lambda motion: Guest.objects.get().delete(),
        lambda motion: User.objects.get(first_name="Mia").delete(),
        lambda motion: User.objects.filter(first_name="Mia").delete(),
    ],
    ids=["service", "motion", "motions", "guests", "guest", "user", "users"],
)
def test_user_of_a_guest_is_deleted_with_it(
    delete: Callable[[Motion], object], motion: Motion, mia: User, ada: Any
) -> None:
    delete(motion)

    assert list(User.objects.values_list("username", flat=True)) == ["ada"]
    assert not Guest.objects.exists()


def test_delete_unseen_guests_keeps_those_that_were_here(
    motion: Motion, invitation: Invitation, mia: User, settings: LazySettings, ben: Any
) -> None:
    settings.GUEST_DAYS = 7
    invitations.accept_invitation(invitation.token, ben)
    jun, removed = (join_as_guest(invitation.token, name, key=name) for name in ("Jun", "Zoe"))
    members.remove_member(motion.pk, removed)
    long_ago = timestamp() - timedelta(days=8)
    Guest.objects.exclude(user=jun).update(seen_at=long_ago)

    assert [guests.delete_unseen_guests() for _ in range(2)] == [2, 0]

    assert read_roles(motion) == {"ada": "owner", "ben": "viewer", jun.username: "viewer"}
    assert set(User.objects.values_list("pk", flat=True)) >= {jun.pk, ben.pk}
    assert not User.objects.filter(pk__in=[mia.pk, removed.pk]).exists()


def test_note_seen_writes_once_a_day(mia: User, django_assert_num_queries: Any) -> None:
    guest = Guest.objects.get()
    with django_assert_num_queries(0):
        guests.note_seen(guest)
    Guest.objects.update(seen_at=timestamp() - timedelta(days=2))

    guests.note_seen(Guest.objects.get())

    assert timestamp() - Guest.objects.get().seen_at < timedelta(minutes=1)


def test_account_is_not_deleted_in_favour_of_a_guest(motion: Motion, mia: User, ada: Any) -> None:
    with pytest.raises(ForbiddenError):
        accounts.delete_account(ada, {motion.pk: str(mia.pk)})

    assert read_roles(motion)["ada"] == "owner"


# --- many at once ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's tests have one connection")
def test_guests_who_join_at_once_all_get_a_seat(invitation: Invitation, motion: Motion) -> None:
    def join(number: int) -> None:
        try:
            join_as_guest(invitation.token, "Mia", key=f"{number // 2}")  # each form sent twice
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(join, range(40)))

    names = {f"Mia {number}" if number > 1 else "Mia": number for number in range(1, 21)}
    seats = read_seats(motion)
    assert seats.keys() == {"ada", *names}
    assert sorted(seat for seat in seats.values() if seat) == list(range(1, 21))


def test_service_refuses_a_motion_that_is_gone(motion: Motion, mia: User) -> None:
    with pytest.raises(NoSuchMotionError):
        guests.keep_seat(make_motion().pk + 1, mia, become("mia"))
