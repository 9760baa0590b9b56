"""manage.py restore FILE: put a backup in the database's place, ready to be served."""

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from ...core.format import write_count
from ...health import heartbeats
from ...models import Motion, now
from ...services import backups


class Command(BaseCommand):
    help = "Restore a backup: the database is replaced, migrated, and new epochs are begun."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="what `manage.py backup` wrote")
        parser.add_argument(
            "--replace", action="store_true", help="delete what the database holds now"
        )
        parser.add_argument(
            "--above", type=int, default=0, metavar="NUMBER", help="as for `new_epochs`"
        )

    def handle(
        self, *args: object, file: Path, replace: bool, above: int, **options: object
    ) -> None:
        count = backups.check_backup(file)
        refuse_to_delete_what_is_used(replace)
        backups.get_store().load(file)
        self.stdout.write(f"{write_count(count, 'motion')} of {file} were restored.")
        try:
            call_command("migrate", interactive=False, verbosity=0)
            call_command("new_epochs", above=above, stdout=self.stdout)
        except (CommandError, DatabaseError) as error:
            raise CommandError(
                f"{error}\nThe backup is restored, but do not serve it yet: fix this, then run "
                "`manage.py migrate` and `manage.py new_epochs`."
            ) from None


def refuse_to_delete_what_is_used(replace: bool) -> None:
    """Only with --replace, and never under processes that run."""
    try:
        tables = connection.introspection.table_names()
        motions = Motion.objects.count() if "motion_motion" in tables else 0
        running = heartbeats.find_live_processes(now()).count() if "motion_process" in tables else 0
    except DatabaseError as error:
        if connection.vendor == "sqlite" and replace:  # a damaged file is why one restores
            return
        raise CommandError(f"The database cannot be read: {error}") from None
    if running:
        raise CommandError(
            f"Servers or workers of this site are running ({running} reported within the last "
            f"{settings.MOTION_PROCESS_LASTS_S:g} s): stop all of them first. After killing one, "
            "wait that long."
        )
    if tables and not replace:
        raise CommandError(
            f"The database holds {write_count(motions, 'motion')}, which a restore deletes: add "
            "--replace to do that."
        )
