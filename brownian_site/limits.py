"""How many sockets one address, and one person, may have open through this process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from motion import metrics
from motion.core.errors import CloseCode

from .proxies import client_address, counted_as


class SocketLimits:
    """ASGI middleware that closes a socket beyond either limit with 4429.

    A classroom shares an address, so that limit is far above the other. Whoever is refused comes
    back later, with backoff, as after any 4429.
    """

    def __init__(self, application: Any) -> None:
        self.application = application
        self.open: Counter[tuple[str, Any]] = Counter()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        limits = limits_of(scope)
        if any(self.open[who] >= limit for who, limit in limits.items()):
            await refuse(receive, send)
            return
        with self.counted(limits):
            await self.application(scope, receive, send)

    @contextmanager
    def counted(self, whose: dict[tuple[str, Any], int]) -> Iterator[None]:
        self.open.update(whose.keys())
        try:
            yield
        finally:
            self.open.subtract(whose.keys())
            for who in whose:
                if not self.open[who]:
                    del self.open[who]


def limits_of(scope: Any) -> dict[tuple[str, Any], int]:
    """Whose socket it is, and how many each of them may have."""
    limits = {("address", address_of(scope)): settings.SOCKETS_PER_ADDRESS}
    if (user_id := scope["user"].pk) is not None:
        limits["user", user_id] = settings.SOCKETS_PER_USER
    return limits


def address_of(scope: Any) -> str:
    """The peer, or whom one of our proxies says it speaks for."""
    forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    peer, *_ = scope.get("client") or [""]
    return counted_as(client_address(peer, b",".join(forwarded).decode("latin-1")))


async def refuse(receive: Any, send: Any) -> None:
    """Accepted first: a refusal before that is an HTTP 403, which hides the reason."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": int(CloseCode.TOO_FAST)})
    metrics.closed(CloseCode.TOO_FAST)
