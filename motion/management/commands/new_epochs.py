"""manage.py new_epochs: after a backup was restored, and before anything serves.

What happened after the backup is lost, but pages and caches still hold it, under the numbers of
epochs. So each of these is ended where the backup has it, and another is begun: its number is the
time, which no lost epoch has.
"""

import time
from argparse import ArgumentParser
from typing import Final

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Max

from ...core.format import write_count
from ...models import Change, Epoch, Motion, now, timestamp
from ...services.motions import restart_motion
from ...templatetags.moments import write_time

LONGEST_WAIT_S: Final = 10.0
YEAR_S: Final = 366 * 24 * 3600


class Command(BaseCommand):
    help = "Begin a new epoch of every motion: after a restore, before anything serves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--above",
            type=int,
            default=0,
            metavar="NUMBER",
            help="number them above this, the epoch of a path that is lost",
        )

    def handle(self, *args: object, above: int, **options: object) -> None:
        refuse_a_clock_that_was_set_back()
        if not 0 <= above <= now() + YEAR_S:
            raise CommandError("NUMBER must be an epoch, which is about the Unix time in seconds.")
        time.sleep(1 - now() % 1)  # a lost path may have begun within this second
        motions = list(Motion.objects.values_list("pk", flat=True))
        for motion_id in motions:
            restart_motion(motion_id, under_policy=False, above=above)
        wait_until_the_numbers_are_past()
        self.stdout.write(f"New epochs were begun for {write_count(len(motions), 'motion')}.")


def refuse_a_clock_that_was_set_back() -> None:
    """Numbers taken from it could be those of lost epochs."""
    newest = Change.objects.aggregate(at=Max("at"))["at"]
    if newest and newest > timestamp():
        raise CommandError(
            f"A change was made at {write_time(newest, 'second')}, which is in the future: "
            "set the clock right, and then begin new epochs."
        )


def wait_until_the_numbers_are_past() -> None:
    """A second restore of the same backup gets other numbers, however soon it is.

    Restarts in quick succession take numbers ahead of the clock, seldom by more than a few.
    """
    newest = Epoch.objects.aggregate(number=Max("number"))["number"] or 0
    time.sleep(min(max(0.0, newest + 1 - now()), LONGEST_WAIT_S))
