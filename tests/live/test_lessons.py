"""A lesson on the sockets of a motion: the number of its scene, and nothing that it says."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.conf import LazySettings

from motion.core.lessons import Lesson, Scene, Settings
from motion.core.questions import Draft, Kind
from motion.live.hub import Hub
from motion.models import Motion
from motion.queries.permissions import Person
from motion.services import lessons, questions
from tests.live.recording import RecordingSocket
from tests.support.asking import join
from tests.support.factories import make_own_motion, make_user
from tests.support.servers import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

ASKED = Draft(kind=Kind.CHOICE, text="The asked one?", options=("left", "wombat"), correct=1.0)
LATER = Draft(kind=Kind.NUMBER, text="The numbat comes later?", correct=31_415.0)
LESSON = Lesson(
    title="A quokka's lesson",
    scenes=(
        Scene(title="Quoll", notes="Bilby notes", question=ASKED),
        Scene(title="Potoroo", settings=Settings(variance=4.0), restart=True, question=LATER),
    ),
)
SECRETS = ("quokka", "Quoll", "Bilby", "Potoroo", "numbat", "31415", '"correct"')


@pytest.fixture
async def hub(settings: LazySettings) -> Any:
    settings.MOTION_SWEEP_S = settings.MOTION_WATCH_RENEW_S = 0.1
    hub = Hub()
    yield hub
    await hub.stop()


async def enter(hub: Hub, motion: Motion, user: Any = None) -> RecordingSocket:
    """A socket, greeted as a consumer greets it."""
    feed, socket = await hub.open_feed(motion.pk), RecordingSocket()
    socket.viewer = "a browser"
    if user is not None:
        socket.person = Person(user_id=user.pk, name=user.username, role="viewer")
    feed.add(socket)
    for frame in feed.greet(socket, epoch=None, step=None):
        await socket.push({"text": frame if isinstance(frame, str) else frame.encode(False)})
    return socket


def find_newest_scene(socket: RecordingSocket) -> tuple[int, int] | None:
    states = [frame for frame in socket.frames if frame["type"] == "state"]
    return (states[-1]["scene"], states[-1]["scenes"]) if states else None


@pytest.mark.fault("the notes, prepared questions and right answers of a lesson, on a socket")
async def test_socket_gets_the_scene_and_nothing_that_the_lesson_says(hub: Hub) -> None:
    ada = await asyncio.to_thread(make_user, "ada")
    motion = await asyncio.to_thread(make_own_motion, ada)
    mia = await asyncio.to_thread(join, motion, "Mia")
    sockets = [await enter(hub, motion, mia), await enter(hub, motion)]

    await asyncio.to_thread(lessons.set_lesson, motion.pk, LESSON, by=ada)
    for socket in sockets:
        await wait_until(lambda at=socket: find_newest_scene(at) == (1, 2), "the first scene")
    await asyncio.to_thread(questions.open_question, motion.pk, 1, by=ada)
    for socket in sockets:
        await wait_until(lambda at=socket: bool(at.questions), "the question")
    await asyncio.to_thread(lessons.go_to_scene, motion.pk, 2, by=ada)
    sockets.append(await enter(hub, motion, mia))

    for socket in sockets:
        await wait_until(lambda at=socket: find_newest_scene(at) == (2, 2), "the second scene")
        sent = "".join(socket.texts)
        assert ASKED.text in sent
        assert [secret for secret in SECRETS if secret in sent] == []


async def test_socket_gets_a_state_when_a_lesson_ends(hub: Hub) -> None:
    ada = await asyncio.to_thread(make_user, "ada")
    motion = await asyncio.to_thread(make_own_motion, ada)
    await asyncio.to_thread(lessons.set_lesson, motion.pk, LESSON, by=ada)
    socket = await enter(hub, motion)
    assert find_newest_scene(socket) == (1, 2)

    await asyncio.to_thread(lessons.remove_lesson, motion.pk, by=ada)

    await wait_until(lambda: find_newest_scene(socket) == (0, 0), "the end of the lesson")
