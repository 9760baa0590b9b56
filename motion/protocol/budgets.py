"""How much a socket may ask of us. Time comes in as an argument, in seconds of any clock."""

from __future__ import annotations

from collections import deque


class TokenBucket:
    """Lets `burst` events through at once, and `rate` a second in the long run."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")  # every socket has one

    def __init__(self, *, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._tokens = float(burst)
        self._at = now

    def take(self, now: float, tokens: float = 1.0) -> bool:
        """Whether one more event may pass, which counts as `tokens`."""
        self._tokens = min(self._burst, self._tokens + self._rate * max(0.0, now - self._at))
        self._at = now
        if self._tokens < tokens:
            return False
        self._tokens -= tokens
        return True


class Patience:
    """Ends at the `limit`-th event within `window_s` seconds."""

    __slots__ = ("_limit", "_times", "_window_s")  # every socket has one

    def __init__(self, *, limit: int, window_s: float = 60.0) -> None:
        self._limit = limit
        self._times: list[float] = []  # a deque takes 600 bytes before it holds anything
        self._window_s = window_s

    def ends(self, now: float) -> bool:
        """Count one event; whether it was one too many."""
        self._times = [*self._times, now][-self._limit :]
        full = len(self._times) == self._limit
        return full and now - self._times[0] <= self._window_s


class Progress:
    """What a reader has to take of what waits for it: all of it, or `least` bytes, each `within_s`.

    An empty queue is not asked for: who reads steadily may never reach it. Nor is any byte
    enough: who takes one now and then would hold what waits, and see it, for ever.
    """

    __slots__ = ("_due", "_due_by", "_least", "_within_s")  # every socket has one

    def __init__(self, *, least: int, within_s: float) -> None:
        self._least = least
        self._within_s = within_s
        self._due = 0
        self._due_by = 0.0

    def has_stalled(self, *, queued: int, taken: int, now: float) -> bool:
        """Whether it is late.

        Args:
            queued: bytes that ever waited.
            taken: how many of those wait no longer.
        """
        if taken < self._due:
            return now > self._due_by
        self._due = min(queued, taken + self._least)
        self._due_by = now + self._within_s
        return False


class Trail:
    """Where the frontier was, up to `window_s` seconds ago, about once a second."""

    def __init__(self, *, window_s: float) -> None:
        self._window_s = window_s
        self._marks: deque[tuple[float, int]] = deque()

    def mark(self, now: float, step: int) -> None:
        """The frontier reached `step`."""
        if not self._marks or now - self._marks[-1][0] >= min(1.0, self._window_s / 10):
            self._marks.append((now, step))
        while len(self._marks) > 1 and self._marks[1][0] <= now - self._window_s:
            self._marks.popleft()

    def step_before(self, now: float) -> int | None:
        """The frontier `window_s` seconds ago, or None where that is not known."""
        if self._marks and self._marks[0][0] <= now - self._window_s:
            return self._marks[0][1]
        return None

    def moved_since(self, moment: float) -> bool:
        """Whether the frontier moved after `moment`."""
        return bool(self._marks) and self._marks[-1][0] > moment

    def clear(self) -> None:
        """Another epoch has begun: steps count from 0 again."""
        self._marks.clear()
