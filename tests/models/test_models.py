"""The database itself refuses what must not be stored."""

from __future__ import annotations

import math

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction

from motion.core.parameters import STEP_LIMIT
from motion.models import Change, Motion
from tests.support.factories import make_motion

pytestmark = pytest.mark.django_db


def test_no_column_takes_the_time_of_a_process() -> None:
    """Machines compare these: the database's clock is the one that they share."""
    columns = [
        field
        for model in apps.get_app_config("motion").get_models()
        for field in model._meta.fields
    ]

    assert [
        f for f in columns if getattr(f, "auto_now", False) or getattr(f, "auto_now_add", False)
    ] == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("variance", -0.001),
        ("variance", 10_000.1),
        ("variance", math.nan),
        ("variance", math.inf),
        ("drift", -1_000.1),
        ("drift", 1_000.1),
        ("drift", math.nan),
        ("interval", 0.0199),
        ("interval", 3_600.1),
        ("interval", math.inf),
        ("step", -1),
        ("step", STEP_LIMIT),
    ],
)
def test_motion_row_out_of_limits_is_refused_by_the_database(column: str, value: float) -> None:
    motion = make_motion()

    with pytest.raises(DatabaseError), transaction.atomic():
        Motion.objects.filter(pk=motion.pk).update(**{column: value})

    assert getattr(Motion.objects.get(pk=motion.pk), column) == getattr(motion, column)


@pytest.mark.parametrize("column", ["variance", "drift", "interval"])
def test_change_row_with_nan_is_refused_by_the_database(column: str) -> None:
    change = make_motion().changes.get()

    with pytest.raises(DatabaseError), transaction.atomic():
        Change.objects.filter(pk=change.pk).update(**{column: math.nan})


def test_limits_themselves_are_accepted() -> None:
    least = make_motion(variance=0.0, drift=-1_000.0, interval=0.02)
    most = make_motion(variance=10_000.0, drift=1_000.0, interval=3_600.0, step=STEP_LIMIT - 1)

    assert (least.variance, most.step) == (0.0, STEP_LIMIT - 1)


def test_change_cannot_be_altered() -> None:
    change = make_motion().changes.get()
    change.variance = 2.0

    with pytest.raises(TypeError):
        change.save()


def test_change_revision_is_unique_in_its_motion() -> None:
    motion = make_motion()
    change = motion.changes.get()
    change.pk = None

    with pytest.raises(DatabaseError), transaction.atomic():
        change.save()
