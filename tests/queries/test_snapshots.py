"""Snapshots: a motion at one moment, read from the database."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from motion.models import Epoch, Membership, Motion
from motion.queries.permissions import Role
from motion.queries.snapshots import read_snapshot, read_state
from motion.services import motions
from tests.support.factories import make_motion, make_own_motion, make_user, take_snapshot

pytestmark = pytest.mark.django_db


def test_snapshot_is_none_when_there_is_no_motion() -> None:
    assert read_snapshot(0) is None


def test_snapshot_reads_only_newer_changes_when_one_is_known(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    motion = make_motion()
    known = take_snapshot(motion)
    for variance in (2, 3, 4):
        motions.change_motion(motion.pk, values={"variance": variance})

    with django_assert_num_queries(3):
        later = take_snapshot(motion, known)

    assert later == take_snapshot(motion)
    assert [change.revision for change in later.changes] == [1, 2, 3, 4]


def test_snapshot_reads_the_ensemble_and_the_seats_only_when_they_changed(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    motion = make_motion(ensemble=3)
    Membership.objects.create(motion=motion, user=make_user("mia"), seat=1)
    known = take_snapshot(motion)
    Motion.objects.filter(pk=motion.pk).update(step=5)

    with django_assert_num_queries(3):  # the motion, its epoch, and no change
        later = take_snapshot(motion, known)
    assert later.ensemble is known.ensemble
    assert later.seats is known.seats

    motions.change_motion(motion.pk, values={"variance": 4})
    with django_assert_num_queries(4):  # the offsets too
        later = take_snapshot(motion, known)
    assert later.ensemble
    assert [regime.step for regime in later.ensemble.regimes] == [5]

    motions.update_description(motion.pk, title="Renamed")
    with django_assert_num_queries(5):  # the members, their roles and their seats
        take_snapshot(motion, later)


def test_snapshot_reads_nothing_of_an_ensemble_where_there_is_none(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    motion = make_motion()
    Membership.objects.create(motion=motion, user=make_user("mia"), seat=1)

    with django_assert_num_queries(4):  # the motion, its epoch, changes, and members
        snapshot = take_snapshot(motion)

    assert (snapshot.paths, snapshot.ensemble, snapshot.seats) == (0, None, {})


def test_snapshot_hides_the_names_of_guests() -> None:
    motion = make_own_motion(make_user("ada"))
    guest = make_user(f"guest:{motion.pk}:x", first_name="Mia")
    for user, seat in [(guest, 7), (make_user("jun"), 8)]:
        Membership.objects.create(motion=motion, user=user, seat=seat, role=Role.CONTROLLER)
    Motion.objects.filter(pk=motion.pk).update(names_hidden=True)

    state = take_snapshot(motion).make_state()

    assert state.names_hidden
    assert state.owner
    assert state.owner.name == "ada"
    assert [person.name for person in state.controllers] == ["Student 7", "jun"]


def test_state_has_the_paths_of_this_epoch_and_the_next() -> None:
    motion = make_motion(ensemble=3)
    motions.update_description(motion.pk, ensemble=40)
    motion.refresh_from_db()

    found = read_state(motion)

    assert found
    assert (found[0].paths, found[0].ensemble) == (3, 40)
    assert take_snapshot(motion).make_state() == found[0]


def test_snapshot_is_none_when_the_motion_is_deleted_meanwhile() -> None:
    motion = make_motion()
    Epoch.objects.filter(motion=motion).delete()

    assert read_snapshot(motion.pk) is None
    assert read_state(motion) is None
