"""One at a time: a lock on a folder, which ends with the process that holds it.

python -m brownian_site.alone COMMAND …: run a command alone in this folder; needs no .venv.
"""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def lock_folder(folder: Path, on_wait: Callable[[], object]) -> int:
    """Take the lock of a folder, and wait for it if another process has it.

    Args:
        on_wait: called once before it waits; it may raise instead.

    Returns:
        A descriptor; to close it releases the lock.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            on_wait()
        except BaseException:
            os.close(descriptor)
            raise
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it without a traceback
    lock_folder(Path(), lambda: print("Waiting for another set-up in this folder …", flush=True))
    sys.exit(subprocess.call(sys.argv[1:]))


if __name__ == "__main__":
    main()
