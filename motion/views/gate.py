"""What a request may have of a motion; a visitor who may not see one learns nothing about it."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from ..core.errors import NoSuchMotionError
from ..models import Motion
from ..queries import permissions
from ..queries.permissions import VisibleMotion


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


def require_account(request: HttpRequest) -> User:
    """The user who is signed in.

    Raises:
        PermissionDenied: nobody is signed in.
    """
    if not request.user.is_authenticated:
        raise PermissionDenied("Sign in first.")
    return request.user
