"""One computation for all callers that need the same value at the same time."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")
Key = tuple[Hashable, ...]


class SingleFlight(Generic[Value]):
    """Computes a function of hashable arguments once for all threads, and caches the newest values.

    With `functools.lru_cache`, a second caller does not wait for a running computation but starts
    another one. Here it waits, in its thread. An error is raised in all callers that waited for it
    and is not cached.
    """

    def __init__(
        self,
        compute: Callable[..., Value],
        *,
        max_cached: int,
        measure: Callable[[Value], int] = lambda value: 1,
        before_waiting: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Args:
            max_cached: the most that all cached values measure together.
            measure: the size of a value, such as its bytes; by default values are counted.
            before_waiting: called by a thread before it waits for another thread.
        """
        self._compute = compute
        self._max_cached = max_cached
        self._measure = measure
        self._size = 0
        self._before_waiting = before_waiting
        self._flights: OrderedDict[Key, Future[Value]] = OrderedDict()
        """Running computations, and those whose value is cached; the newest last."""
        self._lock = Lock()

    def __call__(self, *key: Hashable) -> Value:
        with self._lock:
            flight = self._flights.get(key)
            if is_first := flight is None:
                flight = self._flights[key] = Future()
            self._flights.move_to_end(key)
        if is_first:
            self._compute_value(key, flight)
        elif not flight.done():
            self._before_waiting()
        return flight.result()

    def clear(self) -> None:
        """Forget all cached values."""
        with self._lock:
            self._flights.clear()
            self._size = 0

    def _compute_value(self, key: Key, flight: Future[Value]) -> None:
        try:
            value = self._compute(*key)
        except BaseException as error:
            with self._lock:
                self._flights.pop(key, None)
            flight.set_exception(error)
            return
        with self._lock:
            flight.set_result(value)
            if self._flights.get(key) is flight:  # else it was cleared meanwhile
                self._flights.move_to_end(key)
                self._size += self._measure(value)
                self._forget_oldest()

    def _forget_oldest(self) -> None:
        """Forget the values that were needed longest ago, until the others are small enough."""
        while self._size > self._max_cached:
            oldest = next(key for key, flight in self._flights.items() if flight.done())
            self._size -= self._measure(self._flights.pop(oldest).result())
