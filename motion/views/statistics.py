"""The increments of a window beside theory, in JSON."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import conditional_page, require_safe

from ..queries import windows
from ..queries.statistics import read_statistics
from . import gate
from .parsing import find_epoch, parse_query
from .responses import explain_refusals, respond_in_json, set_window_caching


@require_safe
@conditional_page
@explain_refusals(respond_in_json)
def statistics_json(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The statistics of the increments between two steps, however many there are."""
    motion = gate.get_cacheable_motion(request, slug)
    query = parse_query(request, "epoch", "first", "last")
    epoch = find_epoch(motion, query)
    last, is_past = windows.check_bounds(motion, epoch, first=query.first, last=query.last)
    found = read_statistics(epoch, first=query.first, last=last)
    response = HttpResponse(found, content_type="application/json")
    return set_window_caching(response, motion, epoch=query.epoch, is_past=is_past)
