"""A Debian machine, as far as a folder can be one, for the commands of docs/deploy.md.

Its PostgreSQL and Valkey are those of `make cluster`. Paths that the page names lie below the
folder, and ports are free ones. PATH has the programs in `REAL`, and stand-ins for those in
`STAND_INS`, so a command that is neither fails.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy import programs
from deploy.cluster import Cluster
from tests.support import warm
from tests.support.newer_version import make_newer
from tests.support.servers import ROOT, START_S, Process, free_port, is_listening, wait_for

REAL: Final = """
    bash cat chmod cp createdb createuser curl cut env git grep head id ln ls mkdir mv openssl
    perl pg_dump pg_restore printf psql rm sed seq sh sleep sort tail touch xargs
""".split()  # noqa: SIM905

STAND_INS: Final = {
    "apt": ": its packages are here",
    "certbot": 'exec "$PYTHON" -c "$CERTBOT" "$@"',
    "docker": 'echo "docker $*" >> "$ROOT/docker.log"',
    "id": 'if [ "$1" = -u ]; then echo 0; else exec /usr/bin/id "$@"; fi',
    # Without an owner or a group, which are not here.
    "install": """
        words=
        while [ $# -gt 0 ]; do
            case $1 in -o | -g) shift ;; *) words="$words '$1'" ;; esac
            shift
        done
        eval "exec /usr/bin/install $words"
    """,
    "nginx": 'exec "$NGINX_BINARY" -c "$ROOT/etc/nginx/nginx.conf" -e stderr "$@"',
    "python3": """
        [ "$1 $2" = "-m venv" ] || exit 1
        mkdir -p "$3/bin"
        cp "$ROOT/bin/pip" "$3/bin/pip"
        exec > "$3/bin/python"
        printf '#!/bin/sh\\nexec "%s" -IS "%s" "$@"\\n' "$PYTHON" "$ROOT/python.py"
        chmod +x "$3/bin/python"
    """,
    "pip": '[ "$1 $2 $3" = "install --require-hashes -r" ] && grep -q -e --hash= "$4"',
    "runuser": """
        [ "$1 $2 $3" = "-u postgres --" ] || exit 1
        shift 3
        PGUSER=postgres exec "$@"
    """,
    # As the system's user, who is the database's.
    "setpriv": """
        while [ "${1#--}" != "$1" ]; do shift; done
        PGUSER=brownian exec "$@"
    """,
    "systemctl": 'exec "$PYTHON" -c "$SYSTEMCTL" "$@"',
    "timedatectl": ":",
    "ufw": ":",
    "useradd": ":",
}
"""What a test cannot do to the machine that it runs on, and what is done instead."""

SYSTEMCTL: Final = """
import json, os, socket, sys
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as machine:
    machine.connect(os.environ["ROOT"] + "/machine")
    units = [name for name in sys.argv[2:] if not name.startswith("--")]
    order = {"command": sys.argv[1], "units": units, "now": "--now" in sys.argv}
    machine.send(json.dumps(order).encode())
    sys.exit(json.loads(machine.recv(1000)))
"""

PYTHON: Final = """
import json, os, socket, sys
if not sys.argv[1].endswith("manage.py"):
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
order = {"program": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd()}
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as machine:
    machine.connect(os.path.dirname(__file__) + "/machine")
    socket.send_fds(machine, [json.dumps(order).encode()], [0, 1, 2])
    sys.exit(json.loads(machine.recv(1000)))
"""
"""A release's Python: the machine runs manage.py for it, by a fork of the warm process."""

CERTBOT: Final = """
import os, pathlib, subprocess, sys
name = sys.argv[sys.argv.index("-d") + 1]
folder = pathlib.Path(os.environ["ROOT"], "etc/letsencrypt/live", name)
folder.mkdir(parents=True, exist_ok=True)
command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}"]
command += ["-addext", f"subjectAltName=DNS:{name}"]
command += ["-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"]
if not any(folder.iterdir()):
    subprocess.run(command, check=True, capture_output=True)
if "--deploy-hook" in sys.argv:
    subprocess.run(sys.argv[sys.argv.index("--deploy-hook") + 1], shell=True, check=True)
"""

PATHS: Final = re.compile(
    r"(?<![\w.}])/(srv/brownian|etc/(?:brownian|systemd|nginx|postgresql|letsencrypt)|run/nginx"
    r"|run/postgresql|usr/local/bin|var/(?:backups|www|log/nginx))\b"
)


@dataclass
class Machine:
    """The folder, its services, and a shell on it."""

    root: Path
    cluster: Cluster
    units: dict[str, Process] = field(default_factory=dict)
    enabled: list[str] = field(default_factory=list)
    ports: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ports = {name: free_port() for name in ("8001", "8002", "80", "443")}
        self.metrics = next(n for n in range(3000, 6000) if not any_listens(n))
        for folder in ("bin", "usr/local/bin", "etc/systemd/system", "var/log/nginx", "run"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "etc/postgresql/15/main/conf.d").mkdir(parents=True)
        (self.root / "var/backups").mkdir()
        self._install_programs()
        self._install_nginx()
        self._listen()

    # --- what is here from the beginning ---

    def _install_programs(self) -> None:
        for name in set(REAL) - STAND_INS.keys():
            found = shutil.which(name) or programs.find_postgresql(name)
            assert found, f"These tests need {name}"
            (self.root / "bin" / name).symlink_to(found)
        for name, script in STAND_INS.items():
            file = self.root / "bin" / name
            file.write_text(f"#!/bin/sh\n{script}\n")
            file.chmod(0o755)
        (self.root / "python.py").write_text(PYTHON)

    def _install_nginx(self) -> None:
        there = self.root / "etc" / "nginx"
        shutil.copytree("/etc/nginx", there, symlinks=True)
        conf = there / "nginx.conf"
        conf.write_text(self.localised(conf.read_text()).replace("user www-data", "user root"))
        default = there / "sites-enabled" / "default"
        default.unlink(missing_ok=True)
        default.touch()

    def make_repository(self) -> str:
        """A clone's origin with two versions, v1.0.0 and v1.1.0; its address."""
        origin = self.root / "origin"
        origin.mkdir()
        for name in ("brownian_site", "motion", "templates", "static", "deploy", "requirements"):
            shutil.copytree(ROOT / name, origin / name, ignore=shutil.ignore_patterns("*.pyc"))
        for name in ("manage.py", ".gitignore"):
            shutil.copy(ROOT / name, origin)
        for file in [*(origin / "deploy").rglob("*"), origin / "brownian_site" / "environment.py"]:
            if file.is_file() and file.suffix != ".json":
                file.write_text(self.localised(file.read_text()))
        with (origin / "brownian_site" / "settings.py").open("a") as settings:
            settings.write(
                "SERVESTATIC_USE_BROTLI = False  # it takes most of collectstatic's time\n"
            )
        shutil.copytree(ROOT / "var" / "plotly", origin / "var" / "plotly")  # by `make static`
        self.git(origin, "init", "--quiet")
        self.git(origin, "add", "--force", "var")
        self.commit(origin, "v1.0.0")
        make_newer(origin)
        with (origin / "static/motion/pages/motion-page.js").open("a") as script:
            script.write("// newer\n")
        self.commit(origin, "v1.1.0")
        return str(origin)

    def commit(self, origin: Path, version: str) -> None:
        self.git(origin, "add", "--all")
        self.git(origin, "-c", "user.name=T", "-c", "user.email=t@t", "commit", "-qm", version)
        self.git(origin, "tag", version)

    def git(self, folder: Path, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)

    def localised(self, text: str) -> str:
        """With this folder's paths, the free ports, and the cluster's PostgreSQL and Valkey."""
        text = PATHS.sub(lambda path: self.place(path[1]), text)
        text = text.replace("redis://127.0.0.1:6379/0", f"unix://{self.cluster.redis_socket}")
        text = re.sub(r"listen \[::\].*\n", "", text)
        text = re.sub(r"\b910%i", f"{self.metrics}%i", text)
        for port in ("80", "443"):
            text = re.sub(rf"listen {port}\b", f"listen 127.0.0.1:{self.ports[port]}", text)
        return re.sub(r"\b800[12]\b", lambda port: str(self.ports[port[0]]), text)

    def place(self, path: str) -> str:
        return str(self.cluster.database if path == "run/postgresql" else self.root / path)

    # --- the shell ---

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run commands of a page as they are printed; they stop at the first that fails."""
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.localised(script)],
            env=self.environment() | variables,
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=START_S,
        )

    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.root}/bin:{self.root}/usr/local/bin",
            "ROOT": str(self.root),
            "PYTHON": sys.executable,
            "NGINX_BINARY": programs.find_nginx() or "nginx",
            "SYSTEMCTL": SYSTEMCTL,
            "CERTBOT": CERTBOT,
            "PGHOST": str(self.cluster.database),
            "HOME": str(self.root),
        }

    # --- what the stand-ins ask for ---

    def _listen(self) -> None:
        self.wire = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.wire.bind(str(self.root / "machine"))
        self.wire.listen()
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self) -> None:
        with suppress(OSError):
            while True:
                asked, _ = self.wire.accept()
                with asked:
                    text, files, _, _ = socket.recv_fds(asked, 1 << 16, 3)
                    order = json.loads(text)
                    answer = run_python(files, **order) if files else self.systemctl(**order)
                    asked.send(json.dumps(answer).encode())

    # --- systemd ---

    def systemctl(self, command: str, units: list[str], now: bool) -> str | int:
        """Do what systemd would do; 0, or why it could not."""
        if command == "enable":
            self.enabled += [name for name in units if "." not in name]
            command = "start" if now else ""
        if units == ["brownian.target"]:
            units = self.enabled
        for name in units if command in {"stop", "restart"} else []:
            if name in self.units:
                self.units[name].stop(within_s=START_S)
        if command == "reload":
            self.run("nginx -s reload")
        for name in units if command in {"start", "restart"} else []:
            if text := self.start(name):
                return text
        return 0

    def start(self, name: str) -> str:
        """Start a unit, and wait until it says that it is ready; why it is not."""
        if name == "nginx":
            command = [f"{self.root}/bin/nginx", "-g", "daemon off;"]
            log = self.root / "nginx.log"
            self.units[name] = Process(command, self.environment(), log)
            wait_for(lambda: is_listening(self.ports["443"]), "nginx to listen")
            return ""
        if not name.startswith("brownian-") or name.endswith(".timer"):
            return ""
        return self._start_ours(name)

    def _start_ours(self, name: str) -> str:
        kind, at, instance = name.partition("@")
        unit = self.root / "etc/systemd/system" / f"{kind}{at}.service"
        lines = unit.read_text().replace("%i", instance).splitlines()
        says: dict[str, list[str]] = {}
        for key, equals, value in (line.partition("=") for line in lines):
            if equals and not key.startswith("#"):
                says.setdefault(key, []).append(value)
        _, _, python, *program = says["ExecStart"][0].split()
        folder = Path(says["WorkingDirectory"][0])
        assert (folder / python).exists()
        env = {"PATH": os.environ["PATH"], "PGUSER": "brownian"}
        file = Path(says["EnvironmentFile"][0]).read_text().splitlines()
        pairs = [*file, *says["Environment"][0].split()]
        env |= dict(pair.split("=", 1) for pair in pairs if pair and not pair.startswith("#"))
        address = self.root / "run" / f"{name}.notify"
        address.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            ready.bind(str(address))
            ready.settimeout(0.1)
            process = Process(
                [sys.executable, *program],
                make_warm(env) | {"NOTIFY_SOCKET": str(address)},
                self.root / f"{name}.log",
                cwd=folder,
            )
            self.units[name] = process
            give_up_at = time.monotonic() + START_S
            while process.popen.poll() is None and time.monotonic() < give_up_at:
                with suppress(TimeoutError):
                    if ready.recv(100) == b"READY=1":
                        return ""
        return f"Job for {name}.service failed because the control process exited with error code."

    def stop(self) -> None:
        self.wire.close()
        for name, process in self.units.items():
            process.stop(signal.SIGTERM if name == "nginx" else signal.SIGKILL)


def run_python(files: list[int], program: list[str], env: dict[str, str], cwd: str) -> int:
    """Run a script with these standard files; its exit code."""
    stdin, stdout, stderr = files
    process = warm.popen(
        [sys.executable, *program],
        make_warm(env),
        cwd=cwd,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
    )
    for file in files:
        os.close(file)
    return process.wait()


def make_warm(env: dict[str, str]) -> dict[str, str]:
    """An environment whose program can be a fork of the warm process."""
    kept = {name: value for name, value in env.items() if not name.startswith("PYTHON")}
    return kept | {"PYTHONUNBUFFERED": "1"}


def any_listens(prefix: int) -> bool:
    """Whether a worker could not serve its metrics at `prefix` and its number."""
    return any(is_listening(prefix * 10 + number) for number in (1, 2))
