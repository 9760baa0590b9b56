"""The session of a socket: read at the handshake, never written."""

from __future__ import annotations

from typing import Any

from channels.sessions import InstanceSessionWrapper, SessionMiddleware


class ReadOnlySession(SessionMiddleware):
    """As Channels' own, without its look at every frame whether the session is to be saved.

    That look goes through a lazy object and costs a tenth of a delivery; a socket has no way to
    send a cookie, and nothing here writes to a session from one.
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        wrapper = InstanceSessionWrapper(scope, send)
        await wrapper.resolve_session()
        return await self.inner(wrapper.scope, receive, send)
