"""A site on servers of its own, to be broken: PostgreSQL, Valkey, our servers and workers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any

from tests.support.client import Client, assert_all_hold_the_ensemble, watching
from tests.support.servers import START_S, Daphne, Postgres, Process, Site, Valkey, drives, wait_for
from tests.support.stage import make_motions

SLUG = "shared"
INTERVAL_S = 0.1


@dataclass
class Cluster:
    """Any number of servers and workers on one PostgreSQL and one Valkey."""

    postgres: Postgres
    valkey: Valkey
    site: Site
    servers: list[Daphne] = field(default_factory=list)
    workers: list[Process] = field(default_factory=list)

    def add_servers(self, count: int) -> None:
        new = [self.site.start_server(wait=False) for _ in range(count)]
        for server in new:
            wait_for(server.answers, "a server to answer")
        self.servers += new

    def add_workers(self, count: int) -> None:
        new = [self.site.start_worker(wait=False) for _ in range(count)]
        for worker in new:
            wait_for(partial(drives, worker), "a worker to start")
        self.workers += new

    @asynccontextmanager
    async def clients(self, *, on_each: int = 2) -> AsyncIterator[list[Client]]:
        """Sockets of one motion, spread over the servers, each with its history."""
        async with AsyncExitStack() as stack:
            found = [
                await stack.enter_async_context(watching(server, SLUG))
                for server in self.servers * on_each
            ]
            for client in found:
                await client.receive("history")
            yield found

    @property
    def step(self) -> int:
        return self.site.frontier(SLUG)[1]

    async def assert_all_hold_the_path(self, clients: list[Client]) -> None:
        """Every client has every step from 0 on, and the ensemble; no step came twice."""
        timeline = self.site.timeline(SLUG)
        for client in clients:
            client.path.assert_whole()
            client.path.assert_agrees(timeline)
        await assert_all_hold_the_ensemble(self.site, SLUG, clients)


@contextmanager
def running(
    folder: Path, *, servers: int, workers: int, settings: dict[str, Any] | None = None
) -> Iterator[Cluster]:
    postgres, valkey = Postgres(folder).start(), Valkey(folder).start()
    site = Site(
        folder,
        redis_url=valkey.url,
        database_url=postgres.new_database(),
        settings=settings or {},
    )
    try:
        site.setup()
        make_motions(site, shared={"interval": INTERVAL_S, "ensemble": 3}, still={"paused": True})
        cluster = Cluster(postgres, valkey, site)
        cluster.add_servers(servers)
        cluster.add_workers(workers)
        yield cluster
    finally:
        site.stop()
        valkey.stop()
        postgres.stop()


async def wait_for_all_to_reach(clients: list[Client], step: int) -> None:
    await asyncio.gather(*(client.reach(step, START_S) for client in clients))


async def wait_for_announcements(here: Client, there: Client, *, sweep_s: float) -> None:
    """Make changes until so many in a row come sooner than sweeps, which find one in each round."""
    variances, in_a_row = count(2), 4
    async with asyncio.timeout(START_S):
        while True:
            began = time.monotonic()
            for variance in islice(variances, in_a_row):
                await here.send("change", variance=variance)
                await there.until(lambda path, v=variance: path.state["variance"] == v, "it")
            if time.monotonic() - began < (in_a_row - 2) * sweep_s:
                return


async def absorb(clients: list[Client], seconds: float) -> None:
    """Take what comes for a while."""
    end = time.monotonic() + seconds

    async def one(client: Client) -> None:
        with contextlib.suppress(TimeoutError):
            while True:
                await client.frame(within_s=max(0.0, end - time.monotonic()))

    await asyncio.gather(*map(one, clients))


def kill_9(process: Process) -> None:
    os.kill(process.popen.pid, signal.SIGKILL)
    process.popen.wait(START_S)


def count_waiting_updates(site: Site) -> int:
    """How many wait for a lock, on PostgreSQL."""
    ((count,),) = site.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND query LIKE 'UPDATE%'"
    )
    return int(count)
