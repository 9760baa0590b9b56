"""Sentences for a command that fails: why, and what to do next."""

import errno
import os
import socket
import sqlite3
from pathlib import Path
from typing import Final

from .environment import SHORTEST_KEY

NO_SPACE: Final = "The disk is full: make room on it, and start again."

SQLITE: Final = {
    sqlite3.SQLITE_FULL: NO_SPACE,
    sqlite3.SQLITE_IOERR: "{file} cannot be read or written: the disk may be full or failing.",
    sqlite3.SQLITE_READONLY: "{file} cannot be written: start this as the user who owns it, or "
    "choose another database by DATABASE_URL.",
    sqlite3.SQLITE_CANTOPEN: "{file} cannot be opened: make its folder, let this user write "
    "there, or choose another database by DATABASE_URL.",
    sqlite3.SQLITE_CORRUPT: "{file} is damaged: restore a backup, or move the file away and "
    "start again, which makes a new database.",
    sqlite3.SQLITE_NOTADB: "{file} is not an SQLite database: restore a backup, or move the file "
    "away and start again, which makes a new database.",
    sqlite3.SQLITE_BUSY: "Another program has {file} locked: end it, and start again.",
}

NO_TABLES: Final = "The database lacks tables of this version: run `manage.py setup` first."


def describe_error(error: BaseException) -> str | None:
    """Describe an error instead of a traceback; None for an error that a developer has to read."""
    for found in (error, error.__cause__):
        if isinstance(found, sqlite3.Error):
            return _describe_sqlite(found)
        if isinstance(found, OSError):
            return _describe_system(found)
        if type(found).__module__.startswith("psycopg"):
            return _describe_postgres(found)
    return None


def describe_no_listening(error: Exception, host: str, port: int) -> str:
    """Describe why a server cannot listen on `host`, `port`."""
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return (
            f"Port {port} is taken: end the program that listens there, or choose another port, "
            f"as in PORT={port % 65535 + 1}."
        )
    if number == errno.EACCES:
        return f"Only root can use port {port}: choose one above 1023."
    if number == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return f"{host} is not an address of this machine: HOST=0.0.0.0 listens on all of them."
    return f"The server cannot listen on {host}, port {port}: {error}."


def find_why_not_listening(host: str, port: int) -> str | None:
    """Try to listen on `host`, `port`; a sentence if that fails, else None."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
            probe.bind(address)
            probe.listen()
    except (OSError, OverflowError) as error:
        return describe_no_listening(error, host, port)
    return None


def find_why_not_serving() -> str | None:
    """Check that pages have their static files and cookies a safe key; a sentence, or None."""
    from django.conf import settings

    if not (settings.DEBUG or (Path(settings.STATIC_ROOT) / "staticfiles.json").exists()):
        return "The static files are not collected: run `manage.py collectstatic --noinput` first."
    if len(settings.SECRET_KEY) < SHORTEST_KEY:
        return (
            f"DJANGO_SECRET_KEY must be at least {SHORTEST_KEY} characters, for example of "
            "`openssl rand -hex 32`."
        )
    return None


def _describe_system(error: OSError) -> str | None:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return NO_SPACE
    if error.errno == errno.ENOENT and error.filename:
        return f"{os.fsdecode(error.filename)} does not exist: create it, or choose another one."
    if error.errno in {errno.EEXIST, errno.ENOTDIR} and error.filename:
        return f"{os.fsdecode(error.filename)} is not a folder: choose another one."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS} and error.filename:
        return (
            f"{os.fsdecode(error.filename)} cannot be read or written by this user: start this as "
            "the user who owns the folder, or let this user write there."
        )
    return None


def _describe_sqlite(error: sqlite3.Error) -> str | None:
    from django.conf import settings

    if "no such table" in str(error) or "no such column" in str(error):
        return NO_TABLES
    sentence = SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    return sentence and sentence.format(file=settings.DATABASES["default"]["NAME"])


def _describe_postgres(error: BaseException | None) -> str | None:
    import psycopg

    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
        return NO_TABLES
    if isinstance(error, psycopg.errors.DiskFull):
        return NO_SPACE.replace("The disk", "PostgreSQL's disk")
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        reason = str(error).strip().splitlines()[-1]
        return f"PostgreSQL cannot be reached: does it run, is DATABASE_URL right? ({reason})"
    return None
