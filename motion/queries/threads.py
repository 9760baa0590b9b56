"""Database work outside the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from channels.db import database_sync_to_async

T = TypeVar("T")


async def run_in_thread(function: Callable[..., T], *args: Any) -> T:
    """Run database work outside the event loop, and outside the one thread that all views share."""
    result: T = await database_sync_to_async(function, thread_sensitive=False)(*args)
    return result
