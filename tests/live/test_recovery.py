"""The frames that a client gets: its greeting, a replay or a history, and updates."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motion.core.timeline import AGREEMENT, Regime, Timeline
from motion.live import recovery
from motion.live.feed import Feed
from motion.live.recovery import Frame, StateFrame
from motion.models import Change, Epoch, Motion
from motion.queries import snapshots
from motion.queries.snapshots import Snapshot
from motion.services import guests, members, motions
from motion.services.guests import join_as_guest
from motion.services.invitations import create_invitation
from tests.live.recording import RecordingSocket
from tests.support.factories import (
    change_often,
    change_very_often,
    make_motion,
    make_own_motion,
    make_user,
    rows_made,
    take_snapshot,
)

pytestmark = pytest.mark.django_db

# No form lets the others through, and PostgreSQL has no place for them.
TITLE_LETTERS = st.characters(categories=["Lu", "Ll", "Nd", "P", "Sm"])


def decode_frames(frames: Any) -> list[dict[str, Any]]:
    """The frames, without the time in each `state`."""
    texts = [f if isinstance(f, str) else f.encode(True) for f in frames]
    return [{k: v for k, v in json.loads(text).items() if k != "now"} for text in texts]


def move_frontier(motion: Motion, step: int) -> None:
    Motion.objects.filter(pk=motion.pk).update(step=step)


def read_points(frames: list[dict[str, Any]], start: float = 0.0) -> dict[int, float]:
    """The points that a client draws from the frames."""
    found: dict[int, float] = {}
    for frame in frames:
        if frame["type"] == "history":
            steps = range(0, len(frame["positions"]) * frame["stride"], frame["stride"])
            found = dict(zip(steps, frame["positions"], strict=True))
        if frame["type"] == "increments":
            step, position = frame["first_step"] + len(frame["increments"]) - 1, frame["position"]
            found[step] = position
            for increment in reversed(frame["increments"]):
                step, position = step - 1, position - increment
                found.setdefault(step, position)
    return found


def test_recovery_is_one_empty_frame_when_nothing_is_missing() -> None:
    snapshot = take_snapshot(make_motion(step=70))

    (frame,) = decode_frames(recovery.make_recovery(snapshot, epoch=snapshot.epoch, step=70))

    assert frame == {
        "type": "increments",
        "epoch": snapshot.epoch,
        "revision": 1,
        "first_step": 71,
        "increments": [],
        "position": snapshot.timeline.position(70),
    }


def test_replay_has_one_frame_for_each_regime() -> None:
    motion = make_motion(step=10)
    motions.change_motion(motion.pk, values={"variance": 4})
    move_frontier(motion, 25)
    motions.change_motion(motion.pk, values={"drift": 1})
    move_frontier(motion, 30)
    snapshot = take_snapshot(motion)

    frames = decode_frames(recovery.make_recovery(snapshot, epoch=snapshot.epoch, step=4))

    spans = [(frame["first_step"], len(frame["increments"])) for frame in frames]
    assert spans == [(5, 6), (11, 15), (26, 5)]
    assert {frame["revision"] for frame in frames} == {3}
    assert read_points(frames)[20] == pytest.approx(snapshot.timeline.position(20), abs=1e-9)


@pytest.mark.parametrize("behind", [2_001, 9_999])
def test_recovery_is_a_history_when_over_2000_steps_are_missing(behind: int) -> None:
    snapshot = take_snapshot(make_motion(step=10_000))

    frames = decode_frames(
        recovery.make_recovery(snapshot, epoch=snapshot.epoch, step=10_000 - behind)
    )

    assert [frame["type"] for frame in frames] == ["history", "increments"]


def test_latecomer_of_a_paused_motion_gets_the_present_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    feed, socket = Feed(take_snapshot(make_motion(step=10_000, paused=True))), RecordingSocket()
    first = feed.greet(socket, epoch=None, step=None)

    moment = time.monotonic() + 2.0
    monkeypatch.setattr(time, "monotonic", lambda: moment)
    later = feed.greet(socket, epoch=None, step=None)

    assert isinstance(first[0], StateFrame)
    assert isinstance(later[0], StateFrame)
    assert first[0] == later[0]
    assert first[0] is not later[0], "it has the time at which it was made"
    assert all(one is other for one, other in zip(first[1:], later[1:], strict=True))
    assert feed.greet(socket, epoch=None, step=None)[0] is later[0]


def test_feed_encodes_a_history_once_for_each_step() -> None:
    feed = Feed(take_snapshot(make_motion(step=10_000)))

    socket = RecordingSocket()

    first, again = (feed.recover(socket, epoch=0, step=step) for step in (0, 5_000))
    assert all(one is other for one, other in zip(first, again, strict=True))
    assert feed.greet(socket, epoch=None, step=None)[1:] == first
    assert decode_frames(first) == decode_frames(
        recovery.make_recovery(feed.snapshot, epoch=None, step=None)
    )

    feed.snapshot = replace(feed.snapshot, step=10_001)
    assert decode_frames(feed.recover(socket, epoch=0, step=0))[-1]["first_step"] > 9_000
    assert feed.recover(socket, epoch=0, step=0) != first


def test_recovery_is_a_replay_when_2000_steps_are_missing() -> None:
    snapshot = take_snapshot(make_motion(step=10_000))

    frames = decode_frames(recovery.make_recovery(snapshot, epoch=snapshot.epoch, step=8_000))

    assert [(f["first_step"], len(f["increments"])) for f in frames] == [(8_001, 2_000)]


@pytest.mark.parametrize(
    "cursor", [(None, None), (1, 5), ("here", -1), ("here", 101), ("here", None)]
)
def test_recovery_is_the_whole_epoch_when_the_cursor_is_impossible(cursor: tuple[Any, Any]) -> None:
    snapshot = take_snapshot(make_motion(step=100))
    epoch = snapshot.epoch if cursor[0] == "here" else cursor[0]

    whole, end = decode_frames(recovery.make_recovery(snapshot, epoch=epoch, step=cursor[1]))

    assert (whole["first_step"], whole["stride"], len(whole["positions"])) == (0, 1, 101)
    assert (end["first_step"], end["increments"]) == (101, [])


@pytest.mark.parametrize(
    ("step", "stride"), [(0, 1), (999, 1), (1_000, 2), (1_999, 2), (2_000, 4), (10**9, 2**20)]
)
def test_history_has_the_shortest_stride_up_to_the_frontier(step: int, stride: int) -> None:
    snapshot = take_snapshot(make_motion(step=step))

    whole, end = decode_frames(recovery.make_recovery(snapshot, epoch=None, step=None))

    assert whole["stride"] == stride
    assert len(whole["positions"]) == step // stride + 1 <= 1_000
    assert end["first_step"] + len(end["increments"]) - 1 == step
    assert len(end["increments"]) == (min(step, 1_000) if stride > 1 else 0)
    assert end["position"] == snapshot.timeline.position(step)


def test_history_has_the_newest_thousand_changes() -> None:
    motion = make_motion()
    change_often(motion, [0] * 1_005)

    whole, _ = decode_frames(recovery.make_recovery(take_snapshot(motion), epoch=None, step=None))

    revisions = [change["revision"] for change in whole["changes"]]
    assert revisions == list(range(7, 1_007))
    assert whole["changes"][0].keys() == {
        *("revision", "step", "position", "variance", "drift", "interval", "paused", "at", "by"),
        *("event", "kind", "text"),
    }


def test_state_frame_is_encoded_once_with_and_once_without_control() -> None:
    frame = recovery.make_greeting(take_snapshot(make_motion()), epoch=None, step=None)[0]
    assert not isinstance(frame, str)

    assert frame.encode(True) is frame.encode(True)
    assert json.loads(frame.encode(False)) == json.loads(frame.encode(True)) | {
        "can_control": False
    }


def test_update_has_each_state_between_its_steps() -> None:
    motion = make_motion(step=10)
    known = take_snapshot(motion)
    move_frontier(motion, 15)
    motions.change_motion(motion.pk, values={"variance": 4})
    motions.change_motion(motion.pk, values={"variance": 9})
    move_frontier(motion, 18)

    frames = decode_frames(recovery.make_update(known, take_snapshot(motion)))

    kinds = [(f["type"], f["revision"], f.get("first_step", f.get("step"))) for f in frames]
    assert kinds == [
        ("increments", 1, 11),
        ("state", 2, 15),
        ("state", 3, 15),
        ("increments", 3, 16),
    ]


def test_update_begins_a_new_epoch_at_its_start() -> None:
    motion = make_motion(step=10)
    known = take_snapshot(motion)
    motions.restart_motion(motion.pk)
    move_frontier(motion, 4)
    motions.change_motion(motion.pk, values={"drift": 1})
    move_frontier(motion, 6)
    new = take_snapshot(motion)

    frames = decode_frames(recovery.make_update(known, new))

    kinds = [(f["type"], f["revision"], f.get("first_step", f.get("step"))) for f in frames]
    assert kinds == [("state", 2, 0), ("increments", 2, 1), ("state", 3, 4), ("increments", 3, 5)]
    assert {frame["epoch"] for frame in frames} == {new.epoch}


def test_update_is_a_history_when_over_2000_steps_are_missing() -> None:
    motion = make_motion(step=10)
    known = take_snapshot(motion)
    move_frontier(motion, 50_000)

    frames = decode_frames(recovery.make_update(known, take_snapshot(motion)))

    assert [frame["type"] for frame in frames] == ["state", "history", "increments"]


def test_update_has_one_state_after_a_rename() -> None:
    motion = make_motion(step=10)
    known = take_snapshot(motion)
    motions.update_description(motion.pk, title="Pollen")

    (frame,) = decode_frames(recovery.make_update(known, take_snapshot(motion)))

    assert (frame["type"], frame["title"], frame["step"]) == ("state", "Pollen", 10)


@pytest.mark.parametrize("act", ["hide", "only-me", "everyone", "join", "hand over"])
def test_update_has_a_state_after_every_change_of_access(act: str) -> None:
    ada, ben = make_user("ada"), make_user("ben")
    motion = make_own_motion(
        ada, control="controllers", owner_only=act in ("everyone", "hand over")
    )
    acts = {
        "hide": lambda: motions.update_description(motion.pk, by=ada, visibility="private"),
        "only-me": lambda: motions.update_description(motion.pk, by=ada, owner_only=True),
        "everyone": lambda: motions.update_description(motion.pk, by=ada, owner_only=False),
        "join": lambda: members.set_role(motion.pk, ben, "controller", by=ada),
        "hand over": lambda: members.hand_over_control(motion.pk, ben, by=ada),
    }
    known = take_snapshot(motion)

    acts[act]()

    frames = decode_frames(recovery.make_update(known, take_snapshot(motion, known)))
    assert [frame["type"] for frame in frames] == ["state"]
    assert frames[0]["control"] == ("owner" if act == "only-me" else "controllers")


def test_update_is_a_history_when_the_names_of_guests_are_hidden() -> None:
    ada = make_user("ada")
    motion = make_own_motion(ada, control="controllers")
    mia = join_as_guest(create_invitation(motion.pk, by=ada).token, "Mia", key="mia")
    members.hand_over_control(motion.pk, mia, by=ada)
    motions.change_motion(motion.pk, by=mia, values={"variance": 2.0})
    known = take_snapshot(motion)
    assert [known.changes[at].text for at in (-2, -1)] == [
        "ada handed the controls to Mia at step 0",
        "Mia changed the variance 1 → 2 at step 0",
    ]

    motions.update_description(motion.pk, names_hidden=True)
    new = take_snapshot(motion, known)

    state, history, _ = decode_frames(recovery.make_update(known, new))
    assert (state["by"], state["controllers"]) == ("Student 1", ["Student 1"])
    assert [change["text"] for change in history["changes"][-2:]] == [
        "ada handed the controls to Student 1 at step 0",
        "Student 1 changed the variance 1 → 2 at step 0",
    ]
    assert new == take_snapshot(motion)
    assert "Mia" not in json.dumps(
        decode_frames(recovery.make_greeting(new, epoch=None, step=None))
    )


def test_update_is_a_history_when_a_guest_that_made_changes_is_renamed() -> None:
    ada = make_user("ada")
    motion = make_own_motion(ada, control="everyone")
    token = create_invitation(motion.pk, by=ada).token
    mia, jun = (join_as_guest(token, name, key=name) for name in ("Mia", "Jun"))
    motions.change_motion(motion.pk, by=mia, values={"variance": 2.0})
    known = take_snapshot(motion)

    guests.rename_guest(motion.pk, jun, "Zoe")
    same = take_snapshot(motion, known)
    guests.rename_guest(motion.pk, mia, "Mina")
    new = take_snapshot(motion, same)

    assert [frame["type"] for frame in decode_frames(recovery.make_update(known, same))] == [
        "state"
    ]
    assert same.changes is not new.changes
    assert new.changes[-1].text == "Mina changed the variance 1 → 2 at step 0"
    types = [frame["type"] for frame in decode_frames(recovery.make_update(same, new))]
    assert types == ["state", "history", "increments"]


def test_update_is_empty_when_nothing_changed() -> None:
    snapshot = take_snapshot(make_motion(step=10))

    assert list(recovery.make_update(snapshot, snapshot)) == []


events = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.integers(1, 700)),
        st.tuples(st.just("change"), st.floats(0, 10_000)),
        st.tuples(st.just("restart"), st.none()),
        st.tuples(st.just("rename"), st.text(TITLE_LETTERS, min_size=1, max_size=5)),
    ),
    max_size=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=events, after=events)
def test_greeting_and_update_give_the_whole_path_in_order(
    before: list[tuple[str, Any]], after: list[tuple[str, Any]]
) -> None:
    motion = make_motion()
    for event in before:
        _perform(motion.pk, event)
    known = take_snapshot(motion)
    frames: list[Frame] = recovery.make_greeting(known, epoch=None, step=None)
    for event in after:
        _perform(motion.pk, event)
    new = take_snapshot(motion)

    frames += recovery.make_update(known, new)

    _assert_complete_and_in_order(decode_frames(frames), new)


def _perform(motion_id: int, event: tuple[str, Any]) -> None:
    match event:
        case "move", steps:
            motion = Motion.objects.get(pk=motion_id)
            Motion.objects.filter(pk=motion_id).update(step=motion.step + steps)
        case "change", variance:
            motions.change_motion(motion_id, values={"variance": variance})
        case "restart", _:
            motions.restart_motion(motion_id)
        case "rename", title:
            motions.update_description(motion_id, title=title)


def _assert_complete_and_in_order(frames: list[dict[str, Any]], new: Snapshot) -> None:
    """Each increment follows the step before it, and each state is between its steps."""
    epoch, revision, step, position = -1, -1, 0, 0.0
    for frame in frames:
        if frame["type"] == "state":
            assert (frame["epoch"], frame["revision"]) >= (epoch, revision)
            step, position = (0, 0.0) if frame["epoch"] != epoch else (step, position)
            epoch, revision = frame["epoch"], frame["revision"]
        elif frame["type"] == "history":
            step = (len(frame["positions"]) - 1) * frame["stride"]
        else:
            assert (frame["epoch"], frame["revision"]) == (epoch, revision)
            assert frame["first_step"] <= step + 1
            step, position = frame["first_step"] + len(frame["increments"]) - 1, frame["position"]
    assert (epoch, revision, step) == (new.epoch, new.revision, new.step)
    if new.step:
        gap = abs(position - new.timeline.position(new.step))
        assert gap <= AGREEMENT * new.timeline.scale(new.step)


# --- a motion that was changed fifty thousand times -------------------------------------------

MANY = 50_000
REGIMES = snapshots.REPLAY_LIMIT + 1 + snapshots.HISTORY_POINTS + 1
"""One for each step of a replay, one for each point of a history, and the newest."""


@pytest.fixture(params=[MANY, 20, 1], ids=["paused", "twenty a step", "one a step"])
def often_changed(request: pytest.FixtureRequest) -> Motion:
    motion = make_motion()
    change_very_often(motion, MANY, a_step=request.param)
    return motion


def load_all_regimes(snapshot: Snapshot) -> Snapshot:
    """The snapshot, with every regime of its epoch."""
    epoch = Epoch.objects.get(number=snapshot.epoch, motion=snapshot.motion_id)
    columns = ("step", "position", "standard", "variance", "drift")
    rows = Change.objects.filter(epoch=epoch).order_by("revision").values(*columns)
    return replace(snapshot, timeline=Timeline(epoch.seed, tuple(Regime(**row) for row in rows)))


def test_snapshot_stays_small_and_complete_after_fifty_thousand_changes(
    often_changed: Motion,
) -> None:
    snapshot = take_snapshot(often_changed)

    assert len(snapshot.changes) == snapshots.MAX_SENT_CHANGES
    assert len(snapshot.timeline.regimes) <= REGIMES
    everything = load_all_regimes(snapshot)
    for step in (None, max(snapshot.step - snapshots.REPLAY_LIMIT, 0), max(snapshot.step - 70, 0)):
        cursor = {"epoch": snapshot.epoch, "step": step}
        assert decode_frames(recovery.make_greeting(snapshot, **cursor)) == decode_frames(
            recovery.make_greeting(everything, **cursor)
        )


def test_snapshot_reads_two_rows_when_two_changes_follow_fifty_thousand(
    often_changed: Motion,
) -> None:
    snapshot = take_snapshot(often_changed)
    move_frontier(often_changed, snapshot.step + 3)
    motions.change_motion(often_changed.pk, values={"variance": 9})
    motions.change_motion(often_changed.pk, values={"drift": 1})

    with rows_made(Change) as rows:
        later = take_snapshot(often_changed, snapshot)

    assert len(rows) == 2
    assert len(later.changes) == snapshots.MAX_SENT_CHANGES
    assert len(later.timeline.regimes) <= REGIMES
    assert later == take_snapshot(often_changed)
    frames = decode_frames(recovery.make_update(snapshot, later))
    assert frames == decode_frames(recovery.make_update(snapshot, load_all_regimes(later)))
    assert [frame["type"] for frame in frames] == ["increments", "state", "state"]


def test_update_is_a_history_when_thousands_of_changes_were_missed() -> None:
    motion = make_motion()
    known = take_snapshot(motion)
    change_very_often(motion, 3_000, a_step=30)

    with rows_made(Change) as rows:
        later = take_snapshot(motion, known)

    assert len(rows) <= snapshots.MAX_SENT_CHANGES + REGIMES
    assert later == take_snapshot(motion)
    frames = decode_frames(recovery.make_update(known, later))
    assert [frame["type"] for frame in frames] == ["state", "history", "increments"]
    assert frames == decode_frames(
        recovery.make_greeting(load_all_regimes(later), epoch=None, step=None)
    )
