"""manage.py verify_motion SLUG: compute a motion again, and say whether all of it agrees."""

import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from ...core.format import write_count
from ...models import Motion
from ...queries.verification import verify_motion


class Command(BaseCommand):
    help = "Compute a motion again from its seeds and changes, and say whether all of it agrees."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the last part of the motion's address")

    def handle(self, *args: object, slug: str, **options: object) -> None:
        motion = Motion.objects.filter(slug=slug).first()
        if motion is None:
            raise CommandError(f"There is no motion {slug!r}.")
        report = verify_motion(motion)
        if report.faults:
            for fault in report.faults:
                self.stdout.write(f"{slug}: {fault}")
            sys.exit(1)
        paths, steps, changes = (
            write_count(getattr(report, f"{noun}s"), noun) for noun in ("path", "step", "change")
        )
        self.stdout.write(f"{slug}: {paths}, {steps} and {changes} agree.")
