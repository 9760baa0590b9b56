"""How much a socket may ask: never more than was allowed, and never less."""

from itertools import accumulate

from hypothesis import example, given, settings
from hypothesis import strategies as st

from motion.protocol.budgets import Patience, Progress, TokenBucket, Trail

unhurried = settings(deadline=None)  # a busy machine is no failure

# Eighths of a second add up exactly.
waits = st.lists(
    (st.integers(0, 8) | st.integers(0, 40)).map(lambda eighths: eighths / 8),
    min_size=1,
    max_size=80,
)
marks = st.lists(st.tuples(st.integers(0, 16), st.integers(0, 9)), min_size=1, max_size=80)


@unhurried
@given(waits, st.sampled_from([1.0, 2.0, 8.0]), st.integers(1, 20))
def test_bucket_lets_through_the_burst_and_the_rate_and_no_more(waiting, rate, burst):
    bucket = TokenBucket(rate=rate, burst=burst, now=0.0)
    passed = []

    for now in accumulate(waiting):
        allowed = all(
            len([t for t in passed if t >= since]) < burst + rate * (now - since)
            for since in {now, *passed}
        )
        # A token that is only partly there is not there yet.
        whole = all(
            len([t for t in passed if t >= since]) + 1 <= burst + rate * (now - since)
            for since in {now, *passed}
        )
        assert bucket.take(now) == (allowed and whole)
        if whole:
            passed.append(now)


def test_bucket_fills_up_to_its_burst_and_no_further():
    bucket = TokenBucket(rate=10, burst=3, now=0.0)

    assert [bucket.take(1e6) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(1e6 + 0.09)
    assert bucket.take(1e6 + 0.2)


@unhurried
@example([0.0, 0.5], 2, 0.5)
@given(waits, st.integers(1, 8), st.sampled_from([0.5, 1.0, 5.0]))
def test_patience_ends_at_the_last_event_allowed_within_its_window(waiting, limit, window):
    patience = Patience(limit=limit, window_s=window)
    times = list(accumulate(waiting))

    ended = [patience.ends(now) for now in times]

    recent = [sum(now - t <= window for t in times[: i + 1]) for i, now in enumerate(times)]
    assert ended == [count >= limit for count in recent]


@unhurried
@given(marks, st.sampled_from([5.0, 30.0]))
def test_trail_knows_the_frontier_of_a_window_ago_to_within_a_second(moves, window):
    trail, walk = Trail(window_s=window), []
    now, step = 0.0, 0

    for eighths, steps in moves:
        now, step = now + eighths / 8, step + steps
        trail.mark(now, step)
        walk.append((now, step))

        found = trail.step_before(now)
        then = [(t, k) for t, k in walk if t <= now - window]
        if not then:
            assert found is None
        else:
            asked_at, frontier = then[-1]
            a_second_before = [k for t, k in walk if t <= asked_at - 1]
            assert max([0, *a_second_before]) <= found <= frontier


def test_trail_knows_whether_the_frontier_moved():
    trail = Trail(window_s=30.0)
    assert not trail.moved_since(0.0)

    trail.mark(10.0, 1)

    assert trail.moved_since(9.9)
    assert not trail.moved_since(10.0)
    trail.clear()
    assert not trail.moved_since(9.9)
    assert trail.step_before(1e9) is None


def test_trail_stays_short_however_often_it_is_marked():
    trail = Trail(window_s=30.0)

    for i in range(20_000):
        trail.mark(i / 20, i)

    assert len(trail._marks) <= 33


def when_stalled(rate, *, queued=100_000, for_s=60):
    """When a reader who takes `rate` bytes a second is late, though something always waits."""
    progress = Progress(least=1_000, within_s=10.0)
    for tenth in range(for_s * 10):
        now = tenth / 10
        if progress.has_stalled(queued=queued, taken=int(rate * now), now=now):
            return now
    return None


def test_who_takes_enough_is_not_late_though_something_always_waits():
    assert when_stalled(rate=101) is None


def test_who_takes_nothing_or_crumbs_is_late_after_the_time_for_it():
    assert when_stalled(rate=0) == 10.1
    assert when_stalled(rate=1) == 10.1
    assert when_stalled(rate=98) == 10.1


def test_who_takes_all_that_waits_is_not_late_however_little_it_is():
    progress = Progress(least=1_000, within_s=10.0)

    assert not progress.has_stalled(queued=10, taken=0, now=0.0)
    assert not progress.has_stalled(queued=30, taken=10, now=9.0)
    assert not progress.has_stalled(queued=50, taken=30, now=18.9)
    assert not progress.has_stalled(queued=60, taken=49, now=28.9)
    assert progress.has_stalled(queued=60, taken=49, now=29.0)
