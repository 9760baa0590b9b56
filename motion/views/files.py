"""Parts of a path as files, computed as fast as the client reads them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from hashlib import sha256
from typing import Final
from weakref import WeakKeyDictionary

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from ..models import Motion, timestamp
from ..queries.exports import File
from . import gate
from .caching import set_window_caching
from .parsing import Query, parse_query

CONTENT_TYPES: Final = {"csv": "text/csv; charset=utf-8", "npz": "application/octet-stream"}

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


def respond_with_file(
    request: HttpRequest, slug: str, suffix: str, read: Callable[[Motion, Query, str], File]
) -> HttpResponseBase:
    """The file that `read` finds for the motion, the query and the address of the motion.

    A CSV may be requested in pieces. HEAD computes nothing.
    """
    motion = gate.get_cacheable_motion(request, slug)
    query = parse_query(request, "epoch", "first", "last", *(["piece"] if suffix == "csv" else []))
    is_public = motion.visibility == Motion.Visibility.PUBLIC  # a file goes farther than a link
    address = request.build_absolute_uri(motion.get_absolute_url()) if is_public else ""
    file, made = read(motion, query, address), timestamp()
    pieces = file.write_csv(made) if suffix == "csv" else file.write_npz(made)
    content = _take_turns(iter(()) if request.method == "HEAD" else pieces)
    response = StreamingHttpResponse(content, content_type=CONTENT_TYPES[suffix])
    name = file.facts.make_file_name(made, suffix)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["ETag"] = _make_etag(motion, file)
    return set_window_caching(response, motion, epoch=query.epoch, is_past=file.is_past)


def _make_etag(motion: Motion, file: File) -> str:
    """Of a file that does not exist yet, from all that it is computed from.

    A weak one, because two such files differ in when they were made. The epoch stands for the seed.
    """
    whole = repr((motion.pk, file, tuple(file.columns)))
    return f'W/"{sha256(whole.encode()).hexdigest()[:32]}"'


async def _take_turns(pieces: Iterator[str] | Iterator[bytes]) -> AsyncIterator[str | bytes]:
    """One piece of one file at a time, in a thread, so that sockets never wait for more than one.

    Asynchronous, because under ASGI Django first makes a list of any other iterator.
    """

    def compute_piece() -> str | bytes | None:
        return next(pieces, None)

    turn = _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock())
    while True:
        async with turn:
            piece = await asyncio.to_thread(compute_piece)
        if piece is None:
            return
        yield piece
