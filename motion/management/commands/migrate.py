"""manage.py migrate: Django's, but on PostgreSQL nobody waits long for it behind a long reader.

To alter a table PostgreSQL needs it alone: it waits until all that read it are done, and whatever
comes later, each step of each motion, waits behind it. So a migration gives up soon, lets the
others go on, and tries again.
"""

import time
from typing import Final

import psycopg
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connection
from django.db.migrations import Migration

WAIT_MS: Final = 2_000
"""How long everybody waits: above PostgreSQL's `deadlock_timeout` of 1 s, after which an autovacuum
makes way."""

PAUSES_S: Final = (2, 4, 8, 15, 15, 15, 15)

IN_USE: Final = (
    "A migration could not lock a table: end the long query or the backup that reads it (SELECT "
    "pid, query, xact_start FROM pg_stat_activity), and run this again. It goes on after the last "
    "migration that was applied."
)


class Command(migrate.Command):
    def handle(self, *args: object, **options: object) -> None:
        for pause_s in (*PAUSES_S, None):
            try:
                super().handle(*args, **options)
                break
            except OperationalError as error:
                if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                    raise
            finally:
                limit_waiting(0)
            if pause_s is None:
                raise CommandError(IN_USE)
            self.stderr.write(f"A table is in use; trying again in {pause_s} s.")
            time.sleep(pause_s)

    def migration_progress_callback(
        self, action: str, migration: Migration | None = None, fake: bool = False
    ) -> None:
        """Django's, which is called before each migration.

        One that is not atomic makes an index concurrently: it holds nobody up while it waits.
        """
        if migration and action in {"apply_start", "unapply_start"}:
            limit_waiting(WAIT_MS if migration.atomic else 0)
        super().migration_progress_callback(action, migration, fake)


def limit_waiting(milliseconds: int) -> None:
    """For a lock, from now on; 0 is without end. A connection that is lost has no limit."""
    if connection.vendor == "postgresql" and connection.is_usable():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [str(milliseconds)])
