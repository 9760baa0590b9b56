"""Budgets allow exactly what they say."""

from itertools import accumulate

from hypothesis import example, given, settings
from hypothesis import strategies as st

from brownian_site.server.budgets import StallDetector, TokenBucket

unhurried = settings(deadline=None)  # a busy machine may be slow

# Eighths of a second add up exactly.
waits = st.lists(
    (st.integers(0, 8) | st.integers(0, 40)).map(lambda eighths: eighths / 8),
    min_size=1,
    max_size=80,
)


@unhurried
@example([0.0, 0.25, 0.25, 0.25, 0.25], 1.0, 1)  # refused three times, which changes nothing
@given(waits, st.sampled_from([1.0, 2.0, 8.0]), st.integers(1, 20))
def test_token_bucket_allows_exactly_its_burst_and_its_rate(waiting, rate, burst):
    bucket = TokenBucket(rate=rate, burst=burst, now=0.0)
    passed = []

    for now in accumulate(waiting):
        allowed = all(
            len([t for t in passed if t >= since]) < burst + rate * (now - since)
            for since in {now, *passed}
        )
        # A part of a token does not count.
        whole = all(
            len([t for t in passed if t >= since]) + 1 <= burst + rate * (now - since)
            for since in {now, *passed}
        )
        assert bucket.take(now) == (allowed and whole)
        if whole:
            passed.append(now)


def test_token_bucket_takes_a_token_back():
    bucket = TokenBucket(rate=1.0, burst=1, now=0.0)

    for _ in range(3):
        assert bucket.take(0.0)
        bucket.give_back()
    assert [bucket.take(0.0), bucket.take(0.0)] == [True, False]


def test_token_bucket_refills_up_to_its_burst():
    bucket = TokenBucket(rate=10, burst=3, now=0.0)

    assert [bucket.take(1e6) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(1e6 + 0.09)
    assert bucket.take(1e6 + 0.2)


def find_stall(rate, *, queued=100_000, for_s=60):
    """When a reader that takes `rate` bytes a second stalls; its backlog is never empty."""
    detector = StallDetector(least=1_000, within_s=10.0)
    for tenth in range(for_s * 10):
        now = tenth / 10
        if detector.has_stalled(queued=queued, taken=int(rate * now), now=now):
            return now
    return None


def test_stall_detector_accepts_a_steady_reader_with_a_backlog():
    assert find_stall(rate=101) is None


def test_stall_detector_finds_a_reader_that_takes_too_little():
    assert find_stall(rate=0) == 10.1
    assert find_stall(rate=1) == 10.1
    assert find_stall(rate=98) == 10.1


def test_stall_detector_accepts_a_reader_that_empties_a_small_backlog():
    detector = StallDetector(least=1_000, within_s=10.0)

    assert not detector.has_stalled(queued=10, taken=0, now=0.0)
    assert not detector.has_stalled(queued=30, taken=10, now=9.0)
    assert not detector.has_stalled(queued=50, taken=30, now=18.9)
    assert not detector.has_stalled(queued=60, taken=49, now=28.9)
    assert detector.has_stalled(queued=60, taken=49, now=29.0)
