"""The increments of a window beside theory, in JSON."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import conditional_page, require_safe

from ..queries import windows
from ..queries.statistics import read_statistics
from . import gate
from .path import cached, found_epoch, in_json, parse, saying


@require_safe
@conditional_page
@saying(in_json)
def statistics_json(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The statistics of the increments between two steps, however many there are."""
    motion = gate.shown(request, slug)
    query = parse(request, "epoch", "first", "last")
    epoch = found_epoch(motion, query)
    last, is_past = windows.check_bounds(motion, epoch, first=query.first, last=query.last)
    found = read_statistics(epoch, first=query.first, last=last)
    response = HttpResponse(found, content_type="application/json")
    return cached(response, motion, query, is_past=is_past)
