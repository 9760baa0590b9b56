"""What makes the paths again outside this program: seeds and changes, for the owner alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
)
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..models import Change, Epoch, Motion
from . import gate
from .path import found_epoch, in_plain_text, parse, saying

SHOWN_PATHS: Final = 100
COLUMNS: Final = ("step", "position", "standard", "variance", "drift")

View = Callable[[HttpRequest, str], HttpResponseBase]


def unkept(view: View) -> View:
    """Let no cache keep what a view answers: whoever has a running seed knows the future."""

    @wraps(view)
    def answer(request: HttpRequest, slug: str) -> HttpResponseBase:
        response = view(request, slug)
        response["Cache-Control"] = "private, no-store"
        return response

    return answer


@login_required
@require_safe
@unkept
def reproduce(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest paths with their seeds, and where their changes are."""
    motion = _secrets_of(request, slug)
    epochs = Epoch.objects.filter(motion=motion, number__lte=motion.epoch).order_by("-number")
    paths = [
        {
            "epoch": epoch,
            "runs": epoch.number == motion.epoch,
            "steps": motion.step if epoch.number == motion.epoch else epoch.last_step,
        }
        for epoch in epochs[:SHOWN_PATHS]
    ]
    return render(request, "motion/reproduce.html", {"motion": motion, "paths": paths})


@login_required
@require_safe
@unkept
@saying(in_plain_text)
def changes_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The changes of one path as a file, oldest first."""
    motion = _secrets_of(request, slug)
    epoch = found_epoch(motion, parse(request, "epoch"))
    rows = Change.objects.filter(epoch=epoch, revision__lte=motion.revision).order_by("revision")
    lines = [",".join(map(repr, row)) for row in rows.values_list(*COLUMNS)]
    body = "\n".join([",".join(COLUMNS), *lines, ""])
    response = HttpResponse(body, content_type="text/csv; charset=utf-8")
    name = f"{motion.slug}-{epoch.number}-changes.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _secrets_of(request: HttpRequest, slug: str) -> Motion:
    """The motion at `slug`, for those who may know its seeds.

    Raises:
        Http404: as `gate.seen`.
        PermissionDenied: the visitor may see the motion, no more.
    """
    sight = gate.seen(request, slug)
    if not sight.may_know_seeds:
        raise PermissionDenied("Only the motion's owner may do that.")
    return sight.motion
