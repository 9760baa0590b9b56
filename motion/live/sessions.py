"""The session that a socket depends on: when it ends, the server closes the socket."""

from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db.models.functions import Now

from brownian_site.middleware import Scope

from ..core.errors import CloseCode
from ..models import is_guest

BATCH = 500


@dataclass(frozen=True)
class Login:
    """The session of a person, as a socket found it.

    `proof` is Django's session hash, which changes with the password: that ends earlier sessions.
    """

    key: str
    user_id: int
    proof: str
    is_guest: bool = False


def read_login(scope: Scope) -> Login | None:
    """The session of a socket; None without an account: nothing ends such a socket."""
    user, key = scope["user"], scope["session"].session_key
    if not user.is_authenticated or key is None:
        return None
    return Login(key, user.pk, user.get_session_auth_hash(), is_guest(user))


def find_ended(logins: Collection[Login]) -> dict[Login, CloseCode]:
    """The logins that have ended: signed out, expired, deactivated, or of an earlier password.

    Each with the code for its sockets. Those of a guest that became an account reconnect, because
    its browser is signed in with a new session. Two queries for each 500, however many sockets
    there are.
    """
    remaining = list(set(logins))
    batches = [remaining[start : start + BATCH] for start in range(0, len(remaining), BATCH)]
    return {login: code for batch in batches for login, code in _find_ended_of(batch).items()}


def _find_ended_of(logins: list[Login]) -> dict[Login, CloseCode]:
    keys = [login.key for login in logins]
    alive = Session.objects.filter(session_key__in=keys, expire_date__gt=Now())
    sessions = set(alive.values_list("session_key", flat=True))
    users = User.objects.filter(pk__in={login.user_id for login in logins}, is_active=True)
    proofs = {user.pk: user.get_session_auth_hash() for user in users}
    accounts = {user.pk for user in users if not is_guest(user)}
    return {
        login: CloseCode.RESTARTING
        if login.is_guest and login.user_id in accounts
        else CloseCode.SIGNED_OUT
        for login in logins
        if login.key not in sessions or proofs.get(login.user_id) != login.proof
    }
