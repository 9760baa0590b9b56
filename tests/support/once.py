"""What is made once for all processes of a test run: the first that needs it makes it."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

VARIABLE = "TESTS_FOLDER"


@cache
def shared_folder() -> Path:
    """A folder for the process that first needs one and all that it starts; it goes with it."""
    if VARIABLE not in os.environ:
        own_folder = tempfile.TemporaryDirectory(prefix="brownian-tests-")
        _kept.append(own_folder)
        os.environ[VARIABLE] = own_folder.name
    return Path(os.environ[VARIABLE])


_kept: list[tempfile.TemporaryDirectory[str]] = []


def make_folder(name: str, fill: Callable[[Path], None]) -> Path:
    """The folder `name`, which `fill` has filled once. Other processes wait meanwhile."""
    folder = shared_folder() / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = Path(tempfile.mkdtemp(dir=shared_folder()))
            fill(unfinished)
            unfinished.rename(folder)
    return folder
