"""`make cluster`: the whole site on one machine, as deploy/ has it for many.

PostgreSQL, Valkey, two servers, two workers, and nginx in front, with everything that they write
in one folder. Ctrl-C or SIGTERM ends all of them; the motions go on from there the next time.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import quote

from brownian_site.alone import lock_folder
from brownian_site.start_errors import find_why_not_listening

from . import database, front, programs
from .process import ClusterError, NotStartedError, Process, find_free_ports, is_listening

ROOT: Final = Path(__file__).resolve().parent.parent

Ready = Callable[[Process], bool]

LIVES: Final = 10
SHORT_LIFE_S: Final = 5.0
"""A part that ends so often in a row, so soon after its start, is not restarted."""


@dataclass(kw_only=True)
class Cluster:
    """All processes of the site. Each can be stopped and started again.

    Attributes:
        folder: for all files that are written; made if it is missing.
        port: nginx's, on `host`; the servers' are any that are free.
        env: variables for servers and workers beyond what the cluster itself sets.
        root: the checkout whose code is run.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = 8000
    servers: int = 2
    workers: int = 2
    env: Mapping[str, str] = field(default_factory=dict)
    root: Path = ROOT
    processes: dict[str, Process] = field(default_factory=dict, init=False)
    lock: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.server_ports = find_free_ports(self.servers)
        self.database = self.folder / "postgresql"
        self.redis_socket = str(self.folder / "valkey.sock")

    def start(self) -> str:
        """Start each part as soon as the parts it needs are ready. Return the output of set-up.

        Raises:
            ClusterError.
        """
        database.check_path(self.database)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lock = lock_folder(self.folder, self._refuse)
        if sentence := find_why_not_listening(self.host, self.port):
            raise ClusterError(sentence)
        self.start_stores()
        output = self.manage("setup")
        self._start(*self._servers(), *self._workers())
        self._start(self._nginx())
        return output

    def start_stores(self) -> None:
        """Start PostgreSQL and Valkey."""
        database.initialise(self.database)
        self._start(self._postgresql(), self._valkey())

    def stop(self) -> None:
        """End all parts, each before the parts it needs; servers and workers side by side."""
        for kinds in ("nginx", ("server", "worker"), ("valkey", "postgresql")):
            parts = [self.processes[name] for name in self.processes if name.startswith(kinds)]
            for process in parts:
                process.ask_to_stop()
            for process in parts:
                process.stop()
        if self.lock is not None:
            os.close(self.lock)
            self.lock = None

    def restart(self, name: str) -> None:
        """End one process and start it again."""
        process = self.processes[name]
        process.stop()
        process.start()
        process.wait()

    def supervise(self, stopping: threading.Event) -> None:
        """Restart parts that end by themselves, as systemd does, until `stopping` is set.

        Raises:
            NotStartedError: a part ends again and again.
        """
        short_lives: Counter[str] = Counter()
        started_at = dict.fromkeys(self.processes, time.monotonic())
        while not stopping.wait(1.0):
            for name, process in self.processes.items():
                if process.is_running():
                    continue
                is_short = time.monotonic() - started_at[name] < SHORT_LIFE_S
                short_lives[name] = short_lives[name] + 1 if is_short else 0
                if short_lives[name] >= LIVES:
                    raise NotStartedError(process)
                print(f"{name} ended and is being restarted.", flush=True)
                process.start()
                started_at[name] = time.monotonic()

    def manage(self, *arguments: str) -> str:
        """Run manage.py and return its output. A password is printed at once, even if set-up fails.

        Raises:
            ClusterError: it failed.
        """
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=self.environment(),
            cwd=self.root,
            capture_output=True,
            text=True,
        )
        for line in done.stdout.splitlines():
            if line.startswith("Administrator"):
                print(line, flush=True)
        if done.returncode:
            raise ClusterError(f"manage.py {arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout

    def environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
            "DJANGO_SETTINGS_MODULE": "brownian_site.settings",
            "DATABASE_URL": "postgres:///postgres",
            **database.build_variables(self.database),
            "REDIS_URL": f"unix://{quote(self.redis_socket)}",
            "TRUSTED_PROXIES": "127.0.0.1",
            "HOST": self.host,
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **self.env,
        }

    # --- the parts ---

    def _postgresql(self) -> Process:
        command = database.build_postgres_command(self.database)
        process = self._process(
            "postgresql",
            command,
            ready=lambda _: database.is_answering(self.database),
            folder=self.database,
        )
        process.stop_with = signal.SIGINT  # without waiting for connected clients
        process.user = database.find_unprivileged_user()
        return process

    def _valkey(self) -> Process:
        name = Path(self.redis_socket).name
        valkey = programs.require(programs.find_valkey(), "redis-server")
        options = f"--port 0 --unixsocket {name} --unixsocketperm 700 --save".split()
        ready = _check_listening(self.redis_socket)
        return self._process("valkey", [valkey, *options, ""], ready, folder=self.folder)

    def _servers(self) -> Iterator[Process]:
        serve = [sys.executable, "manage.py", "serve", "--bind", "127.0.0.1", "--port"]
        for number, port in enumerate(self.server_ports, 1):
            ready = _check_listening(("127.0.0.1", port))
            yield self._process(f"server-{number}", [*serve, str(port)], ready)

    def _workers(self) -> Iterator[Process]:
        command = [sys.executable, "manage.py", "run_worker"]
        for number in range(1, self.workers + 1):
            yield self._process(f"worker-{number}", command, _is_driving)

    def _nginx(self) -> Process:
        command = front.configure_nginx(
            self.folder,
            host=self.host,
            port=self.port,
            server_ports=self.server_ports,
            static=ROOT / "var" / "static",
        )
        ready = _check_listening((self.host, self.port))
        return self._process("nginx", command, ready, folder=self.folder)

    def _process(
        self, name: str, command: list[str], ready: Ready, *, folder: Path | None = None
    ) -> Process:
        return Process(
            name=name,
            command=command,
            env=self.environment(),
            folder=folder or self.root,
            log=self.folder / f"{name}.log",
            ready=ready,
        )

    def _start(self, *processes: Process) -> None:
        for process in processes:
            self.processes[process.name] = process
            process.start()
        for process in processes:
            process.wait()

    def _refuse(self) -> NoReturn:
        raise ClusterError(
            f"Another cluster runs in {self.folder}: end it, or choose another folder with "
            "make cluster FOLDER=…"
        )


def _check_listening(address: tuple[str, int] | str) -> Ready:
    return lambda _: is_listening(address)


def _is_driving(worker: Process) -> bool:
    return "The worker drives" in worker.output()
