"""All changes of one motion."""

from __future__ import annotations

from typing import Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..models import Change, Motion
from ..queries import changelog
from . import gate

CHANGES_A_PAGE: Final = changelog.EVENT_CHANGES
"""So every page has an entry: an event is listed at its last change."""


class NewestFirst:
    """The changes of a motion for a `Paginator`.

    They are numbered from 1 on, so a page of a million costs what the first one costs: nothing is
    counted, and nothing skipped.
    """

    def __init__(self, motion: Motion) -> None:
        self._motion = motion

    def __len__(self) -> int:
        return self._motion.revision

    def __getitem__(self, places: slice) -> list[Change]:
        newest = self._motion.revision - places.start
        rows = Change.objects.filter(
            motion=self._motion,
            revision__gt=self._motion.revision - places.stop,
            revision__lte=newest,
        )
        return list(rows.select_related("by", "whom", "epoch").order_by("-revision"))


@require_safe
def motion_changes(request: HttpRequest, slug: str) -> HttpResponse:
    """The changes of all paths of a motion, with author and time, newest first."""
    visible = gate.get_visible_motion(request, slug)
    pages: Paginator[Change] = Paginator(NewestFirst(visible.motion), CHANGES_A_PAGE)  # type: ignore[arg-type]
    page = pages.get_page(request.GET.get("page"))
    context = {
        "motion": visible.motion,
        "can_manage": visible.can_manage,
        "page": page,
        "entries": list(changelog.list_events(list(page.object_list))),
    }
    return render(request, "motion/changes.html", context)
