"""What a client may ask of a motion, and who gets to know (docs/protocol.md)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.core.presented_views import VIEW
from tests.support.client import Client, Frame, watching
from tests.support.servers import Daphne, Site, wait_for
from tests.support.stage import make_motions, shell, sign_in, stored_changes

pytestmark = pytest.mark.server

PEOPLE = ("nobody", "student", "teacher")


@pytest.fixture(scope="module")
def daphne(site: Site) -> Daphne:
    still: dict[str, Any] = {"paused": True, "step": 40}
    make_motions(
        site,
        still=still,
        rights=still,
        settled=still,
        contended=still,
        restarted=still | {"variance": 2.0, "drift": 0.5},
        running={"interval": 0.05},
        paced={"interval": 0.1},
        hidden=still,
        dragged=still,
        open=still | {"control": "everyone"},
        members=still | {"control": "signed-in"},
        guarded=still | {"control": "controllers"},
        entrusted=still | {"control": "controllers"},
    )
    shell(
        site,
        "from django.contrib.auth.models import Permission",
        "make_user('student', is_staff=True)",
        "teacher = make_user('teacher', is_staff=True)",
        "may_change = Permission.objects.get(codename='change_motion')",
        "teacher.user_permissions.add(may_change)",
        "make_user('assistant', is_staff=True).user_permissions.add(may_change)",
        "make_user('guest', is_staff=True)",
    )
    site.settings["MOTION_SESSION_CHECK_S"] = 600.0  # commands come before it closes a socket
    return site.start_daphne()


@pytest.fixture(scope="module")
def cookies(daphne: Daphne) -> dict[str, str]:
    """The session of each person; nobody has none."""
    return {"nobody": "", **{name: sign_in(daphne, name) for name in PEOPLE[1:]}}


async def answer(client: Client, kind: str, **fields: Any) -> list[Frame]:
    """All that a socket on a paused motion gets for a command."""
    await client.send(kind, **fields)
    return await settle(client)


async def settle(client: Client) -> list[Frame]:
    """All frames that are under way: those of a change come once its announcement is read."""
    frames = (await client.pong())[:-1]
    while True:
        try:
            frames.append(await client.frame(within_s=0.15))
        except TimeoutError:
            return frames


# --- change --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {"variance": 0.0},
        {"variance": 10_000},
        {"drift": -1_000.0},
        {"interval": 3_600, "paused": True},
        {"variance": 0.7, "drift": 0.1, "interval": 0.02},
    ],
)
async def test_change_reaches_everyone(site: Site, daphne: Daphne, values: dict[str, Any]) -> None:
    async with watching(daphne, "still") as one, watching(daphne, "still") as other:
        await one.pong()
        await other.pong()
        before = one.path.state

        await one.send("change", **values)
        states = [await client.receive("state") for client in (one, other)]

    now = {name: states[0][name] for name in ("at", "now", "text")}
    revision = before["revision"] + 1
    expected = before | values | {"revision": revision, "event": revision} | now
    assert now["at"] > before["at"]
    assert states == [expected, expected]
    assert stored_changes(site, "still")[-1] == tuple(
        expected[name]
        for name in ("revision", "step", "position", "variance", "drift", "interval", "paused")
    )


async def test_change_has_the_name_of_its_author(daphne: Daphne, cookies: dict[str, str]) -> None:
    async with watching(daphne, "rights", cookie=cookies["student"]) as client:
        await client.pong()
        await client.send("change", variance=3.0)
        await client.receive("state")
    async with watching(daphne, "rights") as late:
        history = await late.receive("history")

    assert [change["by"] for change in history["changes"]] == [None, "student"]


async def test_drag_is_one_event_until_another_change(
    daphne: Daphne,
) -> None:
    async with watching(daphne, "dragged") as one, watching(daphne, "dragged") as other:
        await one.pong()
        for client, values in (
            (one, {"variance": 1.5, "drag": 1}),
            (one, {"variance": 2, "drag": 1}),
            (other, {"variance": 1000, "drag": 1}),
            (other, {"variance": 1000, "drag": 1}),  # changes nothing
            (one, {"variance": 1.8, "drag": 1}),
            (other, {"variance": 1.9}),
            (other, {"variance": 1.5}),
            (other, {"variance": 1.4, "drag": 2}),
            (other, {"variance": 1.3, "drag": 3}),
        ):
            await answer(client, "change", **values)
        events = [
            (change["event"], change["text"]) for change in await read_changes(daphne, "dragged")
        ]

    assert events == [
        (1, "Started, paused"),
        (2, "Somebody changed the variance 1 → 1.5 at step 40"),
        (2, "Somebody dragged the variance 1 → 2 at step 40"),
        (4, "Somebody changed the variance 2 → 1,000 at step 40"),
        (5, "Somebody changed the variance 1,000 → 1.8 at step 40"),
        (6, "Somebody changed the variance 1.8 → 1.9 at step 40"),
        (7, "Somebody changed the variance 1.9 → 1.5 at step 40"),
        (8, "Somebody changed the variance 1.5 → 1.4 at step 40"),
        (9, "Somebody changed the variance 1.4 → 1.3 at step 40"),
    ]


async def test_drag_of_anything_but_the_variance_is_refused(daphne: Daphne) -> None:
    async with watching(daphne, "dragged") as client:
        await client.pong()
        (error,) = await answer(client, "change", drift=1, drag=1)

    assert (error["code"], error["message"]) == (
        *("malformed", "A drag changes the variance alone."),
    )


async def read_changes(daphne: Daphne, slug: str) -> list[Frame]:
    """As a client that comes now gets them."""
    async with watching(daphne, slug) as late:
        changes: list[Frame] = (await late.receive("history"))["changes"]
        return changes


@pytest.mark.fault("a doubled click, a retried command")
async def test_change_to_present_values_sends_nothing(site: Site, daphne: Daphne) -> None:
    async with watching(daphne, "settled") as client, watching(daphne, "settled") as other:
        await client.pong()
        await other.pong()

        assert await answer(client, "change", variance=1, drift=-0.0, paused=True) == []
        assert await settle(other) == []

    assert len(stored_changes(site, "settled")) == 1


async def test_pause_stops_the_steps_until_resume(site: Site, daphne: Daphne) -> None:
    async with watching(daphne, "running") as client, watching(daphne, "running") as other:
        await client.receive("history")
        await other.receive("history")
        await client.reach(client.path.step + 5)

        await client.send("change", paused=True)
        await other.until(lambda path: path.state["paused"], "the pause")
        stood = site.frontier("running")[1]
        assert other.path.step == other.path.state["step"] == stood
        assert await settle(other) == []
        assert site.frontier("running")[1] == stood

        await other.send("change", paused=False)
        await client.until(lambda path: path.state["revision"] == 3, "the resumption")
        assert client.path.step == client.path.state["step"] == stood
        await client.reach(stood + 5)
        await other.reach(stood + 5)

    for one in (client, other):
        one.path.assert_whole()
        one.path.assert_agrees(site.timeline("running"))


async def test_new_interval_changes_the_pace(daphne: Daphne) -> None:
    async with watching(daphne, "paced") as client:
        await client.receive("history")
        slow = await client.reach((client.path.step or 0) + 3)
        await client.send("change", interval=0.02)
        await client.until(lambda path: path.state["interval"] == 0.02, "the change")
        fast = await client.reach((client.path.step or 0) + 60)

    sizes = [len(frame["increments"]) for frame in fast]
    assert 1 in {len(frame["increments"]) for frame in slow}
    assert {size % 3 for size in sizes} == {0}  # of 0.02 s, and at most 20 frames a second


# --- restart -------------------------------------------------------------------------------


async def test_restart_reaches_everyone(site: Site, daphne: Daphne) -> None:
    old = site.timeline("restarted")
    async with watching(daphne, "restarted") as one, watching(daphne, "restarted") as other:
        await one.pong()
        await other.pong()
        before = one.path.state

        await one.send("restart", revision=before["revision"])
        states = [await client.receive("state") for client in (one, other)]

        epoch, _ = site.frontier("restarted")
        assert epoch > before["epoch"]
        expected = before | {"epoch": epoch, "revision": 2, "step": 0, "position": 0.0}
        text = "Somebody restarted the motion: the 2nd path begins, paused"
        expected |= {"event": 2, "text": text}
        expected |= {name: states[0][name] for name in ("at", "now")}
        assert states == [expected, expected]

        await other.send("change", paused=False, interval=0.05)
        await one.reach(10)

    one.path.assert_whole()
    one.path.assert_agrees(site.timeline("restarted"))
    assert site.timeline("restarted").position(1) != pytest.approx(old.position(1))
    ended = site.execute(
        "SELECT e.last_step FROM motion_epoch e JOIN motion_motion m ON m.id = e.motion_id"
        " WHERE m.slug = 'restarted' AND e.ended_at IS NOT NULL"
    )
    assert ended == [(40,)]


async def test_client_that_missed_a_restart_gets_the_new_epoch(site: Site, daphne: Daphne) -> None:
    async with watching(daphne, "hidden") as client:
        await client.pong()
        path = client.path
    async with watching(daphne, "hidden") as other:
        await other.pong()
        await other.send("restart")
        await other.receive("state")
    async with watching(daphne, "hidden", path.query, path=path) as client:
        frames = (await client.pong())[:-1]

    assert [frame["type"] for frame in frames] == ["state", "history", "increments"]
    assert path.positions == {0: 0.0}


# --- the revision that was expected --------------------------------------------------------


@pytest.mark.fault("two people change the same thing at once")
@pytest.mark.parametrize("command", [("change", {"variance": 5.0}), ("restart", {})])
@pytest.mark.parametrize("away", [-1, 1])
async def test_stale_revision_is_refused_to_its_sender_only(
    site: Site, daphne: Daphne, command: tuple[str, dict[str, Any]], away: int
) -> None:
    kind, values = command
    async with watching(daphne, "contended") as asker, watching(daphne, "contended") as other:
        await asker.pong()
        await other.pong()
        revision = asker.path.state["revision"]
        stored = stored_changes(site, "contended")

        await asker.send(kind, **values, revision=revision + away)
        error = await asker.receive("error")

        assert (error.pop("message") or "") != ""
        assert error == {"type": "error", "code": "conflict", "re": kind}
        assert await settle(asker) == []
        assert await settle(other) == []
    assert stored_changes(site, "contended") == stored


@pytest.mark.fault("two people change the same thing at once")
async def test_one_of_two_changes_at_one_revision_is_refused(site: Site, daphne: Daphne) -> None:
    async with watching(daphne, "contended") as one, watching(daphne, "contended") as other:
        await one.pong()
        await other.pong()
        revision = one.path.state["revision"]

        await asyncio.gather(
            one.send("change", variance=7.0, revision=revision),
            other.send("change", variance=8.0, revision=revision),
        )
        frames = [await settle(one), await settle(other)]
        for client in (one, other):
            await client.until(lambda path: path.state["revision"] > revision, "the change")

    codes = [[f["code"] for f in got if f["type"] == "error"] for got in frames]
    assert sorted(codes) == [[], ["conflict"]]
    winner = 7.0 if codes[0] == [] else 8.0
    assert {client.path.state["variance"] for client in (one, other)} == {winner}
    assert stored_changes(site, "contended")[-1][0] == revision + 1


# --- who may -------------------------------------------------------------------------------


@pytest.mark.fault("a viewer sends a change")
@pytest.mark.parametrize("command", [("change", {"variance": 5.0}), ("restart", {})])
@pytest.mark.parametrize(
    ("slug", "admitted"),
    [
        ("open", {"nobody", "student", "teacher"}),
        ("members", {"student", "teacher"}),
        ("guarded", {"teacher"}),
    ],
)
async def test_control_policy_decides_on_changes(
    site: Site,
    daphne: Daphne,
    cookies: dict[str, str],
    slug: str,
    admitted: set[str],
    command: tuple[str, dict[str, Any]],
) -> None:
    kind, values = command
    for number, person in enumerate(PEOPLE):
        stored = stored_changes(site, slug)
        values = {name: value + number for name, value in values.items()}
        async with watching(daphne, slug, cookie=cookies[person]) as client:
            await client.pong()
            assert client.path.state["can_control"] is (person in admitted)

            await client.send(kind, **values)
            if person in admitted:
                await client.receive("state")
                assert len(stored_changes(site, slug)) == len(stored) + 1
            else:
                error = await client.receive("error")
                assert (error["code"], error["re"]) == ("forbidden", kind)
                assert await settle(client) == []
                assert stored_changes(site, slug) == stored


@pytest.mark.fault("a role taken away while connected")
async def test_removed_role_counts_at_the_next_command(site: Site, daphne: Daphne) -> None:
    cookie = sign_in(daphne, "assistant")
    guest = sign_in(daphne, "guest")
    async with (
        watching(daphne, "entrusted", cookie=cookie) as client,
        watching(daphne, "members", cookie=guest) as other,
    ):
        await client.pong()
        await other.pong()
        await client.send("change", variance=2.0)
        await client.receive("state")
        await client.send("present", view=VIEW)
        await client.hold("view", bool)
        shell(
            site,
            "User = get_user_model()",
            "User.objects.get(username='assistant').user_permissions.clear()",
            "User.objects.filter(username='guest').update(is_active=False)",
        )
        for socket in (client, other):
            await socket.send("change", variance=3.0)
            error = await socket.receive("error")
            assert (error["code"], error["re"]) == ("forbidden", "change")
        await client.send("present", view=VIEW)
        error = await client.receive("error")
        assert (error["code"], error["re"]) == ("forbidden", "present")

    assert stored_changes(site, "entrusted")[-1][3] == 2.0


async def test_policy_change_sends_each_socket_its_own_rights(
    site: Site, daphne: Daphne, cookies: dict[str, str]
) -> None:
    async with (
        watching(daphne, "rights") as anyone,
        watching(daphne, "rights", cookie=cookies["teacher"]) as teacher,
    ):
        await anyone.pong()
        await teacher.pong()
        shell(
            site,
            "motion = Motion.objects.get(slug='rights')",
            "motions.update_description(motion.pk, control='controllers')",
        )

        rights = [(await client.receive("state"))["can_control"] for client in (anyone, teacher)]

        assert rights == [False, True]
        error = (await answer(anyone, "change", variance=9.0))[0]
        assert error["code"] == "forbidden"


@pytest.mark.fault("a motion deleted while it streams")
async def test_deleted_motion_closes_streaming_sockets(site: Site, daphne: Daphne) -> None:
    make_motions(site, doomed={"interval": 0.05})
    async with (
        watching(daphne, "doomed") as one,
        watching(daphne, "doomed") as two,
        watching(daphne, "paced") as other,
    ):
        for client in (one, two, other):
            await client.receive("history")
        await one.reach(one.path.step + 3)

        shell(site, "Motion.objects.get(slug='doomed').delete()")

        assert [await client.closed() for client in (one, two)] == [4404, 4404]
        wait_for(lambda: site.frontier("paced")[1] > (other.path.step or 0), "other steps")
        await other.reach((other.path.step or 0) + 20)
    other.path.assert_agrees(site.timeline("paced"))
    async with watching(daphne, "doomed") as late:
        assert await late.closed() == 4404
