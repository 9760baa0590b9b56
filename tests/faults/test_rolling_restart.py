"""Everything is restarted, one process after the other, under a lecture hall of clients."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.cluster import Cluster
from tests.faults.pupil import Pupil
from tests.support.servers import SECRET_KEY, Daphne, Site, free_port, wait_for

pytestmark = pytest.mark.server

PUPILS = 500
GOODBYE_S = 3.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """Open to PostgreSQL's user, as pytest's own folders are not, and with a short path."""
    made = Path(tempfile.mkdtemp(prefix="rolling-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    env = {
        "DJANGO_SECRET_KEY": SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TEST_SETTINGS": json.dumps({"MOTION_GOODBYE_S": GOODBYE_S}),
    }
    cluster = Cluster(folder=folder / "site", port=free_port(), env=env)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.mark.fault("SIGTERM to a server, and a rolling restart, with 500 clients")
async def test_rolling_restart_loses_no_step_and_no_client(cluster: Cluster) -> None:
    pupils = [Pupil(Daphne(cluster.port, None)) for _ in range(PUPILS)]  # type: ignore[arg-type]
    stopping = asyncio.Event()
    lesson = asyncio.gather(*(pupil.watch(stopping) for pupil in pupils))
    await wait_for_all_at(pupils, read_step(cluster) + 2)

    for name in ("worker-1", "server-1", "worker-2", "server-2"):
        await asyncio.to_thread(cluster.restart, name)
        await wait_for_all_at(pupils, read_step(cluster) + 2)
    stopping.set()
    await lesson

    assert {code for pupil in pupils for code in pupil.codes} == {4412}
    assert all(pupil.codes for pupil in pupils), "a server that was restarted sent nobody away"
    assert all(len(pupil.away_s) == len(pupil.left_at) for pupil in pupils), "all came back"
    assert spread(pupils) > 0.4 * GOODBYE_S
    timeline = open_site(cluster).timeline()
    for pupil in pupils:
        pupil.path.assert_whole()
        pupil.path.assert_agrees(timeline)


def spread(pupils: list[Pupil]) -> float:
    """Seconds between the first and the last that the first server sent away."""
    left = sorted(pupil.left_at[0] for pupil in pupils)
    return left[len(left) // 2 - PUPILS // 10] - left[0]


def read_step(cluster: Cluster) -> int:
    return open_site(cluster).frontier()[1]


def open_site(cluster: Cluster) -> Site:
    """What the cluster's database says, read without the program."""
    url = f"postgresql:///postgres?host={cluster.database}&user=postgres"
    return Site(cluster.folder, database_url=url)


async def wait_for_all_at(pupils: list[Pupil], step: int) -> None:
    """Wait until everybody has come to `step`."""
    await asyncio.to_thread(
        wait_for,
        lambda: all((pupil.path.step or -1) >= step for pupil in pupils),
        f"all to come to step {step}",
    )
