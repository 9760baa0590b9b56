"""Files that are computed while they are read, piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from weakref import WeakKeyDictionary

from django.http import HttpRequest, StreamingHttpResponse

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


def streamed(
    request: HttpRequest, pieces: Iterator[str] | Iterator[bytes], *, content_type: str
) -> StreamingHttpResponse:
    """An answer whose `pieces` are made as fast as they are read; none for HEAD."""
    content = _in_turns(iter(()) if request.method == "HEAD" else pieces)
    return StreamingHttpResponse(content, content_type=content_type)


async def _in_turns(pieces: Iterator[str] | Iterator[bytes]) -> AsyncIterator[str | bytes]:
    """One piece of one file at a time: sockets wait for one, however many files are asked for.

    Asynchronous, because under ASGI Django first makes a list of any other iterator.
    """
    turn = _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock())
    while True:
        async with turn:
            piece = next(pieces, None)
            await asyncio.sleep(0)
        if piece is None:
            return
        yield piece
