"""The epochs of a motion, in JSON."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.http import conditional_page, require_safe

from ..models import Epoch, Motion
from . import gate
from .responses import REVALIDATE, explain_refusals, respond_in_json, set_caching

MAX_SENT_EPOCHS: Final = 1_000


@require_safe
@conditional_page
@explain_refusals(respond_in_json)
def epochs_json(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The newest epochs, newest first; the one that runs ends, so far, at the frontier."""
    motion = gate.get_cacheable_motion(request, slug)
    # An epoch that began after the motion was read is not included yet.
    known = Epoch.objects.filter(motion=motion, number__lte=motion.epoch).order_by("-number")
    epochs = [_describe_epoch(motion, epoch) for epoch in known[:MAX_SENT_EPOCHS]]
    response = JsonResponse({"epochs": epochs}, json_dumps_params={"separators": (",", ":")})
    return set_caching(response, motion, REVALIDATE)


def _describe_epoch(motion: Motion, epoch: Epoch) -> dict[str, Any]:
    runs = epoch.number == motion.epoch
    ended_at = None if runs else epoch.ended_at  # it may have ended since the motion was read
    return {
        "epoch": epoch.number,
        "ordinal": epoch.ordinal,
        "began_at": epoch.began_at.isoformat(timespec="milliseconds"),
        "ended_at": ended_at and ended_at.isoformat(timespec="milliseconds"),
        "last_step": motion.step if runs else epoch.last_step,
    }
