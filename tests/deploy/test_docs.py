"""The commands of docs/deploy.md and docs/operations.md, taken from the pages and run."""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import yaml

from deploy.cluster import Cluster
from tests.deploy.machine import Machine
from tests.faults.pupil import Pupil
from tests.support.client import watching
from tests.support.doc_pages import DOCS, Page
from tests.support.markup import parse_html
from tests.support.servers import SECRET_KEY, Daphne, Site, free_port, fresh_sqlite, wait_for

pytestmark = pytest.mark.server

HASHED = re.compile(r"/static/.+\.[0-9a-f]{12}\..+")
PUPILS = 100
"""Sockets that must not notice an upgrade."""

NAME = "localhost"

DEPLOY = Page(DOCS / "deploy.md")
OPERATIONS = Page(DOCS / "operations.md")

READ_ONLY: dict[str, str] = {
    "Putting it on the internet": "make cluster: tests/deploy/test_cluster.py",
    "The parts": "a list of folders",
    "On one machine": "make run: tests/management/test_commands.py, tests/server/test_server.py",
    "With PostgreSQL and Redis": "the commands of the units, which are run here",
    "Monitoring": "an example of an answer, and a configuration of Prometheus",
    "When the alarm rings": "a configuration of Prometheus",
}
"""Headings whose blocks are not run, and why. Any other block has to be taken by a test below."""


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    # Open to PostgreSQL's user, as pytest's own folders are not, and with a short path.
    root = Path(tempfile.mkdtemp(prefix="docs-"))
    root.chmod(0o755)
    cluster = Cluster(folder=root / "stores", port=free_port())
    cluster.folder.mkdir()
    try:
        cluster.start_stores()
        machine = Machine(root, cluster)
        yield machine
        machine.stop()
    finally:
        cluster.stop()
        shutil.rmtree(root)


def run(machine: Machine, script: str, **variables: str) -> str:
    """What the commands print, which must not fail."""
    done = machine.run(script, **variables)
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@dataclass
class Front(Daphne):
    """The site as its visitors reach it: by nginx, and TLS."""

    tls: ssl.SSLContext

    @property
    def url(self) -> str:
        return f"https://{NAME}"  # the port is nginx's alone

    def socket_url(self, slug: str = "brownian", query: str = "") -> str:
        return f"wss://{NAME}:{self.port}/ws/motions/{slug}/{query}"

    def get(self, path: str) -> tuple[int, str]:
        url = f"https://{NAME}:{self.port}{path}"
        try:
            with urllib.request.urlopen(url, context=self.tls, timeout=40) as answer:
                return int(answer.status), answer.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            return error.code, ""

    def status(self, path: str) -> int:
        return self.get(path)[0]

    def static_files(self) -> list[str]:
        """Those that the page at / names, by their hashed names."""
        _, page = self.get("/")
        addresses = [
            address
            for element in parse_html(page).descendants
            for address in element.attributes.values()
        ]
        found = [address for address in addresses if HASHED.fullmatch(address)]
        assert found
        return found


async def visit(front: Front, seen: Counter[tuple[str, int]], stopping: asyncio.Event) -> None:
    """Ask for pages, one after the other, until `stopping` is set."""
    while not stopping.is_set():
        for path in ("/", "/motions/", "/accounts/login/", "/motions/brownian/path.json"):
            seen[path, await asyncio.to_thread(front.status, path)] += 1
            await asyncio.sleep(0.1)  # the pace of a visitor


def build_names(machine: Machine, version: str) -> dict[str, str]:
    return {
        "NAME": NAME,
        "REPOSITORY": str(machine.root / "origin"),
        "VERSION": version,
        "release": str(machine.root / "srv/brownian/releases" / version),
    }


def set_up(machine: Machine) -> Front:
    """All that stands under "First time", in order."""
    machine.make_repository()
    values = build_names(machine, "v1.0.0")
    printed = ""
    first, *blocks = DEPLOY.take("First time")
    assert re.findall("^([A-Z]+)=", first, re.MULTILINE) == ["NAME", "REPOSITORY", "VERSION"]
    for block in blocks:
        printed += run(machine, block, **values)
    assert "Administrator: admin, password: " in printed
    assert '"ready": ' in printed
    certificate = machine.root / "etc/letsencrypt/live" / NAME / "fullchain.pem"
    tls = ssl.create_default_context(cafile=certificate)
    return Front(machine.ports["443"], machine.units["nginx"], tls)


async def upgrade(machine: Machine, front: Front) -> None:
    """To a version with a migration, by the page."""
    fetch, switch, remove = DEPLOY.take("Upgrading")
    (restart,) = DEPLOY.take("A rolling restart")
    (release,) = DEPLOY.take("First time", "release=")
    values = build_names(machine, "v1.1.0")
    worktree = "git -C /srv/brownian/repository worktree add --detach"
    run(machine, f"{worktree} /srv/brownian/releases/v0.9.0 v1.0.0")
    for block in (fetch.replace("VERSION=v1.1.0", ""), release, switch):
        await asyncio.to_thread(run, machine, block, **values)
    await assert_old_code_works(machine, front)
    await asyncio.to_thread(run, machine, restart)
    await asyncio.to_thread(run, machine, remove)


async def assert_old_code_works(machine: Machine, front: Front) -> None:
    """On the new tables, beside the new release: it changes a motion, makes one, and has its pages.

    It has not rendered the page yet that in the new release names an address which is not in it.
    """
    async with watching(front) as client:
        await client.send("change", variance=4.0)
        await client.until(lambda path: path.state.get("variance") == 4.0, "the change")
    made = "from motion.services import motions; motions.create_motion(title='Made by old code')"
    old = str(machine.root / "srv/brownian/releases/v1.0.0")
    command = f'brownian-manage shell -v 0 -c "{made}"'
    await asyncio.to_thread(run, machine, command, RELEASE=old)
    assert [await asyncio.to_thread(front.status, "/join/") for _ in range(4)] == [200] * 4


def read_step(machine: Machine) -> int:
    return open_site(machine).frontier()[1]


def open_site(machine: Machine) -> Site:
    url = f"postgresql:///brownian?host={machine.cluster.database}&user=postgres"
    return Site(machine.root, database_url=url)


@pytest.mark.fault("old and new code side by side")
async def test_page_sets_a_site_up_and_upgrades_it_unnoticed(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    front = await asyncio.to_thread(set_up, machine)
    certificate = machine.root / "etc/letsencrypt/live" / NAME / "fullchain.pem"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    pupils = [Pupil(front) for _ in range(PUPILS)]
    stopping, seen = asyncio.Event(), Counter[tuple[str, int]]()
    lesson = asyncio.gather(visit(front, seen, stopping), *(p.watch(stopping) for p in pupils))
    await wait_for_all_at(pupils, read_step(machine) + 2)
    files = await asyncio.to_thread(front.static_files)

    await upgrade(machine, front)

    await wait_for_all_at(pupils, read_step(machine) + 2)
    stopping.set()
    await lesson
    assert files != await asyncio.to_thread(front.static_files)
    statuses = [await asyncio.to_thread(front.status, path) for path in files]
    assert set(statuses) == {200}, "pages that are open ask for the files of their version"
    assert {status for _, status in seen} == {200}, seen
    assert {code for pupil in pupils for code in pupil.codes} == {4412}
    assert all(len(pupil.away_s) == len(pupil.left_at) for pupil in pupils), "all came back"
    timeline = open_site(machine).timeline()
    for pupil in pupils:
        pupil.path.assert_whole()
        pupil.path.assert_agrees(timeline)
    assert open_site(machine).execute("SELECT note FROM motion_motion") == [("new",)] * 2


async def wait_for_all_at(pupils: list[Pupil], step: int) -> None:
    await asyncio.to_thread(
        wait_for,
        lambda: all((pupil.path.step or -1) >= step for pupil in pupils),
        f"all to come to step {step}",
    )


def test_rolling_restart_stops_at_a_worker_that_dies_at_once(machine: Machine) -> None:
    (restart,) = DEPLOY.take("A rolling restart")
    environment = machine.root / "etc/brownian/environment"
    right = environment.read_text()
    before = {name: process.popen.pid for name, process in machine.units.items()}

    environment.write_text(f"{right}LOG_FORMAT=nonsense\n")
    done = machine.run(restart)

    assert done.returncode != 0
    assert done.stderr == (
        "Job for brownian-worker@1.service failed because the control process exited with error "
        "code.\n"
    )
    assert "LOG_FORMAT must be line or json." in machine.units["brownian-worker@1"].output()
    after = {name: process.popen.pid for name, process in machine.units.items()}
    assert [name for name in before if before[name] != after[name]] == ["brownian-worker@1"]
    environment.write_text(right)
    run(machine, "systemctl restart brownian-worker@1")


def test_page_backs_up_and_restores(machine: Machine) -> None:
    backup, restore = DEPLOY.take("Backup, restore")
    output = run(machine, backup)
    assert re.fullmatch(r".*/brownian-\w+\.dump has 2 motions in [\d,]+ bytes\.\n", output)
    open_site(machine).execute("UPDATE motion_motion SET title = 'Lost' WHERE slug = 'brownian'")
    epoch, _ = open_site(machine).frontier()

    output = run(machine, restore)

    assert "New epochs were begun for 2 motions." in output
    assert re.search(r"brownian: 2 paths, .* agree\.", output)
    titles = open_site(machine).execute("SELECT title FROM motion_motion ORDER BY title")
    assert titles == [("Brownian motion",), ("Made by old code",)]
    assert open_site(machine).frontier()[0] > epoch


def test_nightly_unit_makes_a_backup_that_can_be_restored(machine: Machine) -> None:
    unit = (machine.root / "etc/systemd/system/brownian-daily.service").read_text()
    commands = re.findall(r"^ExecStart=.* manage\.py (.*)$", unit, re.MULTILINE)

    output = [run(machine, f"brownian-manage {command}") for command in commands]

    assert "has 2 motions" in output[0]
    assert "brownian-daily.timer" in "".join(DEPLOY.take("First time", "systemctl enable"))


def test_page_goes_back_to_the_version_before(machine: Machine) -> None:
    (back,) = DEPLOY.take("Going back")

    run(machine, f"{back}\nsystemctl restart brownian-server@8001")

    assert (machine.root / "srv/brownian/current").resolve().name == "v1.0.0"
    ready = "curl --silent --fail --retry 20 --retry-delay 1 --retry-all-errors"
    assert '"ready": true' in run(machine, f"{ready} http://127.0.0.1:8001/readyz")


def test_bare_manage_refuses_on_a_server(machine: Machine) -> None:
    release = machine.root / "srv/brownian/releases/v1.1.0"

    done = machine.run(f"cd {release}; .venv/bin/python manage.py new_epochs")

    assert done.returncode == 1
    assert done.stderr.startswith("DATABASE_URL is not set, but this machine has a site")


def test_site_command_sees_the_environment_of_the_services_alone(machine: Machine) -> None:
    show = "import os; print(sorted(os.environ), os.environ['DATABASE_URL'])"

    output = run(machine, f'brownian-manage shell -v 0 -c "{show}"', DJANGO_DEBUG="1")

    assert "DJANGO_DEBUG" not in output
    assert "'DJANGO_SECRET_KEY'" in output
    assert f"postgres:///{machine.cluster.database}/brownian" in output
    odd = machine.root / "etc/brownian/environment"
    right = odd.read_text()
    odd.write_text(f'{right}EMAIL_URL="smtp://a"\n')
    refused = machine.run("brownian-manage check")
    odd.write_text(right)
    assert refused.returncode == 1
    assert "without quotes or backslashes" in refused.stderr


def test_operations_page_backs_up_and_restores_on_sqlite(machine: Machine, tmp_path: Path) -> None:
    release = machine.root / "srv/brownian/releases/v1.0.0"
    folder = tmp_path / "checkout"
    folder.mkdir()
    for path in release.iterdir():
        (folder / path.name).symlink_to(path)
    (folder / "var").unlink()
    (folder / "var").mkdir()
    variables = {
        "DATABASE_URL": f"sqlite:///{folder}/var/db.sqlite3",
        "DJANGO_SECRET_KEY": SECRET_KEY,
    }
    (folder / "var" / "db.sqlite3").write_bytes(fresh_sqlite()[0])

    blocks = OPERATIONS.take("Backup and restore") + OPERATIONS.take("Checking a motion")

    output = [run(machine, f"cd {folder}\n{block}", **variables) for block in blocks]
    assert "New epochs were begun for 1 motion." in "".join(output)
    assert "agree." in output[-1]


def test_container_worker_is_unhealthy_when_its_loop_stalls(machine: Machine) -> None:
    compose = yaml.safe_load((machine.root / "origin/deploy/compose/compose.yaml").read_text())
    command = compose["services"]["worker-1"]["healthcheck"]["test"]
    assert command[:3] == ["CMD", "python", "-c"]
    environment = (machine.root / "etc/brownian/environment").read_text()
    token = machine.root / "metrics_token"
    token.write_text(re.search("^METRICS_TOKEN=(.+)$", environment, re.MULTILINE)[1])  # type: ignore[index]
    script = command[3].replace("9101", f"{machine.metrics}1").replace("> 10", "> 1")
    script = script.replace("/run/secrets/metrics_token", str(token))
    worker = machine.units["brownian-worker@1"].popen

    def is_healthy() -> bool:
        return subprocess.run([sys.executable, "-c", script], capture_output=True).returncode == 0

    wait_for(is_healthy, "a turn of its loop")
    worker.send_signal(signal.SIGSTOP)
    wait_for(lambda: not is_healthy(), "it to be given up")
    worker.send_signal(signal.SIGCONT)


def test_log_of_postgresql_has_no_values_of_what_it_refused(machine: Machine) -> None:
    insert = "INSERT INTO django_session VALUES (?, '', now())"
    open_site(machine).execute(insert, "secretkey")

    with pytest.raises(psycopg.errors.UniqueViolation):
        open_site(machine).execute(insert, "secretkey")

    log = (machine.cluster.folder / "postgresql.log").read_text()
    assert "duplicate key" in log
    assert "secretkey" not in log


def test_containers_are_set_up_and_called_as_compose_has_them(machine: Machine) -> None:
    secrets, *blocks = DEPLOY.take("With containers")
    folder = machine.root / "origin/deploy/compose"
    run(machine, f"cd {folder.parent.parent}\n{secrets}")

    for block in blocks:
        run(machine, f"cd {folder}\n{block}")

    password = (folder / "secrets/database_password").read_text()
    assert len(password) == 64
    url = f"postgres://brownian:{password}@postgres/brownian"
    assert (folder / "secrets/database_url").read_text() == url
    assert (folder / "secrets").stat().st_mode & 0o777 == 0o700
    compose = (folder / "compose.yaml").read_text()
    for line in (machine.root / "docker.log").read_text().splitlines():
        for name in re.findall(r"(?:run --rm|--wait|stop) ([a-z][\w-]*)", line):
            assert f"\n  {name}:" in compose, line


def test_no_command_of_the_pages_is_left_out() -> None:
    """The last test here: those before it took what they ran."""
    left = [
        f"{page.path.name}, {block.heading}: {block.text.splitlines()[0]}"
        for page in (DEPLOY, OPERATIONS)
        for block in page.blocks
        if block not in page.taken and block.heading not in READ_ONLY
    ]

    assert left == []
