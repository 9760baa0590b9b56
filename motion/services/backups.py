"""A backup of the database is one file: SQLite's own format, or pg_dump's custom one.

A `CommandError` says in one sentence why there is no backup, or no restore, and what to do.
"""

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from django.core.cache import cache
from django.core.management.base import CommandError
from django.db import DatabaseError, connection
from django.db.backends.postgresql.client import DatabaseClient

BUSY_S: Final = 10.0
"""How long a database may be used by others before a restore gives up."""

NOTE: Final = "last-backup-at"

COPY: Final = re.compile(rb"COPY (\S+) \(.*\) FROM stdin;\n")


def get_store() -> "PostgreSQL | SQLite":
    """The kind of database of DATABASE_URL; all its methods raise `CommandError`."""
    return PostgreSQL() if connection.vendor == "postgresql" else SQLite()


def back_up(file: Path) -> int:
    """Write a backup to `file`, which does not exist yet, and check it; returns its motions.

    Raises:
        CommandError: there is no file then.
    """
    if file.exists():
        raise CommandError(f"{file} exists already: choose another name.")
    try:
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
        part = Path(name)
        try:
            get_store().dump(part)
            count = get_store().count_motions(part)
            os.fsync(descriptor)
            part.rename(file)
        finally:
            os.close(descriptor)
            part.unlink(missing_ok=True)
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
    return count


def record_backup() -> None:
    """Store that a backup was just made, for monitoring."""
    with suppress(DatabaseError):  # a database of another version: only the backup matters
        cache.set(NOTE, time.time(), timeout=None)


def read_last_backup_time() -> float:
    """When `record_backup` was last called, in Unix seconds; 0 for never.

    Raises:
        DatabaseError.
    """
    return float(cache.get(NOTE, 0.0))


def check_backup(file: Path) -> int:
    """Read a whole backup; how many motions are in it.

    Raises:
        CommandError: it cannot be read, or is one of another kind of database.
    """
    store = get_store()
    try:
        with file.open("rb") as backup:
            head = backup.read(16)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
    if not head.startswith(store.magic):
        raise CommandError(f"{file} is not a backup of {store.name}, which DATABASE_URL names.")
    return store.count_motions(file)


class SQLite:
    name = "SQLite"
    suffix = ".sqlite3"
    magic = b"SQLite format 3\0"

    def dump(self, file: Path) -> None:
        """Write the database to `file`, which is there and empty, consistent while it is used."""
        source = self._get_path()
        if not source.exists():
            raise CommandError(f"There is no database at {source}: check DATABASE_URL.")
        try:
            with closing(self._open(source, "rw")) as database:
                database.execute("VACUUM INTO ?", [str(file)])
        except sqlite3.Error as error:
            raise CommandError(f"{source} cannot be backed up: {error}.") from None

    def count_motions(self, file: Path) -> int:
        """Read a whole backup, and count the motions in it."""
        try:
            with closing(self._open(file, "ro")) as database:
                ((found, *_), *_) = database.execute("PRAGMA integrity_check").fetchall()
                if found != "ok":
                    raise CommandError(f"{file} is damaged: {found}.")
                ((count,),) = database.execute("SELECT count(*) FROM motion_motion")
        except sqlite3.Error as error:
            raise CommandError(f"{file} is damaged, or no backup of this site: {error}.") from None
        return int(count)

    def load(self, file: Path) -> None:
        """Put a backup in the database's place: all of it, or nothing is changed."""
        connection.close()
        target = self._get_path()
        try:
            with (
                closing(self._open(file, "ro")) as backup,
                closing(self._open_target(target)) as database,
            ):
                give_up_at = time.monotonic() + BUSY_S

                def watch(status: int, remaining: int, total: int) -> None:
                    if remaining and time.monotonic() > give_up_at:
                        raise CommandError(f"{target} is in use: stop what uses it.")

                backup.backup(database, progress=watch)
        except sqlite3.Error as error:
            raise CommandError(f"{target} cannot be replaced: {error}.") from None

    @staticmethod
    def _get_path() -> Path:
        return Path(connection.settings_dict["NAME"]).absolute()

    def _open_target(self, path: Path) -> sqlite3.Connection:
        """The database to overwrite; one that is too damaged to open is deleted first."""
        database = self._open(path, "rwc")
        try:
            database.execute("PRAGMA schema_version")
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:  # "file is not a database"
            database.close()
            for stale in (path, *(path.with_name(f"{path.name}-{end}") for end in ("wal", "shm"))):
                stale.unlink(missing_ok=True)
            database = self._open(path, "rwc")
        return database

    @staticmethod
    def _open(path: Path, mode: str) -> sqlite3.Connection:
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(uri, uri=True, timeout=BUSY_S)


class PostgreSQL:
    name = "PostgreSQL"
    suffix = ".dump"
    magic = b"PGDMP"

    def dump(self, file: Path) -> None:
        run_program(*self._build_command("pg_dump", "--format=custom", f"--file={file}"))

    def count_motions(self, file: Path) -> int:
        command = [find_program("pg_restore"), "--file=-", str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as p:
            assert p.stdout
            assert p.stderr
            count = count_rows(b"motion_motion", p.stdout)
            error = p.stderr.read()
        if p.returncode:
            raise CommandError(f"{file} is damaged: {find_error(error)}.")
        if count is None:
            raise CommandError(f"{file} is not a backup of this site: it has no table of motions.")
        return count

    def load(self, file: Path) -> None:
        """By way of psql, in one transaction that also deletes what is there."""
        tables = map(connection.ops.quote_name, connection.introspection.table_names())
        begin = [f"BEGIN; SET client_min_messages = error; SET lock_timeout = '{BUSY_S:g}s';"]
        begin += [f"DROP TABLE IF EXISTS {table} CASCADE;" for table in tables]
        connection.close()
        command, env = self._build_command(
            "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"
        )
        options = ("--no-owner", "--no-privileges", "--file=-")
        reading = [find_program("pg_restore"), *options, str(file)]
        with tempfile.TemporaryFile() as errors:
            psql = subprocess.Popen(
                command, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors
            )
            assert psql.stdin
            with suppress(BrokenPipeError):  # it stopped at an error, which it has written
                psql.stdin.write("\n".join([*begin, ""]).encode())
                psql.stdin.flush()
                read = subprocess.run(reading, stdout=psql.stdin, stderr=errors)
                if read.returncode == 0:  # else psql ends the transaction uncommitted
                    psql.stdin.write(b"COMMIT;\n")
                psql.stdin.close()
            if psql.wait() or read.returncode:
                errors.seek(0)
                raise CommandError(f"The database was not replaced: {find_error(errors.read())}.")

    @staticmethod
    def _build_command(name: str, *options: str) -> tuple[list[str], dict[str, str]]:
        """The command of one of PostgreSQL's programs, and its environment with the password."""
        (_, *where, database), env = DatabaseClient.settings_to_cmd_args_env(
            connection.settings_dict, []
        )
        command = [find_program(name), *options, *where, "--dbname", database]
        return command, {**os.environ, **(env or {})}


def count_rows(table: bytes, lines: Iterable[bytes]) -> int | None:
    """The rows of one table in a dump in SQL; None if the dump has no such table."""
    copied: bytes | None = None
    count = None
    for line in lines:
        if copied is None:
            if begun := COPY.fullmatch(line):
                copied = begun[1].rpartition(b".")[2]
                count = 0 if copied == table else count
        elif line == b"\\.\n":
            copied = None
        elif copied == table:
            count = (count or 0) + 1
    return count


def run_program(command: Sequence[str], env: dict[str, str]) -> None:
    done = subprocess.run(command, env=env, capture_output=True)
    if done.returncode:
        raise CommandError(f"{Path(command[0]).name} failed: {find_error(done.stderr)}.")


def find_program(name: str) -> str:
    """One of PostgreSQL's programs for clients.

    Raises:
        CommandError: it is not installed.
    """
    found = shutil.which(name)
    if found is None:
        raise CommandError(f"{name} is missing: sudo apt install postgresql-client.")
    return found


def find_error(output: bytes) -> str:
    """The last line of a program's output that says why it failed."""
    lines = output.decode(errors="replace").strip().splitlines() or ["it did not say why"]
    errors = [line for line in lines if "error" in line.lower() or "fatal" in line.lower()]
    return (errors or lines)[-1].strip().rstrip(".")
