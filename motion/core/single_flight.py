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
            max_cached: how many values are cached, running computations included.
            before_waiting: called by a thread before it waits for another thread.
        """
        self._compute = compute
        self._max_cached = max_cached
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
            if len(self._flights) > self._max_cached:
                self._flights.popitem(last=False)
        if is_first:
            self._compute_value(key, flight)
        elif not flight.done():
            self._before_waiting()
        return flight.result()

    def clear(self) -> None:
        """Forget all cached values."""
        with self._lock:
            self._flights.clear()

    def _compute_value(self, key: Key, flight: Future[Value]) -> None:
        try:
            flight.set_result(self._compute(*key))
        except BaseException as error:
            with self._lock:
                self._flights.pop(key, None)
            flight.set_exception(error)
