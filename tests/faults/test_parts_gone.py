"""Databases, layers and workers that go away and come back, under clients that stay."""

from __future__ import annotations

import asyncio
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import psycopg
import pytest
import redis

from tests.core.presented_views import VIEW
from tests.faults.cluster import (
    INTERVAL_S,
    SLUG,
    Cluster,
    absorb,
    count_waiting_updates,
    kill_9,
    running,
    wait_for_all_to_reach,
    wait_for_announcements,
)
from tests.support.client import Client, Frame, watching
from tests.support.servers import START_S, Daphne, wait_for
from tests.support.stage import shell, sign_in

pytestmark = pytest.mark.server

SWEEP_S = 1.0
REPEAT_S = 2.0  # as presenting.js has it
PATHS = ("/motions/", "/motions/shared/path.json")


def ask(server: Daphne, path: str) -> tuple[int, str | None]:
    """The status of a page, and after how many seconds to ask again."""
    try:
        with urllib.request.urlopen(f"{server.url}{path}", timeout=START_S) as response:
            return response.status, None
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Retry-After"]


def wait_until_ready(server: Daphne) -> None:
    wait_for(lambda: ask(server, "/readyz") == (200, None), "a server that is ready")


async def close_code(cluster: Cluster, cookie: str) -> int | None:
    async with watching(cluster.servers[0], SLUG, cookie=cookie) as client:
        return await client.closed()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    settings = {"MOTION_SWEEP_S": SWEEP_S}
    folder = tmp_path_factory.mktemp("cluster")
    with running(folder, servers=2, workers=2, settings=settings) as cluster:
        yield cluster


@pytest.mark.fault("the database locked for long, or gone")
async def test_database_that_is_gone_stops_the_stream_and_nothing_else(cluster: Cluster) -> None:
    async with cluster.clients() as clients:
        await wait_for_all_to_reach(clients, cluster.step + 3)

        cluster.postgres.kill()
        pages = asyncio.gather(
            *(asyncio.to_thread(ask, cluster.servers[0], path) for path in PATHS)
        )
        socket = asyncio.create_task(close_code(cluster, cookie="sessionid=of-some-person"))
        try:
            await absorb(clients, 2 * SWEEP_S)
            stood = [client.path.step for client in clients]
            pongs = await asyncio.gather(*(client.pong() for client in clients))
            await clients[0].send("change", variance=7.0)
            refusal = await clients[0].receive("error")
            answers = await pages
            code = await socket
        finally:
            cluster.postgres.start()
        assert answers == [(503, "5")] * len(PATHS)
        assert code == 4412
        assert "Traceback" not in cluster.servers[0].process.output()

        assert [client.path.step for client in clients] == stood, "steps that nobody stored"
        began, step = time.monotonic(), cluster.step
        await wait_for_all_to_reach(clients, step + 20)
        took = time.monotonic() - began

        assert len(set(stood)) == 1
        assert {frames[-1]["step"] for frames in pongs} == set(stood), "the sockets live"
        assert (refusal["code"], refusal["re"]) == ("unavailable", "change")
        assert took >= 15 * INTERVAL_S, "a burst to catch up"
        await cluster.assert_all_hold_the_path(clients)


@pytest.mark.fault("the database locked for long, or gone")
async def test_first_page_after_a_restart_of_the_database_is_answered(cluster: Cluster) -> None:
    """The pool's connections ended with the old server; no request is handed one of them."""
    assert await asyncio.to_thread(ask, cluster.servers[0], "/motions/") == (200, None)

    cluster.postgres.kill()
    cluster.postgres.start()

    assert await asyncio.to_thread(ask, cluster.servers[0], "/motions/") == (200, None)


@pytest.mark.fault("Redis restarted at once, away for 2 s, idle, hanging, never there")
async def test_clients_receive_steps_again_when_the_layer_restarts(cluster: Cluster) -> None:
    async with cluster.clients() as clients:
        await wait_for_all_to_reach(clients, cluster.step + 3)

        cluster.valkey.stop()
        cluster.valkey.start()
        await wait_for_all_to_reach(clients, cluster.step + 1)
        await wait_for_all_to_reach(clients, cluster.step + 10)
        await cluster.assert_all_hold_the_path(clients)


PUSHED = 8


async def wait_for_pushes(clients: list[Client]) -> None:
    """Take frames until some in a row come one by one, and not by a sweep."""

    async def one(client: Client) -> None:
        pushed = 0
        while pushed < PUSHED:
            frame = await client.receive("increments")
            pushed = pushed + 1 if len(frame["increments"]) <= 2 else 0

    async with asyncio.timeout(START_S):
        await asyncio.gather(*map(one, clients))


async def wait_for_sweep(clients: list[Client]) -> None:
    """Take frames until a sweep brought what was not pushed."""

    async def one(client: Client) -> None:
        while len((await client.receive("increments"))["increments"]) < PUSHED // 2:
            pass

    async with asyncio.timeout(START_S):
        await asyncio.gather(*map(one, clients))


REFUSALS = {
    "all": (["ACL SETUSER default resetchannels"], "ACL SETUSER default allchannels"),
    "groups": (
        ["ACL SETUSER default resetchannels &asgispecific*"],
        "ACL SETUSER default allchannels",
    ),
    "connections": (
        [
            "CONFIG SET maxclients 1",
            "CLIENT KILL TYPE pubsub",
            "CLIENT KILL TYPE normal SKIPME yes",
        ],
        "CONFIG SET maxclients 10000",
    ),
}


@pytest.mark.parametrize("refused", REFUSALS)
async def test_clients_receive_steps_when_the_layer_allows_subscriptions_again(
    cluster: Cluster, refused: str
) -> None:
    refusal, permission = REFUSALS[refused]
    async with cluster.clients(on_each=1) as clients:
        await wait_for_pushes(clients)
        with redis.Redis(port=cluster.valkey.port) as admin:
            try:
                for command in refusal:
                    admin.execute_command(command)
                await wait_for_sweep(clients)
            finally:
                admin.execute_command(permission)

        await wait_for_pushes(clients)

        for server in cluster.servers:
            await asyncio.to_thread(wait_until_ready, server)
        await cluster.assert_all_hold_the_path(clients)


@pytest.mark.fault("Redis restarted at once, away for 2 s, idle, hanging, never there")
async def test_idle_layer_disconnects_no_client(cluster: Cluster) -> None:
    one, other = cluster.servers
    async with watching(one, "still") as here, watching(other, "still") as there:
        for client in (here, there):
            await client.receive("history")
        # Beyond the five seconds after which redis-py gave an idle subscription up
        # (channels_redis #422).
        await absorb([here, there], 7.0)

        await wait_for_announcements(here, there, sweep_s=SWEEP_S)


@pytest.mark.fault("kill -9 of a worker at any point of a tick")
async def test_worker_makes_no_step_when_killed_before_its_commit(
    cluster: Cluster,
) -> None:
    async with cluster.clients() as clients:
        await wait_for_all_to_reach(clients, cluster.step + 3)
        with psycopg.connect(cluster.site.database_url) as blocker:
            # Rows may be locked under this, and not altered: the ticks stop half way.
            blocker.execute("LOCK TABLE motion_motion IN SHARE MODE")
            wait_for(lambda: count_waiting_updates(cluster.site) >= 1, "a tick to wait")
            stood = cluster.step
            kill_9(cluster.workers.pop(0))
            assert cluster.step == stood

        await wait_for_all_to_reach(clients, stood + 10)
        cluster.add_workers(1)
        await cluster.assert_all_hold_the_path(clients)


@pytest.mark.fault("kill -9 of a worker at any point of a tick")
async def test_worker_loses_one_message_when_killed_after_its_commit(
    cluster: Cluster,
) -> None:
    async with cluster.clients() as clients:
        await wait_for_all_to_reach(clients, cluster.step + 3)
        os.kill(cluster.valkey.process.popen.pid, signal.SIGSTOP)  # what is published, waits
        try:
            stood = cluster.step
            wait_for(lambda: cluster.step > stood, "a step that nobody hears of")
            for worker in cluster.workers:
                kill_9(worker)
        finally:
            os.kill(cluster.valkey.process.popen.pid, signal.SIGCONT)
        cluster.workers.clear()
        last = cluster.step

        await wait_for_all_to_reach(clients, last)
        cluster.add_workers(2)
        await wait_for_all_to_reach(clients, last + 10)
        await cluster.assert_all_hold_the_path(clients)


@pytest.mark.fault("two workers, or many")
async def test_many_workers_make_the_steps_of_one(cluster: Cluster) -> None:
    cluster.add_workers(4)
    async with cluster.clients() as clients:
        await wait_for_all_to_reach(clients, cluster.step + 1)
        began, step = time.monotonic(), cluster.step

        await wait_for_all_to_reach(clients, step + 30)

        took = time.monotonic() - began
        assert took >= 26 * INTERVAL_S, "faster than the clock"
        assert len(cluster.workers) == 6
        await cluster.assert_all_hold_the_path(clients)
    for worker in cluster.workers[2:]:
        worker.stop()
    del cluster.workers[2:]


@pytest.mark.fault("kill -9 of a server")
async def test_client_continues_at_another_server_when_its_own_is_killed(
    cluster: Cluster,
) -> None:
    cluster.add_servers(1)
    dying = cluster.servers.pop()
    async with watching(dying, SLUG) as client:
        await client.reach(cluster.step + 5)
        kill_9(dying.process)
        assert await client.closed() == 1006
        path = client.path
    async with watching(cluster.servers[0], SLUG, path.query, path=path) as client:
        await client.reach((path.step or 0) + 10)

        await cluster.assert_all_hold_the_path([client])


# --- a class -------------------------------------------------------------------------------------

CLASS = "led"
LED = (
    "from motion.core.questions import Draft, Kind",
    "from motion.services import questions",
    f"motion = Motion.objects.get(slug={CLASS!r})",
)


async def act(cluster: Cluster, *lines: str) -> None:
    await asyncio.to_thread(shell, cluster.site, *LED, *lines)


@asynccontextmanager
async def presenting(presenter: Client, place: float) -> AsyncIterator[None]:
    """The page of a presenter whose pointer is at `place`: it repeats its view."""

    async def repeat() -> None:
        while True:
            await presenter.send("present", view=VIEW | {"pointer": [place, 0]})
            await asyncio.sleep(REPEAT_S)

    page = asyncio.create_task(repeat())
    try:
        yield
    finally:
        page.cancel()


async def wait_for_all_to_see(clients: list[Client], place: float) -> None:
    def is_there(frame: Frame) -> bool:
        return frame["view"] is not None and frame["view"]["pointer"] == [place, 0]

    await asyncio.gather(*(client.hold("view", is_there, within_s=8) for client in clients))


async def wait_for_question(clients: list[Client], **fields: object) -> None:
    def is_so(frame: Frame) -> bool:
        return frame | fields == frame

    await asyncio.gather(*(client.hold("question", is_so, within_s=8) for client in clients))


@pytest.mark.fault("Redis restarted at once, away for 2 s, idle, hanging, never there")
@pytest.mark.fault("kill -9 of a server")
async def test_class_goes_on_without_the_layer_and_without_a_server(cluster: Cluster) -> None:
    cluster.add_servers(1)
    dying, staying = cluster.servers.pop(), cluster.servers[0]
    await asyncio.to_thread(
        shell,
        cluster.site,
        "ana, ben = [make_user(name) for name in ('ana', 'ben')]",
        f"make_own_motion(ana, slug={CLASS!r}, paused=True, visibility='unlisted')",
    )
    cookie = await asyncio.to_thread(sign_in, staying, "ana")
    async with (
        watching(dying, CLASS, cookie=cookie) as presenter,
        watching(dying, CLASS) as near,
        watching(staying, CLASS) as far,
    ):
        async with presenting(presenter, 10):
            await wait_for_all_to_see([near, far], 10)
            cluster.valkey.stop()
            try:
                await act(
                    cluster,
                    "questions.ask_question(motion.pk, Draft(kind=Kind.NUMBER, text='How many?'))",
                )
                await wait_for_question([near, far], number=1, answered=0)
                await act(
                    cluster,
                    "from django.contrib.auth.models import User",
                    "ben = User.objects.get(username='ben')",
                    "questions.store_answer(motion.pk, 1, 5.0, 5.0, by=ben)",
                )
                await wait_for_question([near, far], answered=1)
                await asyncio.gather(  # no page shows a view that has stopped as if it went on
                    *(c.hold("view", lambda v: v["view"] is None, within_s=9) for c in (near, far))
                )
            finally:
                cluster.valkey.start()
            await wait_for_all_to_see([near, far], 10)

        kill_9(dying.process)
        async with (
            watching(staying, CLASS, cookie=cookie) as presenter,
            watching(staying, CLASS) as near,
            presenting(presenter, 20),
        ):
            await wait_for_all_to_see([near, far], 20)
            await wait_for_question([near], number=1, answered=1)
