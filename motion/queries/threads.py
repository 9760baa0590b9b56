"""Database work outside the event loop."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async

P = ParamSpec("P")
T = TypeVar("T")


async def run_in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run database work outside the event loop, and outside the one thread that all views share."""
    run = database_sync_to_async(function, thread_sensitive=False)
    result: T = await run(*args, **kwargs)
    return result
