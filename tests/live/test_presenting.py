"""The view of a presenter on every socket, until the presenter stops or is gone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from django.conf import LazySettings

from motion import publishing
from motion.core.presented_view import PresentedView
from motion.live import hub as hub_module
from motion.live import presence, presenting
from motion.live.feed import Feed
from motion.live.hub import Hub
from motion.live.presenting import VIEW_LASTS_S, VIEWS_PER_S, Presentation
from motion.models import Motion
from motion.protocol.messages import NamedPerson
from motion.publishing import View
from tests.core.presented_views import VIEW
from tests.live.recording import RecordingSocket
from tests.support.factories import make_motion
from tests.support.servers import wait_until

ADA, BEN = NamedPerson("1a", "Ada"), NamedPerson("2b", "Ben")


def make_view(
    text: str,
    by: NamedPerson = ADA,
    number: int = 1,
    *,
    source: str = "a process",
    is_end: bool = False,
) -> View:
    return View(motion_id=1, by=by, source=source, number=number, is_end=is_end, text=text)


# --- without I/O -----------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_000.0]
    monkeypatch.setattr(presenting.time, "monotonic", lambda: now[0])
    return now


def test_presentation_has_the_newest_view_until_its_end(clock: list[float]) -> None:
    presentation = Presentation()
    shown = [presentation.newest]

    for view in (make_view("a"), make_view("b", number=2), make_view("", number=3, is_end=True)):
        assert presentation.take(view)
        shown.append(presentation.newest)

    assert shown == [None, "a", "b", None]


def test_presentation_leaves_out_views_that_come_out_of_order(clock: list[float]) -> None:
    presentation = Presentation()

    taken = [presentation.take(make_view(f"{n}", number=n)) for n in (10, 9, 11)]

    assert taken == [True, False, True]
    assert presentation.newest == "11"


def test_presentation_stays_ended_when_a_view_from_before_comes_later(clock: list[float]) -> None:
    presentation = Presentation()

    views = [make_view("a"), make_view("", number=3, is_end=True), make_view("b", number=2)]
    taken = [presentation.take(view) for view in views]
    ended = presentation.newest
    is_back = presentation.take(make_view("c", number=4))

    assert (taken, ended) == ([True, True, False], None)
    assert (is_back, presentation.newest) == (True, "c")
    assert not presentation.take(make_view("", BEN, number=5, is_end=True))


def test_presentation_takes_a_view_of_another_process_whatever_its_number() -> None:
    """A presenter who loses a server goes on with another, which has sent fewer views."""
    presentation = Presentation()

    taken = [
        presentation.take(make_view("a", number=900, source="lost")),
        presentation.take(make_view("b", number=3, source="another")),
        presentation.take(make_view("", number=4, source="another", is_end=True)),
    ]

    assert (taken, presentation.newest) == ([True, True, True], None)


def test_presentation_ends_only_with_its_own_presenter(clock: list[float]) -> None:
    presentation = Presentation()
    presentation.take(make_view("Ada's"))
    presentation.take(make_view("Ben's", BEN))

    is_ended = presentation.take(make_view("", ADA, is_end=True))

    assert (is_ended, presentation.newest) == (False, "Ben's")


def test_presentation_expires_after_six_seconds_without_a_view(clock: list[float]) -> None:
    presentation = Presentation()
    presentation.take(make_view("a"))
    clock[0] += 5
    presentation.take(make_view("a", number=6))
    clock[0] += VIEW_LASTS_S - 0.1
    early = presentation.expire()
    clock[0] += 0.2

    frame = presentation.expire()

    assert (early, VIEW_LASTS_S) == (None, 6)
    assert json.loads(frame or "") == {"type": "view", "by": "Ada", "id": "1a", "view": None}
    assert (presentation.newest, presentation.expire()) == (None, None)


def test_presentation_relays_ten_views_a_second(clock: list[float]) -> None:
    presentation, relayed = Presentation(), 0

    for _ in range(500):
        relayed += presentation.may_relay()
        clock[0] += 0.01

    assert 5 * VIEWS_PER_S <= relayed <= 5 * VIEWS_PER_S + presenting.BURST


# --- sockets of hubs -------------------------------------------------------------------------

pytest_db = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def hubs(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Hub, Hub]]:
    """Of two processes."""
    monkeypatch.setattr(hub_module, "TALLY_S", 0.05)
    settings.MOTION_PRESENCE_TICK_S = settings.MOTION_PRESENCE_EVERY_S = 0.05
    hubs = Hub(), Hub()
    yield hubs
    for hub in hubs:
        await hub.stop()


async def enter(hub: Hub, motion: Motion, viewer: str | None = "x") -> tuple[Feed, RecordingSocket]:
    feed, socket = await hub.open_feed(motion.pk), RecordingSocket()
    socket.viewer = viewer
    feed.add(socket)
    for frame in feed.greet(socket, epoch=None, step=None):
        await socket.push({"text": frame if isinstance(frame, str) else frame.encode(False)})
    return feed, socket


async def present(motion: Motion, view: PresentedView | None, by: NamedPerson = ADA) -> None:
    await asyncio.to_thread(publishing.publish_view, motion.pk, by, view)


@pytest_db
async def test_view_reaches_all_processes_and_latecomers_but_no_preview(
    hubs: tuple[Hub, Hub],
) -> None:
    motion = await asyncio.to_thread(make_motion)
    sockets = [(await enter(hub, motion))[1] for hub in hubs]
    _, preview = await enter(hubs[0], motion, viewer=None)
    assert [socket.views for socket in sockets] == [[], []]

    await present(motion, VIEW)
    for socket in sockets:
        await wait_until(lambda socket=socket: socket.views, "the view")
    _, latecomer = await enter(hubs[1], motion)
    _, late_preview = await enter(hubs[1], motion, viewer=None)
    await present(motion, None)
    for socket in (*sockets, latecomer):
        await wait_until(lambda socket=socket: socket.views[-1]["view"] is None, "the end")
    _, last = await enter(hubs[0], motion)

    expected = {"type": "view", "by": "Ada", "id": "1a"}
    for socket in (*sockets, latecomer):
        assert socket.views == [expected | {"view": VIEW}, expected | {"view": None}]
    assert (last.views, preview.views, late_preview.views) == ([], [], [])


@pytest_db
async def test_view_ends_when_its_presenter_is_gone(
    hubs: tuple[Hub, Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = await asyncio.to_thread(make_motion)
    _, socket = await enter(hubs[0], motion)
    await present(motion, VIEW)
    await wait_until(lambda: socket.views, "the view")

    monkeypatch.setattr(presenting, "VIEW_LASTS_S", 0.1)

    await wait_until(lambda: socket.views[-1]["view"] is None, "the end")
    assert len(socket.views) == 2


@pytest_db
async def test_followers_of_all_processes_are_counted(hubs: tuple[Hub, Hub]) -> None:
    motion = await asyncio.to_thread(make_motion)
    entered = [await enter(hub, motion, f"{n}") for n, hub in enumerate([*hubs, hubs[0]])]

    async def wait_for_followers(count: int) -> None:
        for _, socket in entered:
            await wait_until(
                lambda socket=socket: socket.viewers and socket.viewers[-1]["followers"] == count,
                f"{count} followers",
            )

    _, preview = await enter(hubs[0], motion, viewer=None)
    preview.follows = True
    for feed, socket in entered:
        socket.follows, feed.presence.has_changed = True, True
    await wait_for_followers(3)
    entered[0][1].follows, entered[0][0].presence.has_changed = False, True
    await wait_for_followers(2)
    entered[1][0].remove(entered.pop(1)[1])
    await wait_for_followers(1)

    found = await asyncio.to_thread(presence.read_viewers, [motion.pk])
    assert found[motion.pk].followers == 1
