"""The path over HTTP: windows, statistics and epochs in JSON, and parts of a path as files."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from hashlib import sha256
from typing import Final
from weakref import WeakKeyDictionary

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.views.decorators.http import conditional_page, require_safe

from ..models import Epoch, Motion, timestamp
from ..queries import exports, windows
from ..queries.exports import Export
from ..queries.statistics import read_statistics
from . import gate
from .gate import NO_STORE, View, explain_refusals, respond_in_json, respond_in_text
from .parsing import find_epoch, parse_query

MAX_SENT_EPOCHS: Final = 1_000

FIVE_MINUTES: Final = "public, max-age=300, must-revalidate"
"""For what never changes: if the motion becomes private, all caches drop it in five minutes."""

REVALIDATE: Final = "private, no-cache"
"""For what changes: it is sent again only if it differs."""


def path_view(respond: Callable[[str, int], HttpResponse]) -> Callable[[View], View]:
    """A view that reads a path: caches ask whether it has changed; refusals by `respond`."""
    return lambda view: require_safe(conditional_page(explain_refusals(respond)(view)))


@path_view(respond_in_json)
def path_json(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A window of the path, thinned to the smallest stride that gives at most `points`."""
    motion = gate.get_cacheable_motion(request, slug)
    query = parse_query(request, "epoch", "first", "last", "points", "changes")
    window = windows.read_window(
        motion,
        find_epoch(motion, query),
        first=query.first,
        last=query.last,
        points=query.points,
        max_changes=query.changes,
    )
    response = _encode(window.make_fields())
    return _set_window_caching(response, motion, epoch=query.epoch, is_past=window.is_past)


@path_view(respond_in_json)
def statistics_json(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The statistics of the increments between two steps, however many there are."""
    motion = gate.get_cacheable_motion(request, slug)
    query = parse_query(request, "epoch", "first", "last")
    epoch = find_epoch(motion, query)
    last, is_past = windows.check_bounds(motion, epoch, first=query.first, last=query.last)
    found = read_statistics(epoch, first=query.first, last=last)
    response = HttpResponse(found, content_type="application/json")
    return _set_window_caching(response, motion, epoch=query.epoch, is_past=is_past)


@path_view(respond_in_json)
def epochs_json(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The newest epochs, newest first; the one that runs ends, so far, at the frontier."""
    motion = gate.get_cacheable_motion(request, slug)
    # An epoch that began after the motion was read is not included yet.
    known = Epoch.objects.filter(motion=motion, number__lte=motion.epoch).order_by("-number")
    epochs = [_describe_epoch(motion, epoch) for epoch in known[:MAX_SENT_EPOCHS]]
    return _set_caching(_encode({"epochs": epochs}), motion, REVALIDATE)


def _describe_epoch(motion: Motion, epoch: Epoch) -> dict[str, object]:
    runs = epoch.number == motion.epoch
    ended_at = None if runs else epoch.ended_at  # it may have ended since the motion was read
    return {
        "epoch": epoch.number,
        "ordinal": epoch.ordinal,
        "began_at": epoch.began_at.isoformat(timespec="milliseconds"),
        "ended_at": ended_at and ended_at.isoformat(timespec="milliseconds"),
        "last_step": motion.step if runs else epoch.last_step,
    }


def _encode(fields: dict[str, object]) -> JsonResponse:
    return JsonResponse(fields, json_dumps_params={"allow_nan": False, "separators": (",", ":")})


# --- caches --------------------------------------------------------------------------------


def _set_caching(response: HttpResponseBase, motion: Motion, policy: str) -> HttpResponseBase:
    """Let caches treat a response about a public motion by `policy`, and keep no other."""
    if motion.visibility == Motion.Visibility.PUBLIC:
        response["Cache-Control"] = policy
    else:
        response["Cache-Control"] = NO_STORE
        response.headers.pop("ETag", None)  # nobody has one to compare
    return response


def _set_window_caching(
    response: HttpResponseBase, motion: Motion, *, epoch: int | None, is_past: bool
) -> HttpResponseBase:
    """Let caches keep a window whose steps are past, if its address names the epoch.

    Without the epoch a restart gives the address another path.
    """
    never_changes = epoch is not None and is_past
    return _set_caching(response, motion, FIVE_MINUTES if never_changes else REVALIDATE)


# --- files ---------------------------------------------------------------------------------

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


@path_view(respond_in_text)
def path_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every step of a window as a file, or a `piece` of it; at most 100,000 steps."""
    return _respond_with_file(request, slug, "csv", "text/csv; charset=utf-8", "piece")


@path_view(respond_in_text)
def path_npz(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The same as NumPy's .npz, whole."""
    return _respond_with_file(request, slug, "npz", "application/octet-stream")


def _respond_with_file(
    request: HttpRequest, slug: str, suffix: str, content_type: str, *allowed: str
) -> HttpResponseBase:
    """A response whose pieces are computed as fast as the client reads them; none for HEAD."""
    motion = gate.get_cacheable_motion(request, slug)
    query = parse_query(request, "epoch", "first", "last", *allowed)
    is_private = motion.visibility == Motion.Visibility.PRIVATE
    export = exports.read_export(
        motion,
        find_epoch(motion, query),
        first=query.first,
        last=query.last,
        piece=query.piece,
        address="" if is_private else request.build_absolute_uri(motion.get_absolute_url()),
    )
    made = timestamp()
    pieces = export.write_csv(made) if suffix == "csv" else export.write_npz(made)
    content = _take_turns(iter(()) if request.method == "HEAD" else pieces)
    response = StreamingHttpResponse(content, content_type=content_type)
    name = export.facts.make_file_name(made, suffix)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["ETag"] = _make_etag(motion, export)
    return _set_window_caching(response, motion, epoch=query.epoch, is_past=export.is_past)


def _make_etag(motion: Motion, export: Export) -> str:
    """Of a file that does not exist yet, from all that it is computed from.

    A weak one, because two such files differ in when they were made. The epoch stands for the seed.
    """
    whole = repr((motion.pk, export, exports.COLUMNS))
    return f'W/"{sha256(whole.encode()).hexdigest()[:32]}"'


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
