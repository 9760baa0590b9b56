"""`make cluster`: everything starts, works together, and goes down without a trace."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from deploy import database
from deploy.cluster import Cluster
from deploy.process import ClusterError, NotStartedError
from tests.support.client import Client, watching
from tests.support.servers import SECRET_KEY, START_S, Daphne, Process, free_port, wait_for

pytestmark = pytest.mark.server

NAMES = ["postgresql", "valkey", "server-1", "server-2", "worker-1", "worker-2", "nginx"]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Open to PostgreSQL's user, as pytest's own folders are not, and with a short path."""
    made = Path(tempfile.mkdtemp(prefix="cluster-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


SITE = """my "site" {1} #2 $x;é's%41"""
"""A folder that is read as something else wherever a path is pasted into a text."""


def run_deploy(folder: Path, port: int | str, log: Path, **variables: str) -> Process:
    """`python -m deploy`, as make runs it."""
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env |= {"DJANGO_SECRET_KEY": SECRET_KEY, "FOLDER": str(folder), "PORT": str(port)}
    return Process([sys.executable, "-m", "deploy"], env | variables, log)


def start(folder: Path, host: str = "127.0.0.1") -> tuple[Process, Daphne]:
    """The cluster, and what answers in front."""
    port = free_port()
    process = run_deploy(folder / SITE, port, folder / f"said-{port}.log", HOST=host)
    wait_for(lambda: "Ctrl-C ends" in process.output() or process.popen.poll(), "the cluster")
    assert process.popen.poll() is None, process.output()
    return process, Daphne(port, process)


def get_page(front: Daphne) -> bytes:
    with urllib.request.urlopen(front.url, timeout=START_S) as response:
        return bytes(response.read())


def read_pids(process: Process) -> dict[str, int]:
    found = re.findall(r"^  (\S+) +process +(\d+),", process.output(), re.MULTILINE)
    return {name: int(pid) for name, pid in found}


def find_leftovers(folder: Path) -> list[str]:
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
    await client.reach((client.path.step or 0) + steps)


async def test_cluster_restarts_a_dead_process_and_stops_without_a_trace(
    folder: Path,
) -> None:
    unfinished = folder / SITE / "postgresql" / database.UNFINISHED  # a set-up was interrupted
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("15")
    process, front = start(folder)
    try:
        pids = read_pids(process)
        assert list(pids) == NAMES
        assert "Administrator: admin, password: " in process.output()
        assert b"data-socket=" in get_page(front)

        async with watching(front) as client:
            await client.receive("history")
            await assert_worker_is_not_missed(client, process, pids["worker-1"])
            assert find_leftovers(folder)

            code = process.stop(within_s=START_S)

            assert await client.closed() in {4412, 1006}
        assert code == 0, process.output()
        assert find_leftovers(folder) == []
        assert "Traceback" not in process.output()
    finally:
        process.stop(within_s=START_S)

    again, front = start(folder, host="::")
    try:
        assert "password: " not in again.output()
        async with watching(front) as client:
            state = await client.receive("state")
            assert state["variance"] == 4.0
            assert state["step"] >= (client.path.step or 0)
        assert_refuses_a_second(folder, front.port)

        assert_nginx_comes_back(folder, again, front)
    finally:
        again.kill()
    wait_for(lambda: find_leftovers(folder) == [], "all to end with what started them")


async def assert_worker_is_not_missed(client: Client, process: Process, pid: int) -> None:
    await go_on(client)
    os.kill(pid, signal.SIGKILL)
    await client.send("change", variance=4.0)
    await client.until(lambda path: path.state["variance"] == 4.0, "the change")
    wait_for(lambda: "worker-1 ended and is being restarted." in process.output(), "it")
    await go_on(client)
    client.path.assert_whole()


def assert_nginx_comes_back(folder: Path, process: Process, front: Daphne) -> None:
    """Once its master was killed, whose workers keep the port."""
    old_workers = find_nginx_workers(folder)
    os.kill(read_pids(process)["nginx"], signal.SIGKILL)
    wait_for(lambda: "nginx ended and is being restarted." in process.output(), "it")
    wait_for(lambda: find_nginx_workers(folder) and front.answers(), "nginx to be back")

    assert len(old_workers) == 2
    assert not old_workers & find_nginx_workers(folder)
    assert process.output().count("nginx ended") == 1


def find_nginx_workers(folder: Path) -> set[int]:
    """Those whose folder this is."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            is_worker = (process / "cmdline").read_bytes().startswith(b"nginx: worker")
            if is_worker and Path(os.readlink(process / "cwd")) == folder / SITE:
                found.add(int(process.name))
    return found


def assert_refuses_a_second(folder: Path, port: int) -> None:
    second = run_deploy(folder / SITE, free_port(), folder / "second.log")
    elsewhere = run_deploy(folder / "other", port, folder / "elsewhere.log")

    assert (second.popen.wait(START_S), elsewhere.popen.wait(START_S)) == (1, 1)
    assert second.output() == (
        f"Another cluster runs in {folder / SITE}: end it, or choose another folder with "
        "make cluster FOLDER=…\n"
    )
    assert elsewhere.output().startswith(f"Port {port} is taken: end the program")
    assert elsewhere.output().count("\n") == 1
    assert not (folder / "other" / "postgresql").exists()


@pytest.mark.parametrize(
    ("name", "variables", "sentence"),
    [
        ("x" * 107, {}, "is too long for PostgreSQL's socket, 107 bytes at most: choose"),
        ("a,b", {}, "as a list: choose a folder without a comma"),
        ("file", {}, "file is not a folder: choose another one."),
        ("site", {"PORT": "abc"}, "PORT must be a port number from 1 to 65535."),
        ("site", {"HOST": "192.0.2.77"}, "192.0.2.77 is not an address of this machine: "),
        ("site", {"HOST": "a b"}, "HOST must be an IP address or a host name, such as "),
    ],
)
def test_cluster_that_cannot_be_says_why_in_one_sentence(
    folder: Path, tmp_path: Path, name: str, variables: dict[str, str], sentence: str
) -> None:
    (tmp_path / "file").touch()
    where = tmp_path if name == "file" else folder

    process = run_deploy(where / name, free_port(), tmp_path / "log", **variables)

    assert process.popen.wait(START_S) == 1
    assert sentence in process.output()
    assert process.output().count("\n") == 1, process.output()


def test_password_is_shown_though_a_later_step_fails(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    failing = tmp_path / "manage.py"
    failing.write_text('print("Administrator: admin, password: x"); raise SystemExit("no more")')

    with pytest.raises(ClusterError, match=r"manage\.py setup failed: no more"):
        Cluster(folder=folder / "unused", root=tmp_path).manage("setup")

    assert capsys.readouterr().out == "Administrator: admin, password: x\n"


def test_part_that_ends_again_and_again_ends_the_cluster(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster(folder=tmp_path, env={"DJANGO_SECRET_KEY": SECRET_KEY})
    command = ["sh", "-c", "echo there is no more room"]
    cluster.processes["nginx"] = cluster._process("nginx", command, ready=lambda _: True)
    monkeypatch.setattr("deploy.cluster.LIVES", 2)

    with pytest.raises(NotStartedError, match="nginx did not start:\nthere is no more room"):
        cluster.supervise(threading.Event())


def test_part_that_ends_now_and_then_is_started_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster(folder=tmp_path, env={"DJANGO_SECRET_KEY": SECRET_KEY})
    stopping, starts = threading.Event(), tmp_path / "starts"
    command = ["sh", "-c", f"echo >> {shlex.quote(str(starts))}"]
    cluster.processes["nginx"] = cluster._process("nginx", command, ready=lambda _: True)
    monkeypatch.setattr("deploy.cluster.LIVES", 2)
    monkeypatch.setattr("deploy.cluster.SHORT_LIFE_S", 0.0)
    keeper = threading.Thread(target=cluster.supervise, args=[stopping])

    keeper.start()
    wait_for(lambda: starts.exists() and starts.stat().st_size > 2, "more starts than it has lives")
    stopping.set()
    keeper.join()


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's PostgreSQL starts everywhere")
def test_cluster_of_root_refuses_a_closed_folder() -> None:
    # The name of a `tmp_path` may be too long for the socket, which is checked first.
    with (
        tempfile.TemporaryDirectory() as closed,  # to all but its owner
        pytest.raises(ClusterError, match="cannot enter"),
    ):
        Cluster(folder=Path(closed) / "site").start()
