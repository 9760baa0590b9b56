"""`make cluster`: the whole site on one machine, as deploy/ has it for many.

PostgreSQL, Valkey, two servers, two workers, and nginx in front, with everything that they write
in one folder. Ctrl-C or SIGTERM ends all of them; the motions go on from there the next time.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg

from . import programs
from .process import Process, acting_as, free_ports, is_listening

ROOT: Final = Path(__file__).resolve().parent.parent
NGINX: Final = ROOT / "deploy" / "nginx"

NGINX_CONF: Final = """
daemon off;
{user}
worker_processes 2;
worker_rlimit_nofile 65536;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 16384; }}
http {{
    include {mime_types};
    access_log off;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-other;
    uwsgi_temp_path {folder}/nginx-other;
    scgi_temp_path {folder}/nginx-other;
    include {nginx}/http.conf;
    upstream brownian {{
        least_conn;
        {servers}
    }}
    server {{
        listen {host}:{port};
        set $brownian_static {static}/;
        include {nginx}/server.conf;
    }}
}}
"""


class ClusterError(Exception):
    """Why there can be no cluster here, in a sentence."""


@dataclass(kw_only=True)
class Cluster:
    """All processes of the site. Each may be stopped and started again, as one does by hand.

    Attributes:
        folder: where everything that is written goes; it is made where it is missing.
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

    def __post_init__(self) -> None:
        self.server_ports = free_ports(self.servers)
        self.user = _unprivileged_user()
        self.database = self.folder / "postgresql"
        self.redis_socket = str(self.folder / "valkey.sock")

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/"

    def start(self) -> str:
        """Start all of it, each part as soon as what it needs is ready; what set-up says.

        Raises:
            ClusterError, NotStartedError.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._initialise_database()
        self._start(self._postgresql(), self._valkey())
        said = self.manage("setup")
        self._start(*self._servers(), *self._workers())
        self._start(self._nginx())
        return said

    def stop(self) -> None:
        """End all of it, what others need last: servers and workers side by side."""
        for names in (["nginx"], self._ours(), ["valkey", "postgresql"]):
            known = [self.processes[name] for name in names if name in self.processes]
            for process in known:
                process.ask_to_stop()
            for process in known:
                process.stop()

    def restart(self, name: str) -> None:
        """End one process and start it again."""
        process = self.processes[name]
        process.stop()
        process.start()
        process.wait()

    def deploy(self, root: Path) -> None:
        """Go over to the code in `root`: the database first, then one process after the other."""
        self.root = root
        self.manage("migrate", "--verbosity", "0")
        for name in self._ours():
            self.processes[name].folder = root
            self.restart(name)

    def supervise(self, stopping: threading.Event) -> None:
        """Start again what ends by itself, as systemd does, until `stopping` is set."""
        while not stopping.wait(1.0):
            for process in self.processes.values():
                if not process.is_running():
                    print(f"{process.name} ended, and is started again.", flush=True)
                    process.start()

    def manage(self, *arguments: str) -> str:
        """Run manage.py; what it prints.

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
        if done.returncode:
            raise ClusterError(f"manage.py {arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "brownian_site.settings",
            "DATABASE_URL": f"postgres:///{self.database}/postgres",
            "PGUSER": "postgres",
            "REDIS_URL": f"unix://{self.redis_socket}",
            "TRUSTED_PROXIES": "127.0.0.1",
            "HOST": self.host,
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **self.env,
        }

    # --- the parts ---

    def _postgresql(self) -> Process:
        """On a socket in a folder that is its user's alone, and on no port."""
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.database),
            "max_connections": "200",
        }
        program = _needed("postgres", programs.postgresql("postgres"), "postgresql")
        return self._process(
            "postgresql",
            [program, "-D", "data", *(f"--{name}={value}" for name, value in options.items())],
            ready=self._database_answers,
            stop_with=signal.SIGINT,  # without waiting for who is connected
            user=self.user,
            folder=self.database,
        )

    def _initialise_database(self) -> None:
        if (self.database / "data" / "PG_VERSION").exists():
            return
        self.database.mkdir(mode=0o700, exist_ok=True)
        if self.user:
            _check_reachable(self.database.parent, by=self.user)
            shutil.chown(self.database, self.user)
        initdb = _needed("initdb", programs.postgresql("initdb"), "postgresql")
        options = "--pgdata=data --username=postgres --auth=trust --encoding=UTF8 --locale=C"
        subprocess.run(
            [initdb, *options.split()],
            cwd=self.database,
            check=True,
            stdout=subprocess.DEVNULL,
            **acting_as(self.user),
        )

    def _database_answers(self) -> bool:
        try:
            psycopg.connect(host=str(self.database), user="postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _valkey(self) -> Process:
        options = ["--port", "0", "--unixsocket", self.redis_socket, "--unixsocketperm", "700"]
        return self._process(
            "valkey",
            [_needed("Valkey or Redis", programs.valkey(), "redis-server"), *options, "--save", ""],
            ready=lambda: is_listening(self.redis_socket),
        )

    def _servers(self) -> Iterator[Process]:
        serve = [sys.executable, "manage.py", "serve", "--bind", "127.0.0.1", "--port"]
        for number, port in enumerate(self.server_ports, 1):
            yield self._process(f"server-{number}", [*serve, str(port)], ready=_listens(port))

    def _workers(self) -> Iterator[Process]:
        command = [sys.executable, "manage.py", "run_worker"]
        for number in range(1, self.workers + 1):
            yield self._process(f"worker-{number}", command, ready=lambda: True)

    def _nginx(self) -> Process:
        program = _needed("nginx", programs.nginx(), "nginx")
        conf = self.folder / "nginx.conf"
        conf.write_text(
            NGINX_CONF.format(
                user="user root;" if os.geteuid() == 0 else "",  # who may read the files
                folder=self.folder,
                mime_types=_mime_types(program),
                nginx=NGINX,
                host=self.host,
                port=self.port,
                static=ROOT / "var" / "static",
                servers="\n".join(
                    f"server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;"
                    for port in self.server_ports
                ),
            )
        )
        return self._process(
            "nginx",
            [program, "-c", str(conf), "-p", str(self.folder), "-e", "stderr"],
            ready=_listens(self.port, self.host),
        )

    def _process(
        self,
        name: str,
        command: list[str],
        *,
        folder: Path | None = None,
        **how: Any,
    ) -> Process:
        return Process(
            name=name,
            command=command,
            env=self.environment(),
            folder=folder or self.root,
            log=self.folder / f"{name}.log",
            **how,
        )

    def _start(self, *processes: Process) -> None:
        for process in processes:
            self.processes[process.name] = process
            process.start()
        for process in processes:
            process.wait()

    def _ours(self) -> list[str]:
        return [name for name in self.processes if name.startswith(("server-", "worker-"))]


def _listens(port: int, host: str = "127.0.0.1") -> Callable[[], bool]:
    return lambda: is_listening((host, port))


def _needed(what: str, found: str | None, package: str) -> str:
    if found is None:
        raise ClusterError(f"The cluster needs {what}: sudo apt install {package}")
    return found


def _mime_types(nginx: str) -> Path:
    """The list of types that nginx came with, beside its own configuration."""
    told = subprocess.run([nginx, "-V"], capture_output=True, text=True).stderr
    conf = re.search(r"--conf-path=(\S+)", told)
    return Path(conf[1] if conf else "/etc/nginx/nginx.conf").with_name("mime.types")


def _unprivileged_user() -> str | None:
    """Who PostgreSQL is run as, which refuses to be run by root; None where we are not root."""
    if os.geteuid() != 0:
        return None
    return "postgres" if any(user.pw_name == "postgres" for user in pwd.getpwall()) else "nobody"


def _check_reachable(folder: Path, *, by: str) -> None:
    """PostgreSQL looks its folder up by its whole path, which must be open to its user."""
    for closed in [folder, *folder.parents]:
        if not closed.stat().st_mode & 0o001:
            raise ClusterError(
                f"PostgreSQL does not run as root, and its user {by} cannot get through {closed}: "
                "run this as somebody else, or with another folder, make cluster FOLDER=…"
            )
