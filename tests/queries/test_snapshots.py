"""Snapshots: a motion at one moment, read from the database."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from motion.models import Epoch
from motion.queries.snapshots import read_snapshot, read_state
from motion.services import motions
from tests.support.factories import make_motion, take_snapshot

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


def test_snapshot_is_none_when_the_motion_is_deleted_meanwhile() -> None:
    motion = make_motion()
    Epoch.objects.filter(motion=motion).delete()

    assert read_snapshot(motion.pk) is None
    assert read_state(motion) is None
