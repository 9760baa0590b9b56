"""Ticks: which motions are due, what moves, what is published, and what an error stops."""

from __future__ import annotations

import asyncio
import json
import math
import threading
import time
from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connections
from pytest_django import DjangoAssertNumQueries

from motion import models, publishing
from motion.core.brownian import ALGORITHM
from motion.core.parameters import STEP_LIMIT
from motion.core.timeline import Timeline
from motion.models import Epoch, Guest, Motion
from motion.protocol.messages import encode_ensemble
from motion.publishing import Increments
from motion.queries.ensembles import load_newest_ensemble
from motion.services import motions
from motion.services.guests import join_as_guest
from motion.services.invitations import create_invitation
from motion.services.motions import read_newest_change
from motion.worker import loop, ticks
from motion.worker.loop import Worker, adopt_external_edits, reschedule_stranded_motions
from motion.worker.ticks import NewestChanges, PostponedMotions, tick
from tests.support.factories import make_motion, make_own_motion, make_user, reload
from tests.support.servers import wait_for

pytestmark = pytest.mark.django_db

NOW = 1_800_000_000.0


class Clock:
    """The database's clock, set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (models, ticks, loop, motions):
        monkeypatch.setattr(module, "now", clock)
    return clock


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Increments]:
    messages: list[Increments] = []
    monkeypatch.setattr(publishing, "publish_increments", messages.extend)
    return messages


def make_due(*, watched: bool = True, late_s: float = 0.0, **values: float) -> Motion:
    motion = make_motion(**values)
    motion.next_at = NOW - late_s
    motion.watched_until = NOW + 60 if watched else 0.0
    motion.save()
    return motion


def test_tick_moves_a_due_motion_one_step(clock: Clock, published: list[Increments]) -> None:
    motion = make_due()

    moved = tick(NewestChanges())

    assert moved == 1
    assert (reload(motion).step, reload(motion).next_at) == (1, NOW + 0.5)


def test_tick_skips_motions_that_are_not_due(clock: Clock, published: list[Increments]) -> None:
    early, paused, ended = make_due(late_s=-0.1), make_due(paused=True), make_due()
    Motion.objects.filter(pk=ended.pk).update(step=STEP_LIMIT - 1)

    moved = tick(NewestChanges())

    assert (moved, published) == (0, [])
    assert [reload(motion).step for motion in (early, paused, ended)] == [0, 0, STEP_LIMIT - 1]


def test_tick_moves_the_latest_first_when_too_many_are_due(
    clock: Clock, published: list[Increments], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticks, "BATCH", 2)
    late, later, latest = [make_due(late_s=late_s) for late_s in (0.1, 0.2, 0.3)]
    Motion.objects.filter(pk=late.pk).update(title="0, the first of all titles")

    tick(NewestChanges())

    assert [reload(motion).step for motion in (late, later, latest)] == [0, 1, 1]


def test_tick_publishes_the_increments_of_the_path(
    clock: Clock, published: list[Increments]
) -> None:
    motion = make_due(step=50, interval=0.02, variance=4.0)
    timeline = motion.changes.get().timeline

    tick(NewestChanges())

    (message,) = published
    frame = json.loads(message.text)
    assert (message.motion_id, message.first, message.last) == (motion.pk, 51, 53)
    assert frame["increments"] == timeline.increments(51, 53).tolist()
    assert frame["position"] == timeline.position(53)
    assert (frame["epoch"], frame["revision"]) == (motion.epoch, 1)


def test_tick_publishes_the_positions_of_the_ensemble(
    clock: Clock,
    published: list[Increments],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    motion, newest = make_due(step=50, variance=4.0, ensemble=3), NewestChanges()

    tick(newest)
    clock.now = reload(motion).next_at
    with django_assert_num_queries(5):  # as many as without an ensemble
        tick(newest)

    ensemble = load_newest_ensemble(read_newest_change(motion))
    assert ensemble is not None
    assert [message.ensemble for message in published] == [
        encode_ensemble(epoch=motion.epoch, step=step, positions=ensemble.positions_at(step))
        for step in (51, 52)
    ]


def test_tick_publishes_the_ensemble_at_most_ten_times_a_second(
    clock: Clock, published: list[Increments]
) -> None:
    motion, newest = make_due(interval=0.02, ensemble=3), NewestChanges()

    for _ in range(10):
        tick(newest)
        clock.now = reload(motion).next_at

    assert [message.ensemble is not None for message in published] == [False, True] * 5


def test_tick_publishes_no_ensemble_when_the_path_has_none(
    clock: Clock, published: list[Increments]
) -> None:
    motion = make_due()
    motions.update_description(motion.pk, ensemble=3)

    tick(NewestChanges())

    assert [message.ensemble for message in published] == [None]


def test_tick_publishes_due_times_by_its_own_clock(
    clock: Clock, published: list[Increments], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Servers of the same machine measure lateness against it, and know no other clock."""
    ahead = Mock(wraps=time, time=lambda: NOW + 5.0)
    monkeypatch.setattr(ticks, "time", ahead)
    make_due(late_s=0.25)

    tick(NewestChanges())

    assert published[0].due == NOW - 0.25 + 5.0


def test_tick_publishes_nothing_of_an_unwatched_motion(
    clock: Clock, published: list[Increments]
) -> None:
    motion = make_due(watched=False)

    tick(NewestChanges())

    assert (reload(motion).step, reload(motion).next_at, published) == (1, NOW + 0.5, [])


def test_tick_computes_no_path_of_an_unwatched_motion(
    clock: Clock, published: list[Increments], monkeypatch: pytest.MonkeyPatch
) -> None:
    silent, watched = make_due(watched=False), make_due()
    of: list[int] = []
    increments = Timeline.increments
    monkeypatch.setattr(
        Timeline,
        "increments",
        lambda self, *steps: (of.append(self.seed), increments(self, *steps))[1],
    )

    assert tick(NewestChanges()) == 2

    assert of == [Epoch.objects.get(motion=watched).seed]
    assert reload(silent).step == reload(watched).step == 1


def test_tick_keeps_the_beat_when_late(clock: Clock, published: list[Increments]) -> None:
    motion = make_due(late_s=0.4)

    tick(NewestChanges())

    assert reload(motion).next_at == pytest.approx(NOW - 0.4 + 0.5)


def test_tick_makes_no_burst_after_a_long_stop(clock: Clock, published: list[Increments]) -> None:
    motion = make_due(late_s=3_600.0)

    tick(NewestChanges())
    again = tick(NewestChanges())

    assert (reload(motion).step, again, reload(motion).next_at) == (1, 0, NOW + 0.5)


def test_sweep_makes_motions_due_after_the_clock_went_back(
    clock: Clock, published: list[Increments]
) -> None:
    motion, slow = make_due(late_s=-3_600.0), make_due(late_s=-3_000.0, interval=3_600.0)

    reschedule_stranded_motions(PostponedMotions())
    clock.now += 0.2  # others came first
    tick(NewestChanges())

    assert (reload(motion).step, reload(motion).next_at) == (1, NOW + 0.2 + 0.5)
    assert (reload(slow).step, reload(slow).next_at) == (0, NOW + 3_000.0)


@pytest.mark.parametrize("watched", [True, False])
def test_tick_adopts_an_edit_by_sql(
    clock: Clock, published: list[Increments], watched: bool
) -> None:
    motion = make_due(step=5, watched=watched)
    Motion.objects.filter(pk=motion.pk).update(variance=9.0)

    tick(NewestChanges())

    changes = [(c.revision, c.step, c.variance) for c in motion.changes.all()]
    assert changes == [(1, 0, 1.0), (2, 5, 9.0)]
    assert reload(motion).step == 6
    assert [message.revision for message in published] == ([2] if watched else [])


def test_sweep_adopts_an_edit_of_a_paused_motion(clock: Clock) -> None:
    motion, untouched = make_motion(paused=True, step=5), make_motion()
    Motion.objects.filter(pk=motion.pk).update(drift=3.0)

    adopt_external_edits()

    assert [(c.revision, c.step, c.drift) for c in motion.changes.all()][1:] == [(2, 5, 3.0)]
    assert untouched.changes.count() == 1


def test_sweep_adopts_edits_of_running_motions_that_step_seldom(clock: Clock) -> None:
    seldom, often = make_motion(interval=3_600.0), make_motion(interval=0.1)
    Motion.objects.update(drift=3.0)

    adopt_external_edits()

    assert [motion.changes.count() for motion in (seldom, often)] == [2, 1]


def test_tick_postpones_a_motion_that_raises(clock: Clock, published: list[Increments]) -> None:
    broken, sound = make_due(late_s=0.1), make_due()
    Epoch.objects.filter(motion=broken).update(algorithm=99)

    postponed = PostponedMotions()
    tick(NewestChanges(), postponed)
    reschedule_stranded_motions(postponed)

    assert (reload(broken).step, reload(broken).next_at) == (0, NOW + 60.0)
    assert (reload(sound).step, [message.motion_id for message in published]) == (1, [sound.pk])


@pytest.mark.parametrize(("pause_s", "moved"), [(60.0, 0), (0.0, 1)])
def test_tick_skips_a_postponed_motion_until_its_pause_ends(
    clock: Clock, published: list[Increments], settings: LazySettings, pause_s: float, moved: int
) -> None:
    settings.MOTION_PUT_OFF_S = pause_s
    motion, postponed = make_due(), PostponedMotions()
    Epoch.objects.update(algorithm=99)
    tick(NewestChanges(), postponed)
    Epoch.objects.update(algorithm=ALGORITHM)
    Motion.objects.update(next_at=NOW)  # as a change of the interval may set it

    assert tick(NewestChanges(), postponed) == moved
    assert reload(motion).step == moved


def test_tick_keeps_the_revision_when_it_cannot_record_an_edit(
    clock: Clock, published: list[Increments]
) -> None:
    motion = make_due()
    Epoch.objects.update(algorithm=99)
    Motion.objects.update(variance=9.0)

    tick(NewestChanges())

    assert (reload(motion).revision, motion.changes.count(), published) == (1, 1, [])


@pytest.mark.parametrize("watched", [True, False])
def test_tick_ends_at_the_last_step(
    clock: Clock, published: list[Increments], watched: bool
) -> None:
    motion = make_due(step=STEP_LIMIT - 2, interval=0.02, watched=watched)  # 3 steps a tick

    tick(NewestChanges())

    assert reload(motion).step == STEP_LIMIT - 1


@pytest.mark.django_db(transaction=True)
def test_tick_publishes_nothing_when_its_commit_fails(
    clock: Clock, published: list[Increments], monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = make_due()

    def fail() -> None:
        raise OperationalError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(connections["default"], "_commit", fail)
        with pytest.raises(OperationalError, match="full"):
            tick(NewestChanges())

    assert (reload(motion).step, published) == (0, [])


@pytest.mark.parametrize("motions", [3, 30])
@pytest.mark.parametrize(("watched", "queries"), [(True, 7), (False, 5)])
def test_tick_takes_the_same_queries_for_any_number(
    clock: Clock,
    published: list[Increments],
    motions: int,
    watched: bool,
    queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(motions):
        make_due(watched=watched)

    # Savepoint and its release, due, parameters, update; motions and changes of those watched.
    with django_assert_num_queries(queries):
        assert tick(NewestChanges()) == motions


def test_tick_reads_a_known_change_once(
    clock: Clock,
    published: list[Increments],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    motion, newest = make_due(), NewestChanges()
    newest.load_changes([motion])

    with django_assert_max_num_queries(0):
        assert newest.load_changes([motion])[motion.pk].revision == 1


def test_tick_reads_parameters_once_for_each_revision(
    clock: Clock,
    published: list[Increments],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    motion, newest = make_due(watched=False), NewestChanges()
    tick(newest)
    clock.now = reload(motion).next_at

    with django_assert_num_queries(4):  # all but the parameters
        tick(newest)
    motions.change_motion(motion.pk, values={"variance": 2})
    clock.now = reload(motion).next_at
    with django_assert_num_queries(5):
        tick(newest)

    assert (reload(motion).step, motion.changes.count()) == (3, 2)


def test_ticks_keep_the_pace(clock: Clock, published: list[Increments]) -> None:
    motion, newest = make_due(interval=0.02, watched=False), NewestChanges()

    for beat in range(200):
        clock.now = NOW + beat * 0.06 + 0.05 * abs(math.sin(beat))  # late, never a period
        tick(newest)
    clock.now = NOW + 200 * 0.06
    tick(newest)

    assert reload(motion).step == pytest.approx(12.0 / 0.02, abs=3)


@pytest.mark.django_db(transaction=True)  # a turn may close the connection
@pytest.mark.parametrize(
    ("next_in_s", "pause_s"),
    [(0.1, 0.1), (-3.0, loop.SHORTEST_PAUSE_S), (60.0, loop.LONGEST_PAUSE_S)],
)
def test_turn_pauses_until_the_next_motion_is_due(
    clock: Clock, published: list[Increments], next_in_s: float, pause_s: float
) -> None:
    worker, motion = Worker(sweeps=False), make_due()
    worker.turn()

    Motion.objects.filter(pk=motion.pk).update(next_at=NOW + 0.3 + next_in_s)
    clock.now += 0.3
    worker.postponed.add(motion.pk)  # an overdue motion that this worker may not move

    assert worker.turn() == pytest.approx(pause_s)


@pytest.mark.django_db(transaction=True)
def test_turn_does_not_pause_when_more_motions_may_be_due(
    clock: Clock, published: list[Increments], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (loop, ticks):
        monkeypatch.setattr(module, "BATCH", 2)
    for _ in range(3):
        make_due()
    worker = Worker(sweeps=False)

    assert worker.turn() == 0.0
    assert worker.turn() > 0.0


@pytest.mark.django_db(transaction=True)
def test_turn_deletes_unseen_guests_once_a_minute(
    clock: Clock, published: list[Increments]
) -> None:
    invitation = create_invitation(make_own_motion(make_user("ada")).pk, by=None)
    worker = Worker()
    for name in ("Mia", "Jun"):
        join_as_guest(invitation.token, name, key=name)
        Guest.objects.update(seen_at=models.timestamp() - timedelta(days=31))
        worker.turn()

    assert list(Guest.objects.values_list("user__first_name", flat=True)) == ["Jun"]
    worker.cleaned_at -= loop.GUESTS_EVERY_S
    worker.turn()
    assert not Guest.objects.exists()


@pytest.mark.django_db(transaction=True)
async def test_worker_ticks_until_stopped(published: list[Increments]) -> None:
    motion = await asyncio.to_thread(make_motion, interval=0.02)
    stopping = asyncio.Event()
    task = asyncio.create_task(Worker().run(stopping))

    await asyncio.to_thread(wait_for, lambda: reload(motion).step >= 6, "six steps")
    stopping.set()
    await task

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("worker")]
