"""One computation for all callers who ask for the same thing at the same time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")
Key = tuple[Hashable, ...]


class SingleFlight(Generic[Value]):
    """A function of hashable arguments that is computed once; the newest values are kept.

    With `functools.lru_cache` a second caller does not wait for a computation under way: it starts
    its own. Here it waits, in its thread. An error is raised in all callers that waited for it, and
    is not kept: the next caller computes again.
    """

    def __init__(
        self,
        compute: Callable[..., Value],
        *,
        kept: int,
        before_waiting: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Args:
            kept: how many values are remembered.
            before_waiting: called by a thread that waits for another one's computation.
        """
        self._compute = compute
        self._most = kept
        self._before_waiting = before_waiting
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._flights: dict[Key, Future[Value]] = {}
        self._lock = Lock()

    def __call__(self, *key: Hashable) -> Value:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            flight = self._flights.get(key)
            if is_first := flight is None:
                flight = self._flights[key] = Future()
        if is_first:
            self._fly(key, flight)
        else:
            self._before_waiting()
        return flight.result()

    def clear(self) -> None:
        """Forget all values."""
        with self._lock:
            self._kept.clear()

    def _fly(self, key: Key, flight: Future[Value]) -> None:
        try:
            value = self._compute(*key)
        except BaseException as error:
            self._land(key)
            flight.set_exception(error)
        else:
            self._land(key, value)
            flight.set_result(value)

    def _land(self, key: Key, *values: Value) -> None:
        with self._lock:
            del self._flights[key]
            for value in values:
                self._kept[key] = value
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
