"""The frames of a socket over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from motion.live import presence, recovery
from motion.live.presence import Viewers
from motion.models import Membership, Motion
from motion.queries import snapshots
from motion.services import members, questions
from motion.services.motions import change_motion, restart_motion, update_description
from motion.views import frames
from tests.support.asking import WHERE, ask, join
from tests.support.factories import make_motion, make_own_motion, make_user, take_snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_known() -> None:
    frames._cached.clear()


@pytest.fixture
def motion() -> Motion:
    return make_motion(slug="polled", step=40)


def poll(client: Client | None = None, **standing: Any) -> list[dict[str, Any]]:
    response = (client or Client()).get("/motions/polled/frames.json", standing)
    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-store"
    answer = response.json()
    assert answer["signed_in"] is (client is not None)
    found: list[dict[str, Any]] = answer["frames"]
    return found


def list_types(answer: list[dict[str, Any]]) -> list[str]:
    return [frame["type"] for frame in answer]


def test_frames_greet_a_latecomer(motion: Motion) -> None:
    state, whole, tail, viewers = poll()

    snapshot = snapshots.read_snapshot(motion.pk)
    assert snapshot
    assert (state["type"], state["step"]) == ("state", 40)
    assert whole["positions"] == snapshot.timeline.positions(0, 40).tolist()
    assert (tail["type"], tail["increments"]) == ("increments", [])
    assert (viewers["type"], viewers["count"], viewers["names"]) == ("viewers", 1, [])


def test_frames_replay_the_missing_steps(motion: Motion) -> None:
    state, steps, _ = poll(epoch=motion.epoch, step=30)

    assert state["step"] == 40
    assert (steps["first_step"], len(steps["increments"])) == (31, 10)


def test_frames_follow_a_change_and_a_restart(motion: Motion) -> None:
    assert poll()[0]["variance"] == 1.0

    change_motion(motion.pk, by=None, values={"variance": 4.0})
    assert poll(epoch=motion.epoch, step=40)[0]["variance"] == 4.0
    restart_motion(motion.pk, by=None)

    answer = poll(epoch=motion.epoch, step=40)
    assert list_types(answer) == ["state", "history", "increments", "viewers"]
    assert (answer[0]["epoch"], answer[0]["step"]) == (motion.epoch + 1, 0)


def test_frames_of_a_class_are_beside_those_that_earlier_pages_know() -> None:
    motion = make_motion(slug="polled", step=40, ensemble=3)
    mia = make_user("mia")
    Membership.objects.create(motion=motion, user=mia, seat=1)
    client = Client()
    client.force_login(mia)

    mine, theirs = (one.get("/motions/polled/frames.json").json() for one in (client, Client()))

    snapshot = snapshots.read_snapshot(motion.pk)
    assert snapshot
    ensemble = recovery.make_ensemble_frame(snapshot)
    assert ensemble
    assert list_types(mine["frames"]) == ["state", "history", "increments", "viewers"]
    assert mine["frames"][-1]["seats"] == [[1, "mia"]]
    assert theirs["added"] == [json.loads(ensemble.text)]
    assert mine["added"] == [*theirs["added"], {"type": "seat", "number": 1, "name": "mia"}]


def test_frames_have_the_question_and_the_own_answer_beside_them(motion: Motion) -> None:
    mia, jun = [join(motion, name) for name in ("Mia", "Jun")]
    number = ask(motion, WHERE)
    questions.store_answer(motion.pk, number, 3.5, 3.5, by=mia)

    def read(user: Any) -> list[dict[str, Any]]:
        client = Client()
        if user is not None:
            client.force_login(user)
        added: list[dict[str, Any]] = client.get("/motions/polled/frames.json").json()["added"]
        return added

    mine, theirs, visitors = [read(user) for user in (mia, jun, None)]
    questions.put_away_question(motion.pk, number)

    for (question, *_), of in ((mine, 1), (theirs, 2), (visitors, 1)):
        assert (question["type"], question["number"], question["results"]) == ("question", 1, None)
        assert (question["answered"], question["of"]) == (1, of)
    assert mine[1:] == [{"type": "answer", "question": number, "low": 3.5, "high": 3.5}]
    assert theirs[1:] == [{"type": "answer", "question": number, "low": None, "high": None}]
    assert visitors[1:] == []
    assert [frame["number"] for frame in read(mia)] == [0]


def test_frames_have_results_and_an_outcome_once_they_are_there(motion: Motion) -> None:
    number = ask(motion, WHERE, Mia=(3.5, 3.5))
    questions.reveal_question(motion.pk, number)

    before, during = [
        Client().get("/motions/polled/frames.json").json()["added"][0]["results"] for _ in range(2)
    ]
    Motion.objects.filter(pk=motion.pk).update(step=140)
    after = Client().get("/motions/polled/frames.json").json()["added"][0]["results"]

    assert before == during
    assert (before["median"], before["outcome"]) == (3.5, None)
    assert after["outcome"] == take_snapshot(motion).timeline.position(140)


def test_frames_without_an_ensemble_have_nothing_beside_them(motion: Motion) -> None:
    assert Client().get("/motions/polled/frames.json").json().keys() == {"signed_in", "frames"}


@pytest.mark.parametrize(
    "standing",
    [{"epoch": 10**30, "step": 1}, {"epoch": "x", "step": ""}, {"epoch": 1, "step": -1}, {"a": 1}],
)
def test_frames_are_the_whole_path_from_an_impossible_place(
    motion: Motion, standing: dict[str, Any]
) -> None:
    assert list_types(poll(**standing)) == ["state", "history", "increments", "viewers"]


def test_frames_have_control_and_viewers() -> None:
    ann, ben = make_user("ann"), make_user("ben")
    motion = make_own_motion(ann, slug="polled", control="controllers", visibility="public")
    presence.write_rows("server", {motion.pk: Viewers({ben.pk: "ben"})})
    owner = Client()
    owner.force_login(ann)

    mine, theirs = poll(owner), poll()

    assert (mine[0]["can_control"], theirs[0]["can_control"]) == (True, False)
    assert (mine[-1]["count"], mine[-1]["names"]) == (2, ["ann", "ben"])
    assert (theirs[-1]["count"], theirs[-1]["names"]) == (2, ["ben"])


def test_frames_are_404_when_the_motion_became_private(motion: Motion) -> None:
    members.transfer_ownership(motion.pk, make_user("ann"))
    poll()
    update_description(motion.pk, visibility="private")

    response = Client().get("/motions/polled/frames.json")

    assert response.status_code == 404
    assert response.json() == {"message": "There is no such motion."}


def test_frames_cost_no_more_after_many_changes(
    motion: Motion, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for variance in range(2, 30):
        change_motion(motion.pk, by=None, values={"variance": float(variance)})
    poll()
    known = frames._cached[motion.pk].changes

    with django_assert_max_num_queries(6):
        poll(epoch=motion.epoch, step=40)

    newest = frames._cached[motion.pk].changes
    assert all(one is other for one, other in zip(known, newest, strict=True))


def test_cached_snapshots_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MAX_CACHED", 2)

    for motion in [make_motion() for _ in range(5)]:
        assert frames.load_snapshot(motion.pk)

    assert len(frames._cached) <= 2


def test_cached_snapshots_stay_below_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(frames, "MAX_CACHED", 2)
    frames._cached.clear()
    motions = [make_motion(), make_motion()]

    for motion in [*motions, motions[0]]:
        frames.load_snapshot(motion.pk)

    assert frames._cached.keys() == {motion.pk for motion in motions}
