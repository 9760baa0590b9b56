"""A backup is restored: what came after it is lost, and nothing mixes with what comes now."""

from __future__ import annotations

import asyncio
import json
import re
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
from django.db import connection
from django.utils import timezone

from motion.management.commands import new_epochs
from motion.models import Change, Epoch, Motion
from motion.services import motions
from tests.support.client import Client, watching
from tests.support.factories import make_motion
from tests.support.servers import Daphne, Postgres, Site, wait_for
from tests.support.stage import make_motions, shell

INTERVAL_S = 0.1


@pytest.fixture(params=["sqlite", "postgresql"])
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    url = ""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    site = Site(tmp_path, database_url=url, settings={"MOTION_SWEEP_S": 0.5}).setup()
    make_motions(site, walk={"interval": INTERVAL_S})
    yield site
    site.stop()


def back_up(site: Site, name: str = "backup") -> Path:
    file = site.folder / name
    assert "in " in manage(site, "backup", file)
    return file


def manage(site: Site, command: str, *arguments: object) -> str:
    """What a command prints, or the sentence that it fails with; in a process that is there."""
    return shell(
        site,
        "from django.core.management import CommandError, call_command",
        f"try: call_command({', '.join(repr(str(word)) for word in (command, *arguments))})",
        "except CommandError as error: print(f'refused: {error}')",
    )


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


@pytest.mark.fault("a backup restored")
@pytest.mark.server
async def test_client_mixes_no_paths_after_a_restore(site: Site) -> None:
    server = site.start_daphne()
    async with watching(server, "walk") as client:
        await client.receive("history")
        await go_on(client, 10)
        backup, epoch = site.folder / "backup", client.path.epoch
        made = await asyncio.to_thread(site.manage, "backup", str(backup))
        assert (made.returncode, made.stderr) == (0, "")
        assert made.stdout.startswith(f"{backup} has 2 motions in ")
        await client.reach(site.frontier("walk")[1])
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

    site.execute("DELETE FROM motion_process")  # what died is forgotten after 15 s
    begun = site.manage("restore", str(backup), "--replace")
    assert (begun.returncode, begun.stderr) == (0, "")
    kept = read_last_step(site, "walk", epoch)
    again = site.start_daphne()

    assert begun.stdout.splitlines() == [
        f"2 motions of {backup} were restored.",
        "New epochs were begun for 2 motions.",
    ]
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


def read_last_step(site: Site, slug: str, epoch: int) -> int:
    """Where an epoch has ended."""
    ((step,),) = site.execute(
        "SELECT e.last_step FROM motion_epoch e JOIN motion_motion m ON m.id = e.motion_id"
        " WHERE m.slug = ? AND e.number = ?",
        *(slug, epoch),
    )
    return int(step)


# --- backup and restore: what they refuse ------------------------------------------------------


def assert_refused(output: str, sentence: str) -> None:
    assert re.search(f"refused: .*{sentence}", output), output


@pytest.mark.server
def test_backup_changes_no_file_when_it_fails(site: Site) -> None:
    file = back_up(site)
    before, there = file.read_bytes(), sorted(site.folder.iterdir())

    assert_refused(manage(site, "backup", file), "exists already: choose another name")
    assert_refused(manage(site, "backup", site.folder / "no" / "folder"), "cannot be written")
    site.env["DATABASE_URL"] = f"{site.database_url.removesuffix('.sqlite3')}-none"
    gone = site.manage("backup", str(site.folder / "other"))

    assert gone.returncode == 1
    assert re.match("CommandError: .*(There is no database at|does not exist)", gone.stderr)
    assert gone.stderr.count("\n") == 1
    assert file.read_bytes() == before
    assert file.stat().st_mode & 0o077 == 0, "sessions and passwords are for nobody else"
    assert sorted(site.folder.iterdir()) == there


LAST_BACKUP = (
    "from motion.services.backups import read_last_backup_time; print(read_last_backup_time())"
)


@pytest.mark.server
def test_backup_in_a_folder_keeps_the_newest(site: Site) -> None:
    folder = site.folder / "backups"
    folder.mkdir()
    ending = ".sqlite3" if site.database_url.startswith("sqlite") else ".dump"
    old = [folder / f"brownian-20250101T0{hour}0000Z{ending}" for hour in range(3)]
    for path in old:
        path.touch()

    began = time.time()
    output = manage(site, "backup", folder, "--keep", 2)
    noted = manage(site, "shell", "-v0", "-c", LAST_BACKUP)

    assert {str(path) for path in folder.iterdir()} == {str(old[-1]), output.split(" has ")[0]}
    assert began <= float(noted) <= time.time()


@pytest.mark.server
def test_restore_changes_nothing_when_it_refuses(site: Site) -> None:
    file, (epoch, _) = back_up(site), site.frontier("walk")
    damaged, foreign = site.folder / "damaged", site.folder / "foreign"
    content = file.read_bytes()
    damaged.write_bytes(content[: len(content) // 2] + b"\0" * 5000)
    foreign.write_bytes((b"PGDMP" if content.startswith(b"SQLite") else b"SQLite format 3\0") * 99)
    site.execute("UPDATE motion_motion SET title = 'Newer' WHERE slug = 'walk'")

    assert_refused(manage(site, "restore", file), "holds 2 motions.*add --replace")
    assert_refused(manage(site, "restore", damaged, "--replace"), "is damaged")
    assert_refused(manage(site, "restore", foreign, "--replace"), "is not a backup of")
    assert_refused(manage(site, "restore", "nowhere", "--replace"), "cannot be read")
    server = site.start_daphne()
    wait_for(lambda: site.execute("SELECT 1 FROM motion_process"), "it to be known")
    assert_refused(manage(site, "restore", file, "--replace"), "running .*stop all of them first")
    server.process.stop()

    assert site.execute("SELECT title FROM motion_motion WHERE slug = 'walk'") == [("Newer",)]
    assert site.frontier("walk")[0] == epoch


@pytest.mark.server
def test_restore_is_refused_whole_when_it_fails_half_way(
    postgres: Postgres, tmp_path: Path
) -> None:
    site = Site(tmp_path, database_url=postgres.new_database()).setup()
    file = back_up(site)
    for statement in (
        "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no indexes today'; END $$",
        "CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN TAG IN ('CREATE INDEX')"
        " EXECUTE FUNCTION refuse()",
    ):
        site.execute(statement)

    output = manage(site, "restore", file, "--replace")

    assert_refused(output, "was not replaced: .*no indexes today")
    assert site.execute("SELECT slug FROM motion_motion") == [("brownian",)]


@pytest.mark.server
def test_restore_deletes_what_the_backup_does_not_have(site: Site) -> None:
    """A table of a newer version would stand in the way of that version's migration."""
    file = back_up(site)
    site.execute("CREATE TABLE newer (id integer)")

    assert "were restored" in manage(site, "restore", file, "--replace")

    tables = (
        "SELECT name FROM sqlite_master WHERE name = 'newer'"
        if site.database_url.startswith("sqlite")
        else "SELECT tablename FROM pg_tables WHERE tablename = 'newer'"
    )
    assert site.execute(tables) == []


@pytest.mark.server
def test_restore_replaces_a_damaged_or_empty_sqlite_file(tmp_path: Path) -> None:
    site = Site(tmp_path).setup()
    file = back_up(site)
    for damage in (b"no database" * 999, b""):
        site.database.write_bytes(damage)

        output = manage(site, "restore", file, *(["--replace"] if damage else []))

        assert output.endswith("New epochs were begun for 1 motion.\n"), output
        assert site.frontier()[1] == 0
    site.stop()


# --- new_epochs -----------------------------------------------------------------------------


class Clock:
    """A clock that only `sleep` moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.25

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(new_epochs, "now", clock)
    monkeypatch.setattr(new_epochs, "time", clock)
    monkeypatch.setattr(motions, "now", clock)
    return clock


def begin_new_epochs(**options: Any) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("new_epochs", stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_new_epochs_keep_parameters_and_end_the_old_ones(
    clock: Clock,
) -> None:
    running = make_motion(step=77, variance=4.0, drift=0.5, ensemble=3)
    paused = make_motion(step=5, paused=True)
    old = {motion.pk: motion.epoch for motion in (running, paused)}

    assert begin_new_epochs() == "New epochs were begun for 2 motions.\n"

    for motion in (running, paused):
        now = Motion.objects.get(pk=motion.pk)
        ended = Epoch.objects.get(motion=motion, number=old[motion.pk])
        newest = motions.read_newest_change(now)
        assert (now.step, now.parameters) == (0, motion.parameters)
        assert (ended.last_step, ended.ended_at is None) == (motion.step, False)
        assert (newest.epoch.number, newest.step, newest.by) == (now.epoch, 0, None)
        assert newest.epoch.paths == motion.ensemble
        assert len(newest.offsets or b"") == (8 * (3 + 2) if motion.ensemble else 0)


@pytest.mark.django_db
def test_new_epochs_begin_for_no_motion_and_again(clock: Clock) -> None:
    assert begin_new_epochs() == "New epochs were begun for 0 motions.\n"
    motion = make_motion()

    assert begin_new_epochs() == begin_new_epochs() == "New epochs were begun for 1 motion.\n"

    assert Epoch.objects.filter(motion=motion).count() == 3


@pytest.mark.django_db
def test_new_epochs_differ_when_a_backup_is_restored_twice(clock: Clock) -> None:
    motion = make_motion()
    numbers = []

    for _ in range(2):
        before = connection.savepoint()
        begin_new_epochs()
        numbers.append(Motion.objects.get(pk=motion.pk).epoch)
        connection.savepoint_rollback(before)

    assert numbers[0] < numbers[1]


@pytest.mark.django_db
def test_new_epochs_differ_from_one_that_was_lost_within_the_second(clock: Clock) -> None:
    motion = make_motion()
    before = connection.savepoint()
    clock.sleep(10)
    motions.restart_motion(motion.pk)
    lost = Motion.objects.get(pk=motion.pk).epoch
    connection.savepoint_rollback(before)

    begin_new_epochs()

    assert Motion.objects.get(pk=motion.pk).epoch > lost


@pytest.mark.django_db
def test_new_epochs_are_numbered_above_a_lost_one(clock: Clock) -> None:
    motion = make_motion()
    lost = int(clock()) + 5_000

    begin_new_epochs(above=lost)

    assert Motion.objects.get(pk=motion.pk).epoch == lost + 1


@pytest.mark.django_db
@pytest.mark.parametrize("above", [-1, 2**53])
def test_new_epochs_refuse_a_number_that_is_no_epoch(above: int) -> None:
    motion = make_motion()

    with pytest.raises(CommandError, match="NUMBER must be an epoch, which"):
        begin_new_epochs(above=above)

    assert Motion.objects.get(pk=motion.pk).epoch == motion.epoch


@pytest.mark.django_db
def test_new_epochs_refuse_when_the_clock_was_set_back() -> None:
    motion = make_motion()
    Change.objects.update(at=timezone.now() + timedelta(minutes=5))

    with pytest.raises(CommandError, match="is in the future: set the clock right"):
        begin_new_epochs()

    assert Motion.objects.get(pk=motion.pk).epoch == motion.epoch


AN_HOUR_AHEAD = """
import time
from datetime import timedelta
from unittest.mock import patch
from django.utils import timezone
now, seconds = timezone.now, time.time
with (
    patch("django.utils.timezone.now", lambda: now() + timedelta(hours=1)),
    patch("time.time", lambda: seconds() + 3600),
):
    {}
"""


@pytest.mark.server
def test_new_epochs_begin_when_a_server_clock_was_ahead(postgres: Postgres, tmp_path: Path) -> None:
    """What machines compare has the database's time, which none of them sets."""
    site = Site(tmp_path, database_url=postgres.new_database()).setup()
    for line in (
        "m = Motion.objects.get(); motions.change_motion(m.pk, values={'variance': 2.0})",
        "motions.restart_motion(Motion.objects.get().pk)",
    ):
        shell(site, AN_HOUR_AHEAD.format(line))

    done = site.manage("new_epochs")

    assert done.returncode == 0, done.stderr
    assert "New epochs were begun for 1 motion." in done.stdout
    site.stop()
    ((latest,),) = site.execute(
        "SELECT max(t) FROM (SELECT at AS t FROM motion_change UNION SELECT began_at FROM"
        " motion_epoch UNION SELECT ended_at FROM motion_epoch UNION SELECT created_at FROM"
        " motion_motion) AS times"
    )
    assert latest <= timezone.now()
