"""What the motion refuses while a form of the admin is saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from ..core.errors import MotionError


def or_back(
    request: HttpRequest, view: Callable[..., HttpResponse], *args: Any, **kwargs: Any
) -> HttpResponse:
    """What `view` answers; if the motion refuses, its reason over the page as it is now."""
    try:
        return view(request, *args, **kwargs)
    except MotionError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(request.get_full_path())
