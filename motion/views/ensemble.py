"""The ensemble over HTTP: fans, slices and laws in JSON, and all paths as files."""

from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from ..core.law_report import Lines
from ..core.limits import ENSEMBLE_POINTS
from ..models import Motion
from ..queries.ensemble_exports import EnsembleExport, read_ensemble_export
from ..queries.ensembles import read_ensemble_window, read_slice
from ..queries.laws import read_law
from . import gate
from .caching import path_view, set_window_caching
from .files import respond_with_file
from .gate import respond_in_json, respond_in_text
from .parsing import Query, find_ensemble_epoch, parse_query

JSON: Final = "application/json"


@path_view(respond_in_json)
def ensemble_json(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Quantiles over all paths, their law, and the positions of some paths."""
    motion = gate.get_cacheable_motion(request, slug)
    allowed = ("epoch", "first", "last", "points", "paths")
    query = parse_query(request, *allowed, most_points=ENSEMBLE_POINTS)
    found, is_past = read_ensemble_window(
        motion,
        find_ensemble_epoch(motion, query),
        first=query.first,
        last=query.last,
        points=query.points,
        paths=query.paths,
    )
    response = HttpResponse(found, content_type=JSON)
    return set_window_caching(response, motion, epoch=query.epoch, is_past=is_past)


@path_view(respond_in_json)
def slice_json(request: HttpRequest, slug: str) -> HttpResponseBase:
    """All positions at one step, beside their law."""
    motion = gate.get_cacheable_motion(request, slug)
    query = parse_query(request, "epoch", "step")
    epoch = find_ensemble_epoch(motion, query)
    found, is_past = read_slice(motion, epoch, step=query.step)
    response = HttpResponse(found, content_type=JSON)
    return set_window_caching(response, motion, epoch=query.epoch, is_past=is_past)


@path_view(respond_in_json)
def laws_json(request: HttpRequest, slug: str) -> HttpResponseBase:
    """How all paths agree with a law of walks up to one step."""
    motion = gate.get_cacheable_motion(request, slug)
    query = parse_query(request, "epoch", "step", "law", "low", "high")
    epoch = find_ensemble_epoch(motion, query)
    lines = Lines(query.low, query.high)
    found, is_past = read_law(motion, epoch, law=query.law, step=query.step, lines=lines)
    response = HttpResponse(found, content_type=JSON)
    return set_window_caching(response, motion, epoch=query.epoch, is_past=is_past)


@path_view(respond_in_text)
def ensemble_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every step of every path as a file, or a `piece` of it; at most 2,000,000 positions."""
    return respond_with_file(request, slug, "csv", _read_file)


@path_view(respond_in_text)
def ensemble_npz(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The same as NumPy's .npz, whole."""
    return respond_with_file(request, slug, "npz", _read_file)


def _read_file(motion: Motion, query: Query, address: str) -> EnsembleExport:
    return read_ensemble_export(
        motion,
        find_ensemble_epoch(motion, query),
        first=query.first,
        last=query.last,
        piece=query.piece,
        address=address,
    )
