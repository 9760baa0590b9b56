"""The positions of an ensemble on every socket: those of the server, whatever is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.conf import LazySettings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motion import publishing
from motion.live import ensembles, recovery
from motion.live.ensembles import EnsembleFrames
from motion.live.feed import Feed
from motion.live.hub import Hub
from motion.live.recovery import EnsembleFrame
from motion.models import Epoch, Membership, Motion
from motion.protocol.messages import encode_ensemble
from motion.publishing import Increments
from motion.queries.permissions import Person
from motion.services import motions
from motion.worker import ticks
from tests.core.ensembles import change_ensemble, make_steady_ensemble
from tests.live.recording import RecordingSocket
from tests.support.client import read_positions
from tests.support.factories import make_motion, make_user, take_snapshot
from tests.support.servers import wait_until

PATHS = 5


def compute_positions(motion_id: int, epoch: int, step: int) -> list[float]:
    """X^1 … X^N of the seed and the changes alone, as float32."""
    row = Epoch.objects.get(motion=motion_id, number=epoch)
    changes = row.changes.filter(step__lte=step).order_by("revision")
    (_, variance, drift), *others = changes.values_list("step", "variance", "drift")
    ensemble = make_steady_ensemble(row.seed, row.paths, variance=variance, drift=drift)
    for at, variance, drift in others:
        ensemble = change_ensemble(ensemble, step=at, variance=variance, drift=drift)
    positions: list[float] = ensemble.positions_at(step).astype("<f4").tolist()
    return positions


def read_place(frame: dict[str, Any]) -> tuple[int, int]:
    return frame["epoch"], frame["step"]


def check_frames(motion: Motion, frames: list[dict[str, Any]]) -> None:
    """Each has the positions of its step, and none is older than the one before it."""
    for frame in frames:
        assert read_positions(frame) == compute_positions(motion.pk, *read_place(frame))
    places = list(map(read_place, frames))
    assert places == sorted(set(places))


# --- one process, without I/O ----------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_000.0]
    monkeypatch.setattr(ensembles.time, "monotonic", lambda: now[0])
    return now


def make_frame(step: int, epoch: int = 1) -> EnsembleFrame:
    return EnsembleFrame((epoch, step), f"step {step}")


def test_frames_take_only_newer_places(clock: list[float]) -> None:
    frames = EnsembleFrames(make_frame(5))

    taken = []
    for frame in (make_frame(5), make_frame(4), make_frame(6), make_frame(0, epoch=2)):
        clock[0] += 1
        taken.append(frames.take(frame))

    assert taken == [False, False, True, True]
    assert frames.newest == make_frame(0, epoch=2)
    assert not frames.is_due


def test_frames_take_at_most_ten_a_second_and_make_the_last_one_due(clock: list[float]) -> None:
    frames = EnsembleFrames(None)

    taken = 0
    for step in range(200):
        taken += frames.take(make_frame(step))
        clock[0] += 0.01

    assert 20 <= taken <= 22
    assert frames.is_due or frames.newest == make_frame(199)


def test_frames_are_due_after_a_while_without_one(
    clock: list[float], settings: LazySettings
) -> None:
    frames = EnsembleFrames(make_frame(5))

    frames.demand_late((1, 7))
    soon = frames.is_due
    clock[0] += settings.MOTION_SWEEP_S + 0.1
    frames.demand_late((1, 5))
    standing = frames.is_due
    frames.demand_late((1, 7))

    assert (soon, standing, frames.is_due) == (False, False, True)


# --- sockets of a hub ------------------------------------------------------------------------


@pytest.fixture
async def hub(settings: LazySettings) -> AsyncIterator[Hub]:
    settings.MOTION_SWEEP_S = settings.MOTION_WATCH_RENEW_S = 0.1
    hub = Hub()
    yield hub
    await hub.stop()


@pytest.fixture
async def unswept(settings: LazySettings) -> AsyncIterator[Hub]:
    """A hub whose sweep does not come while a test lasts."""
    settings.MOTION_SWEEP_S = settings.MOTION_WATCH_RENEW_S = 1_000.0
    hub = Hub()
    yield hub
    await hub.stop()


async def make(**values: Any) -> Motion:
    return await asyncio.to_thread(make_motion, **{"ensemble": PATHS, "seed": 7} | values)


async def join(hub: Hub, motion: Motion) -> tuple[Feed, RecordingSocket]:
    """A socket that counts as a viewer, greeted."""
    feed, socket = await hub.open_feed(motion.pk), RecordingSocket()
    socket.viewer = "a browser"
    feed.add(socket)
    await greet(feed, socket)
    return feed, socket


async def greet(feed: Feed, socket: RecordingSocket) -> None:
    for frame in feed.greet(socket, epoch=None, step=None):
        text = frame if isinstance(frame, str) else frame.encode(False)
        await socket.push({"text": text})


def move(motion: Motion, steps: int, *, with_ensemble: bool = True) -> Increments:
    """Move the frontier in one tick, as a worker does; its message."""
    row = Motion.objects.get(pk=motion.pk)
    governing = motions.read_newest_change(row)
    first, row.step = row.step + 1, row.step + steps
    message = ticks.build_increments(row, governing, first, due=time.time())
    Motion.objects.filter(pk=motion.pk).update(step=row.step)
    if not with_ensemble:
        return message
    ensemble = ticks.NewestChanges().load_ensemble(governing)
    assert ensemble is not None
    positions = ensemble.positions_at(row.step)
    text = encode_ensemble(epoch=row.epoch, step=row.step, positions=positions)
    return replace(message, ensemble=text)


async def wait_for_place(motion: Motion, socket: RecordingSocket) -> None:
    """Wait until the newest positions of the socket are those of now."""
    row = await asyncio.to_thread(Motion.objects.get, pk=motion.pk)
    place = row.epoch, row.step
    await wait_until(
        lambda: socket.ensembles and read_place(socket.ensembles[-1]) == place, "the ensemble"
    )
    await asyncio.to_thread(check_frames, motion, socket.ensembles)


pytest_db = pytest.mark.django_db(transaction=True)


@pytest_db
async def test_latecomer_gets_the_positions_of_now(hub: Hub) -> None:
    motion = await make(step=70, variance=4)

    _, socket = await join(hub, motion)

    assert [read_place(frame) for frame in socket.ensembles] == [(motion.epoch, 70)]
    await asyncio.to_thread(check_frames, motion, socket.ensembles)


@pytest_db
async def test_latecomers_between_two_steps_get_one_text(hub: Hub) -> None:
    feed, socket = await join(hub, await make(step=70))

    one, other = (feed.greet(socket, epoch=None, step=None)[-1] for _ in range(2))

    assert one is other


@pytest_db
async def test_published_positions_follow_their_steps(hub: Hub) -> None:
    motion = await make()
    _, socket = await join(hub, motion)

    await asyncio.to_thread(lambda: publishing.publish_increments([move(motion, 3)]))

    await wait_for_place(motion, socket)
    assert socket.steps() == [1, 2, 3]
    assert len(socket.ensembles) == 2  # one of them greeted it


@pytest_db
async def test_sweep_sends_positions_that_no_message_brought(hub: Hub) -> None:
    motion = await make()
    _, socket = await join(hub, motion)

    await asyncio.to_thread(move, motion, 3)  # nothing is published

    await wait_for_place(motion, socket)


@pytest_db
async def test_sweep_sends_positions_when_the_worker_is_of_an_earlier_version(hub: Hub) -> None:
    motion = await make()
    _, socket = await join(hub, motion)

    message = await asyncio.to_thread(move, motion, 3, with_ensemble=False)
    await asyncio.to_thread(publishing.publish_increments, [message])

    await wait_for_place(motion, socket)


@pytest_db
async def test_pause_sends_the_positions_that_the_last_tick_did_not(unswept: Hub) -> None:
    motion = await make(interval=0.02)
    _, socket = await join(unswept, motion)
    message = await asyncio.to_thread(move, motion, 3, with_ensemble=False)
    await asyncio.to_thread(publishing.publish_increments, [message])

    await asyncio.to_thread(motions.change_motion, motion.pk, values={"paused": True})

    await wait_for_place(motion, socket)


@pytest_db
async def test_message_after_a_gap_is_followed_by_the_positions(unswept: Hub) -> None:
    motion = await make()
    _, socket = await join(unswept, motion)
    await asyncio.to_thread(move, motion, 3)  # its message is lost

    message = await asyncio.to_thread(move, motion, 1, with_ensemble=False)
    await asyncio.to_thread(publishing.publish_increments, [message])

    await wait_for_place(motion, socket)


@pytest_db
async def test_restart_sends_the_positions_of_another_number_of_paths(hub: Hub) -> None:
    motion = await make(step=30)
    feed, socket = await join(hub, motion)
    await asyncio.to_thread(motions.update_description, motion.pk, ensemble=2)
    await wait_until(lambda: feed.snapshot.next_paths == 2, "the setting")

    await asyncio.to_thread(motions.restart_motion, motion.pk)
    await wait_for_place(motion, socket)
    await asyncio.to_thread(move, motion, 4)
    await wait_for_place(motion, socket)

    states = [frame for frame in socket.frames if frame["type"] == "state"]
    assert [(state["paths"], state["ensemble"]) for state in states] == [(5, 5), (5, 2), (2, 2)]

    await asyncio.to_thread(motions.update_description, motion.pk, ensemble=0)
    await asyncio.to_thread(motions.restart_motion, motion.pk)
    await wait_until(lambda: feed.snapshot.paths == 0, "the restart")
    count = len(socket.ensembles)
    await greet(feed, socket)
    assert len(socket.ensembles) == count


@pytest_db
async def test_fast_messages_come_at_most_ten_times_a_second(hub: Hub) -> None:
    motion = await make(interval=0.02)
    _, socket = await join(hub, motion)
    began = time.monotonic()

    for _ in range(60):
        message = await asyncio.to_thread(move, motion, 3)
        await asyncio.to_thread(publishing.publish_increments, [message])
    await wait_for_place(motion, socket)

    took = time.monotonic() - began
    assert len(socket.ensembles) <= 10 * took + ensembles.BURST + 1


@pytest_db
async def test_preview_gets_no_frames_of_the_class(hub: Hub) -> None:
    motion = await make()
    feed, viewer = await join(hub, motion)
    preview = RecordingSocket()
    preview.person = Person(user_id=1, name="ada")
    feed.add(preview)
    await greet(feed, preview)

    await asyncio.to_thread(move, motion, 3)
    await wait_for_place(motion, viewer)

    assert (preview.ensembles, preview.seats) == ([], [])


# --- seats -----------------------------------------------------------------------------------


@pytest_db
async def test_seat_goes_to_its_person_when_it_changes(hub: Hub) -> None:
    motion = await make(ensemble=0)
    mia, jun = [await asyncio.to_thread(make_user, name) for name in ("mia", "jun")]
    member = await asyncio.to_thread(Membership.objects.create, motion=motion, user=mia)
    feed = await hub.open_feed(motion.pk)
    sockets = []
    for user in (mia, jun, None):
        socket = RecordingSocket()
        socket.viewer = "a browser"
        socket.person = Person(user_id=user.pk, name=user.username) if user else Person()
        feed.add(socket)
        await greet(feed, socket)
        sockets.append(socket)
    assert [socket.seats for socket in sockets] == [[], [], []]

    await asyncio.to_thread(motions.update_description, motion.pk, ensemble=PATHS)
    await wait_until(lambda: sockets[1].seats, "the seats")
    await asyncio.to_thread(motions.update_description, motion.pk, title="Renamed")
    await asyncio.to_thread(Membership.objects.filter(pk=member.pk).update, seat=9)
    await asyncio.to_thread(motions.update_description, motion.pk, title="Again")
    await wait_until(lambda: len(sockets[0].seats) > 1, "another seat")

    shown = [[(seat["number"], seat["name"]) for seat in socket.seats] for socket in sockets]
    assert shown == [[(1, "mia"), (9, "mia")], [(None, "jun")], []]


@pytest_db
async def test_seat_is_taken_from_a_person_who_becomes_a_visitor(hub: Hub) -> None:
    motion = await make()
    mia = await asyncio.to_thread(make_user, f"guest:{motion.pk}:x", first_name="Mia")
    member = await asyncio.to_thread(Membership.objects.create, motion=motion, user=mia, seat=1)
    feed, socket = await hub.open_feed(motion.pk), RecordingSocket()
    socket.viewer = "a browser"
    socket.person = Person(user_id=mia.pk, name="Mia", seat=1, is_guest=True)
    feed.add(socket)
    await greet(feed, socket)

    await asyncio.to_thread(member.delete)
    await asyncio.to_thread(motions.update_description, motion.pk, title="Renamed")
    await wait_until(lambda: len(socket.seats) > 1, "the end of the seat")
    await asyncio.to_thread(motions.update_description, motion.pk, title="Again")
    await wait_until(lambda: feed.snapshot.title == "Again", "another state")

    assert [seat["number"] for seat in socket.seats] == [1, None]


# --- recovery --------------------------------------------------------------------------------

events = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.integers(1, 3_000)),
        st.tuples(st.just("change"), st.floats(0, 10_000)),
        st.tuples(st.just("drift"), st.floats(-10, 10)),
        st.tuples(st.just("paths"), st.integers(0, 4)),
        st.tuples(st.just("restart"), st.none()),
        st.tuples(st.just("edit"), st.floats(0, 10)),
        st.tuples(st.just("forget"), st.none()),
        st.tuples(st.just("read"), st.none()),
    ),
    max_size=12,
)


@pytest.mark.django_db
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(schedule=events)
def test_snapshot_has_the_positions_of_seed_and_changes_after_any_schedule(
    schedule: list[tuple[str, Any]],
) -> None:
    motion = make_motion(ensemble=3)
    known = take_snapshot(motion)
    for event in schedule:
        perform(motion.pk, event)
        if event[0] == "read":
            known = take_snapshot(motion, known)

    for snapshot in (take_snapshot(motion, known), take_snapshot(motion)):
        frame = recovery.make_ensemble_frame(snapshot)
        paths = Epoch.objects.get(motion=motion, number=snapshot.epoch).paths
        assert snapshot.paths == paths
        assert (frame is None) == (paths == 0)
        if frame:
            assert frame.place == (snapshot.epoch, snapshot.step)
            text = encode_ensemble(
                epoch=snapshot.epoch,
                step=snapshot.step,
                positions=np.array(compute_positions(motion.pk, *frame.place)),
            )
            assert frame.text == text


def perform(motion_id: int, event: tuple[str, Any]) -> None:
    rows = Motion.objects.filter(pk=motion_id)
    match event:
        case "move", steps:
            rows.update(step=rows.get().step + steps)
        case "change", variance:
            motions.change_motion(motion_id, values={"variance": variance})
        case "drift", drift:
            motions.change_motion(motion_id, values={"drift": drift})
        case "paths", paths:
            motions.update_description(motion_id, ensemble=paths)
        case "restart", _:
            motions.restart_motion(motion_id)
        case "edit", variance:  # from outside the program
            rows.update(variance=variance)
            motions.lock_motion(motion_id)
        case "forget", _:  # a change of a process of the version before
            newest = motions.read_newest_change(rows.get())
            type(newest).objects.filter(pk=newest.pk).update(offsets=None)
