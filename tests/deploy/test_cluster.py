"""`make cluster`: everything starts, works together, and goes down without a trace."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from deploy.cluster import ROOT, Cluster
from deploy.process import ClusterError
from tests.client import Client, watching
from tests.newer_version import newer_version
from tests.servers import Daphne, Process, free_port, wait_for

pytestmark = pytest.mark.server

START_S = 90.0
NAMES = ["postgresql", "valkey", "server-1", "server-2", "worker-1", "worker-2", "nginx"]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Open to PostgreSQL's user, as pytest's own folders are not, and with a short path."""
    made = Path(tempfile.mkdtemp(prefix="cluster-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def start(folder: Path) -> tuple[Process, Daphne]:
    """`python -m deploy`, and what answers in front."""
    port = free_port()
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = Process(
        [sys.executable, "-m", "deploy", "--folder", str(folder / "site"), "--port", str(port)],
        env | {"DJANGO_SECRET_KEY": "only for tests"},
        folder / f"said-{port}.log",
    )
    wait_for(lambda: "Ctrl-C ends" in process.output() or process.popen.poll(), "it", START_S)
    assert process.popen.poll() is None, process.output()
    return process, Daphne(port, process)


def page(front: Daphne) -> bytes:
    with urllib.request.urlopen(front.url, timeout=10) as response:
        return bytes(response.read())


def said_pids(process: Process) -> dict[str, int]:
    found = re.findall(r"^  (\S+) +process +(\d+),", process.output(), re.MULTILINE)
    return {name: int(pid) for name, pid in found}


def still_there(folder: Path) -> list[str]:
    """The command lines of processes that have to do with `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            about = (
                process.joinpath("cmdline").read_bytes() + process.joinpath("environ").read_bytes()
            )
            if str(folder).encode() in about + os.fsencode(os.readlink(process / "cwd")):
                found.append(about[:200].decode(errors="replace"))
    return found


async def go_on(client: Client, steps: int = 2) -> None:
    await client.reach((client.path.step or 0) + steps, within_s=20)


async def test_it_starts_works_survives_a_death_and_goes_down_without_a_trace(
    folder: Path,
) -> None:
    process, front = start(folder)
    try:
        pids = said_pids(process)
        assert list(pids) == NAMES
        assert "Administrator: admin, password: " in process.output()
        assert b"data-socket=" in page(front)

        async with watching(front) as client:
            await client.receive("history")
            await go_on(client)
            os.kill(pids["worker-1"], signal.SIGKILL)
            await client.send("change", variance=4.0)
            await client.until(lambda path: path.state["variance"] == 4.0, "the change")
            wait_for(lambda: "worker-1 ended, and is started again." in process.output(), "it")
            await go_on(client)
            client.path.assert_whole()
            assert still_there(folder)

            code = process.stop(within_s=60)

            assert await client.closed() in {4412, 1006}
        assert code == 0, process.output()
        assert still_there(folder) == []
        assert "Traceback" not in process.output()
    finally:
        process.stop(within_s=60)

    again, front = start(folder)
    try:
        assert "password: " not in again.output()
        async with watching(front) as client:
            state = await client.receive("state")
            assert state["variance"] == 4.0
            assert state["step"] >= (client.path.step or 0)
    finally:
        assert again.stop(signal.SIGINT, within_s=60) == 0
    assert still_there(folder) == []


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    env = {"DJANGO_SECRET_KEY": "only for tests"}
    cluster = Cluster(folder=folder / "deployed", port=free_port(), env=env)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
    assert still_there(folder) == []


async def test_a_deploy_with_a_migration_runs_old_and_new_code_side_by_side(
    cluster: Cluster, tmp_path: Path
) -> None:
    newer = newer_version(tmp_path)
    front = Daphne(cluster.port, None)  # type: ignore[arg-type]
    async with watching(front) as client:
        await client.receive("history")
        await go_on(client)
        cluster.root = newer
        cluster.manage("migrate", "--verbosity", "0")
        cluster.root = ROOT

        # Old code on the new table: steps, changes, and motions made by it.
        await go_on(client)
        await client.send("change", variance=4.0)
        await client.until(lambda path: path.state["variance"] == 4.0, "the change")
        made = "from motion import control; control.create_motion(title='Made by old code')"
        cluster.manage("shell", "-v", "0", "-c", made)
        standing, path = client.path.query, client.path

    cluster.deploy(newer)

    noted = "from motion.models import *; print(set(Motion.objects.values_list('note', flat=True)))"
    assert cluster.manage("shell", "-v", "0", "-c", noted) == "{'new'}\n"
    async with watching(front, query=standing, path=path) as client:
        await go_on(client)
        assert path.state["variance"] == 4.0
        path.assert_whole()


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's PostgreSQL starts everywhere")
def test_root_is_told_where_its_database_cannot_be(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(ClusterError, match="cannot get through"):
        Cluster(folder=closed / "site").start()
