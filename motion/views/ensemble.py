"""The ensemble over HTTP: fans and slices in JSON."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from ..core.limits import ENSEMBLE_POINTS
from ..queries.ensembles import read_ensemble_window, read_slice
from . import gate
from .caching import path_view, set_window_caching
from .gate import respond_in_json
from .parsing import find_ensemble_epoch, parse_query

JSON = "application/json"


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
