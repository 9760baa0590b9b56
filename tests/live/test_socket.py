"""What a socket gets, and in which order, from a real server (docs/protocol.md)."""

from __future__ import annotations

import re
import time
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from motion.core.timeline import AGREEMENT
from tests.support.client import Frame, Path, watching
from tests.support.servers import Daphne, Site
from tests.support.stage import CHANGE_COLUMNS, make_motions, shell, stored_changes

pytestmark = pytest.mark.server

STATE = {
    *("type", "slug", "title", "epoch", "revision", "step", "position"),
    *("variance", "drift", "interval", "paused", "by", "at"),
    *("owner", "owner_id", "control", "controllers", "controller_ids", "can_control", "version"),
    *("event", "kind", "text", "now", "paths", "ensemble", "names_hidden"),
    *("visibility", "access_version", "scene", "scenes"),
}
INCREMENTS = {"type", "epoch", "revision", "first_step", "increments", "position"}
HISTORY = {"type", "epoch", "first_step", "stride", "positions", "changes"}
CHANGE = {
    *("revision", "step", "position", "variance", "drift", "interval", "paused", "at", "by"),
    *("event", "kind", "text"),
}

FRONTIERS = (0, 1, 999, 1_000, 1_001, 1_999, 2_000, 5_000, 10**9 + 7, 2**40 - 1)


@pytest.fixture(scope="module")
def daphne(site: Site) -> Daphne:
    still: dict[str, Any] = {"paused": True}
    make_motions(
        site,
        still=still | {"step": 3_000, "title": "Standing still", "variance": 0.25, "drift": 0.5},
        quick={"interval": 0.02},
        steady={"interval": 0.05},
        named={"interval": 0.05},
        missed=still | {"step": 100},
        **{f"at_{step}": still | {"step": step} for step in FRONTIERS},
    )
    shell(
        site,
        "motion = make_motion(slug='regimes', step=50, paused=True)",
        "def go_on(to, **values):",
        "    motions.change_motion(motion.pk, under_policy=False, values=values)",
        "    Motion.objects.filter(pk=motion.pk).update(step=to)",
        "go_on(120, variance=4.0)",
        "go_on(120, drift=1.0)",
        "go_on(200, variance=0.0)",
    )
    shell(
        site,
        "motion = make_motion(slug='restless', paused=True, variance=7.0)",
        "Motion.objects.filter(pk=motion.pk).update(revision=1_101)",
        "values = {'motion': motion, 'epoch': motion.epochs.get(), 'step': 0, 'paused': True}",
        "values |= {'position': 0.0, 'standard': 0.0, 'variance': 7.0}",
        "Change.objects.bulk_create(Change(revision=r, **values) for r in range(2, 1_102))",
    )
    return site.start_daphne()


async def read_greeting(daphne: Daphne, slug: str, query: str = "") -> list[Frame]:
    """All that a socket gets on a paused motion before it asks for anything."""
    async with watching(daphne, slug, query) as client:
        return (await client.pong())[:-1]


def assert_is_history(frames: list[Frame], step: int) -> None:
    """A fresh history of a motion whose frontier is `step`, and its last steps."""
    history, *tail = frames
    stride = history["stride"]
    points = len(history["positions"])
    assert history["type"] == "history"
    assert history["first_step"] == 0
    assert points == step // stride + 1 <= 1_000
    assert stride == 1 or step // (stride // 2) + 1 > 1_000, "a smaller stride would do"
    assert stride & (stride - 1) == 0
    assert [frame["type"] for frame in tail] == ["increments"]
    assert tail[0]["first_step"] + len(tail[0]["increments"]) - 1 == step
    assert len(tail[0]["increments"]) == (0 if stride == 1 else 1_000)


# --- the frames ----------------------------------------------------------------------------


async def test_state_comes_first_and_has_its_fields(site: Site, daphne: Daphne) -> None:
    began = time.time()
    state, *_ = await read_greeting(daphne, "still")

    epoch, step = site.frontier("still")
    assert state.keys() == STATE
    assert state == {
        "type": "state",
        "slug": "still",
        "title": "Standing still",
        "epoch": epoch,
        "revision": 1,
        "step": 3_000,
        "position": state["position"],
        "variance": 0.25,
        "drift": 0.5,
        "interval": 0.5,
        "paused": True,
        "by": None,
        "at": state["at"],
        "event": 1,
        "kind": "",
        "text": "Started, paused",
        "owner": None,
        "owner_id": None,
        "visibility": "public",
        "control": "everyone",
        "controllers": [],
        "controller_ids": [],
        "paths": 0,
        "ensemble": 0,
        "names_hidden": False,
        "access_version": state["access_version"],
        "scene": 0,
        "scenes": 0,
        "can_control": True,
        "version": state["version"],
        "now": state["now"],
    }
    assert began - 2 < datetime.fromisoformat(state["now"]).timestamp() < time.time() + 2
    assert re.fullmatch(r"[\d.]+-[0-9a-f]{12}", state["version"])
    assert state["position"] == pytest.approx(site.timeline("still").position(step), rel=AGREEMENT)


async def test_increments_and_history_have_their_fields(site: Site, daphne: Daphne) -> None:
    state, history, increments = await read_greeting(daphne, "still")

    assert history.keys() == HISTORY
    assert increments.keys() == INCREMENTS
    assert {history["epoch"], increments["epoch"]} == {state["epoch"]}
    assert increments["revision"] == state["revision"]
    assert increments["position"] == pytest.approx(state["position"], rel=AGREEMENT)


async def test_history_lists_every_change_with_its_fields(site: Site, daphne: Daphne) -> None:
    history = (await read_greeting(daphne, "regimes"))[1]

    changes = history["changes"]
    assert {frozenset(change) for change in changes} == {frozenset(CHANGE)}
    assert [tuple(change[name] for name in CHANGE_COLUMNS) for change in changes] == stored_changes(
        site, "regimes"
    )
    assert [change["by"] for change in changes] == [None] * 4
    assert all(change["at"].endswith("+00:00") for change in changes)


async def test_history_lists_the_newest_1000_changes(daphne: Daphne) -> None:
    state, history, _ = await read_greeting(daphne, "restless")

    assert state["revision"] == 1_101
    assert [change["revision"] for change in history["changes"]] == list(range(102, 1_102))


async def test_pong_is_sent_to_one_client_only(daphne: Daphne) -> None:
    async with watching(daphne, "still") as asker, watching(daphne, "still") as other:
        await other.pong()
        await asker.send("ping", n=2**53, step=17)

        pong = await asker.receive("pong")

        assert pong == {"type": "pong", "n": 2**53, "step": 3_000}
        assert [frame["n"] for frame in await other.pong()] == [2]


async def test_no_frame_comes_from_another_motion(daphne: Daphne) -> None:
    async with watching(daphne, "quick") as running, watching(daphne, "still") as still:
        await still.pong()
        await running.receive("history")
        await running.reach((running.path.step or 0) + 20)

        assert [frame["type"] for frame in await still.pong()] == ["pong"]


# --- what is missing -----------------------------------------------------------------------


@pytest.mark.parametrize("step", FRONTIERS)
async def test_latecomer_gets_a_history(site: Site, daphne: Daphne, step: int) -> None:
    slug = f"at-{step}"

    state, *frames = await read_greeting(daphne, slug)

    assert (state["type"], state["step"]) == ("state", step)
    assert_is_history(frames, step)
    path = Path()
    for frame in (state, *frames):
        path.take(frame)
    path.assert_agrees(site.timeline(slug))


@pytest.mark.parametrize("missing", [0, 1, 1_999, 2_000])
@pytest.mark.parametrize("how", ["connect", "sync"])
async def test_client_close_behind_gets_a_replay(
    site: Site, daphne: Daphne, how: str, missing: int
) -> None:
    epoch, frontier = site.frontier("still")
    step = frontier - missing

    if how == "connect":
        state, *frames = await read_greeting(daphne, "still", f"?epoch={epoch}&step={step}")
        assert state["type"] == "state"
    else:
        async with watching(daphne, "still") as client:
            await client.pong()
            frames = await client.sync(epoch, step)

    timeline = site.timeline("still")
    (increments,) = frames
    assert (increments["type"], increments["first_step"]) == ("increments", step + 1)
    assert increments["position"] == pytest.approx(timeline.position(frontier), rel=AGREEMENT)
    assert increments["increments"] == pytest.approx(
        timeline.increments(step + 1, frontier).tolist() if missing else [], abs=1e-6
    )


@pytest.mark.parametrize(
    "query",
    [
        "?epoch={epoch}&step=999",  # 2,001 behind
        "?epoch={epoch}&step=3001",  # in the future
        "?epoch={epoch}&step=99999999999999999999",
        "?epoch={epoch}&step=-1",
        "?epoch={epoch}&step=2999.0",
        "?epoch={epoch}&step=1e30",
        "?epoch={epoch}&step=",
        "?epoch={epoch}&step=%D9%A3",  # a digit, but not one of ours
        "?epoch={epoch}&step=%FF%00",
        "?epoch={epoch}",
        "?step=2999",
        "?epoch={other}&step=2999",
        "?epoch=now&step=2999",
        "?&&=&epoch=;step",
    ],
)
async def test_connect_from_nowhere_gets_a_history(site: Site, daphne: Daphne, query: str) -> None:
    epoch, frontier = site.frontier("still")

    state, *frames = await read_greeting(
        daphne, "still", query.format(epoch=epoch, other=epoch - 1)
    )

    assert state["type"] == "state"
    assert_is_history(frames, frontier)


@pytest.mark.fault("sync with a step that is negative, in the future, 1e30, of another epoch")
@pytest.mark.parametrize("step", [-1, 999, 3_001, 2**40, 2**53, 2**53 + 1, 1e30, 2999.5, -0.5])
async def test_sync_from_nowhere_gets_a_history(site: Site, daphne: Daphne, step: float) -> None:
    epoch, frontier = site.frontier("still")

    async with watching(daphne, "still") as client:
        await client.pong()
        frames = await client.sync(epoch, step)

    assert_is_history(frames, frontier)


@pytest.mark.fault("sync with a step that is negative, in the future, 1e30, of another epoch")
@pytest.mark.parametrize("away", [-1, 1, 1e30])
async def test_sync_of_another_epoch_gets_a_history(
    site: Site, daphne: Daphne, away: float
) -> None:
    epoch, frontier = site.frontier("still")

    async with watching(daphne, "still") as client:
        await client.pong()
        frames = await client.sync(epoch + away, frontier)

    assert_is_history(frames, frontier)


async def test_increments_never_span_a_change(site: Site, daphne: Daphne) -> None:
    epoch, frontier = site.frontier("regimes")

    _, *frames = await read_greeting(daphne, "regimes", f"?epoch={epoch}&step=10")

    assert frontier == 200
    assert [(f["first_step"], len(f["increments"])) for f in frames] == [
        *((11, 40), (51, 70), (121, 80)),
    ]
    timeline = site.timeline("regimes")
    ends = [timeline.position(step) for step in (50, 120, 200)]
    assert [f["position"] for f in frames] == pytest.approx(ends, rel=AGREEMENT)
    assert frames[2]["increments"] == pytest.approx([1.0] * 80)  # no variance, a drift of 1


# --- order and agreement -------------------------------------------------------------------


async def test_each_state_stands_between_the_steps_of_its_revisions(
    site: Site, daphne: Daphne
) -> None:
    async with watching(daphne, "steady") as watcher, watching(daphne, "steady") as controller:
        await watcher.receive("history")
        frames = []
        for variance in (4.0, 0.0, 1.0, 9.0, 0.25):
            await controller.send("change", variance=variance)
            frames += await watcher.until(
                lambda path, v=variance: path.state["variance"] == v, "the change"
            )
            frames += await watcher.reach(watcher.path.step + 3)

    # The path has refused any increments that do not go on where the last ended, or are not of
    # the newest state. What is left to show: where each state stands.
    for before, frame in pairwise(frames):
        if frame["type"] == "state":
            assert frame["step"] == find_last_step(before)
    states = [frame for frame in frames if frame["type"] == "state"]
    assert [(state["revision"], state["step"]) for state in states] == [
        (revision, step) for revision, step, *_ in stored_changes(site, "steady")[1:]
    ]
    assert [state["variance"] for state in states] == [4.0, 0.0, 1.0, 9.0, 0.25]
    watcher.path.assert_whole()
    watcher.path.assert_agrees(site.timeline("steady"))


async def test_missed_changes_come_in_order_with_their_steps(site: Site, daphne: Daphne) -> None:
    async with watching(daphne, "missed") as client:
        await client.pong()
        # From another process, whose announcements nobody here hears: the sweep finds them.
        shell(
            site,
            "motion = Motion.objects.get(slug='missed')",
            "with motions.transaction.atomic():",
            "    for variance, to in ((4.0, 110), (9.0, 110), (0.25, 130)):",
            "        values = {'variance': variance}",
            "        motions.change_motion(motion.pk, under_policy=False, values=values)",
            "        Motion.objects.filter(pk=motion.pk).update(step=to)",
        )
        frames = await client.reach(130)

    assert [(f["type"], f["revision"], f.get("step", f.get("first_step"))) for f in frames] == [
        ("state", 2, 100),
        ("increments", 2, 101),
        ("state", 3, 110),
        ("state", 4, 110),
        ("increments", 4, 111),
    ]
    assert [f["variance"] for f in frames if f["type"] == "state"] == [4.0, 9.0, 0.25]
    client.path.assert_whole()
    client.path.assert_agrees(site.timeline("missed"))


def find_last_step(frame: Frame) -> int:
    if frame["type"] == "state":
        return int(frame["step"])
    return int(frame["first_step"]) + len(frame["increments"]) - 1


async def test_early_and_late_clients_hold_the_same_path(site: Site, daphne: Daphne) -> None:
    async with watching(daphne, "quick") as early:
        await early.receive("history")
        await early.reach(early.path.step + 40)
        await early.send("change", variance=2.0, drift=0.1)
        await early.reach(early.path.step + 20)
        async with watching(daphne, "quick") as late:
            await late.receive("history")
            step = late.path.step + 20
            await late.reach(step)
            await early.reach(step)

    timeline = site.timeline("quick")
    for client in (early, late):
        client.path.assert_whole()
        client.path.assert_agrees(timeline)
    shared = early.path.positions.keys() & late.path.positions.keys()
    assert len(shared) > 60
    for k in shared:
        off = abs(early.path.positions[k] - late.path.positions[k])
        assert off <= AGREEMENT * timeline.scale(k)


async def test_client_that_reconnects_gets_the_missing_steps(site: Site, daphne: Daphne) -> None:
    async with watching(daphne, "quick") as client:
        await client.receive("history")
        await client.reach(client.path.step + 10)
        path = client.path
    async with watching(daphne, "quick") as other:  # meanwhile the motion goes on
        await other.receive("history")
        await other.reach(path.step + 20)
        await other.send("change", variance=0.5)
        await other.reach(other.path.step + 20)
    async with watching(daphne, "quick", path.query, path=path) as client:
        frames = await client.reach(path.step + 45)

    assert frames[0]["type"] == "state"
    assert "history" not in {frame["type"] for frame in frames}
    path.assert_whole()
    path.assert_agrees(site.timeline("quick"))


async def test_sync_between_frames_leaves_no_gap(site: Site, daphne: Daphne) -> None:
    async with watching(daphne, "quick") as client:
        await client.receive("history")
        for _ in range(3):
            step = client.path.step + 7
            await client.reach(step)
            back = client.path.step - 5
            await client.ask_after(client.path.epoch, back)
            await client.until(lambda path: path.asked_after is None, "the answer")

    client.path.assert_whole()
    client.path.assert_agrees(site.timeline("quick"))


async def test_several_steps_a_tick_where_the_interval_is_short(daphne: Daphne) -> None:
    async with watching(daphne, "quick") as client:
        await client.receive("history")
        frames = await client.reach(client.path.step + 30)

    live = [len(f["increments"]) for f in frames if f["type"] == "increments"][1:]
    assert min(live) == 3  # 0.02 s a step, and at most 20 frames a second
    assert {count % 3 for count in live} == {0}  # a busy machine sends several ticks at once


# --- renames and access --------------------------------------------------------------------


async def test_rename_and_a_change_of_access_send_a_state(site: Site, daphne: Daphne) -> None:
    async with watching(daphne, "named") as client:
        await client.receive("history")
        before = client.path.state
        shell(
            site,
            "motion = Motion.objects.get(slug='named')",
            "motions.update_description(motion.pk, title='Another name', control='controllers')",
        )

        state = await client.receive("state")
        await client.reach(client.path.step + 3)

    assert (state["title"], state["can_control"]) == ("Another name", False)
    # The list of changes has changes of control, but not of the title.
    assert (state["epoch"], state["revision"]) == (before["epoch"], before["revision"] + 1)
    client.path.assert_whole()
    client.path.assert_agrees(site.timeline("named"))
