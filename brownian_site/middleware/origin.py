"""Sockets only from our own pages: the Origin must be ours, scheme and port included.

Channels' own validator looks at the host name alone. A browser sends an Origin with every
socket, and a page elsewhere cannot forge it; a handshake without one is refused too. What Django
accepts as the origin of a form holds for sockets, wildcards in CSRF_TRUSTED_ORIGINS included.
"""

import logging
import time
from typing import Final
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.utils.http import is_same_domain

from motion.telemetry import metrics

from . import ASGIApplication, Middleware, Receive, Scope, Send
from .proxies import SECURE, get_header

logger = logging.getLogger(__name__)

REFUSED: Final = (
    "A socket was refused: a page of %s asked for one at %s. If both are this site, look at "
    "DJANGO_ALLOWED_HOSTS, DJANGO_CSRF_TRUSTED_ORIGINS, and at the Host and X-Forwarded-Proto that "
    "the proxy sends."
)


class SameOrigin(Middleware):
    """ASGI middleware that denies handshakes (403) whose Origin is not this site."""

    def __init__(self, application: ASGIApplication) -> None:
        super().__init__(application)
        self.refusals = Refusals()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin, host = get_header(scope, b"origin"), get_header(scope, b"host")
        secure = scope.get("scheme") in SECURE
        if is_ours(origin=origin, host=host, secure=secure):
            await self.application(scope, receive, send)
            return
        metrics.refusals.labels("origin").inc()
        self.refusals.note(origin, build_origin(host, secure=secure))
        await WebsocketDenier()(scope, receive, send)


def is_ours(*, origin: str, host: str, secure: bool) -> bool:
    """Whether a page of `origin` may open a socket to `host`."""
    if is_listed(origin):
        return True
    name, _ = split_domain_port(host)
    if not (name and validate_host(name, settings.ALLOWED_HOSTS or ["localhost"])):
        return False
    return origin.lower() == build_origin(host.lower(), secure=secure)


def is_listed(origin: str) -> bool:
    """Whether CSRF_TRUSTED_ORIGINS has `origin`, or a pattern such as https://*.example.org."""
    origin = origin.lower()
    scheme, _, host = origin.partition("://")
    for trusted in settings.CSRF_TRUSTED_ORIGINS:
        if origin == trusted.lower():
            return True
        pattern = urlsplit(trusted)
        is_pattern = pattern.netloc.startswith("*")
        if is_pattern and scheme == pattern.scheme and is_same_domain(host, pattern.netloc[1:]):
            return True
    return False


def build_origin(host: str, *, secure: bool) -> str:
    return f"{'https' if secure else 'http'}://{host}"


class Refusals:
    """Logs each pair of addresses once an hour, up to `PAIRS`: anyone can send any Origin."""

    PAIRS: Final = 50
    EVERY_S: Final = 3600.0

    def __init__(self) -> None:
        self._noted: set[tuple[str, str]] = set()
        self._since = time.monotonic()

    def note(self, origin: str, host: str) -> None:
        if time.monotonic() - self._since > self.EVERY_S:
            self._noted.clear()
            self._since = time.monotonic()
        pair = (make_printable(origin), make_printable(host))
        if pair not in self._noted and len(self._noted) < self.PAIRS:
            self._noted.add(pair)
            logger.warning(REFUSED, *pair)


def make_printable(sent: str) -> str:
    """The value of a header on one line, shortened."""
    return ascii(sent[:100])
