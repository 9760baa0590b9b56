"""A program that this process starts, and ends by its id."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

START_S = 60.0
"""How long a program may take until it is ready."""

PR_SET_PDEATHSIG = 1
PRCTL = getattr(ctypes.CDLL(None), "prctl", None)  # Linux's alone


class ClusterError(Exception):
    """A sentence that says why the cluster cannot run."""


class NotStartedError(ClusterError):
    """A program ended, or was not ready in time; its text is the end of its log."""

    def __init__(self, process: Process) -> None:
        lines = process.output().splitlines()[-10:]
        super().__init__("\n".join([f"{process.name} did not start:", *lines]))


@dataclass(kw_only=True)
class Process:
    """A program that can be started and stopped again and again, with its child processes.

    On Linux it also gets its signal when this process dies in any way.

    Attributes:
        ready: whether this process does its work.
        stop_with: the signal that ends it cleanly, in `stop_s` seconds.
        user: the user that runs it; None: the current one.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    log: Path
    ready: Callable[[Process], bool]
    stop_with: signal.Signals = signal.SIGTERM
    stop_s: float = 20.0
    user: str | None = None
    popen: subprocess.Popen[bytes] | None = field(default=None, init=False)
    begun_at: int = field(default=0, init=False)

    def start(self) -> None:
        """Start it; `wait` waits until it is ready."""
        self.end_group()
        with self.log.open("ab") as out:
            self.begun_at = out.seek(0, os.SEEK_END)
            self.popen = subprocess.Popen(
                self.command,
                env=dict(self.env),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us: we end them in their order
                preexec_fn=self._end_with_us if PRCTL else None,
                **build_identity(self.user),
            )

    def wait(self) -> None:
        """Wait until it is ready.

        Raises:
            NotStartedError.
        """
        end = time.monotonic() + START_S
        while not self.ready(self):
            if not self.is_running() or time.monotonic() > end:
                raise NotStartedError(self)
            time.sleep(0.05)

    def is_running(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def ask_to_stop(self) -> None:
        """Send its signal; `stop` waits for its end."""
        if self.popen and self.is_running():
            self.popen.send_signal(self.stop_with)

    def stop(self) -> int | None:
        """End it, by force if necessary. Return its exit code, None if it was never started."""
        if self.popen is None:
            return None
        self.ask_to_stop()
        try:
            return self.popen.wait(self.stop_s)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            return self.popen.wait()
        finally:
            self.end_group()

    def end_group(self) -> None:
        """End its child processes, such as workers of nginx, which keep the port."""
        if self.popen and not self.is_running():
            with suppress(ProcessLookupError, PermissionError):  # nothing of ours is there
                os.killpg(self.popen.pid, signal.SIGKILL)

    def _end_with_us(self) -> None:
        assert PRCTL is not None
        PRCTL(PR_SET_PDEATHSIG, int(self.stop_with))

    def output(self) -> str:
        """Its output since its last start."""
        return self.log.read_bytes()[self.begun_at :].decode(errors="replace")


class Identity(TypedDict, total=False):
    """Options of `subprocess` for the user that runs a program."""

    user: str
    group: int
    extra_groups: list[int]


def build_identity(user: str | None) -> Identity:
    """Options of `subprocess` to run a program as `user`; None: the current one."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def is_listening(address: tuple[str, int] | str) -> bool:
    """Whether a program accepts connections at a host and port, or a socket's path."""
    try:
        if isinstance(address, str):
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(address)
        else:
            socket.create_connection(address, timeout=5).close()
    except OSError:
        return False
    return True


def find_free_ports(count: int) -> list[int]:
    """Different free ports of the loopback address."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
