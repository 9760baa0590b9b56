"""What a database says, asked without the program: SQLite or PostgreSQL, by its URL."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql


def execute(url: str, statement: str, *values: Any) -> list[Any]:
    """Run one statement, with ? for each value; its rows."""
    if url.startswith("sqlite:///"):
        return _on_sqlite(Path(url.removeprefix("sqlite:///")), statement, values)
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        cursor = connection.execute(statement.replace("?", "%s"), values or None)
        return cursor.fetchall() if cursor.description else []


def _on_sqlite(path: Path, statement: str, values: tuple[Any, ...]) -> list[Any]:
    connection = sqlite3.connect(path, timeout=10)
    try:
        with connection:
            return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


def copy_database(server_url: str, *, source: str, name: str) -> None:
    """Make the database `name` on a PostgreSQL server again, as a copy of `source`.

    `source` may have no connections.

    Copied as files: a copy through the log, which is the default since 15, takes a sequence as it
    stands in memory, and after a crash it would give the same numbers again.
    """
    with psycopg.connect(server_url, autocommit=True) as connection:
        as_files = " STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""
        for command in (
            "DROP DATABASE IF EXISTS {name} WITH (FORCE)",
            "CREATE DATABASE {name} TEMPLATE {source}" + as_files,
        ):
            connection.execute(
                sql.SQL(command).format(name=sql.Identifier(name), source=sql.Identifier(source))
            )
