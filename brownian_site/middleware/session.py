"""Sessions: of a socket, read at the handshake and never written; of a page, renewed."""

import asyncio
from time import time
from typing import Final

from channels.auth import AuthMiddleware
from channels.sessions import InstanceSessionWrapper, SessionMiddleware
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from motion.core.errors import CloseCode
from motion.telemetry import logs

from . import Receive, Scope, Send
from .limits import close_socket

HANDSHAKE_S: Final = 4.0
"""Daphne gives up a handshake after 5 s, which is how long a request waits for a connection."""


DAY_S: Final = 24 * 3600
RENEWED_ON: Final = "renewed_on"
"""The key in a session under which it has the day of its last renewal."""


def renew_session(session: SessionBase) -> None:
    """Let a session last `SESSION_COOKIE_AGE` from today on, at the cost of one write a day."""
    if session.get(RENEWED_ON) != (today := int(time() // DAY_S)):
        session[RENEWED_ON] = today


def renew_at_login(request: HttpRequest, **arguments: object) -> None:
    """Receiver of `user_logged_in`: a new session then needs no write of its own."""
    renew_session(request.session)


class ReadOnlySession(SessionMiddleware):
    """Channels' middleware, without its check after every frame whether to save the session.

    That check goes through a lazy object and costs a tenth of a delivery. A socket cannot send a
    cookie, and nothing here writes to the session of a socket.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wrapper = InstanceSessionWrapper(scope, send)
        await wrapper.resolve_session()
        await self.inner(wrapper.scope, receive, send)


class Authentication(AuthMiddleware):
    """Channels' middleware, but closes a socket whose session cannot be read with 4412.

    Its page then reconnects. Without this, the socket would end without a code, in a traceback.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = scope.copy()
        self.populate_scope(scope)
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                await self.resolve_scope(scope)
        except (DatabaseError, InterfaceError, TimeoutError) as error:
            logs.database.warn(str(error) or f"no session was read within {HANDSHAKE_S:g} s")
            await close_socket(receive, send, CloseCode.RESTARTING)
        else:
            await self.inner(scope, receive, send)


class StaySignedIn(MiddlewareMixin):
    """Renews the session of a person who uses the site, so that none ends during a lesson."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        # A session that the answer does not depend on is left alone: caches may share the answer.
        # Nor is that of an answer that failed: the database may be away.
        is_needed = response.status_code < 500 and request.session.accessed
        if is_needed and SESSION_KEY in request.session:
            renew_session(request.session)
        return response
