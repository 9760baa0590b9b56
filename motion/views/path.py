"""The path over HTTP: windows, statistics and epochs in JSON, and parts of a path as files."""

from hashlib import sha256
from typing import Final

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)

from ..models import Epoch, Motion, timestamp
from ..queries import exports, windows
from ..queries.exports import Export
from ..queries.statistics import read_statistics
from . import gate
from .caching import REVALIDATE, path_view, set_caching, set_window_caching, take_turns
from .gate import respond_in_json, respond_in_text
from .parsing import find_epoch, parse_query

MAX_SENT_EPOCHS: Final = 1_000


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
    return set_window_caching(response, motion, epoch=query.epoch, is_past=window.is_past)


@path_view(respond_in_json)
def statistics_json(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The statistics of the increments between two steps, however many there are."""
    motion = gate.get_cacheable_motion(request, slug)
    query = parse_query(request, "epoch", "first", "last")
    epoch = find_epoch(motion, query)
    last, is_past = windows.check_bounds(motion, epoch, first=query.first, last=query.last)
    found = read_statistics(epoch, first=query.first, last=last)
    response = HttpResponse(found, content_type="application/json")
    return set_window_caching(response, motion, epoch=query.epoch, is_past=is_past)


@path_view(respond_in_json)
def epochs_json(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The newest epochs, newest first; the one that runs ends, so far, at the frontier."""
    motion = gate.get_cacheable_motion(request, slug)
    # An epoch that began after the motion was read is not included yet.
    known = Epoch.objects.filter(motion=motion, number__lte=motion.epoch).order_by("-number")
    epochs = [_describe_epoch(motion, epoch) for epoch in known[:MAX_SENT_EPOCHS]]
    return set_caching(_encode({"epochs": epochs}), motion, REVALIDATE)


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


# --- files ---------------------------------------------------------------------------------


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
    content = take_turns(iter(()) if request.method == "HEAD" else pieces)
    response = StreamingHttpResponse(content, content_type=content_type)
    name = export.facts.make_file_name(made, suffix)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["ETag"] = _make_etag(motion, export)
    return set_window_caching(response, motion, epoch=query.epoch, is_past=export.is_past)


def _make_etag(motion: Motion, export: Export) -> str:
    """Of a file that does not exist yet, from all that it is computed from.

    A weak one, because two such files differ in when they were made. The epoch stands for the seed.
    """
    whole = repr((motion.pk, export, exports.COLUMNS))
    return f'W/"{sha256(whole.encode()).hexdigest()[:32]}"'
