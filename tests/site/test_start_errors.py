"""What a person reads where a command cannot do its work: real errors of SQLite and the system."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, OperationalError

from brownian_site.start_errors import describe_error, describe_no_listening, find_why_not_listening


def make_database(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as made:
        made.executescript("CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(20000))")
    return path


def fill_disk(path: Path) -> None:
    with closing(sqlite3.connect(make_database(path))) as full:
        full.execute("PRAGMA max_page_count = 1")
        full.execute("INSERT INTO t VALUES (zeroblob(900000))")


def write_readonly(path: Path) -> None:
    with closing(sqlite3.connect(f"file:{make_database(path)}?mode=ro", uri=True)) as closed:
        closed.execute("INSERT INTO t VALUES (1)")


def write_locked(path: Path) -> None:
    with closing(sqlite3.connect(make_database(path), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with closing(sqlite3.connect(path, timeout=0)) as late:
            late.execute("INSERT INTO t VALUES (1)")


def read_damaged(path: Path) -> None:
    content = make_database(path).read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with closing(sqlite3.connect(path)) as damaged:
        damaged.execute("SELECT sum(length(x)) FROM t").fetchall()


def read_other_file(path: Path) -> None:
    path.write_text("no database " * 100)
    with closing(sqlite3.connect(path)) as none:
        none.execute("SELECT 1 FROM t")


def open_in_missing_folder(path: Path) -> None:
    sqlite3.connect(path / "none" / "db")


def read_missing_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as empty:
        empty.execute("SELECT 1 FROM t")


@pytest.mark.parametrize(
    ("fail", "sentence"),
    [
        (fill_disk, "The disk is full: make room"),
        (write_readonly, "db cannot be written: start this as the user who owns it"),
        (write_locked, "Another program has {db} locked: end it"),
        (read_damaged, "{db} is damaged: restore a backup"),
        (read_other_file, "{db} is not an SQLite database: restore a backup"),
        (open_in_missing_folder, "{db} cannot be opened: make its folder"),
        (read_missing_table, "run `manage.py setup` first"),
    ],
)
def test_error_of_sqlite_is_described_by_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fail: Callable[[Path], None], sentence: str
) -> None:
    path = tmp_path / "db"
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", str(path))

    with pytest.raises(sqlite3.Error) as failed:
        fail(path)
    wrapped = DatabaseError(str(failed.value))
    wrapped.__cause__ = failed.value

    assert sentence.format(db=path) in (describe_error(wrapped) or "")


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "The disk is full: make room"),
        (errno.EACCES, "/srv/x cannot be read or written by this user"),
        (errno.EROFS, "/srv/x cannot be read or written by this user"),
        (errno.ENOENT, "/srv/x does not exist: create it"),
    ],
)
def test_error_of_the_system_is_described_by_what_to_do(number: int, sentence: str) -> None:
    assert sentence in (describe_error(OSError(number, os.strerror(number), "/srv/x")) or "")


@pytest.mark.parametrize(
    "error", [ValueError("a bug"), OperationalError("of whom?"), OSError(errno.EIO, "input/output")]
)
def test_error_that_only_a_developer_can_judge_keeps_its_traceback(error: Exception) -> None:
    assert describe_error(error) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])
def test_free_port_is_none_to_complain_about(host: str) -> None:
    assert find_why_not_listening(host, 0) is None


@pytest.mark.parametrize(
    ("host", "port", "sentence"),
    [
        (
            "192.0.2.77",
            0,
            "192.0.2.77 is not an address of this machine: HOST=0.0.0.0 listens on all",
        ),
        ("no such name", 0, "no such name is not an address of this machine"),
    ],
)
def test_impossible_address_is_described(host: str, port: int, sentence: str) -> None:
    assert sentence in (find_why_not_listening(host, port) or "")


def test_port_below_1024_is_described_as_roots() -> None:
    refused = PermissionError(errno.EACCES, "Permission denied")

    assert describe_no_listening(refused, "::", 80) == (
        "Only root can use port 80: choose one above 1023."
    )
