"""Python programs that start at once: forks of a process that has imported their packages.

A program of the site takes longer to import Django, NumPy and Twisted than a test takes with it.
The fork imports the site's own modules itself: it has its own folder, arguments, environment and
files, and it is a child of this process, with an id of its own.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import runpy
import socket
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any

PACKAGES = (
    *("autobahn.twisted.websocket", "channels.layers", "channels.routing", "csp.middleware"),
    *("django.contrib.admin", "django.core.management", "django.core.management.commands.check"),
    *("django.db.backends.sqlite3.base", "django.db.migrations.executor", "django.db.models"),
    *("django.test", "environ", "numpy.random", "prometheus_client", "psutil", "psycopg_pool"),
    *("qrcode", "redis.asyncio", "servestatic.middleware", "twisted.web.http"),
)
"""What needs no settings to be imported, and makes no event loop."""

PROGRAMS = {"manage.py", "daphne"}
OF_PYTHON = ("PYTHON", "LC_", "LANG")
"""Variables that Python reads when it starts: forks have those that the first process had."""

PR_SET_CHILD_SUBREAPER = 36


def popen(command: list[str], env: dict[str, str], **options: Any) -> subprocess.Popen[Any]:
    """Start a program: by a fork where that makes no difference to it."""
    is_ours = command[0] == sys.executable or Path(command[0]).parent == Path(sys.executable).parent
    program = command[1:] if command[0] == sys.executable else command
    is_same = options.get("user") is None and read_python(env) == read_python(ENVIRONMENT)
    if is_ours and is_same and Path(program[0]).name in PROGRAMS:
        return Fork(program, env=env, **options)
    return subprocess.Popen(command, env=env, **options)


ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1"}


def read_python(env: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(OF_PYTHON)}


class Fork(subprocess.Popen[Any]):
    """Python that runs a program, as `subprocess` starts it: only its beginning differs."""

    def _execute_child(self, args: Any, *rest: Any) -> None:
        _, _, _, _, cwd, env, _, _, _, *pipes = rest[:15]
        files = [pipes[0], pipes[3], pipes[5]]
        given = [own if own != -1 else number for number, own in enumerate(files)]
        order = {"program": args, "env": env, "cwd": os.fspath(cwd or os.getcwd())}
        self.pid = Warm.get().fork(order, given)
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]


class Warm:
    """The process that forks, as its parent has it."""

    def __init__(self) -> None:
        self.wire, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            env=ENVIRONMENT,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()

    @staticmethod
    @cache
    def get() -> Warm:
        return Warm()

    def fork(self, order: dict[str, Any], files: list[int]) -> int:
        """The id of a new child of this process."""
        with self.lock:
            adopt_orphans(True)
            try:
                socket.send_fds(self.wire, [json.dumps(order).encode()], files)
                pid = int(self.wire.recv(100))
                assert self.wire.recv(100) == b"orphaned"
            finally:
                adopt_orphans(False)
        return pid


def adopt_orphans(does: bool) -> None:
    """Whether a process whose parent has ended becomes a child of this one."""
    assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(does)) == 0


def wait_for_orders(wire: socket.socket) -> dict[str, Any] | None:
    """Fork at each order; it returns in the fork, and at the end of the orders without one."""
    while True:
        text, files, _, _ = socket.recv_fds(wire, 1 << 20, 3)
        if not text:
            return None
        if (between := os.fork()) == 0:
            parent = os.getpid()
            if (pid := os.fork()) == 0:
                while os.getppid() == parent:
                    time.sleep(0.001)
                break
            wire.send(str(pid).encode())
            os._exit(0)
        os.waitpid(between, 0)
        wire.send(b"orphaned")
        for file in files:
            os.close(file)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    order: dict[str, Any] = json.loads(text)
    return order


def run(program: list[str], env: dict[str, str], cwd: str) -> None:
    """Run a script in this process, as if Python had been started with it."""
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = program
    script = Path(program[0]).resolve()
    sys.path[0] = str(script.parent)
    runpy.run_path(str(script), run_name="__main__")


def main() -> None:
    for name in PACKAGES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # a fork copies what the collector looks through
    with socket.socket(fileno=int(sys.argv[1])) as wire:
        order = wait_for_orders(wire)
    if order:
        run(**order)


if __name__ == "__main__":
    main()
