"""What a request may have of a motion; whoever may not see one learns nothing of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from .. import access
from ..access import Person
from ..models import Motion


@dataclass(frozen=True)
class Sight:
    """A motion, and who the visitor is to it."""

    motion: Motion
    person: Person

    @property
    def may_control(self) -> bool:
        return access.may_control(self.motion, self.person)

    @property
    def may_administer(self) -> bool:
        return access.may_administer(self.person)


def seen(request: HttpRequest, slug: str) -> Sight:
    """The motion at `slug`, if the visitor may see it.

    Raises:
        Http404: alike for one that does not exist and for one that may not be seen.
    """
    motion = Motion.objects.filter(slug=slug).first()
    # Who asks is looked up in either case: else the time it takes, and the `Vary` header that
    # comes of reading a session, would tell a hidden motion from none.
    person = access.person(motion.pk if motion else 0, request.user)
    if motion is None or not access.may_see(motion, person):
        raise no_such_motion()
    return Sight(motion, person)


def no_such_motion() -> Http404:
    return Http404("There is no such motion.")


def administered(request: HttpRequest, slug: str) -> Sight:
    """The motion at `slug`, if it is the visitor's to rename, share and delete.

    Raises:
        Http404: as `seen`.
        PermissionDenied: the visitor may see it, no more.
    """
    sight = seen(request, slug)
    if not sight.may_administer:
        raise PermissionDenied("Only the motion's owner may do that.")
    return sight


def signed_in(request: HttpRequest) -> Any:
    """The user.

    Raises:
        PermissionDenied: there is none.
    """
    if not request.user.is_authenticated:
        raise PermissionDenied("Sign in first.")
    return request.user
