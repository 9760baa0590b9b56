"""What a client may ask of a server: messages, errors, and memory for what it does not read.

No I/O and no clock: each caller passes the time, in seconds of any clock.
"""

from __future__ import annotations

from collections import deque


class TokenBucket:
    """Limits events to `rate` a second on average, with bursts of at most `burst`."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")  # every socket has one

    def __init__(self, *, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._tokens = float(burst)
        self._at = now

    def take(self, now: float, tokens: float = 1.0) -> bool:
        """Take `tokens` for one event. Return whether there were enough."""
        self._tokens = min(self._burst, self._tokens + self._rate * max(0.0, now - self._at))
        self._at = now
        if self._tokens < tokens:
            return False
        self._tokens -= tokens
        return True


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


class StallDetector:
    """Detects a stalled reader.

    In each period of `within_s` seconds a reader has to take its whole backlog, or `least` bytes.
    It need not reach an empty backlog: a steady reader of a busy motion may never do so. One byte
    is not enough: a reader that takes one now and then would hold its backlog in memory for ever.
    """

    __slots__ = ("_due", "_due_by", "_least", "_within_s")  # every socket has one

    def __init__(self, *, least: int, within_s: float) -> None:
        self._least = least
        self._within_s = within_s
        self._due = 0
        self._due_by = 0.0

    def has_stalled(self, *, queued: int, taken: int, now: float) -> bool:
        """Whether the reader took too little in the current period.

        Args:
            queued: bytes that were ever in the backlog.
            taken: how many of them have left it.
        """
        if taken < self._due:
            return now > self._due_by
        self._due = min(queued, taken + self._least)
        self._due_by = now + self._within_s
        return False


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
