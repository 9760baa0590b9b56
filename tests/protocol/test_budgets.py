"""Budgets allow exactly what they say."""

from itertools import accumulate

from hypothesis import example, given, settings
from hypothesis import strategies as st

from motion.protocol.budgets import ErrorBudget, FrontierHistory

unhurried = settings(deadline=None)  # a busy machine may be slow

# Eighths of a second add up exactly.
waits = st.lists(
    (st.integers(0, 8) | st.integers(0, 40)).map(lambda eighths: eighths / 8),
    min_size=1,
    max_size=80,
)
records = st.lists(st.tuples(st.integers(0, 16), st.integers(0, 9)), min_size=1, max_size=80)


@unhurried
@example([0.0, 0.5], 2, 0.5)
@given(waits, st.integers(1, 8), st.sampled_from([0.5, 1.0, 5.0]))
def test_error_budget_ends_at_its_limit_within_its_window(waiting, limit, window):
    budget = ErrorBudget(limit=limit, window_s=window)
    times = list(accumulate(waiting))

    exhausted = [budget.count_error(now) for now in times]

    recent = [sum(now - t <= window for t in times[: i + 1]) for i, now in enumerate(times)]
    assert exhausted == [count >= limit for count in recent]


@unhurried
@given(records, st.sampled_from([5.0, 30.0]))
def test_frontier_history_finds_a_past_step_to_within_a_second(moves, window):
    frontiers, walk = FrontierHistory(window_s=window), []
    now, step = 0.0, 0

    for eighths, steps in moves:
        now, step = now + eighths / 8, step + steps
        frontiers.record(now, step)
        walk.append((now, step))

        found = frontiers.find_past_step(now)
        then = [(t, k) for t, k in walk if t <= now - window]
        if not then:
            assert found is None
        else:
            then_at, frontier = then[-1]
            a_second_before = [k for t, k in walk if t <= then_at - 1]
            assert max([0, *a_second_before]) <= found <= frontier


def test_frontier_history_says_whether_the_frontier_moved():
    frontiers = FrontierHistory(window_s=30.0)
    assert not frontiers.has_moved_since(0.0)

    frontiers.record(10.0, 1)

    assert frontiers.has_moved_since(9.9)
    assert not frontiers.has_moved_since(10.0)
    frontiers.clear()
    assert not frontiers.has_moved_since(9.9)
    assert frontiers.find_past_step(1e9) is None


def test_frontier_history_stays_short_when_recorded_often():
    frontiers = FrontierHistory(window_s=30.0)

    for i in range(20_000):
        frontiers.record(i / 20, i)

    assert len(frontiers._frontiers) <= 33
