"""`run_worker`, which also writes down when each step was committed, and how late."""

from __future__ import annotations

import asyncio
import sys
import time

import django
import numpy as np
from numpy.typing import ArrayLike


def main(file: str) -> None:
    django.setup()
    from motion.management.commands.run_worker import run_until_signalled
    from motion.telemetry import metrics

    noted = []
    record_tick = metrics.record_tick

    def note(*, steps_made: int, late_s: ArrayLike, took_s: float) -> None:
        """What was due `late_s` before the tick looked is committed `took_s` later at most."""
        late = np.asarray(late_s, dtype=float) + took_s
        noted.append(np.column_stack([np.full(late.size, time.time()), late]))
        record_tick(steps_made=steps_made, late_s=late_s, took_s=took_s)

    metrics.record_tick = note
    asyncio.run(run_until_signalled())
    np.save(file, np.concatenate(noted) if noted else np.empty((0, 2)))


if __name__ == "__main__":
    main(sys.argv[1])
