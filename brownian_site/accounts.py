"""What we want differently from django-allauth."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from allauth.core import context as current
from django.conf import settings
from django.contrib import messages
from django.contrib.sites.requests import RequestSite
from django.core.cache import cache
from django.core.validators import RegexValidator
from django.http import HttpRequest

from .proxies import client_address, counted_as

logger = logging.getLogger(__name__)

MINUTE_S = 60

# Names are shown to everyone, so a name must not be an address.
USERNAME_VALIDATORS = [
    RegexValidator(
        r"^[\w.+-]+\Z",
        "Others see this name: use letters, digits and . + - _ only, no @ and no spaces.",
    )
]


class Adapter(DefaultAccountAdapter):
    """Honest addresses, limits that no header evades, and mails that name the site."""

    def get_client_ip(self, request: HttpRequest) -> str:
        # A server on a Unix socket has no peer's address: its clients share one limit.
        peer = request.META.get("REMOTE_ADDR") or "unknown"
        return counted_as(client_address(peer, request.headers.get("X-Forwarded-For", "")))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth's key is the Host header, whose port is anybody's choice, and the login, of
        # which an account has several: each would have five guesses of its own.
        login: str = credentials.get("username") or credentials.get("email", "")
        user_id = _named_by(login)
        return f"login:{login.lower()}" if user_id is None else f"user:{user_id}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        if cache.get(self._wrong_key(request), 0) >= settings.WRONG_PASSWORDS_A_MINUTE:
            raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        # Counted here and not by allauth, which takes a lock for each address before it looks at
        # a password: of thirty phones behind one address that sign in at once, one is refused.
        key = self._wrong_key(request)
        cache.add(key, 0, timeout=2 * MINUTE_S)
        with suppress(ValueError):  # it has just run out
            cache.incr(key)

    def _wrong_key(self, request: HttpRequest) -> str:
        return f"wrong:{self.get_client_ip(request)}:{int(time.time() // MINUTE_S)}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send it, or say that it could not be: no account depends on a mail."""
        request = current.request
        site = RequestSite(request)
        site.name = "Brownian"
        try:
            super().send_mail(template_prefix, email, context | {"current_site": site})
        except OSError:
            logger.exception("A mail could not be sent (%s)", template_prefix)
            messages.error(request, "We could not send the email. Please try again later.")


def _named_by(login: str) -> int | None:
    """Whose password allauth compares with what is typed beside `login`."""
    users = filter_users_by_email(login, prefer_verified=True, for_login=True)
    if not users and (user := get_user_by_username(login)):
        users = [user]
    return min((user.pk for user in users), default=None)
