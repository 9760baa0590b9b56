"""Sessions: of a socket, read at the handshake and never written; of a page, renewed."""

from __future__ import annotations

from typing import Any

from channels.sessions import InstanceSessionWrapper, SessionMiddleware
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from motion import sessions


class ReadOnlySession(SessionMiddleware):
    """As Channels' own, without its look at every frame whether the session is to be saved.

    That look goes through a lazy object and costs a tenth of a delivery; a socket has no way to
    send a cookie, and nothing here writes to a session from one.
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        wrapper = InstanceSessionWrapper(scope, send)
        await wrapper.resolve_session()
        return await self.inner(wrapper.scope, receive, send)


class StaySignedIn(MiddlewareMixin):
    """Renews the session of a person who asks for pages: none ends in the middle of a lesson."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        # A session that the answer does not depend on is left alone: caches may share the answer.
        if request.session.accessed and SESSION_KEY in request.session:
            sessions.renew(request.session)
        return response
