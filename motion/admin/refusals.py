"""What a service refuses while the admin saves a form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from ..core.errors import MotionError


def return_on_refusal(
    request: HttpRequest, view: Callable[..., HttpResponse], *args: Any, **kwargs: Any
) -> HttpResponse:
    """The response of `view`; if a service refuses, its reason above the page as it is now."""
    try:
        return view(request, *args, **kwargs)
    except MotionError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(request.get_full_path())
