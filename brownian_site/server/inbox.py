"""The messages of one socket that wait for the application."""

import asyncio
from typing import Any


class Inbox:
    """The part of an `asyncio.Queue` that Daphne uses, in a tenth of its memory.

    One task gets the messages: the application of the socket, which awaits `get` as its `receive`.
    """

    __slots__ = ("_messages", "_waiter")  # every socket has one

    def __init__(self) -> None:
        self._messages: list[dict[str, Any]] = []
        self._waiter: asyncio.Future[None] | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether the application has handled all messages, and waits for the next one."""
        return self._waiter is not None and not self._messages

    def qsize(self) -> int:
        return len(self._messages)

    def put_nowait(self, message: dict[str, Any]) -> None:
        self._messages.append(message)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def get(self) -> Any:
        """The next message, once there is one."""
        if not self._messages:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._messages.pop(0)
