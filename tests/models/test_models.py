"""The database itself refuses invalid rows."""

from __future__ import annotations

import math

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction

from motion.core.limits import ENSEMBLE_PATHS
from motion.core.parameters import STEP_LIMIT
from motion.models import Answer, Change, Membership, Motion, Question, display_name
from motion.services import questions
from tests.support.asking import INTERVAL, NUMBER, ask
from tests.support.factories import make_motion

pytestmark = pytest.mark.django_db


def test_columns_take_their_times_from_the_database() -> None:
    """All machines compare these times, and the database's clock is the one that they share."""
    columns = [
        field
        for model in apps.get_app_config("motion").get_models()
        for field in model._meta.fields
    ]

    assert [
        f for f in columns if getattr(f, "auto_now", False) or getattr(f, "auto_now_add", False)
    ] == []


@pytest.mark.fault("a variance that is no finite number within its limits")
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
        ("ensemble", -1),
        ("ensemble", ENSEMBLE_PATHS + 1),
    ],
)
def test_database_refuses_a_motion_out_of_limits(column: str, value: float) -> None:
    motion = make_motion()

    with pytest.raises(DatabaseError), transaction.atomic():
        Motion.objects.filter(pk=motion.pk).update(**{column: value})

    assert getattr(Motion.objects.get(pk=motion.pk), column) == getattr(motion, column)


@pytest.mark.fault("a variance that is no finite number within its limits")
@pytest.mark.parametrize("column", ["variance", "drift", "interval"])
def test_database_refuses_a_change_with_nan(column: str) -> None:
    change = make_motion().changes.get()

    with pytest.raises(DatabaseError), transaction.atomic():
        Change.objects.filter(pk=change.pk).update(**{column: math.nan})


@pytest.mark.parametrize(
    ("low", "high"),
    [(2.0, 1.0), (math.nan, 1.0), (1.0, math.nan), (1.0, math.inf), (-math.inf, 1.0), (1.0, 1e13)],
)
def test_database_refuses_an_answer_out_of_limits(low: float, high: float) -> None:
    ask(make_motion(), INTERVAL, Mia=(1.0, 2.0))

    with pytest.raises(DatabaseError), transaction.atomic():
        Answer.objects.update(low=low, high=high)


@pytest.mark.parametrize(
    "values", [{"level": 1.0}, {"correct": math.inf}, {"correct": -1e13}, {"step": -1}]
)
def test_database_refuses_a_question_out_of_limits(values: dict[str, float]) -> None:
    ask(make_motion(), INTERVAL)

    with pytest.raises(DatabaseError), transaction.atomic():
        Question.objects.update(**values)


def test_database_refuses_two_open_questions_of_a_motion() -> None:
    motion = make_motion()
    for draft in (NUMBER, INTERVAL):
        questions.prepare_question(motion.pk, draft)

    with pytest.raises(DatabaseError), transaction.atomic():
        motion.questions.update(state="open")


def test_database_accepts_the_limits_themselves() -> None:
    least = make_motion(variance=0.0, drift=-1_000.0, interval=0.02)
    most = make_motion(variance=10_000.0, drift=1_000.0, interval=3_600.0, step=STEP_LIMIT - 1)

    assert (least.variance, most.step) == (0.0, STEP_LIMIT - 1)


def test_change_raises_when_it_is_saved_again() -> None:
    change = make_motion().changes.get()
    change.variance = 2.0

    with pytest.raises(TypeError):
        change.save()


def test_database_refuses_a_revision_twice() -> None:
    motion = make_motion()
    change = motion.changes.get()
    change.pk, change.offsets = None, None

    with pytest.raises(DatabaseError), transaction.atomic():
        change.save()


def test_database_refuses_a_seat_twice() -> None:
    motion = make_motion()
    for name in ("ada", "ben"):
        Membership.objects.create(motion=motion, user=User.objects.create(username=name))
    motion.memberships.filter(user__username="ada").update(seat=1)

    with pytest.raises(DatabaseError), transaction.atomic():
        motion.memberships.filter(user__username="ben").update(seat=1)


def test_change_is_read_without_its_offsets() -> None:
    change = make_motion().changes.get()

    assert change.get_deferred_fields() == {"offsets"}


def test_display_name_of_a_guest_is_the_name_they_typed() -> None:
    assert display_name(User(username="guest:1:k3x", first_name="Mia")) == "Mia"
