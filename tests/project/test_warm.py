"""Programs that are forks of a warm process are as real as any other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import warm

PROGRAM = """
import os, sys
print(sys.argv[1:], sorted(os.environ), os.getcwd(), os.getppid(), sys.path[0], __name__)
print(sys.stdin.readline(), file=sys.stderr)
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def program(tmp_path: Path) -> list[str]:
    """A command of a manage.py that prints what it was given, and waits for a line."""
    (tmp_path / "manage.py").write_text(PROGRAM)
    return [sys.executable, "manage.py"]


def start(program: list[str], folder: Path, argument: str) -> subprocess.Popen[str]:
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    env = {"PATH": "/bin", "PYTHONUNBUFFERED": "1", "A": "1"}
    return warm.popen([*program, argument], env, cwd=folder, text=True, **pipes)


def test_fork_is_a_child_with_what_it_was_given(program: list[str], tmp_path: Path) -> None:
    process = start(program, tmp_path, "7")
    assert isinstance(process, warm.Fork)

    printed, error = process.communicate("line", timeout=30)

    names = ["A", "PATH", "PYTHONUNBUFFERED"]
    given = [["7"], names, tmp_path, os.getpid(), tmp_path, "__main__"]
    assert (printed, error) == (" ".join(map(str, given)) + "\n", "line\n")
    assert process.returncode == 7


def test_fork_ends_by_a_signal(program: list[str], tmp_path: Path) -> None:
    process = start(program, tmp_path, "0")
    assert process.poll() is None

    process.kill()

    assert process.wait(30) == -signal.SIGKILL


def test_fork_is_a_new_python_when_variables_of_python_differ(
    program: list[str], tmp_path: Path
) -> None:
    env = {"PATH": "/bin", "PYTHONUTF8": "0"}

    process = warm.popen([*program, "0"], env, cwd=tmp_path, stdin=subprocess.DEVNULL)

    assert not isinstance(process, warm.Fork)
    assert process.wait(30) == 0
