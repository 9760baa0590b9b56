"""PostgreSQL for a cluster: on a socket in a folder that is its user's alone, and on no port."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Final

import psycopg

from . import programs
from .process import ClusterError, acting_as

USER: Final = "postgres"
"""Of the database; who PostgreSQL is run as is another matter."""


def postgres_command(folder: Path) -> list[str]:
    """How it is run, in `folder`, once that is initialised."""
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "max_connections": "200",
    }
    postgres = programs.needed(programs.postgresql("postgres"), "postgresql")
    return [postgres, "-D", "data", *(f"--{name}={value}" for name, value in options.items())]


def initialise(folder: Path) -> None:
    """Make an empty database in `folder`, unless there is one.

    Raises:
        ClusterError: PostgreSQL is not here, or its user does not get there.
    """
    if (folder / "data" / "PG_VERSION").exists():
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    if user := unprivileged_user():
        _check_reachable(folder.parent, by=user)
        shutil.chown(folder, user)
    initdb = programs.needed(programs.postgresql("initdb"), "postgresql")
    options = f"--pgdata=data --username={USER} --auth=trust --encoding=UTF8 --locale=C"
    subprocess.run(
        [initdb, *options.split()],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        **acting_as(user),
    )


def answers(folder: Path) -> bool:
    try:
        psycopg.connect(host=str(folder), user=USER, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def unprivileged_user() -> str | None:
    """Who PostgreSQL is run as, which refuses to be run by root; None where we are not root."""
    if os.geteuid() != 0:
        return None
    return "postgres" if any(user.pw_name == "postgres" for user in pwd.getpwall()) else "nobody"


def _check_reachable(folder: Path, *, by: str) -> None:
    """PostgreSQL looks its folder up by its whole path, which must be open to its user."""
    for closed in [folder, *folder.parents]:
        if not closed.stat().st_mode & 0o001:
            raise ClusterError(
                f"PostgreSQL does not run as root, and its user {by} cannot get through {closed}: "
                "run this as somebody else, or with another folder, make cluster FOLDER=…"
            )
