"""Which caches may keep what a view sends of a path."""

from collections.abc import Callable
from typing import Final

from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.http import conditional_page, require_safe

from ..models import Motion
from .gate import NO_STORE, View, explain_refusals

FIVE_MINUTES: Final = "public, max-age=300, must-revalidate"
"""For what never changes: if the motion becomes private, all caches drop it in five minutes."""

REVALIDATE: Final = "private, no-cache"
"""For what changes: it is sent again only if it differs."""


def path_view(respond: Callable[[str, int], HttpResponse]) -> Callable[[View], View]:
    """A view that reads a path: caches ask whether it has changed; refusals by `respond`."""
    return lambda view: require_safe(conditional_page(explain_refusals(respond)(view)))


def set_caching(response: HttpResponseBase, motion: Motion, policy: str) -> HttpResponseBase:
    """Let caches treat a response about a public motion by `policy`, and keep no other."""
    if motion.visibility == Motion.Visibility.PUBLIC:
        response["Cache-Control"] = policy
    else:
        response["Cache-Control"] = NO_STORE
        response.headers.pop("ETag", None)  # nobody has one to compare
    return response


def set_window_caching(
    response: HttpResponseBase, motion: Motion, *, epoch: int | None, is_past: bool
) -> HttpResponseBase:
    """Let caches keep a window whose steps are past, if its address names the epoch.

    Without the epoch a restart gives the address another path.
    """
    never_changes = epoch is not None and is_past
    return set_caching(response, motion, FIVE_MINUTES if never_changes else REVALIDATE)
