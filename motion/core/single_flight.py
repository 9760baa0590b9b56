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
        before_waiting: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Args:
            max_cached: how many values are cached.
            before_waiting: called by a thread before it waits for another thread.
        """
        self._compute = compute
        self._max_cached = max_cached
        self._before_waiting = before_waiting
        self._cached: OrderedDict[Key, Value] = OrderedDict()
        self._flights: dict[Key, Future[Value]] = {}
        self._lock = Lock()

    def __call__(self, *key: Hashable) -> Value:
        with self._lock:
            if key in self._cached:
                self._cached.move_to_end(key)
                return self._cached[key]
            flight = self._flights.get(key)
            if is_first := flight is None:
                flight = self._flights[key] = Future()
        if is_first:
            self._compute_flight(key, flight)
        else:
            self._before_waiting()
        return flight.result()

    def clear(self) -> None:
        """Forget all cached values."""
        with self._lock:
            self._cached.clear()

    def _compute_flight(self, key: Key, flight: Future[Value]) -> None:
        try:
            value = self._compute(*key)
        except BaseException as error:
            with self._lock:
                del self._flights[key]
            flight.set_exception(error)
            return
        with self._lock:
            del self._flights[key]
            self._cached[key] = value
            if len(self._cached) > self._max_cached:
                self._cached.popitem(last=False)
        flight.set_result(value)
