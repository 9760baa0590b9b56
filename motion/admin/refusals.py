"""A page of the admin that somebody else has overtaken is refused, whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from ..core.errors import MotionError, OvertakenError
from ..models import Motion


def version_of(motion: Motion) -> str:
    """What a form carries of the motion it showed: it changes with every change."""
    return f"{motion.revision}.{motion.access_version}"


def refuse_stale(sent: Any, motion: Motion) -> None:
    """Compare what the page showed, in a hidden field named after the motion, with what is.

    Raises:
        OvertakenError: the page is older, or does not say what it showed.
    """
    if sent.get(f"shown-{motion.pk}", "") != version_of(motion):
        raise OvertakenError


def or_back(
    request: HttpRequest, view: Callable[..., HttpResponse], *args: Any, **kwargs: Any
) -> HttpResponse:
    """What `view` answers; if the motion refuses, its reason over the page as it is now."""
    try:
        return view(request, *args, **kwargs)
    except MotionError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(request.get_full_path())
