"""How many errors a client may make, and how far the frontier was some time ago.

No I/O and no clock: each caller passes the time, in seconds of any clock.
"""

from collections import deque


class ErrorBudget:
    """Allows fewer than `limit` errors within `window_s` seconds."""

    __slots__ = ("_limit", "_times", "_window_s")  # every socket has one

    def __init__(self, *, limit: int, window_s: float = 60.0) -> None:
        self._limit = limit
        self._times: list[float] = []  # a deque takes 600 bytes before it holds anything
        self._window_s = window_s

    def count_error(self, now: float) -> bool:
        """Count one error. Return whether the budget is exhausted."""
        self._times = [*self._times, now][-self._limit :]
        is_full = len(self._times) == self._limit
        return is_full and now - self._times[0] <= self._window_s


class FrontierHistory:
    """The frontiers of the last `window_s` seconds, about one a second."""

    def __init__(self, *, window_s: float) -> None:
        self._window_s = window_s
        self._frontiers: deque[tuple[float, int]] = deque()

    def record(self, now: float, step: int) -> None:
        """Record that the frontier reached `step`."""
        known = self._frontiers
        if not known or now - known[-1][0] >= min(1.0, self._window_s / 10):
            known.append((now, step))
        while len(known) > 1 and known[1][0] <= now - self._window_s:
            known.popleft()

    def find_past_step(self, now: float) -> int | None:
        """The frontier `window_s` seconds ago, or None if it is not known."""
        if self._frontiers and self._frontiers[0][0] <= now - self._window_s:
            return self._frontiers[0][1]
        return None

    def has_moved_since(self, moment: float) -> bool:
        return bool(self._frontiers) and self._frontiers[-1][0] > moment

    def clear(self) -> None:
        """Forget all frontiers: in a new epoch, steps count from 0 again."""
        self._frontiers.clear()
