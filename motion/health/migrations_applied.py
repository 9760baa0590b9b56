"""Whether the database is the one that this code was written for."""

from __future__ import annotations

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

_is_complete = False


def is_complete() -> bool:
    """Whether every migration of this code was applied; asked until it was, once.

    A database may be ahead: old code runs on it until it is replaced.

    Raises:
        DatabaseError.
    """
    global _is_complete
    if not _is_complete:
        executor = MigrationExecutor(connection)
        _is_complete = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _is_complete
