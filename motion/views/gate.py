"""What a request may have of a motion, and how views respond to what they refuse.

A visitor who may not see a motion learns nothing about it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Final

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from ..core.errors import ErrorCode, ForbiddenError, MotionError, NoSuchMotionError
from ..models import Motion
from ..queries import permissions
from ..queries.permissions import VisibleMotion

View = Callable[..., HttpResponseBase]

NO_STORE: Final = "private, no-store"
"""The rule for caches of everything that not everybody may see."""

STATUSES: Final = {
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.UNAVAILABLE: 404,
    ErrorCode.CONFLICT: 409,
}
"""Of responses; of every other error it is 400."""


class NoSuchMotion(Http404):
    """Alike for a motion that does not exist and for one that the visitor may not see."""

    def __init__(self) -> None:
        super().__init__(str(NoSuchMotionError()))


def get_visible_motion(request: HttpRequest, slug: str) -> VisibleMotion:
    """The motion at `slug`, if the visitor may see it.

    Raises:
        NoSuchMotion.
    """
    try:
        return permissions.get_visible_motion(slug, request.user)
    except NoSuchMotionError:
        raise NoSuchMotion from None


def get_cacheable_motion(request: HttpRequest, slug: str) -> Motion:
    """The motion at `slug`, for a response that is the same for everyone who may see it.

    For a public motion no session is read, so the response has no `Vary: Cookie` and a shared
    cache gives it to everyone. For all others `get_visible_motion` decides.

    Raises:
        NoSuchMotion.
    """
    public = Motion.objects.filter(slug=slug, visibility=Motion.Visibility.PUBLIC)
    return public.first() or get_visible_motion(request, slug).motion


def require_manager(request: HttpRequest, slug: str) -> VisibleMotion:
    """The motion at `slug`, if the visitor may rename, share and delete it.

    Raises:
        NoSuchMotion.
        PermissionDenied: the visitor may only see it.
    """
    visible = get_visible_motion(request, slug)
    if not visible.can_manage:
        raise PermissionDenied("Only the motion's owner may do that.")
    return visible


def get_managed_motion(request: HttpRequest, slug: str) -> Motion:
    """The motion at `slug`, if the visitor manages it; for a view under `explain_refusals`.

    Raises:
        ForbiddenError, NoSuchMotion.
    """
    visible = get_visible_motion(request, slug)
    if not visible.can_manage:
        raise ForbiddenError
    return visible.motion


def require_account(request: HttpRequest) -> User:
    """The user who is signed in.

    Raises:
        PermissionDenied: nobody is signed in.
    """
    if not request.user.is_authenticated:
        raise PermissionDenied("Sign in first.")
    return request.user


# --- refusals ------------------------------------------------------------------------------


def explain_refusals(respond: Callable[[str, int], HttpResponse]) -> Callable[[View], View]:
    """Let a view respond with `respond(sentence, status)` to what it refuses; no cache keeps it."""

    def decorate(view: View) -> View:
        @wraps(view)
        def explain(request: HttpRequest, slug: str) -> HttpResponseBase:
            try:
                return view(request, slug)
            except (Http404, MotionError) as error:
                code = ErrorCode.UNAVAILABLE if isinstance(error, Http404) else error.code
                return mark_private(respond(str(error), STATUSES.get(code, 400)))

        return explain

    return decorate


def mark_private(response: HttpResponse) -> HttpResponse:
    """Let no cache keep a response."""
    response["Cache-Control"] = NO_STORE
    return response


def respond_in_json(sentence: str, status: int) -> HttpResponse:
    return JsonResponse({"message": sentence}, status=status)


def respond_in_text(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")


@contextmanager
def report_refusals(request: HttpRequest, done: str = "") -> Iterator[None]:
    """Show `done` on the next page after the block, or why a service refused what the block did.

    Raises:
        Http404, PermissionDenied.
    """
    try:
        yield
    except NoSuchMotionError:
        raise NoSuchMotion from None
    except ForbiddenError as error:
        raise PermissionDenied(str(error)) from None
    except MotionError as error:
        messages.error(request, str(error))
    else:
        if done:
            messages.success(request, done)
