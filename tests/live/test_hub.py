"""The hub of a process: what its sockets receive, whatever the channel layer does."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
from django.conf import LazySettings, settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import DatabaseError
from prometheus_client import REGISTRY

from motion import publishing
from motion.core.errors import NoSuchMotionError
from motion.live import consumers, presence, presence_writer
from motion.live.consumers import MotionConsumer
from motion.live.feed import Feed
from motion.live.hub import Hub
from motion.live.presence import Viewers
from motion.live.presence_writer import PresenceWriter
from motion.models import Motion, Presence
from motion.protocol.messages import NamedPerson
from motion.publishing import Increments, build_group_name, publish_increments
from motion.queries import permissions, snapshots
from motion.queries.permissions import Person, VisibleMotion
from motion.queries.snapshots import Snapshot, read_snapshot
from motion.services import members, motions
from motion.worker import ticks
from tests.live.recording import RecordingSocket
from tests.support.factories import make_motion, make_user, take_snapshot
from tests.support.servers import wait_for, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

SWEEP_S = 0.1
NO_SWEEP_S = 1_000.0

shows_its_groups = pytest.mark.skipif(
    bool(settings.REDIS_URL), reason="only the in-memory layer shows who is in a group"
)


@pytest.fixture
async def hub(settings: LazySettings) -> AsyncIterator[Hub]:
    settings.MOTION_SWEEP_S = settings.MOTION_WATCH_RENEW_S = SWEEP_S
    hub = Hub()
    yield hub
    await hub.stop()


@pytest.fixture
async def unswept(settings: LazySettings) -> AsyncIterator[Hub]:
    """A hub whose sweep does not come while a test lasts."""
    settings.MOTION_SWEEP_S = settings.MOTION_WATCH_RENEW_S = NO_SWEEP_S
    hub = Hub()
    yield hub
    await hub.stop()


async def make(**values: Any) -> Motion:
    return await asyncio.to_thread(make_motion, **values)


async def join(hub: Hub, motion: Motion) -> tuple[Feed, RecordingSocket]:
    feed, socket = await hub.open_feed(motion.pk), RecordingSocket()
    feed.add(socket)
    return feed, socket


def make_steps(motion: Motion, steps: int, *, publish: bool = True) -> list[Increments]:
    """Move the frontier as a worker does, in single steps; the messages, published or not."""
    messages = []
    for _ in range(steps):
        row = Motion.objects.get(pk=motion.pk)
        governing = motions.read_newest_change(row)
        row.step += 1
        messages.append(ticks.build_increments(row, governing, row.step, due=time.time() - 0.3))
        Motion.objects.filter(pk=motion.pk).update(step=row.step)
    if publish:
        publishing.publish_increments(messages)
    return messages


async def test_open_feed_raises_when_the_motion_is_missing(hub: Hub) -> None:
    with pytest.raises(NoSuchMotionError):
        await hub.open_feed(0)


async def test_open_feed_renews_the_watch(unswept: Hub) -> None:
    motion = await make()

    await join(unswept, motion)

    def is_watched() -> bool:
        return Motion.objects.get(pk=motion.pk).watched_until > motion.next_at + 2 * NO_SWEEP_S

    await asyncio.to_thread(wait_for, is_watched, "the watch")


@shows_its_groups
async def test_open_feed_subscribes_once_for_all_sockets(hub: Hub) -> None:
    motion = await make()

    feeds = [feed for feed, _ in [await join(hub, motion) for _ in range(3)]]

    assert feeds[0] is feeds[1] is feeds[2]
    assert len(hub.subscription._layer.groups[build_group_name(motion.pk)]) == 1


async def test_hub_sends_published_steps_to_every_socket_in_order(unswept: Hub) -> None:
    motion = await make(step=7)
    count, seconds = read_delivery_figures()
    sockets = [(await join(unswept, motion))[1] for _ in range(3)]

    await asyncio.to_thread(make_steps, motion, 5)

    for socket in sockets:
        await wait_until(lambda socket=socket: len(socket.steps()) == 5, "five steps")
        assert socket.steps() == [8, 9, 10, 11, 12]
    await wait_until(lambda: read_delivery_figures()[0] - count == 5, "one figure a message")
    assert 5 * 0.3 <= read_delivery_figures()[1] - seconds < 10


def read_delivery_figures() -> tuple[float, float]:
    """How many messages were handed over, and how late all of them together."""
    name = "brownian_delivery_seconds"
    found = [REGISTRY.get_sample_value(f"{name}_{part}") for part in ("count", "sum")]
    return found[0] or 0.0, found[1] or 0.0


def test_increments_ignore_fields_of_newer_code() -> None:
    sent = Increments(motion_id=1, epoch=2, revision=3, first=4, last=5, text="{}", due=6.0)

    assert Increments.from_message({**vars(sent), "of_another_version": True}) == sent


@pytest.mark.fault("old and new code side by side")
def test_new_types_of_messages_are_outdated_steps_for_version_0_3_0(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It takes every message that it does not know for steps, and waits a second after an error."""
    messages: list[Any] = []
    monkeypatch.setattr(publishing, "_publish", messages.extend)

    publishing.announce_answer(1, 2)
    publishing.publish_view(1, NamedPerson("1a", "Ada"), None)

    assert len(messages) == 2
    for message in messages:
        steps = Increments.from_message(message)
        assert (steps.epoch, steps.revision) == (0, 0)


async def test_feed_computes_lost_steps_at_the_next_message(hub: Hub) -> None:
    motion = await make()
    feed, socket = await join(hub, motion)
    messages = await asyncio.to_thread(make_steps, motion, 4, publish=False)

    settled = await feed.take_increments(messages[-1])

    assert settled
    assert socket.steps() == [1, 2, 3, 4]


async def test_sweep_sends_lost_steps(hub: Hub) -> None:
    motion = await make()
    _, socket = await join(hub, motion)

    await asyncio.to_thread(make_steps, motion, 4, publish=False)

    await wait_until(lambda: socket.steps() == [1, 2, 3, 4], "the sweep")


async def test_sweep_sends_the_lost_state_of_a_paused_motion(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = await make()
    _, socket = await join(hub, motion)
    monkeypatch.setattr(publishing, "announce_change", lambda motion_id: None)

    await asyncio.to_thread(motions.change_motion, motion.pk, values={"paused": True})

    await wait_until(lambda: socket.frames, "the sweep")
    assert (socket.frames[0]["type"], socket.frames[0]["paused"]) == ("state", True)


@shows_its_groups
async def test_subscription_renews_a_lost_membership(hub: Hub) -> None:
    motion = await make()
    _, socket = await join(hub, motion)
    await hub.subscription._layer.flush()
    await wait_until(
        lambda: hub.subscription._layer.groups.get(build_group_name(motion.pk)), "the sweep"
    )

    await asyncio.to_thread(make_steps, motion, 1)

    await wait_until(lambda: socket.steps() == [1], "the message")


async def test_hub_sends_a_state_between_its_steps(hub: Hub) -> None:
    motion = await make()
    _, socket = await join(hub, motion)

    def act() -> None:
        make_steps(motion, 2, publish=False)
        motions.change_motion(motion.pk, values={"variance": 4})
        make_steps(motion, 2)

    await asyncio.to_thread(act)

    await wait_until(lambda: len(socket.steps()) == 4, "four steps")
    kinds = [(f["type"], f["revision"]) for f in socket.frames if f.get("increments") != []]
    assert kinds.index(("state", 2)) == len([kind for kind in kinds if kind[1] == 1])
    assert socket.steps() == [1, 2, 3, 4]


async def test_hub_reads_the_motion_when_steps_are_newer(
    unswept: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = await make()
    _, socket = await join(unswept, motion)
    monkeypatch.setattr(publishing, "announce_change", lambda motion_id: None)

    def act() -> None:
        motions.change_motion(motion.pk, values={"variance": 4})
        make_steps(motion, 1)

    await asyncio.to_thread(act)

    await wait_until(lambda: socket.steps() == [1], "the step")
    assert [frame["type"] for frame in socket.frames] == ["state", "increments"]


async def test_hub_closes_the_sockets_of_a_deleted_motion(hub: Hub) -> None:
    motion = await make()
    _, socket = await join(hub, motion)

    await Motion.objects.filter(pk=motion.pk).adelete()

    await wait_until(lambda: socket.closed_with == 4404, "the close")


async def test_hub_drops_a_feed_without_sockets(hub: Hub) -> None:
    motion = await make()
    feed, socket = await join(hub, motion)

    feed.remove(socket)

    await wait_until(lambda: motion.pk not in hub._feeds, "the sweep")
    assert not hub.subscription._layer.groups.get(build_group_name(motion.pk))


async def test_feed_drops_an_outdated_message(hub: Hub) -> None:
    motion = await make()
    feed, socket = await join(hub, motion)
    messages = await asyncio.to_thread(make_steps, motion, 2, publish=False)
    await asyncio.to_thread(motions.restart_motion, motion.pk)
    await wait_until(lambda: feed.snapshot.epoch != motion.epoch, "the new epoch")
    received = len(socket.frames)

    settled = await feed.take_increments(messages[0])

    assert settled
    assert len(socket.frames) == received


@pytest.mark.parametrize("seed", range(5))
async def test_hub_sends_steps_in_order_over_a_bad_layer(
    hub: Hub, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages are lost, doubled, late and out of order; changes are announced or not."""
    chance = random.Random(seed)
    motion = await make()
    feed, socket = await join(hub, motion)
    held: list[Increments] = []

    def act() -> None:
        if chance.random() < 0.4:
            monkeypatch.setattr(publishing, "announce_change", lambda motion_id: None)
            motions.change_motion(motion.pk, values={"variance": chance.random()})
            monkeypatch.undo()
        held.extend(make_steps(motion, 2, publish=False) * chance.choice([0, 1, 2]))
        chance.shuffle(held)
        sent = [held.pop() for _ in range(chance.randint(0, len(held)))]
        publish_increments(sent)

    for _ in range(15):
        await asyncio.to_thread(act)
    stored = await asyncio.to_thread(read_snapshot, motion.pk)
    assert stored is not None
    await wait_until(lambda: feed.snapshot.step == stored.step == 30, "the last step")
    await wait_until(lambda: feed.snapshot.version == stored.version, "the last change")

    await wait_until(lambda: socket.steps()[-1:] == [30], "its frames")
    assert socket.steps() == list(range(1, 31))
    revisions = [frame["revision"] for frame in socket.frames]
    assert revisions == sorted(revisions)


# --- what failed once --------------------------------------------------------------------------


class FailingOnce:
    """`read_snapshot`, whose first call finds the database away."""

    has_failed = False

    def __call__(self, *args: Any) -> Snapshot | None:
        if not self.has_failed:
            self.has_failed = True
            raise DatabaseError("away")
        return read_snapshot(*args)


async def test_open_feed_succeeds_after_a_failed_read(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = await make(step=7)
    monkeypatch.setattr(snapshots, "read_snapshot", FailingOnce())
    with pytest.raises(DatabaseError):
        await hub.open_feed(motion.pk)

    _, socket = await join(hub, motion)
    await asyncio.to_thread(make_steps, motion, 2)

    await wait_until(lambda: socket.steps() == [8, 9], "the messages")


async def test_refresh_succeeds_after_a_failed_read(
    unswept: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = await make()
    feed, socket = await join(unswept, motion)
    read = FailingOnce()
    monkeypatch.setattr(snapshots, "read_snapshot", read)
    await asyncio.to_thread(motions.change_motion, motion.pk, values={"variance": 2})
    await wait_until(lambda: read.has_failed and not feed.is_refreshing, "the failure")

    await asyncio.to_thread(motions.change_motion, motion.pk, values={"variance": 3})

    await wait_until(lambda: len(socket.frames) == 2, "both changes")
    assert [frame["variance"] for frame in socket.frames] == [2.0, 3.0]


async def test_sweep_continues_after_a_failed_query(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = await make()
    _, socket = await join(hub, motion)
    with monkeypatch.context() as patch:
        failing = Mock(side_effect=DatabaseError("away"))
        patch.setattr("motion.live.hub._read_versions", failing)
        await wait_until(lambda: failing.called, "the failure")

    await asyncio.to_thread(make_steps, motion, 1, publish=False)

    await wait_until(lambda: socket.steps() == [1], "the next sweep")


async def test_refresh_reads_people_who_join_meanwhile(
    unswept: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = await make()
    ada, ben = [await asyncio.to_thread(make_user, name) for name in ("ada", "ben")]
    feed, first = await join(unswept, motion)
    second = RecordingSocket()
    first.person, second.person = Person(user_id=ada.pk), Person(user_id=ben.pk)
    load_people = permissions.load_people

    def add_and_load(*arguments: Any) -> dict[int, Person]:
        feed.add(second)
        return load_people(*arguments)

    monkeypatch.setattr(permissions, "load_people", add_and_load)
    await asyncio.to_thread(motions.update_description, motion.pk, title="Pollen")

    await wait_until(lambda: first.frames and second.frames, "the state")
    assert [socket.person.name for socket in (first, second)] == ["ada", "ben"]


async def test_sweep_renews_the_watch_repeatedly(hub: Hub) -> None:
    motion = await make()
    await join(hub, motion)
    seen: set[float] = set()

    def renewals() -> bool:
        seen.add(Motion.objects.get(pk=motion.pk).watched_until)
        return len(seen - {0.0}) >= 4

    await asyncio.to_thread(wait_for, renewals, "four renewals")


@pytest.mark.parametrize("is_deaf_to", ["itself", "groups"])
async def test_subscription_starts_over_when_it_hears_nothing(
    hub: Hub, is_deaf_to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = await make()
    await join(hub, motion)
    subscription = hub.subscription
    heard = subscription._heard[motion.pk]
    await wait_until(heard.is_set, "its group")
    channel, receiver = subscription._channel, subscription._receiver
    if is_deaf_to == "itself":
        assert receiver
        receiver.cancel()
    else:
        heard.clear()
        monkeypatch.setattr(subscription, "_can_hear_groups", AsyncMock(return_value=False))

    await wait_until(lambda: subscription._channel not in {None, channel}, "a new channel")
    monkeypatch.undo()
    await wait_until(heard.is_set, "its group again")


# --- who watches -------------------------------------------------------------------------------


async def test_presence_writer_writes_a_thousand_viewers_in_few_rows(
    unswept: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred viewers come every quarter of a second."""
    feed, clock = Feed(await asyncio.to_thread(take_snapshot, await make())), Mock()
    writer = PresenceWriter({feed.motion_id: feed})
    monkeypatch.setattr(presence_writer, "time", clock)
    written: list[int] = []
    write = presence.write_rows

    def count(process: str, rows: dict[int, Viewers]) -> None:
        written.extend(viewers.count for viewers in rows.values())
        write(process, rows)

    monkeypatch.setattr(presence, "write_rows", count)
    for quarter in range(10):
        for number in range(100):
            socket = RecordingSocket()
            socket.viewer = f"{quarter}-{number}"
            feed.add(socket)
        clock.monotonic.return_value = 100 + quarter / 4
        await writer.synchronise()
    clock.monotonic.return_value += settings.MOTION_PRESENCE_EVERY_CROWDED_S
    await writer.synchronise()

    assert written == [100, 1_000]
    assert json.loads(feed.presence.sent_frame)["count"] == 1_000


async def join_as_viewer(hub: Hub) -> tuple[Feed, RecordingSocket]:
    """A feed with one viewer, "x", whose row is written."""
    feed, socket = await hub.open_feed((await make()).pk), RecordingSocket()
    socket.viewer = "x"
    feed.add(socket)
    await wait_until(lambda: feed.presence.is_settled, "a row")
    return feed, socket


async def test_presence_writer_deletes_the_row_of_a_dropped_feed(hub: Hub) -> None:
    feed, socket = await join_as_viewer(hub)

    feed.remove(socket)

    await wait_until(lambda: not hub._feeds, "the feed to go")
    assert not await Presence.objects.aexists()


async def test_presence_writer_writes_its_row_again_when_others_deleted_it(hub: Hub) -> None:
    await join_as_viewer(hub)

    await Presence.objects.all().adelete()

    await asyncio.to_thread(wait_for, Presence.objects.exists, "the row again")
    row = await Presence.objects.aget()
    assert (row.process, row.others) == (hub._presence.process, ["x"])


async def test_hub_deletes_its_presence_rows_when_it_stops(unswept: Hub) -> None:
    await join_as_viewer(unswept)
    others = await Presence.objects.acreate(
        motion=await make(), process="other", version=1, until=time.time() + 60
    )

    await unswept.stop()

    assert [row.pk async for row in Presence.objects.all()] == [others.pk]


async def test_consumer_leaves_its_feed_when_it_fails(hub: Hub) -> None:
    motion = await make()
    consumer, feed = MotionConsumer(), await hub.open_feed(motion.pk)
    consumer.feed = feed
    feed.add(consumer)

    async def fail(*arguments: object) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await consumer({"type": "websocket"}, fail, fail)

    assert (feed.sockets, consumer.feed) == (set(), None)


async def test_consumer_reads_permissions_again_when_they_change_while_it_connects(
    unswept: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion, ben = await make(), await asyncio.to_thread(make_user, "ben")
    await asyncio.to_thread(members.set_role, motion.pk, ben, "controller")
    get_visible_motion = permissions.get_visible_motion

    def get_and_take_control(*arguments: Any) -> VisibleMotion:
        visible = get_visible_motion(*arguments)
        if visible.person.role == "controller":
            members.set_role(motion.pk, ben, "viewer")
        return visible

    monkeypatch.setattr(permissions, "get_visible_motion", get_and_take_control)
    monkeypatch.setattr(consumers, "get_hub", lambda: unswept)
    consumer = MotionConsumer()
    consumer.scope = {
        "url_route": {"kwargs": {"slug": motion.slug}},
        "user": ben,
        "session": SessionBase(),
    }

    await consumer._open_feed()

    assert consumer.person.role == "viewer"


async def test_consumer_ignores_messages_after_its_close(hub: Hub) -> None:
    consumer, send = MotionConsumer(), AsyncMock()
    consumer.feed, consumer.base_send = await hub.open_feed((await make()).pk), send

    await consumer.close(4401)
    await consumer.receive('{"type":"ping","n":1}')

    send.assert_awaited_once_with({"type": "websocket.close", "code": 4401})
