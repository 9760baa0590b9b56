"""A server on a socket file instead of a port."""

from __future__ import annotations

import socket
from pathlib import Path

from twisted.internet.endpoints import quoteStringArgument


def socket_file(path: str) -> str:
    """A description of Twisted's, without its lock file.

    That names a process by its number, which another process has after a crash: in a container it
    is always the same one, and no server would start again.
    """
    return f"unix:{quoteStringArgument(path)}:lockfile=0"


def remove_stale_socket(path: Path) -> None:
    """Remove the socket file that a killed server left behind.

    Raises:
        SystemExit: another server listens there, or something else has that name.
    """
    if not path.exists():
        return
    if not path.is_socket():
        raise SystemExit(f"{path} is not a socket file: give --unix-socket another path.")
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        except OSError as error:
            raise SystemExit(f"{path} cannot be used: {error.strerror}.") from None
        else:
            raise SystemExit(f"Another server listens on {path}: stop it first.")
