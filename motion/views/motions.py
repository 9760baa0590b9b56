"""The pages."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from . import figures, history
from .core import protocol
from .core.parameters import LIMITS
from .models import Epoch, Motion

SKETCHED_STEPS = 600


@require_safe
def default_motion(request: HttpRequest) -> HttpResponse:
    """The motion at /."""
    return motion(request, settings.DEFAULT_MOTION)


@require_safe
def motion(request: HttpRequest, slug: str) -> HttpResponse:
    """One motion's page, true at the moment it is rendered, live from then on."""
    row = Motion.objects.filter(slug=slug).first()
    snapshot = history.read_snapshot(row.pk) if row else None
    if row is None or snapshot is None:
        raise Http404("There is no such motion.")
    state = protocol.state_fields(
        snapshot.state(), can_control=row.may_be_controlled_by(request.user)
    )
    first = max(0, snapshot.step - SKETCHED_STEPS)
    context = {
        "motion": row,
        "socket": f"/ws/motions/{row.slug}/",
        "state": state,
        "written": {name: f"{state[name]:.12g}" for name in LIMITS},
        "ordinal": Epoch.objects.get(motion=row, number=snapshot.epoch).ordinal,
        "sketch": figures.sketch(snapshot.timeline.positions(first, snapshot.step).tolist()),
        "page": {"figure": figures.figure(), "state": state},
    }
    return render(request, "motion/motion.html", context)
