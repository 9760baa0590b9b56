"""PostgreSQL for a cluster: on a socket in a folder that is its user's alone, and on no port."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import psycopg

from . import programs
from .process import ClusterError, build_identity

UNFINISHED: Final = "data.unfinished"

USER: Final = "postgres"
"""The user of the database; `find_unprivileged_user` is the user of the process."""

PORT: Final = 5432
"""Part of the name of the socket; no port is open."""

LONGEST_PATH: Final = 107 if sys.platform == "linux" else 103
"""Bytes in the path of a socket."""


def build_postgres_command(folder: Path) -> list[str]:
    """The command that runs PostgreSQL in `folder`, after `initialise`."""
    quoted = str(folder).replace('"', '""')  # a list of folders, with commas and quotes
    options = {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": f'"{quoted}"',
        "max_connections": "200",
        "log_min_error_statement": "panic",  # this and the next as in deploy/postgresql.conf
        "log_error_verbosity": "terse",
    }
    postgres = programs.require(programs.find_postgresql("postgres"), "postgresql")
    return [postgres, "-D", "data", *(f"--{name}={value}" for name, value in options.items())]


def initialise(folder: Path) -> None:
    """Create an empty database in `folder`, unless it has one.

    Raises:
        ClusterError: PostgreSQL is not installed, or its user cannot enter the folder.
    """
    if (folder / "data" / "PG_VERSION").exists():
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    if user := find_unprivileged_user():
        _check_reachable(folder.parent, by=user)
        shutil.chown(folder, user)
    initdb = programs.require(programs.find_postgresql("initdb"), "postgresql")
    shutil.rmtree(folder / UNFINISHED, ignore_errors=True)
    options = f"--pgdata={UNFINISHED} --username={USER} --auth=trust --encoding=UTF8 --locale=C"
    done = subprocess.run(
        [initdb, *options.split()],
        cwd=folder,
        capture_output=True,
        text=True,
        **build_identity(user),
    )
    if done.returncode:
        reason = done.stderr.strip().splitlines()[0]
        raise ClusterError(f"PostgreSQL could not create a database: {reason}")
    (folder / UNFINISHED).rename(folder / "data")


def check_path(folder: Path) -> None:
    """Raises:
    ClusterError: no client reaches a socket in `folder`.
    """
    if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) > LONGEST_PATH:
        raise ClusterError(
            f"The path {folder} is too long for PostgreSQL's socket, {LONGEST_PATH} bytes at most: "
            "choose a shorter one with make cluster FOLDER=…"
        )
    if "," in str(folder):
        raise ClusterError(
            f"PostgreSQL's clients read {folder} as a list: choose a folder without a comma "
            "with make cluster FOLDER=…"
        )


def build_variables(folder: Path) -> dict[str, str]:
    """Environment variables for PostgreSQL's clients; a URL cannot contain every path."""
    return {"PGHOST": str(folder), "PGPORT": str(PORT), "PGUSER": USER, "PGDATABASE": "postgres"}


def is_answering(folder: Path) -> bool:
    try:
        psycopg.connect(
            host=str(folder), port=PORT, user=USER, dbname="postgres", connect_timeout=5
        ).close()
    except psycopg.OperationalError:
        return False
    return True


def find_unprivileged_user() -> str | None:
    """The user that runs PostgreSQL, which refuses to run as root; None if we are not root."""
    if os.geteuid() != 0:
        return None
    return "postgres" if any(user.pw_name == "postgres" for user in pwd.getpwall()) else "nobody"


def _check_reachable(folder: Path, *, by: str) -> None:
    """Check that the user of PostgreSQL may enter every folder of its path."""
    for closed in [folder, *folder.parents]:
        if not closed.stat().st_mode & 0o001:
            raise ClusterError(
                f"PostgreSQL does not run as root, and its user {by} cannot enter {closed}: "
                "run this as another user, or choose another folder with make cluster FOLDER=…"
            )
