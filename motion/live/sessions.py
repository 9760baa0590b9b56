"""The session that a socket lives by: while it goes on, so does the socket."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from time import time
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db.models.functions import Now

BATCH = 500
DAY_S = 24 * 3600
RENEWED_ON = "renewed_on"
"""Where a session keeps the day of its last renewal."""


@dataclass(frozen=True)
class Login:
    """Somebody's session as a socket found it.

    `proof` changes with the password (Django's session hash), so a session of before is over.
    """

    key: str
    user_id: int
    proof: str


def renew(session: Any) -> None:
    """Let the session of a person who is here go on, at the price of one write a day.

    It ends `SESSION_COOKIE_AGE` after the last day on which the person was here, and not so long
    after signing in.
    """
    if session.get(RENEWED_ON) != (today := int(time() // DAY_S)):
        session[RENEWED_ON] = today


def renew_at_login(request: Any, **arguments: Any) -> None:
    """As a receiver of Django's signal: a new session needs no write of its own for it."""
    renew(request.session)


def login_of(scope: Any) -> Login | None:
    """The session of a socket; None without an account, whose socket nothing ends."""
    user = scope["user"]
    if not user.is_authenticated:
        return None
    return Login(scope["session"].session_key, user.pk, user.get_session_auth_hash())


def ended(logins: Collection[Login]) -> set[Login]:
    """Those that are over: signed out, expired, deactivated, or of an earlier password.

    Two queries for each 500, however many sockets there are.
    """
    remaining = list(set(logins))
    over: set[Login] = set()
    for start in range(0, len(remaining), BATCH):
        over |= _ended(remaining[start : start + BATCH])
    return over


def _ended(logins: list[Login]) -> set[Login]:
    keys = [login.key for login in logins]
    alive = Session.objects.filter(session_key__in=keys, expire_date__gt=Now())
    sessions = set(alive.values_list("session_key", flat=True))
    users = get_user_model().objects.filter(
        pk__in={login.user_id for login in logins}, is_active=True
    )
    proofs = {user.pk: user.get_session_auth_hash() for user in users}
    return {
        login
        for login in logins
        if login.key not in sessions or proofs.get(login.user_id) != login.proof
    }
