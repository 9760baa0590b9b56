"""What a client may send, and must read. Each caller passes the time, in seconds of any clock."""


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

    def give_back(self) -> None:
        """Undo the last `take` of one token: the event does not count."""
        self._tokens += 1.0


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
