"""verify_motion writes one line for a correct motion, and the faults of a damaged one."""

from __future__ import annotations

import math
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from motion.core.ensemble import Offsets, decode_offsets, encode_offsets
from motion.models import Change, Epoch, Motion
from motion.queries.verification import FAULTS, verify_motion
from motion.services import members, motions
from tests.support.factories import make_motion, make_user

pytestmark = pytest.mark.django_db

Damage = Callable[[Motion], object]


def move(motion: Motion, step: int) -> None:
    Motion.objects.filter(pk=motion.pk).update(step=step)


@pytest.fixture
def motion() -> Motion:
    """Two paths: 700 steps with a pause at 300; 20,000 steps with three changes, two at one."""
    motion = make_motion(slug="verified", seed=31_415)
    move(motion, 300)
    motions.change_motion(motion.pk, values={"paused": True})
    motions.change_motion(motion.pk, values={"paused": False, "variance": 4})
    move(motion, 700)
    motions.restart_motion(motion.pk)
    move(motion, 12_345)
    motions.change_motion(motion.pk, values={"variance": 0.5, "drift": -3})
    motions.change_motion(motion.pk, values={"interval": 2})
    move(motion, 20_000)
    return Motion.objects.get(pk=motion.pk)


def run_command(slug: str) -> tuple[int, list[str]]:
    """The exit status and the lines of the command."""
    out = StringIO()
    try:
        call_command("verify_motion", slug, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


def test_verify_motion_writes_one_line_when_all_agrees(motion: Motion) -> None:
    assert run_command("verified") == (0, ["verified: 2 paths, 20,700 steps and 6 changes agree."])


def test_verify_motion_accepts_a_new_motion() -> None:
    make_motion(slug="fresh")

    assert run_command("fresh") == (0, ["fresh: 1 path, 0 steps and 1 change agree."])


def test_verify_motion_fails_when_there_is_no_motion() -> None:
    with pytest.raises(CommandError, match="no motion 'nothing'"):
        call_command("verify_motion", "nothing")


def test_verify_motion_accepts_hand_overs_and_a_paused_beginning(motion: Motion) -> None:
    motions.restart_motion(motion.pk, paused=True)
    members.hand_over_control(motion.pk, make_user("ben"))
    motions.update_description(motion.pk, owner_only=True)

    assert run_command("verified") == (0, ["verified: 3 paths, 20,700 steps and 9 changes agree."])


def test_verify_motion_reports_a_change_of_parameters_and_control(motion: Motion) -> None:
    change(6, kind="let")(motion)

    assert "it changes parameters and who controls" in run_command("verified")[1][0]


def test_verify_motion_does_not_reveal_the_seed(motion: Motion) -> None:
    Epoch.objects.filter(motion=motion).update(seed=2**61 + 7)

    status, lines = run_command("verified")

    assert status == 1
    assert str(2**61 + 7) not in "\n".join(lines)


def change(revision: int, **values: object) -> Damage:
    return lambda motion: Change.objects.filter(motion=motion, revision=revision).update(**values)


def epoch(which: int, **values: object) -> Damage:
    return lambda motion: Epoch.objects.filter(motion=motion, ordinal=which).update(**values)


def row(**values: object) -> Damage:
    return lambda motion: Motion.objects.filter(pk=motion.pk).update(**values)


def delete(revision: int) -> Damage:
    return lambda motion: Change.objects.filter(motion=motion, revision=revision).delete()


DAMAGES: dict[str, tuple[Damage, str]] = {
    "another seed": (epoch(2, seed=5), "position is not on the path"),
    "a position": (change(5, position=1.0), "revision 5: at step 12345 the recorded position"),
    "a position by little": (
        lambda motion: Change.objects.filter(motion=motion, revision=5).update(
            position=Change.objects.get(motion=motion, revision=5).position + 1e-3
        ),
        "revision 5: at step 12345 the recorded position is not on the path",
    ),
    "a standard": (change(5, standard=1.0), "the recorded standard position is not on the path"),
    "an origin": (change(1, position=2.0), "a path begins at 0, at step 0"),
    "a step back": (change(6, step=12_000), "it goes back from step 12345 to 12000"),
    "a step beyond": (change(6, step=30_000), "it is at step 30000, the path ends at 20000"),
    "a change gone": (delete(5), "revision 6: it follows revision 4"),
    "the first change gone": (delete(1), "revision 2: it follows revision 0"),
    "a path without changes": (delete(4), "it follows revision 3"),
    "a change of nothing": (change(6, interval=0.5), "it changes nothing"),
    "a restart that changes": (change(4, interval=9), "revision 4: a restart keeps variance"),
    "steps in a pause": (change(3, step=310), "steps were made in the pause at 300"),
    "a step in the last pause": (change(6, paused=True), "it made steps after 12345"),
    "an end gone": (epoch(1, last_step=None), "path 1: it was restarted, but has no end"),
    "an end too early": (epoch(1, last_step=200), "it is at step 300, the path ends at 200"),
    "an end that no path reaches": (epoch(1, last_step=2**50), "ends at step 1125899906842624"),
    "a seed that is none": (epoch(2, seed=-1), "path 2: its seed is beyond 63 bits"),
    "an end of what runs": (epoch(2, last_step=5), "path 2: it runs, but has an end"),
    "an ordinal": (epoch(2, ordinal=9), "path 9: it is number 2 of its motion"),
    "a construction": (epoch(1, algorithm=2), "algorithm version 2 is unknown here"),
    "a frontier": (row(step=12_000), "it is at step 12345, the path ends at 12000"),
    "a revision": (row(revision=5, interval=0.5), "is at revision 5, but there is a change 6"),
    "a path that ended": (
        lambda motion: Motion.objects.filter(pk=motion.pk).update(
            epoch=motion.epochs.get(ordinal=1).number
        ),
        "there is a path beyond the one that runs",
    ),
    "a revision that is not there": (row(revision=9), "the motion is at revision 9"),
    "an epoch": (row(epoch=5), "the motion has no path that runs"),
    "an unrecorded edit": (
        row(variance=7.0, paused=True),
        "edited outside this program and not recorded yet: variance, paused",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_verify_motion_reports_damage(motion: Motion, name: str) -> None:
    damage, expected = DAMAGES[name]
    damage(motion)

    status, lines = run_command("verified")

    assert any(expected in line for line in lines), lines
    assert status == 1


@pytest.fixture
def school() -> Motion:
    """A path with an ensemble of three paths, and one of two with changes at 400, 400 and 900."""
    motion = make_motion(slug="school", seed=27_182, ensemble=3)
    motions.update_description(motion.pk, ensemble=2)
    motions.restart_motion(motion.pk)
    move(motion, 400)
    motions.change_motion(motion.pk, values={"variance": 9, "drift": -3})
    motions.change_motion(motion.pk, values={"variance": 0.25})
    move(motion, 900)
    motions.change_motion(motion.pk, values={"drift": 10})
    move(motion, 1_000)
    return Motion.objects.get(pk=motion.pk)


def store(revision: int, law_mean: float, law_variance: float, *values: float) -> Damage:
    """Add these numbers to the stored offsets of a change."""

    def damage(motion: Motion) -> None:
        row = Change.objects.defer(None).get(motion=motion, revision=revision)
        known = decode_offsets(bytes(row.offsets or b""), paths=len(values))
        damaged = Offsets(
            known.law_mean + law_mean, known.law_variance + law_variance, known.values + values
        )
        change(revision, offsets=encode_offsets(damaged))(motion)

    return damage


ENSEMBLE_DAMAGES: dict[str, tuple[Damage, str]] = {
    "an offset by little": (store(3, 0, 0, 1e-4, 0), "revision 3: at step 400 the recorded offs"),
    "the last offset": (store(5, 0, 0, 0, 1e-4), "revision 5: at step 900 the recorded offsets"),
    "a first offset": (store(2, 0, 0, 1, 0), "revision 2: at step 0 the recorded offsets"),
    "a mean": (store(4, 1e-4, 0, 0, 0), "revision 4: at step 400 the recorded law is not the sum"),
    "a variance": (store(4, 0, 1e-2, 0, 0), "revision 4: at step 400 the recorded law"),
    "bytes gone": (change(5, offsets=b"1234"), "revision 5: its offsets are damaged: 4 bytes"),
    "no number": (store(5, 0, 0, math.nan, 0), "its offsets are damaged: an offset"),
    "another size": (epoch(2, paths=3), "its offsets are damaged: 32 bytes are not the offsets"),
    "no ensemble": (epoch(1, paths=0), "revision 1: it has offsets, but its path has no ensemble"),
    "another seed": (epoch(2, seed=5), "revision 3: at step 400 the recorded offsets are not"),
}


@pytest.mark.parametrize("name", ENSEMBLE_DAMAGES)
def test_verify_motion_reports_damage_of_an_ensemble(school: Motion, name: str) -> None:
    damage, expected = ENSEMBLE_DAMAGES[name]
    damage(school)

    status, lines = run_command("school")

    assert any(expected in line for line in lines), lines
    assert status == 1


@pytest.mark.parametrize("missing", [set(), {3}, {1, 2, 3, 4, 5}])
def test_verify_motion_accepts_an_ensemble_with_missing_offsets(
    school: Motion, missing: set[int]
) -> None:
    Change.objects.filter(motion=school, revision__in=missing).update(offsets=None)

    assert run_command("school") == (0, ["school: 2 paths, 1,000 steps and 5 changes agree."])


def test_verify_motion_reads_offsets_with_their_changes(
    school: Motion, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for drift in range(20):
        motions.change_motion(school.pk, values={"drift": drift})
    school.refresh_from_db()

    with django_assert_max_num_queries(12):
        assert verify_motion(school).faults == ()


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("variance", -1.0, "variance is beyond its limits"),
        ("position", 1e999, "not finite"),
        ("step", 2**50, "it is at step 1125899906842624, the path ends at 20000"),
    ],
)
def test_verify_motion_reports_a_value_that_the_database_refuses(
    motion: Motion, column: str, value: float, expected: str
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite can ignore its checks")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = 1")
        cursor.execute(
            f"UPDATE motion_change SET {column} = %s WHERE motion_id = %s AND revision = 5",
            [value, motion.pk],
        )
        cursor.execute("PRAGMA ignore_check_constraints = 0")

    assert any(expected in line for line in run_command("verified")[1])


def test_verify_motion_limits_the_faults_of_a_report(motion: Motion) -> None:
    for _ in range(30):
        motions.change_motion(motion.pk, values={"variance": 1})
        motions.change_motion(motion.pk, values={"variance": 2})
    Change.objects.filter(epoch__ordinal=2).update(standard=99.0)

    report = verify_motion(Motion.objects.get(pk=motion.pk))

    assert len(report.faults) == FAULTS


def test_verify_motion_ignores_later_changes(motion: Motion) -> None:
    move(motion, 30_000)
    motions.change_motion(motion.pk, values={"variance": 9})

    assert verify_motion(motion).faults == ()


def test_verify_motion_ignores_a_later_restart(motion: Motion) -> None:
    motions.restart_motion(motion.pk)

    assert verify_motion(motion).faults == ()
