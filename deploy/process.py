"""A program that was started here, and is ended here by its id."""

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
from typing import Any

START_S = 60.0
"""A program that is not ready by then is not going to be."""

PR_SET_PDEATHSIG = 1
PRCTL = getattr(ctypes.CDLL(None), "prctl", None)  # Linux's alone


class ClusterError(Exception):
    """Why there can be no cluster here, in a sentence."""


class NotStartedError(ClusterError):
    """A program ended, or was not ready in time; its text is the end of its log."""

    def __init__(self, process: Process) -> None:
        super().__init__(process)
        self.process = process

    def __str__(self) -> str:
        lines = self.process.output().splitlines()[-10:]
        return "\n".join([f"{self.process.name} did not start:", *lines])


@dataclass(kw_only=True)
class Process:
    """How a program is started and stopped, as often as you like, with all that it started.

    On Linux it gets its signal too when this process dies, however that does.

    Attributes:
        ready: of this process, true once it does its work.
        stop_with: the signal that ends it cleanly, in `stop_s` seconds.
        user: who it is run as; None: who we are.
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
        """Begin; `wait` says when it is ready."""
        self.end_group()
        with self.log.open("ab") as out:
            self.begun_at = out.tell()
            self.popen = subprocess.Popen(
                self.command,
                env=dict(self.env),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us: we end them in their order
                preexec_fn=self._end_with_us if PRCTL else None,
                **acting_as(self.user),
            )

    def wait(self) -> None:
        """Until it is ready.

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
        """Send it the signal; `stop` waits for its end."""
        if self.popen and self.is_running():
            self.popen.send_signal(self.stop_with)

    def stop(self) -> int | None:
        """End it, by force if it must be; its exit code, None if it was never started."""
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
        """End what it left behind, as nginx's master leaves workers that keep the port."""
        if self.popen and not self.is_running():
            with suppress(ProcessLookupError, PermissionError):  # nothing of ours is there
                os.killpg(self.popen.pid, signal.SIGKILL)

    def _end_with_us(self) -> None:
        assert PRCTL is not None
        PRCTL(PR_SET_PDEATHSIG, int(self.stop_with))

    def output(self) -> str:
        """What it wrote since it was last started."""
        return self.log.read_bytes()[self.begun_at :].decode(errors="replace")


def acting_as(user: str | None) -> dict[str, Any]:
    """What `subprocess` needs to run something as `user`; None: as who we are."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def is_listening(address: tuple[str, int] | str) -> bool:
    """Whether somebody takes connections at a host and port, or a socket's path."""
    try:
        if isinstance(address, str):
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(address)
        else:
            socket.create_connection(address, timeout=5).close()
    except OSError:
        return False
    return True


def free_ports(count: int) -> list[int]:
    """Ports of the loopback address that nobody listens on, all different."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
