"""The path over HTTP: windows of it in JSON, stretches of it as files."""

from __future__ import annotations

from hashlib import sha256

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.http import conditional_page, require_safe

from ..models import Motion, timestamp
from ..queries import exports, windows
from ..queries.exports import Export
from . import gate
from .parsing import find_epoch, parse_query
from .responses import (
    explain_refusals,
    respond_in_json,
    respond_in_text,
    set_window_caching,
    stream_pieces,
)


@require_safe
@conditional_page
@explain_refusals(respond_in_json)
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
    response = JsonResponse(
        window.fields(), json_dumps_params={"allow_nan": False, "separators": (",", ":")}
    )
    return set_window_caching(response, motion, epoch=query.epoch, is_past=window.is_past)


@require_safe
@conditional_page
@explain_refusals(respond_in_text)
def path_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every step of a stretch as a file, or a `piece` of it; at most 100,000 steps."""
    return _respond_with_file(request, slug, "csv", "text/csv; charset=utf-8", "piece")


@require_safe
@conditional_page
@explain_refusals(respond_in_text)
def path_npz(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The same as NumPy's .npz, whole."""
    return _respond_with_file(request, slug, "npz", "application/octet-stream")


def _respond_with_file(
    request: HttpRequest, slug: str, suffix: str, content_type: str, *allowed: str
) -> HttpResponseBase:
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
    response = stream_pieces(request, pieces, content_type=content_type)
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
