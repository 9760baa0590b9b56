"""A guest is itself on the pages of its motion, and a visitor on all others.

So no page of an account, and no page of another motion, has to know of guests.
"""

from typing import Final

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from motion.models import is_guest
from motion.queries.permissions import AnyUser
from motion.services import guests

LIST: Final = "motions"
JOIN: Final = "join"
"""Here a removed guest is itself too, so that it does not join again under another name."""


class Guests(MiddlewareMixin):
    """Sets `request.user`, and reads the session only when a view uses it."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: resolve_user(request))  # type: ignore[assignment]


def resolve_user(request: HttpRequest) -> AnyUser:
    user = get_user(request)
    if isinstance(user, AnonymousUser) or not is_guest(user):
        return user
    match = request.resolver_match
    if match is None:
        return AnonymousUser()
    if match.view_name == JOIN:
        return user
    slug = settings.DEFAULT_MOTION if match.route == "" else match.kwargs.get("slug")
    guest = guests.find_guest(user.pk)
    if guest is None or (match.view_name != LIST and guest.motion.slug != slug):
        return AnonymousUser()
    guests.note_seen(guest)
    return guest.user
