"""Seats: a number for each member but the owner."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from motion.models import Membership, Motion
from motion.queries.permissions import Role
from motion.services.seats import assign_seats
from tests.support.factories import make_own_motion, make_user

pytestmark = pytest.mark.django_db


def add_member(motion: Motion, name: str, **values: object) -> None:
    Membership.objects.create(motion=motion, user=make_user(name), **values)


def read_seats(motion: Motion) -> dict[str, int | None]:
    rows = Membership.objects.filter(motion=motion)
    return dict(rows.values_list("user__username", "seat"))


def test_assign_seats_gives_the_lowest_free_numbers_in_the_order_of_joining() -> None:
    motion = make_own_motion(make_user("ada"))
    add_member(motion, "zoe")
    add_member(motion, "ben", seat=2, role=Role.CONTROLLER)
    add_member(motion, "cy")

    assign_seats(motion)

    assert read_seats(motion) == {"ada": None, "zoe": 1, "ben": 2, "cy": 3}


def test_assign_seats_keeps_the_numbers_of_a_motion_of_its_own() -> None:
    motion, other = make_own_motion(make_user("ada")), make_own_motion(make_user("eve"))
    add_member(motion, "ben")
    add_member(other, "cy", seat=1)

    assign_seats(motion)

    assert (read_seats(motion)["ben"], read_seats(other)["cy"]) == (1, 1)


def test_assign_seats_writes_nothing_when_all_members_have_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    motion = make_own_motion(make_user("ada"))
    add_member(motion, "ben", seat=1)

    with django_assert_num_queries(1):
        assign_seats(motion)
