"""manage.py backup FILE: the whole database in one file, while everything runs."""

import time
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from ...core.format import write_count
from ...services import backups


class Command(BaseCommand):
    help = "Write the whole database to a file, and read it again; everything may run meanwhile."
    requires_system_checks = []  # also of a database that this version has not migrated yet

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", type=Path, help="a file that is not there yet, or a folder: named by the time"
        )
        parser.add_argument(
            "--keep", type=int, metavar="N", help="in a folder: delete all but the newest N"
        )

    def handle(self, *args: object, file: Path, keep: int | None, **options: object) -> None:
        folder = file if file.is_dir() else None
        if keep is not None and (folder is None or keep < 1):
            raise CommandError("--keep must be 1 or more, and FILE a folder.")
        if folder:
            file = folder / f"brownian-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
            file = file.with_suffix(backups.get_store().suffix)
        count = backups.back_up(file)
        backups.record_backup()
        size = write_count(file.stat().st_size, "byte")
        self.stdout.write(f"{file} has {write_count(count, 'motion')} in {size}.")
        if folder and keep:
            for old in sorted(folder.glob(f"brownian-*Z{file.suffix}"))[:-keep]:
                old.unlink()
