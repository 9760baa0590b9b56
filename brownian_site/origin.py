"""Sockets only from our own pages: the Origin must be ours, scheme and port included.

Channels' own validator looks at the host name alone. A browser sends an Origin with every
socket, and a page elsewhere cannot forge it; a handshake without one is refused too.
"""

from __future__ import annotations

from typing import Any

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host


class SameOrigin:
    """ASGI middleware that denies handshakes (403) whose Origin is not this site."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        headers = dict(scope["headers"])
        if is_ours(
            origin=headers.get(b"origin", b"").decode("latin-1"),
            host=headers.get(b"host", b"").decode("latin-1"),
            secure=_is_secure(scope, headers),
        ):
            return await self.application(scope, receive, send)
        return await WebsocketDenier()(scope, receive, send)


def is_ours(*, origin: str, host: str, secure: bool) -> bool:
    """Whether a page of `origin` may open a socket on `host`."""
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    name, _ = split_domain_port(host)
    if not (name and validate_host(name, settings.ALLOWED_HOSTS or ["localhost"])):
        return False
    return origin.lower() == f"{'https' if secure else 'http'}://{host.lower()}"


def _is_secure(scope: Any, headers: dict[bytes, bytes]) -> bool:
    if settings.TRUSTED_PROXIES:
        return headers.get(b"x-forwarded-proto", b"").strip() == b"https"
    return bool(scope.get("scheme") == "wss")
