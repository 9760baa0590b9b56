"""The question of a motion on every socket, with the number of answers, and the own answer."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from prometheus_client import REGISTRY
from pytest_django import DjangoAssertNumQueries

from motion import publishing
from motion.live import hub as hub_module
from motion.live.feed import Feed
from motion.live.hub import Hub
from motion.live.questions import TALLY_S
from motion.models import Motion
from motion.queries import questions as reads
from motion.queries.permissions import Person
from motion.services import accounts, motions, questions
from motion.worker import ticks
from tests.live.recording import RecordingSocket
from tests.support.asking import CHOICE, HIGH, INTERVAL, LOW, WHERE, ask, find_traces, join
from tests.support.factories import make_motion, make_own_motion, make_user, reload, take_snapshot
from tests.support.servers import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

NO_SWEEP_S = 1_000.0
TALLY, SWEEP = "_count_answers", "_compare_feeds"
Round = Callable[[Hub], Awaitable[None]]


def in_thread(function: Callable[..., Any], *args: Any, **named: Any) -> Any:
    return asyncio.to_thread(function, *args, **named)


@pytest.fixture(autouse=True)
def rounds(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Tallies come soon; how many tallies and sweeps of hubs have ended, by their method."""
    monkeypatch.setattr(hub_module, "TALLY_S", 0.05)
    ended: Counter[str] = Counter()
    for name in (TALLY, SWEEP):
        monkeypatch.setattr(Hub, name, count_rounds(getattr(Hub, name), ended, name))
    return ended


def count_rounds(work: Round, ended: Counter[str], name: str) -> Round:
    async def work_and_count(hub: Hub) -> None:
        await work(hub)
        ended[name] += 1

    return work_and_count


async def let_rounds_pass(rounds: Counter[str], *names: str) -> None:
    """Wait for two of each, so that one of them has begun after what came before."""
    before = rounds.copy()
    await wait_until(lambda: all(rounds[name] > before[name] + 1 for name in names), "two rounds")


@pytest.fixture
async def hub(settings: LazySettings) -> AsyncIterator[Hub]:
    settings.MOTION_SWEEP_S = settings.MOTION_WATCH_RENEW_S = 0.1
    settings.MOTION_PRESENCE_TICK_S = 0.05
    hub = Hub()
    yield hub
    await hub.stop()


@pytest.fixture
async def unswept(settings: LazySettings) -> AsyncIterator[Hub]:
    """A hub whose sweep does not come while a test lasts."""
    settings.MOTION_SWEEP_S = settings.MOTION_WATCH_RENEW_S = NO_SWEEP_S
    settings.MOTION_PRESENCE_TICK_S = 0.05
    hub = Hub()
    yield hub
    await hub.stop()


async def enter(hub: Hub, motion: Motion, user: Any = None) -> tuple[Feed, RecordingSocket]:
    """A socket that counts as a viewer, greeted as a consumer greets it."""
    feed, socket = await hub.open_feed(motion.pk), RecordingSocket()
    socket.viewer = "a browser"
    if user is not None:
        socket.person = Person(user_id=user.pk, name=user.username, role="viewer")
    feed.add(socket)
    for frame in feed.greet(socket, epoch=None, step=None):
        await socket.push({"text": frame if isinstance(frame, str) else frame.encode(False)})
    hub.send_answers(feed)
    return feed, socket


async def wait_for_question(socket: RecordingSocket, **fields: Any) -> dict[str, Any]:
    """Wait until the newest question of a socket has these fields."""

    def is_there() -> bool:
        newest = socket.questions[-1] if socket.questions else {}
        return all(newest.get(name) == value for name, value in fields.items())

    await wait_until(is_there, f"a question with {fields}, not {socket.questions[-1:]}")
    return socket.questions[-1]


async def wait_for_answer(socket: RecordingSocket, *expected: float | None) -> None:
    """Wait until the newest own answer of a socket is `number, low, high`."""

    def is_there() -> bool:
        newest = socket.answers[-1] if socket.answers else {}
        return (newest.get("question"), newest.get("low"), newest.get("high")) == expected

    await wait_until(is_there, f"the answer {expected}, not {socket.answers}")


# --- a motion without a question -------------------------------------------------------------


async def test_motion_without_a_question_gets_no_frame(hub: Hub, rounds: Counter[str]) -> None:
    motion = await in_thread(make_motion)
    mia = await in_thread(make_user, "mia")

    _, socket = await enter(hub, motion, mia)
    await in_thread(motions.update_description, motion.pk, title="Renamed")
    await wait_until(lambda: socket.frames[-1].get("title") == "Renamed", "the title")
    await let_rounds_pass(rounds, TALLY, SWEEP)

    assert (socket.questions, socket.answers) == ([], [])


async def test_motion_without_a_question_costs_no_query(
    monkeypatch: pytest.MonkeyPatch, hub: Hub, rounds: Counter[str]
) -> None:
    motion = await in_thread(make_motion)
    read: list[str] = []
    for name in ("read_answerers", "read_answers_of", "read_question", "read_results"):
        monkeypatch.setattr(reads, name, lambda *_, name=name: read.append(name))
        monkeypatch.setattr(f"motion.queries.snapshots.{name}", getattr(reads, name), raising=False)

    await enter(hub, motion, await in_thread(make_user, "mia"))
    await in_thread(motions.change_motion, motion.pk, values={"variance": 2})
    await let_rounds_pass(rounds, TALLY, SWEEP)

    assert read == []


# --- from the question to its results --------------------------------------------------------


async def test_question_is_sent_when_it_is_asked_closed_revealed_and_put_away(unswept: Hub) -> None:
    motion = await in_thread(make_motion, step=40)
    mia = await in_thread(join, motion, "Mia")
    _, socket = await enter(unswept, motion, mia)

    number = await in_thread(questions.ask_question, motion.pk, INTERVAL)
    asked = await wait_for_question(socket, state="open")
    await wait_for_answer(socket, number, None, None)
    await in_thread(questions.store_answer, motion.pk, number, -2, 5, by=mia)
    await wait_for_question(socket, state="open", answered=1, of=1)
    await in_thread(questions.close_question, motion.pk, number)
    closed = await wait_for_question(socket, state="closed", answered=1)
    await in_thread(questions.reveal_question, motion.pk, number)
    revealed = await wait_for_question(socket, state="revealed")
    await in_thread(questions.put_away_question, motion.pk, number)
    gone = await wait_for_question(socket, number=0)

    assert (asked["number"], asked["kind"], asked["level"]) == (number, "interval", 0.5)
    assert (asked["text"], asked["epoch"], asked["step"]) == (INTERVAL.text, motion.epoch, 140)
    assert asked["results"] is closed["results"] is gone["results"] is None
    assert revealed["results"]["intervals"] == [[-2.0, 5.0]]
    assert (gone["state"], gone["options"], gone["answered"], gone["of"]) == ("", [], 0, 0)


async def test_question_counts_as_a_delivery_for_each_viewer() -> None:
    motion = await in_thread(make_motion)
    feed, sockets = Feed(await in_thread(take_snapshot, motion)), [RecordingSocket() for _ in "123"]
    for socket, viewer in zip(sockets, ("a browser", "another", None), strict=True):
        socket.viewer = viewer
        feed.add(socket)
    before = REGISTRY.get_sample_value("brownian_deliveries_total") or 0.0

    await in_thread(ask, motion)
    await feed.move_to(await in_thread(take_snapshot, motion))

    assert [len(socket.questions) for socket in sockets] == [1, 1, 0]
    assert REGISTRY.get_sample_value("brownian_deliveries_total") == before + 2


async def test_tally_counts_all_answers_at_once_when_a_question_is_revealed_again(
    unswept: Hub,
) -> None:
    motion = await in_thread(make_motion)
    number = await in_thread(ask, motion, INTERVAL, Mia=(-2.0, 5.0), Tom=(1.0, 3.0))
    await in_thread(questions.reveal_question, motion.pk, number)
    await in_thread(questions.put_away_question, motion.pk, number)
    _, socket = await enter(unswept, motion)

    await in_thread(questions.reveal_question, motion.pk, number)
    await wait_for_question(socket, state="revealed")

    shown = [frame for frame in socket.questions if frame["state"] == "revealed"]
    assert (shown[0]["answered"], shown[0]["of"]) == (2, 2)


async def test_prepared_question_is_sent_to_nobody(unswept: Hub) -> None:
    motion = await in_thread(make_motion)
    feed, socket = await enter(unswept, motion)

    await in_thread(questions.prepare_question, motion.pk, CHOICE)
    await wait_until(lambda: feed.snapshot.question_version == 1, "the preparation")

    assert socket.questions == []


async def test_latecomer_has_the_question_the_tally_and_the_own_answer(unswept: Hub) -> None:
    motion = await in_thread(make_motion)
    mia, jun = [await in_thread(join, motion, name) for name in ("Mia", "Jun")]
    number = await in_thread(ask, motion, WHERE)
    await in_thread(questions.store_answer, motion.pk, number, 3.5, 3.5, by=mia)

    _, first = await enter(unswept, motion, mia)
    _, second = await enter(unswept, motion, jun)
    _, visitor = await enter(unswept, motion)

    for socket in (first, second, visitor):
        question = socket.questions[0]
        assert (question["number"], question["answered"]) == (number, 1)
    await wait_for_answer(first, number, 3.5, 3.5)
    await wait_for_answer(second, number, None, None)
    assert visitor.answers == []


async def test_latecomer_hears_that_there_is_no_question_any_more(unswept: Hub) -> None:
    """A page that comes back may still show the one that was put away meanwhile."""
    motion = await in_thread(make_motion)
    number = await in_thread(ask, motion, WHERE)
    await in_thread(questions.put_away_question, motion.pk, number)

    _, socket = await enter(unswept, motion)

    assert [question["number"] for question in socket.questions] == [0]


async def test_answer_goes_to_all_sockets_of_its_person_and_to_no_other(unswept: Hub) -> None:
    motion = await in_thread(make_motion)
    mia, jun = [await in_thread(join, motion, name) for name in ("Mia", "Jun")]
    number = await in_thread(ask, motion, WHERE)
    (_, phone), (_, laptop), (_, other) = [
        await enter(unswept, motion, user) for user in (mia, mia, jun)
    ]

    for position in (3.5, -7.25):
        await in_thread(questions.store_answer, motion.pk, number, position, position, by=mia)
        await wait_for_answer(phone, number, position, position)
        await wait_for_answer(laptop, number, position, position)
    await wait_for_question(other, answered=1)

    assert {answer["low"] for answer in other.answers} <= {None}
    assert "7.25" not in json.dumps([other.questions, other.answers, other.frames])


@pytest.mark.parametrize("end", [questions.close_question, questions.put_away_question])
async def test_answer_is_on_no_other_socket_before_the_reveal(
    unswept: Hub, end: Callable[[int, int], None]
) -> None:
    ada = await in_thread(make_user, "ada")
    motion = await in_thread(make_own_motion, ada)
    mia, tom = [await in_thread(join, motion, name) for name in ("Mia", "Tom")]
    sockets = [(await enter(unswept, motion, user))[1] for user in (mia, tom, ada, None)]
    own, *others = sockets
    number = await in_thread(ask, motion, INTERVAL, Tom=(-1.0, 1.0))
    await in_thread(questions.show_names, motion.pk, number, True)

    await in_thread(questions.store_answer, motion.pk, number, LOW, HIGH, by=mia)
    await wait_for_answer(own, number, LOW, HIGH)
    for socket in sockets:
        await wait_for_question(socket, answered=2)
    await in_thread(end, motion.pk, number)
    others += [(await enter(unswept, motion, user))[1] for user in (tom, ada, None)]
    for socket in others:
        await wait_until(lambda at=socket: at.questions[-1]["state"] != "open", "the end of it")

    assert find_traces("".join(own.texts))
    assert [text for socket in others for text in socket.texts if find_traces(text)] == []

    await in_thread(questions.reveal_question, motion.pk, number)
    for socket in others:
        assert find_traces(json.dumps(await wait_for_question(socket, state="revealed")))


async def test_tally_counts_watching_people_and_those_who_answered(
    unswept: Hub, rounds: Counter[str]
) -> None:
    ada = await in_thread(make_user, "ada")
    motion = await in_thread(make_own_motion, ada)
    mia, jun = [await in_thread(join, motion, name) for name in ("Mia", "Jun")]
    feed, owner = await enter(unswept, motion, ada)
    _, first = await enter(unswept, motion, mia)
    await enter(unswept, motion)  # a visitor cannot answer
    number = await in_thread(ask, motion, WHERE)
    await wait_for_question(owner, answered=0, of=1)

    await enter(unswept, motion, jun)
    await wait_for_question(owner, answered=0, of=2)
    await in_thread(questions.store_answer, motion.pk, number, 1, 1, by=mia)
    await wait_for_question(owner, answered=1, of=2)
    feed.remove(first)
    await let_rounds_pass(rounds, TALLY)

    assert owner.questions[-1]["of"] == 2
    assert first.questions[-1] == owner.questions[-1]


async def test_tally_comes_at_most_once_a_second(
    unswept: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "TALLY_S", TALLY_S)
    other = Hub()
    try:
        motion = await in_thread(make_motion)
        people = [await in_thread(join, motion, f"Mia {number}") for number in range(8)]
        number = await in_thread(ask, motion, WHERE)
        _, socket = await enter(other, motion)
        began = time.monotonic()
        for user in people:
            await in_thread(questions.store_answer, motion.pk, number, 1, 1, by=user)
        await wait_for_question(socket, answered=8)
        took = time.monotonic() - began
    finally:
        await other.stop()

    assert TALLY_S == 1
    assert len(socket.questions) - 1 <= took / TALLY_S + 1


async def test_preview_gets_no_question(unswept: Hub) -> None:
    motion = await in_thread(make_motion)
    mia = await in_thread(join, motion, "Mia")
    number = await in_thread(ask, motion, WHERE)
    feed, viewer = await enter(unswept, motion)
    preview = RecordingSocket()
    preview.person = Person(user_id=mia.pk, name="Mia", role="viewer")
    feed.add(preview)
    feed.greet(preview, epoch=None, step=None)

    await in_thread(questions.store_answer, motion.pk, number, 1, 1, by=mia)
    await in_thread(questions.close_question, motion.pk, number)
    await wait_for_question(viewer, state="closed")

    assert (preview.questions, preview.answers) == ([], [])


async def test_tally_goes_back_when_an_account_without_membership_is_deleted(unswept: Hub) -> None:
    motion = await in_thread(make_motion)
    ben = await in_thread(make_user, "ben")
    number = await in_thread(ask, motion)
    _, socket = await enter(unswept, motion)
    await in_thread(questions.store_answer, motion.pk, number, 1, 1, by=ben)
    await wait_for_question(socket, answered=1)

    await in_thread(accounts.delete_account, ben, {})

    await wait_for_question(socket, answered=0)


async def test_names_are_in_the_results_only_when_the_owner_shows_them(unswept: Hub) -> None:
    motion = await in_thread(make_motion, ensemble=2)
    number = await in_thread(lambda: ask(motion, WHERE, Mia=(3.5, 3.5)))
    _, socket = await enter(unswept, motion)

    await in_thread(questions.reveal_question, motion.pk, number)
    hidden = await wait_for_question(socket, state="revealed")
    await in_thread(questions.show_names, motion.pk, number, True)
    await wait_until(lambda: socket.questions[-1]["results"]["names"], "the names")
    await in_thread(motions.update_description, motion.pk, names_hidden=True)
    await wait_until(
        lambda: socket.questions[-1]["results"]["names"] == [["Student 1", 3.5, 3.5]], "the seat"
    )

    assert hidden["results"]["names"] is None
    shown = [question["results"]["names"] for question in socket.questions[1:]]
    assert [["Mia", 3.5, 3.5]] in shown


# --- the outcome -----------------------------------------------------------------------------


def move_and_publish(motion: Motion, steps: int) -> None:
    row = reload(motion)
    first, row.step = row.step + 1, row.step + steps
    message = ticks.build_increments(row, motions.read_newest_change(row), first, due=0.0)
    Motion.objects.filter(pk=motion.pk).update(step=row.step)
    publishing.publish_increments([message])


async def test_outcome_is_sent_when_the_motion_reaches_the_step(unswept: Hub) -> None:
    motion = await in_thread(make_motion, step=40)
    number = await in_thread(lambda: ask(motion, INTERVAL, Mia=(-1e6, 1e6), Jun=(1e6, 2e6)))
    await in_thread(questions.reveal_question, motion.pk, number)
    _, socket = await enter(unswept, motion)

    await in_thread(move_and_publish, motion, 99)
    await wait_until(lambda: socket.steps()[-1:] == [139], "step 139")
    before = len(socket.questions)
    await in_thread(move_and_publish, motion, 1)
    await wait_until(lambda: socket.questions[-1]["results"]["outcome"] is not None, "the outcome")
    await in_thread(move_and_publish, motion, 1)
    await wait_until(lambda: socket.steps()[-1:] == [141], "step 141")

    results = socket.questions[-1]["results"]
    snapshot = await in_thread(take_snapshot, motion)
    assert (before, len(socket.questions)) == (1, 2)
    assert results["outcome"] == snapshot.timeline.position(140)
    assert (results["contained"], results["ended"]) == (1, False)
    assert results["mean_score"] > 0


async def test_sweep_brings_the_outcome_when_no_message_does(hub: Hub) -> None:
    motion = await in_thread(make_motion, step=40)
    number = await in_thread(ask, motion, WHERE)
    await in_thread(questions.reveal_question, motion.pk, number)
    _, socket = await enter(hub, motion)

    await in_thread(Motion.objects.filter(pk=motion.pk).update, step=200)

    await wait_until(lambda: socket.questions[-1]["results"]["outcome"] is not None, "the outcome")


async def test_restart_ends_a_revealed_question_without_an_outcome(unswept: Hub) -> None:
    motion = await in_thread(make_motion, step=40)
    number = await in_thread(ask, motion, WHERE)
    await in_thread(questions.reveal_question, motion.pk, number)
    _, socket = await enter(unswept, motion)

    await in_thread(motions.restart_motion, motion.pk)

    await wait_until(lambda: socket.questions[-1]["results"]["ended"], "the end")
    assert socket.questions[-1]["results"]["outcome"] is None


async def test_closed_question_shows_no_outcome(unswept: Hub) -> None:
    motion = await in_thread(make_motion, step=40)
    number = await in_thread(ask, motion, WHERE)
    await in_thread(questions.close_question, motion.pk, number)
    _, socket = await enter(unswept, motion)

    await in_thread(move_and_publish, motion, 101)
    await wait_until(lambda: socket.steps()[-1:] == [141], "step 141")

    assert [question["results"] for question in socket.questions] == [None]


# --- what no message brings ------------------------------------------------------------------


async def test_sweep_repairs_question_tally_and_results(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = await in_thread(make_motion)
    mia = await in_thread(join, motion, "Mia")
    _, socket = await enter(hub, motion, mia)
    monkeypatch.setattr(publishing, "_publish", lambda messages: None)

    number = await in_thread(questions.ask_question, motion.pk, WHERE)
    await wait_for_question(socket, number=number, state="open")
    for position in (-1.0, 3.5):
        await in_thread(questions.store_answer, motion.pk, number, position, position, by=mia)
        await wait_for_answer(socket, number, position, position)
    await wait_for_question(socket, answered=1)
    await in_thread(questions.reveal_question, motion.pk, number)

    assert (await wait_for_question(socket, state="revealed"))["results"]["median"] == 3.5


async def test_sweep_counts_the_answers_of_all_motions_in_one_query(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    read = reads.read_answerers

    def note(question_ids: list[int]) -> Any:
        calls.append(len(question_ids))
        return read(question_ids)

    monkeypatch.setattr(reads, "read_answerers", note)
    monkeypatch.setattr(publishing, "_publish", lambda messages: None)
    made = [await in_thread(make_motion, slug=f"motion-{number}") for number in range(3)]
    for motion in made[:2]:
        await in_thread(ask, motion, WHERE)
    for motion in made:
        await enter(hub, motion)
    await wait_until(lambda: 2 in calls, "a tally of both")
    del calls[:]

    await wait_until(lambda: len(calls) >= 3, "three tallies")

    assert set(calls) == {2}


async def test_other_processes_send_the_question_and_the_answer(unswept: Hub) -> None:
    other = Hub()
    try:
        motion = await in_thread(make_motion)
        mia = await in_thread(join, motion, "Mia")
        (_, here), (_, there) = [await enter(each, motion, mia) for each in (unswept, other)]

        number = await in_thread(questions.ask_question, motion.pk, WHERE)
        await in_thread(questions.store_answer, motion.pk, number, 3.5, 3.5, by=mia)

        for socket in (here, there):
            await wait_for_question(socket, number=number, answered=1, of=1)
            await wait_for_answer(socket, number, 3.5, 3.5)
    finally:
        await other.stop()


async def test_answers_are_read_again_after_the_database_failed(
    unswept: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = await in_thread(make_motion)
    mia = await in_thread(join, motion, "Mia")
    number = await in_thread(ask, motion, WHERE)
    _, socket = await enter(unswept, motion, mia)
    await wait_for_answer(socket, number, None, None)
    failed: list[str] = []

    def fail_once(name: str) -> None:
        read = getattr(reads, name)

        def fail(*args: Any) -> Any:
            if name not in failed:
                failed.append(name)
                raise DatabaseError
            return read(*args)

        monkeypatch.setattr(reads, name, fail)

    fail_once("read_answers_of")
    fail_once("read_answerers")
    await in_thread(questions.store_answer, motion.pk, number, 3.5, 3.5, by=mia)

    await wait_for_answer(socket, number, 3.5, 3.5)
    await wait_for_question(socket, answered=1)
    assert sorted(failed) == ["read_answerers", "read_answers_of"]


# --- snapshots -------------------------------------------------------------------------------


def test_snapshot_reads_the_question_only_when_its_version_is_new(
    motion: Motion, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    known = take_snapshot(motion)
    with CaptureQueriesContext(connection) as without:
        take_snapshot(motion, known)
    ask(motion, WHERE)
    asked = take_snapshot(motion, known)

    with django_assert_num_queries(len(without)):
        assert take_snapshot(motion, asked).shown is asked.shown

    assert (known.shown, known.version[-1]) == (None, 0)
    assert asked.shown is not None
    assert asked.version > known.version


@pytest.fixture
def motion() -> Motion:
    return make_motion()
