"""Many servers and workers, one path: no step skipped or doubled, whatever dies."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path as Folder

import pytest

from tests.faults.cluster import absorb, wait_for_all_to_reach, wait_for_announcements
from tests.support.client import Client, assert_all_hold_the_ensemble, watching
from tests.support.servers import (
    START_S,
    Daphne,
    Process,
    Site,
    Valkey,
    database_of_its_own,
    wait_for,
)
from tests.support.stage import make_motions, shell, stored_changes

pytestmark = pytest.mark.server

INTERVAL_S = 0.1
SWEEP_S = 2.0


@dataclass
class Cluster:
    """Two servers and two workers on one database and one Valkey."""

    valkey: Valkey
    site: Site
    servers: list[Daphne]
    workers: list[Process]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    valkey = Valkey(folder).start()
    site = Site(
        folder,
        redis_url=valkey.url,
        database_url=database_of_its_own(),
        settings={"MOTION_SWEEP_S": SWEEP_S},
    ).setup()
    make_motions(site, shared={"interval": INTERVAL_S, "ensemble": 3}, still={"paused": True})
    servers = [site.start_daphne(wait=False) for _ in range(2)]
    workers = [site.start_worker() for _ in range(2)]
    for server in servers:
        wait_for(server.answers, "daphne to answer")
    yield Cluster(valkey, site, servers, workers)
    site.stop()
    valkey.stop()


@pytest.fixture
async def clients(cluster: Cluster) -> AsyncIterator[list[Client]]:
    """Two sockets on each server, all of one motion."""
    async with AsyncExitStack() as stack:
        found = [
            await stack.enter_async_context(watching(server, "shared"))
            for server in cluster.servers * 2
        ]
        for client in found:
            await client.receive("history")
        yield found


def find_frontier(clients: list[Client]) -> int:
    return max(client.path.step or 0 for client in clients)


async def assert_all_hold_the_path(cluster: Cluster, clients: list[Client]) -> None:
    """Every client has every step from 0 on, and the ensemble; no step came twice."""
    timeline = cluster.site.timeline("shared")
    for client in clients:
        client.path.assert_whole()
        client.path.assert_agrees(timeline)
    await assert_all_hold_the_ensemble(cluster.site, "shared", clients)


@pytest.mark.fault("two workers, or many")
async def test_everyone_holds_one_path_no_faster_than_the_clock(
    cluster: Cluster, clients: list[Client]
) -> None:
    began, step = time.monotonic(), cluster.site.frontier("shared")[1]

    await wait_for_all_to_reach(clients, step + 30)

    took = time.monotonic() - began
    assert took >= 26 * INTERVAL_S
    await assert_all_hold_the_path(cluster, clients)


async def test_change_reaches_the_clients_of_another_server(
    cluster: Cluster, clients: list[Client]
) -> None:
    here, there, *_ = clients

    for variance in (9.0, 0.5):
        await here.send("change", variance=variance)
        await there.until(lambda path, v=variance: path.state["variance"] == v, "the change")
        here, there = there, here
    await wait_for_all_to_reach(clients, find_frontier(clients) + 5)

    await assert_all_hold_the_path(cluster, clients)
    assert len(stored_changes(cluster.site, "shared")) == 3


async def test_change_of_a_paused_motion_is_announced(cluster: Cluster) -> None:
    one, other = cluster.servers
    async with watching(one, "still") as here, watching(other, "still") as there:
        await here.receive("history")
        await there.receive("history")
        await wait_for_announcements(here, there, sweep_s=SWEEP_S)


async def test_restart_reaches_the_clients_of_another_server(
    cluster: Cluster, clients: list[Client]
) -> None:
    before = clients[0].path.epoch
    resize = "motions.update_description(Motion.objects.get(slug='shared').pk, ensemble=2)"
    await asyncio.to_thread(shell, cluster.site, resize)

    await clients[0].send("restart")
    for client in clients:
        await client.until(lambda path: path.epoch > before, "the restart")
    await wait_for_all_to_reach(clients, 5)

    assert len({client.path.epoch for client in clients}) == 1
    await assert_all_hold_the_path(cluster, clients)


@pytest.mark.fault("kill -9 of a worker at any point of a tick")
async def test_killed_worker_loses_and_doubles_nothing(
    cluster: Cluster, clients: list[Client]
) -> None:
    for _ in range(2):
        step = find_frontier(clients)
        await wait_for_all_to_reach(clients, step + 4)
        cluster.workers.pop(0).kill()
        await wait_for_all_to_reach(clients, find_frontier(clients) + 15)
        cluster.workers.append(cluster.site.start_worker())

    await assert_all_hold_the_path(cluster, clients)


@pytest.mark.fault("Redis restarted at once, away for 2 s, idle, hanging, never there")
async def test_after_valkey_was_away_every_client_is_whole(
    cluster: Cluster, clients: list[Client]
) -> None:
    await wait_for_all_to_reach(clients, find_frontier(clients) + 3)

    cluster.valkey.stop()
    await absorb(clients, 2.0)  # the sweep goes on showing steps meanwhile
    cluster.valkey.start()
    await wait_for_all_to_reach(clients, cluster.site.frontier("shared")[1] + 1)
    await assert_all_hold_the_path(cluster, clients)

    # None is deaf: frames come one step at a time again, not a sweep's worth at once.
    for client in clients:
        await wait_for_single_steps(client)
    await clients[0].send("change", variance=1.5)
    await clients[1].until(lambda path: path.state["variance"] == 1.5, "the change")


async def wait_for_single_steps(client: Client) -> None:
    run = 0
    async with asyncio.timeout(START_S):
        while run < 5:
            frame = await client.receive("increments")
            run = run + 1 if len(frame["increments"]) == 1 else 0


@pytest.mark.fault("Redis restarted at once, away for 2 s, idle, hanging, never there")
async def test_without_valkey_from_the_start_the_sweep_shows_the_steps(tmp_path: Folder) -> None:
    away = Valkey(tmp_path)
    site = Site(tmp_path, redis_url=away.url, settings={"MOTION_SWEEP_S": 0.5}).setup()
    make_motions(site, shared={"interval": INTERVAL_S, "ensemble": 3})
    server, worker = site.start_daphne(), site.start_worker()
    try:
        async with watching(server, "shared") as client:
            await client.receive("history")
            await client.reach((client.path.step or 0) + 10)
            await client.send("change", variance=4.0)
            await client.until(lambda path: path.state["variance"] == 4.0, "the change")
            await client.reach((client.path.step or 0) + 10)
            await assert_all_hold_the_ensemble(site, "shared", [client])

            away.start()
            await wait_for_single_steps(client)

        client.path.assert_whole()
        client.path.assert_agrees(site.timeline("shared"))
        assert worker.popen.poll() is None
    finally:
        site.stop()
        away.stop()


def test_sigterm_ends_servers_and_workers_cleanly(cluster: Cluster) -> None:
    processes = [*cluster.workers, *(server.process for server in cluster.servers)]
    written = [len(process.output()) for process in processes]

    codes = [process.stop(within_s=START_S) for process in processes]

    assert codes == [0] * 4
    for process, before in zip(processes, written, strict=True):
        assert "Traceback" not in process.output()[before:]
    for worker in cluster.workers:
        assert worker.output().rstrip().endswith("The worker has stopped.")


def test_server_with_redis_runs_no_worker(cluster: Cluster) -> None:
    for server in cluster.servers:
        assert "The worker drives" not in server.process.output()
