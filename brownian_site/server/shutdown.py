"""The last resort for a process that should stop, but waits for something that never comes."""

import logging
import os
import threading
from typing import Final

logger = logging.getLogger(__name__)

GAVE_UP: Final = 75
"""The exit code then: EX_TEMPFAIL of <sysexits.h>."""


def end_within(seconds: float) -> None:
    """End this process after so many seconds, even if threads wait for a database that hangs.

    A tick under way may still be committed later, or never. Both are safe: the database decides
    what has happened, and a message is a hint.
    """
    timer = threading.Timer(seconds, _give_up, [seconds])
    timer.daemon = True  # so that it does not delay a process that ends in time
    timer.start()


def _give_up(seconds: float) -> None:
    logger.error("The process did not stop within %g s and is killed.", seconds)
    os._exit(GAVE_UP)  # `sys.exit` would wait for the threads that hang
