"""How many sockets one address, and one person, may have open through this process."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.conf import settings

from motion import metrics
from motion.core.errors import CloseCode

from .proxies import counted_as, peer_of

logger = logging.getLogger(__name__)

REFUSED: Final = "A socket was refused: too many are open."
LINES_LOGGED: Final = 20  # of a process in ten seconds


class Limit:
    """ASGI middleware that closes a socket beyond a limit with 4429.

    A page that is refused comes back later, with backoff, as after any 4429.
    """

    name: str
    """In the metrics and in the log."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.open: Counter[Hashable] = Counter()

    @property
    def most(self) -> int:
        """Sockets that each may have."""
        raise NotImplementedError

    def whose(self, scope: Any) -> Hashable | None:
        """Under whose count a socket falls; None: under nobody's."""
        raise NotImplementedError

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        who = self.whose(scope)
        if who is None:
            await self.application(scope, receive, send)
        elif self.open[who] < self.most:
            with self.counted(who):
                await self.application(scope, receive, send)
        else:
            metrics.refusals.labels(self.name).inc()
            logger.info(REFUSED, extra={"about": {"by": self.name}, "most": LINES_LOGGED})
            await refuse(receive, send)

    @contextmanager
    def counted(self, who: Hashable) -> Iterator[None]:
        self.open[who] += 1
        try:
            yield
        finally:
            self.open[who] -= 1
            if not self.open[who]:
                del self.open[who]


class LimitByAddress(Limit):
    """Before sessions are looked up, so that a refusal costs no query.

    A classroom shares an address: it may have far more than a person.
    """

    name = "sockets-of-address"

    @property
    def most(self) -> int:
        return int(settings.SOCKETS_PER_ADDRESS)

    def whose(self, scope: Any) -> str:
        return address_of(scope)


class LimitByPerson(Limit):
    """Of those who are signed in."""

    name = "sockets-of-user"

    @property
    def most(self) -> int:
        return int(settings.SOCKETS_PER_USER)

    def whose(self, scope: Any) -> Hashable | None:
        key: Hashable | None = scope["user"].pk
        return key


def address_of(scope: Any) -> str:
    """What a socket's client is counted as; `TrustedProxies` has found the client."""
    return counted_as(peer_of(scope))


async def refuse(receive: Any, send: Any) -> None:
    """Accepted first: a refusal before that is an HTTP 403, which hides the reason."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": int(CloseCode.TOO_FAST)})
    metrics.closed(CloseCode.TOO_FAST)
