"""Servers killed, databases locked, motions broken: what must hold when they are back."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

import brownian_site.settings
from tests.support.client import Client, Path, watching
from tests.support.servers import START_S, Daphne, Site, wait_for
from tests.support.stage import Shell, make_motions, shell, stored_changes

pytestmark = pytest.mark.server

INTERVAL_S = 0.05
PUT_OFF_S = 3.0
LOCK_TIMEOUT_S = 2.0


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    site.settings = {
        "MOTION_SWEEP_S": 0.5,
        "MOTION_PUT_OFF_S": PUT_OFF_S,
        "DATABASES": {"default": shorten_lock_timeout(site)},
    }
    site.setup()
    make_motions(
        site,
        running={"interval": INTERVAL_S},
        broken={"interval": INTERVAL_S},
        silent={"paused": True, "step": 20},
        unwatched={"paused": True, "step": 20},
    )
    # A construction that this program does not have: its tick raises while somebody watches.
    shell(
        site,
        "Epoch.objects.filter(motion__slug='broken').update(algorithm=99)",
        "Motion.objects.filter(slug='broken').update(watched_until=2e10)",
    )
    yield site
    site.stop()


def shorten_lock_timeout(site: Site) -> dict[str, Any]:
    """The site's database, which gives up a lock after two seconds instead of ten."""
    options = brownian_site.settings.DATABASES["default"]["OPTIONS"]
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(site.database),
        "OPTIONS": options | {"timeout": LOCK_TIMEOUT_S},
    }


@contextlib.contextmanager
def locked(site: Site) -> Iterator[None]:
    """Hold the database's one lock for writing."""
    holder = sqlite3.connect(site.database, timeout=10, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()


async def reconnect(daphne: Daphne, path: Path, step: int) -> None:
    """Reconnect as a page does until the server is there, and go on to `step`."""
    async with asyncio.timeout(START_S):
        while True:
            with contextlib.suppress(OSError, InvalidHandshake, ConnectionClosed):
                async with watching(daphne, "running", path.query, path=path) as client:
                    await client.reach(step)
                    return
            await asyncio.sleep(0.05)  # the backoff of a page, which nothing ends sooner


async def wait_for_loss(client: Client) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await client.frame()


@pytest.mark.fault("kill -9 of a server")
async def test_after_a_kill_9_every_client_is_whole(site: Site, daphne: Daphne) -> None:
    paths = [Path() for _ in range(3)]
    async with (
        watching(daphne, "running", path=paths[0]) as one,
        watching(daphne, "running", path=paths[1]) as two,
        watching(daphne, "running", path=paths[2]) as three,
    ):
        for client in (one, two, three):
            await client.receive("history")
        await one.reach((one.path.step or 0) + 10)
        await one.send("change", variance=4.0)
        for client in (one, two, three):
            await client.reach((one.path.step or 0) + 5)
        epoch = one.path.epoch

        daphne.process.kill()
        await asyncio.gather(*map(wait_for_loss, (one, two, three)))
    stood = site.frontier("running")[1]
    again = site.start_daphne(daphne.port)
    await asyncio.gather(*(reconnect(again, path, stood + 20) for path in paths))

    timeline = site.timeline("running")
    for path in paths:
        assert path.epoch == epoch
        path.assert_whole()
        path.assert_agrees(timeline)
    assert len(stored_changes(site, "running")) == 2


@pytest.mark.fault("the database locked for long, or gone")
async def test_while_the_database_is_locked_the_stream_stands_still(
    site: Site, daphne: Daphne
) -> None:
    server = find_running_server(site, daphne)
    async with watching(server, "running") as client:
        await client.receive("history")
        await client.reach((client.path.step or 0) + 5)
        with locked(site):
            stood = site.frontier("running")[1]
            await take_for(client, 1.3 * LOCK_TIMEOUT_S)
            assert client.path.step == stood
            assert (await client.pong())[-1]["step"] == stood  # the socket itself is alive
        released = time.monotonic()
        frames = await client.reach(stood + 20)
        took = time.monotonic() - released

    assert took >= 15 * INTERVAL_S, "a burst to catch up"
    assert max(len(frame.get("increments", [])) for frame in frames) < 10
    client.path.assert_whole()
    client.path.assert_agrees(site.timeline("running"))


async def take_for(client: Client, seconds: float) -> None:
    end = time.monotonic() + seconds
    with contextlib.suppress(TimeoutError):
        while True:
            await client.frame(within_s=max(0.0, end - time.monotonic()))


@pytest.mark.fault("the database locked for long, or gone")
async def test_change_is_unavailable_when_the_database_is_locked(
    site: Site, daphne: Daphne
) -> None:
    server = find_running_server(site, daphne)
    async with watching(server, "silent") as client:
        await client.pong()
        with locked(site):
            await client.send("change", variance=3.5)
            # Reading still works, so a motion that nobody here watches yet can be opened.
            async with watching(server, "unwatched") as late:
                await late.receive("history")
            error = await client.receive("error")
        await client.send("change", variance=4.5)
        await client.until(lambda path: path.state["variance"] == 4.5, "the change")

    assert (error["code"], error["re"]) == ("unavailable", "change")
    assert 3.5 not in {variance for *_, variance, _, _, _ in stored_changes(site, "silent")}


async def test_socket_reports_a_motion_that_cannot_be_computed(site: Site, daphne: Daphne) -> None:
    async with watching(find_running_server(site, daphne), "broken") as client:
        refusal = await client.frame()
        closed = await client.closed()

    assert (refusal["type"], refusal["code"], refusal["re"]) == ("error", "unavailable", None)
    assert closed == 4412


@pytest.mark.fault("a motion whose tick raises")
async def test_failing_motion_is_postponed_and_stops_no_other(site: Site, daphne: Daphne) -> None:
    server = find_running_server(site, daphne)

    def count_complaints() -> int:
        return server.process.output().count("failed; trying again later")

    wait_for(count_complaints, "the worker to say so")
    assert "there is no algorithm version 99" in server.process.output()
    async with watching(server, "running") as client:
        await client.receive("history")
        before, step = count_complaints(), client.path.step or 0
        began = time.monotonic()
        await client.reach(step + 30)
        assert count_complaints() - before <= 1 + (time.monotonic() - began) / PUT_OFF_S
        client.path.assert_agrees(site.timeline("running"))
    assert site.frontier("broken")[1] == 0
    wait_for(lambda: count_complaints() > before, "another try")


@pytest.mark.fault("a state lost while the motion is paused")
async def test_sweep_finds_a_change_when_its_message_was_lost(site: Site, daphne: Daphne) -> None:
    async with watching(find_running_server(site, daphne), "silent") as client:
        await client.pong()
        # Another process, so its announcement stays in a layer of its own.
        shell(
            site,
            "motion = Motion.objects.get(slug='silent')",
            "motions.change_motion(motion.pk, under_policy=False, values={'variance': 2.5})",
        )

        state = await client.receive("state")

    assert (state["variance"], state["paused"], state["step"]) == (2.5, True, 20)


async def test_sigterm_ends_a_server_cleanly(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(site.settings, "MOTION_SWEEP_S", 0.002)  # the hub is at work when it ends
    shell(site, "Motion.objects.get(slug='broken').delete()")  # its tracebacks are meant
    server = site.start_daphne()
    async with watching(server, "running") as client:
        await client.receive("history")
        await client.reach((client.path.step or 0) + 3)

        assert server.process.stop(within_s=START_S) == 0
        assert await client.closed() == 1006  # a bare end: the page comes back

    output = server.process.output()
    words = "The worker drives", "A socket ended: ", "The worker has stopped."
    places = [output.find(text) for text in words]
    assert -1 not in places
    assert places == sorted(places)
    assert "Traceback" not in output


def find_running_server(site: Site, daphne: Daphne) -> Daphne:
    """The module's server, or the one that took its place."""
    servers = [process for process in site.processes if not isinstance(process, Shell)]
    alive = [process for process in servers if process.popen.poll() is None]
    return Daphne(daphne.port, alive[-1]) if alive else site.start_daphne(daphne.port)
