"""Everything that was ever changed on one motion."""

from __future__ import annotations

from typing import Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .. import chronicle
from ..models import Change
from . import gate

CHANGES_A_PAGE: Final = 50


@require_safe
def motion_changes(request: HttpRequest, slug: str) -> HttpResponse:
    """Who changed what, and when, on all its paths, newest first."""
    sight = gate.seen(request, slug)
    rows = Change.objects.filter(motion=sight.motion).select_related("by", "epoch")
    page = Paginator(rows.order_by("-revision"), CHANGES_A_PAGE).get_page(request.GET.get("page"))
    changes = list(page.object_list)
    context = {
        "motion": sight.motion,
        "may_administer": sight.may_administer,
        "page": page,
        "entries": chronicle.entries(changes, chronicle.change_before(sight.motion, changes)),
    }
    return render(request, "motion/changes.html", context)
