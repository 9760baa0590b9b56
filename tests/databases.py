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
    """Make `name` anew on a PostgreSQL server, as a copy of `source`, which nobody may be using."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        for command in (
            "DROP DATABASE IF EXISTS {name} WITH (FORCE)",
            "CREATE DATABASE {name} TEMPLATE {source}",
        ):
            connection.execute(
                sql.SQL(command).format(name=sql.Identifier(name), source=sql.Identifier(source))
            )
