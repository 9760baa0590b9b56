"""What a request may have of a motion; whoever may not see one learns nothing of it."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from ..core.errors import NoSuchMotionError
from ..models import Motion
from ..queries import permissions
from ..queries.permissions import VisibleMotion


def seen(request: HttpRequest, slug: str) -> VisibleMotion:
    """The motion at `slug`, if the visitor may see it.

    Raises:
        Http404: alike for one that does not exist and for one that may not be seen.
    """
    try:
        return permissions.get_visible_motion(slug, request.user)
    except NoSuchMotionError:
        raise no_such_motion() from None


def shown(request: HttpRequest, slug: str) -> Motion:
    """The motion at `slug`, for an answer that is the same for all who may see it.

    Of a public motion nobody's session is read, so the answer has no `Vary: Cookie` and a shared
    cache gives it to everyone. For any other, and for none, `seen` decides.

    Raises:
        Http404: as `seen`.
    """
    return permissions.find_public_motion(slug) or seen(request, slug).motion


def no_such_motion() -> Http404:
    return Http404("There is no such motion.")


def administered(request: HttpRequest, slug: str) -> VisibleMotion:
    """The motion at `slug`, if it is the visitor's to rename, share and delete.

    Raises:
        Http404: as `seen`.
        PermissionDenied: the visitor may see it, no more.
    """
    sight = seen(request, slug)
    if not sight.can_manage:
        raise PermissionDenied("Only the motion's owner may do that.")
    return sight


def require_account(request: HttpRequest) -> User:
    """The user who is signed in.

    Raises:
        PermissionDenied: nobody is signed in.
    """
    if not request.user.is_authenticated:
        raise PermissionDenied("Sign in first.")
    return request.user
