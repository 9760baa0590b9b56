"""The two cores, the CPU time and memory of a process, and the machine in general terms."""

from __future__ import annotations

import os
import platform
import resource
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_KB = os.sysconf("SC_PAGE_SIZE") / 1024


@dataclass(frozen=True, kw_only=True)
class Cores:
    """Where the server and the client run; `note` says so in a sentence."""

    server: int | None
    client: int | None
    note: str


def choose_cores() -> Cores:
    """One core for the server and another for the client, where the machine has two."""
    if not hasattr(os, "sched_setaffinity"):
        note = "This system pins no process to a core: server and client share all of them."
        return Cores(server=None, client=None, note=note)
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 2:
        note = "Only one core: server and client share it, so deliveries/s and latency are worse."
        return Cores(server=None, client=None, note=note)
    note = "The server had one core to itself, the client another."
    return Cores(server=available[0], client=available[1], note=note)


def pin(pid: int, core: int | None) -> None:
    """Keep process `pid` (0: this one) on `core`; threads it starts from now on follow."""
    if core is not None:
        os.sched_setaffinity(pid, {core})


def unpin(pid: int) -> None:
    """Let process `pid` (0: this one), and what it starts from now on, run on any core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, range(os.cpu_count() or 1))


def allow_open_files(count: int) -> None:
    """Raise this process's limit of open files, which its children inherit.

    Raises:
        SystemExit: the machine allows fewer.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(count, hard)))
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))
        if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < count:
            raise SystemExit(f"The benchmark needs {count} open files (ulimit -n).")


def cpu_s(pid: int) -> float:
    """User and system time of a process with all its threads, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def tree_cpu_s(pid: int) -> float:
    """The same of a process, of its children, and of those of them that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    of_ended_s = (int(fields[13]) + int(fields[14])) / _TICKS_PER_S
    return cpu_s(pid) + of_ended_s + sum(map(_cpu_s_if_there, children(pid)))


def children(pid: int) -> list[int]:
    """The processes that a process has started and that run."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _cpu_s_if_there(pid: int) -> float:
    with suppress(OSError):
        return cpu_s(pid)
    return 0.0


def resident_kb(pid: int) -> float:
    """Memory of a process that is in RAM."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_KB


def description() -> str:
    """The machine in general terms: cores, processor family, system, Python."""
    model = platform.machine()
    with suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line for line in lines if line.startswith("model name")).partition(": ")[2]
    cores = os.cpu_count() or 1
    return (
        f"{cores} core{'s' if cores > 1 else ''} of {model}, {platform.system()}, "
        f"{platform.python_implementation()} {platform.python_version()}"
    )
