"""The positions of one motion's ensemble, as the sockets of this process have received them."""

import time
from typing import Final

from django.conf import settings

from brownian_site.server.budgets import TokenBucket

from ..core.pacing import ENSEMBLE_PERIOD_S
from .recovery import EnsembleFrame, Place

BURST: Final = 2
"""Frames that may come closer together than the others: ticks are not punctual."""


class EnsembleFrames:
    """Which `ensemble` frames were sent, and whether one is due. No I/O."""

    def __init__(self, newest: EnsembleFrame | None) -> None:
        self.newest = newest
        self.is_repairing = False
        """Whether the hub computes the frame that is due."""
        self._due: Place = (0, 0)
        self._sent_at = time.monotonic()
        self._budget = TokenBucket(rate=1 / ENSEMBLE_PERIOD_S, burst=BURST, now=self._sent_at)

    def take(self, frame: EnsembleFrame) -> bool:
        """Whether to send `frame`; if so, it counts as sent. One too many at once becomes due."""
        if self.newest is not None and frame.place <= self.newest.place:
            return False
        now = time.monotonic()
        if not self._budget.take(now):
            self.demand(frame.place)
            return False
        self.newest, self._sent_at = frame, now
        return True

    def demand(self, place: Place) -> None:
        """Make a frame of this place, or of a later one, due."""
        self._due = max(self._due, place)

    def demand_late(self, place: Place) -> None:
        """The same, unless frames come: a worker of the version before publishes none."""
        if time.monotonic() - self._sent_at > settings.MOTION_SWEEP_S:
            self.demand(place)

    @property
    def is_due(self) -> bool:
        return self.newest is None or self.newest.place < self._due
