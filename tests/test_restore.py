"""A backup is restored: what came after it is lost, and nothing mixes with what comes now."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from motion import control
from motion.management.commands import new_epochs
from motion.models import Change, Epoch, Motion
from tests import databases
from tests.client import Client, watching
from tests.factories import make_motion
from tests.servers import Daphne, Site
from tests.stage import make_motions

INTERVAL_S = 0.1
# As docs/operations.md has it.
VACUUM = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('VACUUM INTO ?', sys.argv[2:])"


@pytest.fixture(params=["sqlite", "postgresql"])
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    url = ""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    site = Site(tmp_path, database_url=url, settings={"MOTION_SWEEP_S": 0.5}).setup()
    make_motions(site, walk={"interval": INTERVAL_S})
    yield site
    site.stop()


def is_sqlite(site: Site) -> bool:
    return site.database_url.startswith("sqlite")


def run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=60)


def back_up(site: Site) -> Path:
    file = site.folder / "backup"
    if is_sqlite(site):
        run(sys.executable, "-c", VACUUM, str(site.database), str(file))
    else:
        run("pg_dump", "--format=custom", f"--file={file}", site.database_url)
    return file


def restore(site: Site, file: Path) -> None:
    if is_sqlite(site):
        for stale in site.folder.glob("db.sqlite3*"):
            stale.unlink()
        site.database.write_bytes(file.read_bytes())
    else:
        server, _, name = site.database_url.rpartition("/")
        databases.copy_database(f"{server}/postgres", source="template1", name=name)
        run("pg_restore", "--no-owner", "--exit-on-error", "-d", site.database_url, str(file))


def get(server: Daphne, **query: int) -> Any:
    """A window's fields, or the status of what says that there is none."""
    words = "&".join(f"{name}={value}" for name, value in query.items())
    try:
        with urllib.request.urlopen(f"{server.url}/motions/walk/path.json?{words}") as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code


async def go_on(client: Client, steps: int) -> int:
    step = (client.path.step or 0) + steps
    await client.reach(step)
    return step


@pytest.mark.server
async def test_after_a_restore_nobody_mixes_two_paths(site: Site) -> None:
    server = site.start_daphne()
    async with watching(server, "walk") as client:
        await client.receive("history")
        await go_on(client, 10)
        backup, epoch = back_up(site), client.path.epoch
        lost = await go_on(client, 10)
        await client.send("change", variance=9.0)
        await go_on(client, 10)
        lost_window = get(server, epoch=epoch, first=0, last=lost)
        await client.send("restart")
        await client.until(lambda path: path.epoch > epoch, "the lost epoch")
        await go_on(client, 5)
        lost_epoch, standing = client.path.epoch, client.path.query
        held_path = client.path
    server.process.kill()

    restore(site, backup)
    _, kept = site.frontier("walk")
    begun = site.manage("new_epochs")
    again = site.start_daphne()

    assert (begun.returncode, begun.stdout) == (0, "New epochs were begun for 2 motions.\n")
    async with watching(again, "walk", standing, path=held_path) as client:
        state = await client.frame()
        history = await client.frame()
        assert state["epoch"] == history["epoch"] > lost_epoch
        assert (state["variance"], state["interval"]) == (1.0, INTERVAL_S)
        await go_on(client, 5)
        client.path.assert_whole()
        client.path.assert_agrees(site.timeline("walk"))
    ended = get(again, epoch=epoch)
    assert (ended["first"], ended["last"]) == (0, kept)
    assert ended["positions"] == lost_window["positions"][: kept + 1]
    assert 10 <= kept < lost
    assert get(again, epoch=epoch, first=0, last=lost) == 400
    assert get(again, epoch=lost_epoch) == 404
    again.process.stop()
    assert site.manage("verify_motion", "walk").returncode == 0


# --- the command -----------------------------------------------------------------------------


def said(**options: Any) -> str:
    out = StringIO()
    call_command("new_epochs", stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_new_epochs_keep_parameters_and_pause_and_end_the_old_ones_at_the_frontier() -> None:
    running = make_motion(step=77, variance=4.0, drift=0.5)
    paused = make_motion(step=5, paused=True)
    old = {motion.pk: motion.epoch for motion in (running, paused)}

    assert said() == "New epochs were begun for 2 motions.\n"

    for motion in (running, paused):
        now = Motion.objects.get(pk=motion.pk)
        ended = Epoch.objects.get(motion=motion, number=old[motion.pk])
        newest = control.newest_change(now)
        assert (now.step, now.parameters) == (0, motion.parameters)
        assert (ended.last_step, ended.ended_at is None) == (motion.step, False)
        assert (newest.epoch.number, newest.step, newest.by) == (now.epoch, 0, None)


@pytest.mark.django_db
def test_new_epochs_may_be_begun_again_and_where_there_is_no_motion() -> None:
    assert said() == "New epochs were begun for 0 motions.\n"
    motion = make_motion()

    assert said() == said() == "New epochs were begun for 1 motion.\n"

    assert Epoch.objects.filter(motion=motion).count() == 3


@pytest.mark.django_db
def test_the_same_backup_restored_twice_at_once_names_no_path_alike() -> None:
    motion = make_motion()
    numbers = []
    while time.time() % 1 > 0.5:  # so that both could be in one second
        time.sleep(0.01)

    for _ in range(2):
        before = transaction.savepoint()
        said()
        numbers.append(Motion.objects.get(pk=motion.pk).epoch)
        transaction.savepoint_rollback(before)

    assert numbers[0] < numbers[1]


@pytest.mark.django_db
def test_new_epochs_are_numbered_above_a_lost_one(monkeypatch: pytest.MonkeyPatch) -> None:
    motion = make_motion()
    monkeypatch.setattr(new_epochs, "LONGEST_WAIT_S", 0.0)
    lost = int(time.time()) + 5_000

    said(above=lost)

    assert Motion.objects.get(pk=motion.pk).epoch == lost + 1


@pytest.mark.django_db
@pytest.mark.parametrize("above", [-1, 2**53])
def test_a_number_that_is_no_epochs_is_refused(above: int) -> None:
    motion = make_motion()

    with pytest.raises(CommandError, match="NUMBER must be an epoch's"):
        said(above=above)

    assert Motion.objects.get(pk=motion.pk).epoch == motion.epoch


@pytest.mark.django_db
def test_a_clock_that_was_set_back_is_refused() -> None:
    motion = make_motion()
    Change.objects.update(at=timezone.now() + timedelta(minutes=5))

    with pytest.raises(CommandError, match="is in the future: set the clock right"):
        said()

    assert Motion.objects.get(pk=motion.pk).epoch == motion.epoch
