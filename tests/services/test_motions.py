"""The one way a motion changes."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import Any
from unittest.mock import ANY

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from motion import publishing
from motion.core.ensemble import Ensemble, encode_offsets, make_first_regime
from motion.core.errors import ConflictError, ForbiddenError, InvalidValueError, NoSuchMotionError
from motion.core.parameters import Parameters
from motion.core.timeline import AGREEMENT
from motion.models import Change, Epoch, Membership, Motion
from motion.models.motions import timestamp
from motion.queries import changelog
from motion.services import members, motions
from tests.support.factories import make_motion, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of the motions that were announced to the channel layer."""
    ids: list[int] = []
    monkeypatch.setattr(publishing, "announce_change", ids.append)
    return ids


def list_changes(motion: Motion) -> list[tuple[int, int, float, float, bool]]:
    rows = motion.changes.order_by("revision")
    return [(row.revision, row.step, row.variance, row.drift, row.paused) for row in rows]


def test_create_begins_at_step_zero_of_a_first_epoch() -> None:
    motion = motions.create_motion(title="Dust in water", parameters={"variance": 2})

    epoch = Epoch.objects.get(motion=motion)
    assert re.fullmatch("dust-in-water-[a-z2-9]{12}", motion.slug)
    assert (motion.step, motion.revision) == (0, 1)
    assert (epoch.number, epoch.ordinal, epoch.ended_at) == (motion.epoch, 1, None)
    assert list_changes(motion) == [(1, 0, 2.0, 0.0, False)]


def test_create_with_a_taken_slug_is_refused() -> None:
    make_motion(slug="taken")

    with pytest.raises(InvalidValueError):
        motions.create_motion(title="Another", slug="taken")

    assert Motion.objects.count() == 1


@pytest.mark.parametrize("paths", [-1, 1_001, 2.5, True, "40", None])
def test_motion_refuses_a_number_of_paths_beyond_its_limit(paths: Any) -> None:
    motion = make_motion()
    sentence = "The number of paths must be a whole number from 0 to 1,000."

    with pytest.raises(InvalidValueError, match=sentence):
        motions.create_motion(title="Dust", ensemble=paths)
    with pytest.raises(InvalidValueError, match=sentence):
        motions.update_description(motion.pk, ensemble=paths)

    assert Motion.objects.get().ensemble == 0


def test_ensemble_takes_effect_with_the_next_epoch() -> None:
    motion = make_motion(ensemble=30)

    motions.update_description(motion.pk, ensemble=40)
    before = list(Epoch.objects.values_list("paths", flat=True))
    motions.restart_motion(motion.pk)
    motions.update_description(motion.pk, ensemble=0)

    assert before == [30]
    assert list(Epoch.objects.values_list("paths", flat=True)) == [30, 40]
    assert Motion.objects.get().access_version == 2


def check_offsets(motion: Motion, seed: int) -> None:
    """Compare the offsets of the running epoch with those of the core, change by change."""
    rows = Change.objects.filter(motion=motion, epoch__number=motion.epoch).order_by("revision")
    newest: Ensemble | None = None
    for row in rows:
        law = {"variance": row.variance, "drift": row.drift}
        regime = newest.next_regime(row.step, **law) if newest else make_first_regime(3, **law)
        assert bytes(row.offsets) == encode_offsets(regime.offsets)
        newest = Ensemble(seed, 3, (regime,))


def test_each_change_stores_the_offsets_of_the_ensemble() -> None:
    motion, ann = make_motion(ensemble=3, seed=7), make_user("ann")

    for step, variance in [(20, 4.0), (20, 0.0), (400, 9.0)]:
        Motion.objects.filter(pk=motion.pk).update(step=step)
        motions.change_motion(motion.pk, values={"variance": variance, "drift": variance / 10})
    motions.change_motion(motion.pk, values={"paused": True})
    members.hand_over_control(motion.pk, ann)
    motions.update_description(motion.pk, owner_only=True)
    Motion.objects.filter(pk=motion.pk).update(step=500, drift=1.0)
    motions.lock_motion(motion.pk)

    motion.refresh_from_db()
    assert motion.revision == 8
    check_offsets(motion, seed=7)


def test_change_after_one_without_offsets_stores_them_again() -> None:
    motion = make_motion(ensemble=3, seed=7, step=20)
    motions.change_motion(motion.pk, values={"variance": 4})
    Change.objects.filter(motion=motion, revision=2).update(offsets=None)  # by an earlier version
    Motion.objects.filter(pk=motion.pk).update(step=40)

    motions.change_motion(motion.pk, values={"variance": 9})

    expected = make_motion(ensemble=3, seed=7, step=20)
    motions.change_motion(expected.pk, values={"variance": 4})
    Motion.objects.filter(pk=expected.pk).update(step=40)
    motions.change_motion(expected.pk, values={"variance": 9})
    found, right = (Change.objects.get(motion=one, revision=3) for one in (motion, expected))
    assert bytes(found.offsets) == bytes(right.offsets)


def test_changes_store_no_offsets_without_an_ensemble() -> None:
    motion = make_motion(ensemble=3)
    motions.restart_motion(motion.pk)
    motions.update_description(motion.pk, ensemble=0)
    motions.restart_motion(motion.pk)

    motions.change_motion(motion.pk, values={"variance": 4})

    stored = Change.objects.filter(motion=motion).values_list("offsets", flat=True)
    assert [data is not None for data in stored] == [True, True, False, False]


def test_ensemble_gives_seats_to_earlier_members() -> None:
    motion = make_motion()
    early, late = (
        Membership.objects.create(motion=motion, user=make_user(name)) for name in ("ann", "ben")
    )
    Membership.objects.filter(pk=late.pk).update(seat=None)

    motions.update_description(motion.pk, ensemble=40)

    early.refresh_from_db()
    late.refresh_from_db()
    assert (early.seat, late.seat) == (1, 2)


def test_change_is_appended_at_the_frontier() -> None:
    motion, user = make_motion(step=1_000, seed=7), make_user("ann")
    (first,) = motion.changes.all()
    timeline = first.timeline

    motions.change_motion(motion.pk, by=user, values={"variance": 0.25})

    change = Change.objects.get(motion=motion, revision=2)
    assert (change.step, change.variance, change.by) == (1_000, 0.25, user)
    assert change.position == timeline.position(1_000)
    assert change.standard == timeline.standard(1_000)


def test_path_is_continuous_through_changes() -> None:
    motion = make_motion(step=10, seed=7)
    for step, variance in [(20, 4.0), (21, 0.0), (400, 9.0)]:
        Motion.objects.filter(pk=motion.pk).update(step=step)
        motions.change_motion(motion.pk, values={"variance": variance, "drift": variance / 10})

    for before, after in zip(motion.changes.all(), motion.changes.all()[1:], strict=False):
        gap = abs(before.timeline.position(after.step) - after.position)
        assert gap <= AGREEMENT * after.timeline.scale(after.step)


def test_change_that_changes_nothing_makes_no_row_and_no_noise(
    announced: list[int], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    motion = make_motion()

    with django_capture_on_commit_callbacks(execute=True):
        motions.change_motion(motion.pk, values={"variance": 1, "paused": False})

    assert list_changes(motion) == [(1, 0, 1.0, 0.0, False)]
    assert announced == []


def test_change_is_announced_only_after_commit(
    announced: list[int], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    motion = make_motion()

    with django_capture_on_commit_callbacks(execute=True):
        motions.change_motion(motion.pk, values={"variance": 2})
        before_commit = list(announced)

    assert before_commit == []
    assert announced == [motion.pk]


def test_stale_revision_is_a_conflict_and_changes_nothing() -> None:
    motion = make_motion()
    motions.change_motion(motion.pk, values={"variance": 2})

    with pytest.raises(ConflictError, match="somebody else changed this motion meanwhile"):
        motions.change_motion(motion.pk, expected_revision=1, values={"variance": 3})

    assert Motion.objects.get(pk=motion.pk).variance == 2.0


def test_change_refuses_the_revision_before_an_external_edit() -> None:
    motion = make_motion()
    Motion.objects.update(variance=9.0)

    with pytest.raises(ConflictError):
        motions.change_motion(motion.pk, expected_revision=1, values={"variance": 3})

    assert Motion.objects.get().variance == 9.0


@pytest.mark.fault("a variance that is no finite number within its limits")
@pytest.mark.parametrize("variance", [-1, 10_001, float("nan"), float("inf"), True, "2", None])
def test_bad_value_is_refused_and_changes_nothing(variance: Any) -> None:
    motion = make_motion()

    with pytest.raises(InvalidValueError):
        motions.change_motion(motion.pk, values={"variance": variance, "paused": True})

    assert Motion.objects.get(pk=motion.pk).parameters == Parameters()


@pytest.mark.parametrize("policy", ["signed-in", "controllers"])
@pytest.mark.parametrize("command", [motions.change_motion, motions.restart_motion])
def test_change_by_a_visitor_is_refused_by_policy(policy: str, command: Any) -> None:
    motion = make_motion(control=policy)
    values = {"values": {"paused": True}} if command is motions.change_motion else {}

    with pytest.raises(ForbiddenError):
        command(motion.pk, by=AnonymousUser(), **values)

    assert Motion.objects.get(pk=motion.pk).revision == 1


def test_user_deactivated_since_signing_in_is_refused() -> None:
    motion, user = make_motion(control="signed-in"), make_user("ann")
    type(user).objects.update(is_active=False)

    with pytest.raises(ForbiddenError):
        motions.change_motion(motion.pk, by=user, values={"paused": True})


def test_admin_acts_beyond_the_policy() -> None:
    motion = make_motion(control="controllers")

    motions.change_motion(motion.pk, under_policy=False, values={"paused": True})

    assert Motion.objects.get(pk=motion.pk).paused


def test_missing_motion_is_said_to_be_missing() -> None:
    with pytest.raises(NoSuchMotionError):
        motions.change_motion(0, values={"paused": True})


def test_restart_begins_another_path_and_keeps_the_parameters() -> None:
    motion = make_motion(step=500, variance=4.0, paused=True)
    old = Epoch.objects.get(motion=motion)

    restarted = motions.restart_motion(motion.pk)

    old.refresh_from_db()
    new = Epoch.objects.get(motion=motion, number=restarted.epoch)
    assert (old.last_step, old.ended_at) == (500, ANY)
    assert old.ended_at is not None
    assert (new.ordinal, new.seed == old.seed) == (2, False)
    assert new.number > old.number
    assert (restarted.step, restarted.revision) == (0, 2)
    assert restarted.parameters == Parameters(variance=4.0, paused=True)
    assert Change.objects.get(epoch=new).position == 0.0


@pytest.mark.parametrize("was_paused", [False, True])
@pytest.mark.parametrize("paused", [None, False, True])
def test_restart_begins_paused_or_running_as_asked(was_paused: bool, paused: bool | None) -> None:
    motion = make_motion(step=500, paused=was_paused)

    motions.restart_motion(motion.pk, paused=paused)

    motion.refresh_from_db()
    expected = was_paused if paused is None else paused
    assert (motion.step, motion.paused, motion.revision) == (0, expected, 2)
    newest = Change.objects.get(motion=motion, revision=2)
    assert (newest.step, newest.paused) == (0, expected)
    begins = "restarted the motion: the 2nd path begins"
    said = changelog.describe_rows([newest])[newest.pk]
    assert said == (f"{begins}, paused" if expected else begins)


def test_restarts_within_a_second_have_different_epochs() -> None:
    motion = make_motion()

    numbers = [motions.restart_motion(motion.pk).epoch for _ in range(3)]

    assert numbers == [motion.epoch + 1, motion.epoch + 2, motion.epoch + 3]


def test_resume_and_restart_wait_a_period_first() -> None:
    motion = make_motion(paused=True, interval=10.0)
    Motion.objects.update(next_at=0.0)

    resumed = motions.change_motion(motion.pk, values={"paused": False})
    assert resumed
    until_resumed_steps = resumed.motion.next_at - resumed.at.timestamp()
    restarted = motions.restart_motion(motion.pk)
    until_restarted_steps = restarted.next_at - restarted.changes.last().at.timestamp()

    assert until_resumed_steps == pytest.approx(10.0, abs=1.0)
    assert until_restarted_steps == pytest.approx(10.0, abs=1.0)


def test_drag_is_two_events_when_it_rests_or_is_long() -> None:
    motion = make_motion()
    revision = None
    for value in range(2, 60):
        change = motions.change_motion(motion.pk, values={"variance": value}, goes_on_from=revision)
        assert change
        revision = change.revision
    Change.objects.filter(revision=revision).update(at=timestamp() - timedelta(seconds=3))
    motions.change_motion(motion.pk, values={"variance": 1}, goes_on_from=revision)

    events = Counter(changelog.get_event(change) for change in motion.changes.all())
    assert events == {1: 1, 2: 50, 52: 8, 60: 1}


def test_shorter_interval_counts_at_once() -> None:
    motion = make_motion(interval=3_600.0)

    quickened = motions.change_motion(motion.pk, values={"interval": 1.0})

    assert quickened
    assert quickened.motion.next_at < motion.next_at - 3_000


def test_update_description_records_control_but_not_the_title(
    announced: list[int], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    motion = make_motion()

    with django_capture_on_commit_callbacks(execute=True):
        renamed = motions.update_description(motion.pk, title="Pollen", control="signed-in")

    assert (renamed.title, renamed.access_version) == ("Pollen", motion.access_version + 1)
    assert (renamed.revision, announced) == (2, [motion.pk])
    assert list_changes(motion) == [(1, 0, 1.0, 0.0, False), (2, 0, 1.0, 0.0, False)]
    motions.update_description(motion.pk, title="Sand", visibility="private", slug="sand")
    assert motion.changes.count() == 2


def test_edit_behind_our_back_becomes_a_change_of_its_own() -> None:
    motion = make_motion(step=30)
    Motion.objects.filter(pk=motion.pk).update(variance=9.0)

    with transaction.atomic():
        motions.lock_motion(motion.pk)

    assert list_changes(motion) == [(1, 0, 1.0, 0.0, False), (2, 30, 9.0, 0.0, False)]


def test_change_after_an_edit_behind_our_back_keeps_both() -> None:
    motion = make_motion(step=30)
    Motion.objects.filter(pk=motion.pk).update(variance=9.0)

    motions.change_motion(motion.pk, values={"drift": 1.0})

    assert list_changes(motion)[1:] == [(2, 30, 9.0, 0.0, False), (3, 30, 9.0, 1.0, False)]


def test_title_is_cleaned_whatever_sets_it() -> None:
    motion = motions.create_motion(title=" Pol\u200blen ")
    renamed = motions.update_description(motion.pk, title="Du\u202est")

    assert (motion.title, renamed.title) == ("Pollen", "Dust")
    for set_title in (
        lambda: motions.create_motion(title="\u200b"),
        lambda: motions.update_description(motion.pk, title="\u3164"),
    ):
        with pytest.raises(InvalidValueError, match="visible characters"):
            set_title()
    assert Motion.objects.get().title == "Dust"
