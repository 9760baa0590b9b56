"""A server on a socket file instead of a port."""

import socket
from pathlib import Path

from twisted.internet.endpoints import quoteStringArgument


def describe_endpoint(path: str) -> str:
    """Describe a socket file for Twisted, without Twisted's lock file.

    The lock file names a process by its number, which another process has after a crash. In a
    container that number is always the same, and no server would start again.
    """
    return f"unix:{quoteStringArgument(path)}:lockfile=0"


def remove_stale_socket(path: Path) -> None:
    """Remove the socket file that a killed server left behind.

    Raises:
        SystemExit: another server listens there, or the file is not a socket.
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
