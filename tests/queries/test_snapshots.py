"""What a client, or a process, lacks: snapshots and the frames between them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from motion.core.timeline import AGREEMENT, Regime, Timeline
from motion.live.feed import Feed
from motion.models import Change, Epoch, Motion
from motion.queries import snapshots
from motion.queries.snapshots import Frame, Snapshot, read_snapshot, read_state
from motion.services import motions
from tests.support.factories import change_often, change_very_often, make_motion, rows_made

pytestmark = pytest.mark.django_db

# No form lets the others through, and PostgreSQL has no place for them.
TITLE_LETTERS = st.characters(categories=["Lu", "Ll", "Nd", "P", "Sm"])


def told(frames: Any) -> list[dict[str, Any]]:
    """The frames without the time at which each `state` was made."""
    texts = [f if isinstance(f, str) else f.text(True) for f in frames]
    return [{k: v for k, v in json.loads(text).items() if k != "now"} for text in texts]


def move(motion: Motion, step: int) -> None:
    Motion.objects.filter(pk=motion.pk).update(step=step)


def snapshot_of(motion: Motion, known: Snapshot | None = None) -> Snapshot:
    snapshot = read_snapshot(motion.pk, known)
    assert snapshot is not None
    return snapshot


def points(frames: list[dict[str, Any]], start: float = 0.0) -> dict[int, float]:
    """The path that frames draw: a frame's position is the truth, increments lead up to it."""
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


def test_snapshot_of_a_missing_motion_is_none() -> None:
    assert read_snapshot(0) is None


def test_later_snapshot_reads_only_what_came_since(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    motion = make_motion()
    known = snapshot_of(motion)
    for variance in (2, 3, 4):
        motions.change_motion(motion.pk, values={"variance": variance})

    with django_assert_num_queries(3):
        later = snapshot_of(motion, known)

    assert later == snapshot_of(motion)
    assert [change.revision for change in later.changes] == [1, 2, 3, 4]


def test_client_up_to_date_gets_one_empty_frame() -> None:
    snapshot = snapshot_of(make_motion(step=70))

    (frame,) = told(snapshots.missing(snapshot, epoch=snapshot.epoch, step=70))

    assert frame == {
        "type": "increments",
        "epoch": snapshot.epoch,
        "revision": 1,
        "first_step": 71,
        "increments": [],
        "position": snapshot.timeline.position(70),
    }


def test_missing_increments_come_one_frame_a_regime() -> None:
    motion = make_motion(step=10)
    motions.change_motion(motion.pk, values={"variance": 4})
    move(motion, 25)
    motions.change_motion(motion.pk, values={"drift": 1})
    move(motion, 30)
    snapshot = snapshot_of(motion)

    frames = told(snapshots.missing(snapshot, epoch=snapshot.epoch, step=4))

    spans = [(frame["first_step"], len(frame["increments"])) for frame in frames]
    assert spans == [(5, 6), (11, 15), (26, 5)]
    assert {frame["revision"] for frame in frames} == {3}
    assert points(frames)[20] == pytest.approx(snapshot.timeline.position(20), abs=1e-9)


@pytest.mark.parametrize("behind", [2_001, 9_999])
def test_client_far_behind_gets_a_history(behind: int) -> None:
    snapshot = snapshot_of(make_motion(step=10_000))

    frames = told(snapshots.missing(snapshot, epoch=snapshot.epoch, step=10_000 - behind))

    assert [frame["type"] for frame in frames] == ["history", "increments"]


def test_clients_that_lack_everything_share_one_encoding_until_the_next_step() -> None:
    feed = Feed(1)
    feed.open_at(snapshot_of(make_motion(step=10_000)))

    first, again = (feed.missing(epoch=0, step=step) for step in (0, 5_000))
    assert all(one is other for one, other in zip(first, again, strict=True))
    assert feed.greeting(epoch=None, step=None)[1:] == first
    assert told(first) == told(snapshots.missing(feed.snapshot, epoch=None, step=None))

    feed.open_at(replace(feed.snapshot, step=10_001))
    assert told(feed.missing(epoch=0, step=0))[-1]["first_step"] > 9_000
    assert feed.missing(epoch=0, step=0) != first


def test_client_2000_steps_behind_gets_no_history() -> None:
    snapshot = snapshot_of(make_motion(step=10_000))

    frames = told(snapshots.missing(snapshot, epoch=snapshot.epoch, step=8_000))

    assert [(f["first_step"], len(f["increments"])) for f in frames] == [(8_001, 2_000)]


@pytest.mark.parametrize(
    "place", [(None, None), (1, 5), ("here", -1), ("here", 101), ("here", None)]
)
def test_client_that_stands_nowhere_gets_the_whole_epoch(place: tuple[Any, Any]) -> None:
    snapshot = snapshot_of(make_motion(step=100))
    epoch = snapshot.epoch if place[0] == "here" else place[0]

    whole, end = told(snapshots.missing(snapshot, epoch=epoch, step=place[1]))

    assert (whole["first_step"], whole["stride"], len(whole["positions"])) == (0, 1, 101)
    assert (end["first_step"], end["increments"]) == (101, [])


@pytest.mark.parametrize(
    ("step", "stride"), [(0, 1), (999, 1), (1_000, 2), (1_999, 2), (2_000, 4), (10**9, 2**20)]
)
def test_history_has_the_finest_stride_that_fits_and_ends_at_the_frontier(
    step: int, stride: int
) -> None:
    snapshot = snapshot_of(make_motion(step=step))

    whole, end = told(snapshots.missing(snapshot, epoch=None, step=None))

    assert whole["stride"] == stride
    assert len(whole["positions"]) == step // stride + 1 <= 1_000
    assert end["first_step"] + len(end["increments"]) - 1 == step
    assert len(end["increments"]) == (min(step, 1_000) if stride > 1 else 0)
    assert end["position"] == snapshot.timeline.position(step)


def test_history_tells_at_most_the_newest_thousand_changes() -> None:
    motion = make_motion()
    change_often(motion, [0] * 1_005)

    whole, _ = told(snapshots.missing(snapshot_of(motion), epoch=None, step=None))

    revisions = [change["revision"] for change in whole["changes"]]
    assert revisions == list(range(7, 1_007))
    assert whole["changes"][0].keys() == {
        *("revision", "step", "position", "variance", "drift", "interval", "paused", "at", "by"),
        *("event", "kind", "text"),
    }


def test_state_is_encoded_once_for_each_kind_of_person() -> None:
    frame = snapshots.greeting(snapshot_of(make_motion()), epoch=None, step=None)[0]
    assert not isinstance(frame, str)

    assert frame.text(True) is frame.text(True)
    assert json.loads(frame.text(False)) == json.loads(frame.text(True)) | {"can_control": False}


def test_between_puts_each_state_where_it_belongs() -> None:
    motion = make_motion(step=10)
    known = snapshot_of(motion)
    move(motion, 15)
    motions.change_motion(motion.pk, values={"variance": 4})
    motions.change_motion(motion.pk, values={"variance": 9})
    move(motion, 18)

    frames = told(snapshots.between(known, snapshot_of(motion)))

    kinds = [(f["type"], f["revision"], f.get("first_step", f.get("step"))) for f in frames]
    assert kinds == [
        ("increments", 1, 11),
        ("state", 2, 15),
        ("state", 3, 15),
        ("increments", 3, 16),
    ]


def test_between_epochs_begins_the_new_path_at_its_start() -> None:
    motion = make_motion(step=10)
    known = snapshot_of(motion)
    motions.restart_motion(motion.pk)
    move(motion, 4)
    motions.change_motion(motion.pk, values={"drift": 1})
    move(motion, 6)
    new = snapshot_of(motion)

    frames = told(snapshots.between(known, new))

    kinds = [(f["type"], f["revision"], f.get("first_step", f.get("step"))) for f in frames]
    assert kinds == [("state", 2, 0), ("increments", 2, 1), ("state", 3, 4), ("increments", 3, 5)]
    assert {frame["epoch"] for frame in frames} == {new.epoch}


def test_between_far_apart_replaces_the_path() -> None:
    motion = make_motion(step=10)
    known = snapshot_of(motion)
    move(motion, 50_000)

    frames = told(snapshots.between(known, snapshot_of(motion)))

    assert [frame["type"] for frame in frames] == ["state", "history", "increments"]


def test_between_tells_a_rename_once() -> None:
    motion = make_motion(step=10)
    known = snapshot_of(motion)
    motions.describe_motion(motion.pk, title="Pollen")

    (frame,) = told(snapshots.between(known, snapshot_of(motion)))

    assert (frame["type"], frame["title"], frame["step"]) == ("state", "Pollen", 10)


def test_between_equal_snapshots_is_silent() -> None:
    snapshot = snapshot_of(make_motion(step=10))

    assert list(snapshots.between(snapshot, snapshot)) == []


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
def test_sockets_told_everything_between_hold_the_path(
    before: list[tuple[str, Any]], after: list[tuple[str, Any]]
) -> None:
    motion = make_motion()
    for event in before:
        _happen(motion.pk, event)
    known = snapshot_of(motion)
    frames: list[Frame] = snapshots.greeting(known, epoch=None, step=None)
    for event in after:
        _happen(motion.pk, event)
    new = snapshot_of(motion)

    frames += snapshots.between(known, new)

    _assert_complete_and_in_order(told(frames), new)


def _happen(motion_id: int, event: tuple[str, Any]) -> None:
    match event:
        case "move", steps:
            motion = Motion.objects.get(pk=motion_id)
            Motion.objects.filter(pk=motion_id).update(step=motion.step + steps)
        case "change", variance:
            motions.change_motion(motion_id, values={"variance": variance})
        case "restart", _:
            motions.restart_motion(motion_id)
        case "rename", title:
            motions.describe_motion(motion_id, title=title)


def _assert_complete_and_in_order(frames: list[dict[str, Any]], new: Snapshot) -> None:
    """Each increment follows the step before it, each state stands between its neighbours."""
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


def test_motion_that_goes_while_it_is_read_is_none() -> None:
    motion = make_motion()
    Epoch.objects.filter(motion=motion).delete()

    assert read_snapshot(motion.pk) is None
    assert read_state(motion) is None


# --- a motion that was changed fifty thousand times -------------------------------------------

MANY = 50_000
REGIMES = snapshots.REPLAY_LIMIT + 1 + snapshots.HISTORY_POINTS + 1
"""One for each step that may be replayed, one for each point of a history, and the newest."""


@pytest.fixture(params=[MANY, 20, 1], ids=["paused", "twenty a step", "one a step"])
def often_changed(request: pytest.FixtureRequest) -> Motion:
    motion = make_motion()
    change_very_often(motion, MANY, a_step=request.param)
    return motion


def unbounded(snapshot: Snapshot) -> Snapshot:
    """The snapshot with every change of its epoch."""
    epoch = Epoch.objects.get(number=snapshot.epoch, motion=snapshot.motion_id)
    columns = ("step", "position", "standard", "variance", "drift")
    rows = Change.objects.filter(epoch=epoch).order_by("revision").values(*columns)
    return replace(snapshot, timeline=Timeline(epoch.seed, tuple(Regime(**row) for row in rows)))


def test_snapshot_stays_small_and_tells_the_same_however_many_changes_there_are(
    often_changed: Motion,
) -> None:
    snapshot = snapshot_of(often_changed)

    assert len(snapshot.changes) == snapshots.TOLD_CHANGES
    assert len(snapshot.timeline.regimes) <= REGIMES
    everything = unbounded(snapshot)
    for step in (None, max(snapshot.step - snapshots.REPLAY_LIMIT, 0), max(snapshot.step - 70, 0)):
        place = {"epoch": snapshot.epoch, "step": step}
        assert told(snapshots.greeting(snapshot, **place)) == told(
            snapshots.greeting(everything, **place)
        )


def test_change_costs_the_same_after_fifty_thousand(often_changed: Motion) -> None:
    snapshot = snapshot_of(often_changed)
    move(often_changed, snapshot.step + 3)
    motions.change_motion(often_changed.pk, values={"variance": 9})
    motions.change_motion(often_changed.pk, values={"drift": 1})

    with rows_made(Change) as rows:
        later = snapshot_of(often_changed, snapshot)

    assert len(rows) == 2
    assert len(later.changes) == snapshots.TOLD_CHANGES
    assert len(later.timeline.regimes) <= REGIMES
    assert later == snapshot_of(often_changed)
    frames = told(snapshots.between(snapshot, later))
    assert frames == told(snapshots.between(snapshot, unbounded(later)))
    assert [frame["type"] for frame in frames] == ["increments", "state", "state"]


def test_process_that_missed_thousands_of_changes_begins_with_what_is_there_now() -> None:
    motion = make_motion()
    known = snapshot_of(motion)
    change_very_often(motion, 3_000, a_step=30)

    with rows_made(Change) as rows:
        later = snapshot_of(motion, known)

    assert len(rows) <= snapshots.TOLD_CHANGES + REGIMES
    assert later == snapshot_of(motion)
    frames = told(snapshots.between(known, later))
    assert [frame["type"] for frame in frames] == ["state", "history", "increments"]
    assert frames == told(snapshots.greeting(unbounded(later), epoch=None, step=None))
