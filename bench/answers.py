"""Whole answers about a long and eventful path: from a request to its last byte, in this process.

The site is the real one, on an SQLite file of its own: address, gate, three or four queries, the
path, and the JSON.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

Call = Callable[[], object]

STEPS: Final = 10**9
CHANGES: Final = 1_000
TILE: Final = 512
STRIDE: Final = 2**20


def prepare(directory: Path) -> dict[str, Call]:
    """What is asked for, and how; the database goes into `directory`."""
    os.environ["DATABASE_URL"] = f"sqlite:///{directory / 'db.sqlite3'}"
    os.environ.setdefault("DJANGO_SECRET_KEY", secrets.token_urlsafe(48))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "brownian_site.settings")
    import django
    from django.core.management import call_command

    django.setup()
    from django.test import Client

    call_command("migrate", verbosity=0)
    epoch = _make_motion()
    whole = f"path.json: 2,000 points over 10⁹ steps with {CHANGES:,} changes, database included"
    tile = f"epoch={epoch}&first=0&last={TILE * STRIDE}&points={TILE + 1}&changes=0"
    ask = partial(_ask, Client(SERVER_NAME="localhost"))
    return {
        whole: partial(ask, ""),
        f"the same: half of it as a tile of {TILE + 1} points, no change sent": partial(ask, tile),
    }


def _make_motion() -> int:
    """A motion with its changes evenly apart; the number of its epoch."""
    from motion.models import Change, Motion
    from motion.services import motions

    motion = motions.create_motion(title="Eventful", slug="eventful")
    first = Change.objects.get(motion=motion)
    rows = [_change(first, number) for number in range(1, CHANGES)]
    Change.objects.bulk_create(rows)
    newest = rows[-1]
    Motion.objects.update(
        step=STEPS, revision=newest.revision, variance=newest.variance, drift=newest.drift
    )
    return motion.epoch


def _change(first: Any, number: int) -> Any:
    """Positions are what they like: what they cost is the same, and theirs has all its digits."""
    return type(first)(
        motion_id=first.motion_id,
        epoch_id=first.epoch_id,
        revision=first.revision + number,
        step=number * STEPS // CHANGES,
        position=number * 1.23456789,
        standard=number * 0.123456789,
        variance=1 + number / 7,
        drift=number / 1_000,
    )


def _ask(client: Any, query: str) -> None:
    response = client.get(f"/motions/eventful/path.json?{query}")
    assert response.status_code == 200, response.content
