"""Database work beside the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from channels.db import database_sync_to_async

T = TypeVar("T")


async def in_thread(function: Callable[..., T], *args: Any) -> T:
    """Run database work beside the loop, and beside the one thread that all views share."""
    result: T = await database_sync_to_async(function, thread_sensitive=False)(*args)
    return result
