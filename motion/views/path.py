"""The path over HTTP: windows, statistics and epochs in JSON, and parts of a path as files."""

from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from ..models import Epoch, Motion
from ..queries import exports, windows
from ..queries.statistics import read_statistics
from . import gate
from .caching import REVALIDATE, path_view, set_caching, set_window_caching
from .files import respond_with_file
from .gate import respond_in_json, respond_in_text
from .parsing import Query, find_epoch, parse_query

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
        "paths": epoch.paths,
    }


def _encode(fields: dict[str, object]) -> JsonResponse:
    return JsonResponse(fields, json_dumps_params={"allow_nan": False, "separators": (",", ":")})


# --- files ---------------------------------------------------------------------------------


@path_view(respond_in_text)
def path_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every step of a window as a file, or a `piece` of it; at most 100,000 steps."""
    return respond_with_file(request, slug, "csv", _read_file)


@path_view(respond_in_text)
def path_npz(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The same as NumPy's .npz, whole."""
    return respond_with_file(request, slug, "npz", _read_file)


def _read_file(motion: Motion, query: Query, address: str) -> exports.Export:
    return exports.read_export(
        motion,
        find_epoch(motion, query),
        first=query.first,
        last=query.last,
        piece=query.piece,
        address=address,
    )
