"""A PostgreSQL that hangs while its machine still acknowledges: no timeout of TCP's helps."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from brownian_site.server.shutdown import GAVE_UP
from tests.faults.cluster import Cluster, running, wait_for_all_to_reach
from tests.support.client import watching
from tests.support.servers import Postgres, Process, wait_for

pytestmark = pytest.mark.server

END_S = 3.0


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    settings = {"MOTION_SWEEP_S": 0.5, "MOTION_GOODBYE_S": 0.2, "MOTION_END_S": END_S}
    with running(tmp_path_factory.mktemp("site"), servers=1, workers=1, settings=settings) as made:
        yield made


@pytest.mark.fault("a PostgreSQL that hangs while its machine acknowledges, and a SIGTERM")
async def test_sigterm_ends_processes_when_the_database_hangs(cluster: Cluster) -> None:
    server, worker = cluster.servers.pop(), cluster.workers.pop()
    async with watching(server, "shared") as client:
        await client.receive("history")
        with hanging(cluster.postgres):
            # Nothing can report that every task of both processes waits for an answer: this is
            # longer than a sweep, and many ticks.
            await asyncio.sleep(0.6)
            worker.popen.terminate()
            codes = [end_process(server.process), end_process(worker)]
            assert await client.closed() == 4412

    for code, process in zip(codes, (server.process, worker), strict=True):
        assert code == GAVE_UP
        assert process.output().count(f"within {END_S:g} s and is killed") == 1

    # What was under way is committed now, or never: the path is the same.
    wait_for(lambda: is_idle(cluster), "the tick under way to end")
    cluster.add_servers(1)
    cluster.add_workers(1)
    async with cluster.clients(on_each=1) as clients:
        await wait_for_all_to_reach(clients, cluster.step + 5)
        await cluster.assert_all_hold_the_path(clients)
    assert cluster.site.manage("verify_motion", "shared").returncode == 0


async def test_sigterm_lets_processes_finish_when_the_database_answers(cluster: Cluster) -> None:
    server, worker = cluster.servers.pop(), cluster.workers.pop()

    assert [end_process(server.process), end_process(worker)] == [0, 0]
    assert "is killed" not in server.process.output() + worker.output()


def end_process(process: Process) -> int:
    """SIGTERM it; its exit code, -9 if it lives on."""
    return process.stop()


@contextmanager
def hanging(postgres: Postgres) -> Iterator[None]:
    """Stop all its processes, whose connections the kernel keeps alive."""
    assert postgres.process is not None
    parent = postgres.process.popen.pid
    pids = [parent, *list_children(parent)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def list_children(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def is_idle(cluster: Cluster) -> bool:
    ((others,),) = cluster.site.execute(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid()"
    )
    return not others
