"""A value is computed once for all callers at the same time; an error is not cached."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Semaphore

import pytest

from motion.core.single_flight import SingleFlight

CALLERS = 20


def call_at_once(compute: Callable[[int], int]) -> tuple[list[Future[int]], int]:
    """The results of callers during the first computation, and the number of computations."""
    waiting, may_end, calls = Semaphore(0), Event(), []

    def slow(key: int) -> int:
        calls.append(key)
        assert may_end.wait(5)
        return compute(key)

    flight = SingleFlight(slow, max_cached=10, before_waiting=waiting.release)
    with ThreadPoolExecutor(CALLERS) as pool:
        futures = [pool.submit(flight, 3) for _ in range(CALLERS)]
        for _ in range(CALLERS - 1):
            assert waiting.acquire(timeout=60)
        may_end.set()
    return futures, len(calls)


@pytest.mark.fault("many who ask for the same numbers at once")
def test_value_is_computed_once_for_all_waiting_callers() -> None:
    futures, calls = call_at_once(lambda key: key * key)

    assert [future.result() for future in futures] == [9] * CALLERS
    assert calls == 1


def test_error_is_raised_in_all_waiting_callers() -> None:
    futures, calls = call_at_once(lambda key: key // 0)

    assert {type(future.exception()) for future in futures} == {ZeroDivisionError}
    assert calls == 1


def test_single_flight_forgets_errors() -> None:
    answers = iter([ValueError, 7])

    def compute() -> int:
        answer = next(answers)
        if isinstance(answer, type):
            raise answer
        return answer

    flight = SingleFlight(compute, max_cached=10)
    with pytest.raises(ValueError):  # noqa: PT011 # it is ours
        flight()

    assert flight() == flight() == 7


def test_single_flight_lets_other_keys_pass() -> None:
    flight: SingleFlight[int] = SingleFlight(
        lambda key: flight(key - 1) + 1 if key else 0, max_cached=10
    )

    assert flight(5) == 5


def test_only_the_newest_values_are_cached() -> None:
    calls: list[int] = []
    flight = SingleFlight(calls.append, max_cached=2)

    for key in (1, 2, 1, 3, 1, 2):
        flight(key)

    assert calls == [1, 2, 3, 2]


def test_cached_values_have_a_size_together() -> None:
    calls: list[str] = []

    def repeat(text: str) -> str:
        calls.append(text)
        return text

    flight = SingleFlight(repeat, max_cached=10, measure=len)

    for text in ("aaaa", "bbbb", "cc", "aaaa", "ddd", "bbbb", "e" * 11, "aaaa"):
        assert flight(text) == text

    # "ddd" replaced "bbbb", "bbbb" then "cc" and "aaaa"; what is too long replaced all.
    assert calls == ["aaaa", "bbbb", "cc", "ddd", "bbbb", "e" * 11, "aaaa"]


def test_running_computation_is_not_forgotten() -> None:
    calls: list[int] = []

    def compute(key: int) -> int:
        calls.append(key)
        if key:
            flight(key - 1)
            flight(key - 1)
        return key

    flight: SingleFlight[int] = SingleFlight(compute, max_cached=1)
    flight(2)

    assert calls == [2, 1, 0]
    assert flight(2) == 2
    assert calls == [2, 1, 0]
