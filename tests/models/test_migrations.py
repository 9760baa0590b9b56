"""After each migration the code of the version before still runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import models
from django.db.migrations import (
    AddField,
    AddIndex,
    CreateModel,
    Migration,
    RemoveField,
    RemoveIndex,
    RunSQL,
    SeparateDatabaseAndState,
)
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

from tests.support.newer_version import newer_version
from tests.support.servers import START_S, Postgres, Process, Site, wait_for

FREE = ("0001", "0002", "0003", "0004", "0005")
"""From before the first deployment."""

CONTRACTING: tuple[str, ...] = ()
"""Migrations that remove columns that the version before no longer reads: docs/deploy.md."""

REVIEWED = ("0008_longer_codes", "0015_ensemble")
"""Migrations that were checked by hand.

0008: a wider column, and new codes for invitations. Old processes find no invitation by a new
code; new processes find both kinds. 0015: its constraints are on new columns alone, which old
processes leave at 0 or empty; its required column is in a table that it creates."""


def breaks_old_code(operation: Any) -> bool:
    """Whether code that does not know the operation may fail to read or insert rows."""
    if isinstance(operation, AddField):
        field = operation.field
        return not (field.null or field.many_to_many or field.db_default is not NOT_PROVIDED)
    if isinstance(operation, SeparateDatabaseAndState):
        return any(map(breaks_old_code, operation.database_operations))
    return not isinstance(operation, CreateModel | AddIndex | RemoveIndex)


def list_deployed_migrations() -> list[Migration]:
    """The migrations of a running site, without those that remove columns."""
    found = MigrationLoader(None).disk_migrations
    exempt = (*FREE, *CONTRACTING, *REVIEWED)
    return [
        migration
        for (app, name), migration in sorted(found.items())
        if app == "motion" and not name.startswith(exempt)
    ]


@pytest.mark.parametrize("migration", list_deployed_migrations(), ids=lambda found: found.name)
def test_migration_keeps_the_tables_usable_for_old_code(migration: Migration) -> None:
    assert [found for found in migration.operations if breaks_old_code(found)] == []


@pytest.mark.parametrize(
    ("operation", "breaks"),
    [
        (AddField("motion", "note", models.CharField(db_default="")), False),
        (AddField("motion", "note", models.CharField(null=True)), False),
        (AddField("motion", "note", models.CharField(default="")), True),
        (CreateModel("note", []), False),
        (RemoveField("motion", "title"), True),
        (RunSQL("UPDATE motion_motion SET title = ''"), True),
    ],
)
def test_breaks_old_code_judges_each_operation(operation: Any, breaks: bool) -> None:
    assert breaks_old_code(operation) is breaks


@pytest.mark.server
def test_migrate_lets_steps_go_on_when_a_table_is_read(postgres: Postgres, tmp_path: Path) -> None:
    site = Site(tmp_path, database_url=postgres.new_database()).setup()
    site.start_server()
    wait_for(lambda: site.frontier()[1], "a first step")
    env = site.environment() | {"DJANGO_SETTINGS_MODULE": "brownian_site.settings"}
    newer = newer_version(tmp_path / "newer")

    try:
        with psycopg.connect(site.database_url) as reader:
            reader.execute("SELECT count(*) FROM motion_motion")
            command = [sys.executable, "manage.py", "migrate"]
            migrating = Process(command, env, tmp_path / "log", cwd=newer)
            site.processes.append(migrating)
            wait_for(lambda: "trying again" in migrating.output(), "it to give up")
            step = site.frontier()[1]
            wait_for(lambda: site.frontier()[1] >= step + 2, "steps to go on")

        assert migrating.popen.wait(START_S) == 0, migrating.output()
        assert site.execute("SELECT note FROM motion_motion") == [("new",)]
    finally:
        site.stop()
