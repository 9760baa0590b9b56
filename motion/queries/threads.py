"""Work outside the event loop: of the database, and long computations."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.db import connection

from ..core.limits import COMPUTED_AT_ONCE

P = ParamSpec("P")
T = TypeVar("T")


async def run_in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run database work outside the event loop, and outside the one thread that all views share."""
    run = database_sync_to_async(function, thread_sensitive=False)
    result: T = await run(*args, **kwargs)
    return result


_pool: Final = ThreadPoolExecutor(COMPUTED_AT_ONCE, thread_name_prefix="computing")


def compute_in_pool(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Compute in one of a few threads, because a thread keeps the memory that it once needed.

    The computation needs no database, so the calling thread gives its connection back.
    """
    give_back_connection()
    return _pool.submit(function, *args, **kwargs).result()


def give_back_connection() -> None:
    """A thread that waits for another thread needs no connection."""
    if not connection.in_atomic_block:
        connection.close()
