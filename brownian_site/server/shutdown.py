"""A last resort: a process that was told to end, and waits for something that never comes."""

from __future__ import annotations

import logging
import os
import threading
from typing import Final

logger = logging.getLogger(__name__)

GAVE_UP: Final = 75
"""The exit code then: EX_TEMPFAIL of <sysexits.h>."""


def end_within(seconds: float) -> None:
    """End this process after so long, however many threads wait for a database that hangs.

    A tick under way may still be committed later, or never: either is well, since what has
    happened is what the database says, and a message is a hint.
    """
    timer = threading.Timer(seconds, _give_up, [seconds])
    timer.daemon = True  # a process that ends in time is not held up by it
    timer.start()


def _give_up(seconds: float) -> None:
    logger.error("The process did not stop within %g s and is killed.", seconds)
    os._exit(GAVE_UP)  # `sys.exit` would wait for the threads that hang
