"""The view of a presenter of one motion, as the sockets of this process have received it."""

import time
from dataclasses import replace
from typing import Final

from brownian_site.server.budgets import TokenBucket

from ..protocol import messages
from ..publishing import View

VIEW_LASTS_S: Final = 6.0
"""A presenter repeats the view every 2 s. After so long without one, nobody presents any more."""

VIEWS_PER_S: Final = 10
BURST: Final = 2
"""Views that may come closer together than the others: a network is not punctual."""


class Presentation:
    """The newest view, until its presenter stops or is gone. No I/O."""

    def __init__(self) -> None:
        self._view: View | None = None
        """The newest one, also if it is the end: one before it may come later."""
        self._taken_at = time.monotonic()
        self._budget = TokenBucket(rate=VIEWS_PER_S, burst=BURST, now=self._taken_at)

    @property
    def newest(self) -> str | None:
        """The newest `view` frame; None while nobody presents."""
        return self._view.text if self._view and not self._view.is_end else None

    def may_relay(self) -> bool:
        """Whether a view that a presenter sent to this process is sent on to all."""
        return self._budget.take(time.monotonic())

    def take(self, view: View) -> bool:
        """Whether to send this view to the sockets.

        The newest presenter is shown. One that stops while another one presents ends nothing.
        """
        newest = self._view
        if newest and newest.source == view.source and newest.number > view.number:
            return False  # it comes out of order
        if view.is_end and (newest is None or newest.is_end or newest.by != view.by):
            return False
        self._view, self._taken_at = view, time.monotonic()
        return True

    def expire(self) -> str | None:
        """The frame that ends a view whose presenter is gone, if it is time."""
        view = self._view
        if not view or view.is_end or time.monotonic() - self._taken_at < VIEW_LASTS_S:
            return None
        self._view = replace(view, is_end=True)
        return messages.encode_view(None, by=view.by)
