"""manage.py verify_motion SLUG: compute a motion again, and say whether all of it agrees."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...core.format import write_number
from ...models import Motion
from ...queries.verification import Report, verify_motion


class Command(BaseCommand):
    help = "Compute a motion again from its seeds and changes, and say whether all of it agrees."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the last part of the motion's address")

    def handle(self, *args: Any, slug: str, **options: Any) -> None:
        motion = Motion.objects.filter(slug=slug).first()
        if motion is None:
            raise CommandError(f"There is no motion {slug!r}.")
        report = verify_motion(motion)
        if report.faults:
            for fault in report.faults:
                self.stdout.write(f"{slug}: {fault}")
            sys.exit(1)
        self.stdout.write(f"{slug}: {describe(report)} agree.")


def describe(report: Report) -> str:
    """ "3 paths, 14,402 steps and 12 changes"."""
    return (
        f"{count_noun(report.paths, 'path')}, {count_noun(report.steps, 'step')} "
        f"and {count_noun(report.changes, 'change')}"
    )


def count_noun(number: int, noun: str) -> str:
    return f"{write_number(number)} {noun}{'' if number == 1 else 's'}"
