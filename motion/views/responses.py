"""What views share in how they respond: refusals, the rules for caches, streamed files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Final
from weakref import WeakKeyDictionary

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)

from ..core.errors import ForbiddenError, InvalidValueError, MotionError, NoSuchMotionError
from ..models import Motion
from .gate import NoSuchMotion

View = Callable[..., HttpResponseBase]

# --- refusals ------------------------------------------------------------------------------


def explain_refusals(respond: Callable[[str, int], HttpResponse]) -> Callable[[View], View]:
    """Let a view respond with `respond(sentence, status)` to what it refuses; no cache keeps it."""

    def decorate(view: View) -> View:
        @wraps(view)
        def explain(request: HttpRequest, slug: str) -> HttpResponseBase:
            try:
                return view(request, slug)
            except (Http404, InvalidValueError) as error:
                status = 404 if isinstance(error, Http404) else 400
                response = respond(str(error), status)
                response["Cache-Control"] = NO_STORE
                return response

        return explain

    return decorate


def respond_in_json(sentence: str, status: int) -> HttpResponse:
    return JsonResponse({"message": sentence}, status=status)


def respond_in_text(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")


@contextmanager
def report_refusals(request: HttpRequest, done: str = "") -> Iterator[None]:
    """Show `done` on the next page after the block, or why a service refused what the block did.

    Raises:
        Http404, PermissionDenied.
    """
    try:
        yield
    except NoSuchMotionError:
        raise NoSuchMotion from None
    except ForbiddenError as error:
        raise PermissionDenied(str(error)) from None
    except MotionError as error:
        messages.error(request, str(error))
    else:
        if done:
            messages.success(request, done)


# --- caches --------------------------------------------------------------------------------

FIVE_MINUTES: Final = "public, max-age=300, must-revalidate"
"""For what never changes: if the motion becomes private, all caches drop it in five minutes."""

REVALIDATE: Final = "private, no-cache"
"""For what changes: it is sent again only if it differs."""

NO_STORE: Final = "private, no-store"
"""For everything that not everybody may see."""


def set_caching(response: HttpResponseBase, motion: Motion, policy: str) -> HttpResponseBase:
    """Let caches treat a response about a public motion by `policy`, and keep no other."""
    if motion.visibility == Motion.Visibility.PUBLIC:
        response["Cache-Control"] = policy
    else:
        response["Cache-Control"] = NO_STORE
        response.headers.pop("ETag", None)  # nobody has one to compare
    return response


def set_window_caching(
    response: HttpResponseBase, motion: Motion, *, epoch: int | None, is_past: bool
) -> HttpResponseBase:
    """Let caches keep a window whose steps are past, if its address names the epoch.

    Without the epoch a restart gives the address another path.
    """
    never_changes = epoch is not None and is_past
    return set_caching(response, motion, FIVE_MINUTES if never_changes else REVALIDATE)


# --- files ---------------------------------------------------------------------------------

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


def stream_pieces(
    request: HttpRequest, pieces: Iterator[str] | Iterator[bytes], *, content_type: str
) -> StreamingHttpResponse:
    """A response whose `pieces` are computed as fast as the client reads them; none for HEAD."""
    content = _take_turns(iter(()) if request.method == "HEAD" else pieces)
    return StreamingHttpResponse(content, content_type=content_type)


async def _take_turns(pieces: Iterator[str] | Iterator[bytes]) -> AsyncIterator[str | bytes]:
    """One piece of one file at a time, so that sockets never wait for more than one.

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
