"""Limits the sockets and requests of one address, and of one person, in this process."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Hashable
from contextlib import AsyncExitStack
from typing import Final
from weakref import WeakValueDictionary

from django.conf import settings

from motion.core.errors import CloseCode
from motion.telemetry import logs, metrics

from ..errors import RETRY_AFTER_S, UNAVAILABLE
from . import ASGIApplication, Event, Middleware, Receive, Scope, Send
from .proxies import get_address_key, get_peer

logger = logging.getLogger(__name__)

REFUSED: Final = "A socket or a request was refused: there are too many."
BUSY: Final = b"Too many requests from your address. Try again in a moment.\n"


class Limit(Middleware):
    """ASGI middleware that refuses a socket, or a request, beyond a limit.

    A page that is refused comes back later, with backoff.
    """

    name: str
    """In the metrics and in the log."""

    setting: str
    """The setting with the highest number at once."""

    def __init__(self, application: ASGIApplication) -> None:
        super().__init__(application)
        self.open: Counter[Hashable] = Counter()

    def get_limit(self) -> int:
        return int(getattr(settings, self.setting))

    def find_key(self, scope: Scope) -> Hashable | None:
        """The key under which this one is counted; None: it is not counted."""
        return get_client_key(scope)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = self.find_key(scope)
        if key is None:
            await self.admit(scope, receive, send)
        elif self.open[key] < self.get_limit():
            self.open[key] += 1
            try:
                await self.admit(scope, receive, send)
            finally:
                self.open[key] -= 1
                if not self.open[key]:
                    del self.open[key]
        else:
            metrics.refusals.labels(self.name).inc()
            logger.info(REFUSED, extra={"fields": {"by": self.name}, "most": logs.MOST_ALIKE})
            await self.refuse(receive, send)

    async def admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.application(scope, receive, send)

    async def refuse(self, receive: Receive, send: Send) -> None:
        await close_socket(receive, send, CloseCode.TOO_FAST)


class LimitByAddress(Limit):
    """Before sessions are looked up, so that a refusal costs no query.

    A classroom shares an address: it may have far more than a person.
    """

    name = "sockets-of-address"
    setting = "SOCKETS_PER_ADDRESS"


class LimitByPerson(Limit):
    """For signed-in people."""

    name = "sockets-of-user"
    setting = "SOCKETS_PER_USER"

    def find_key(self, scope: Scope) -> int | None:
        return scope["user"].pk


class Shares:
    """Limits what each address has at once; the rest waits."""

    def __init__(self, size: Callable[[], int]) -> None:
        self.size = size
        self.shares: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def get_share(self, address: str) -> asyncio.Semaphore:
        """The share of an address, which is freed with the last request that has it."""
        return self.shares.setdefault(address, asyncio.Semaphore(self.size()))


class RequestsByAddress(Limit):
    """Limits the requests of one address: some are under way, more wait, all others are refused.

    A request is under way until its answer is sent: until then the answer takes memory.
    """

    name = "requests-of-address"
    setting = "REQUESTS_PER_ADDRESS"
    WAITING: Final = 19
    """How many may wait for each one under way."""

    def __init__(self, application: ASGIApplication) -> None:
        super().__init__(application)
        self.lines = Shares(super().get_limit)

    def get_limit(self) -> int:
        return super().get_limit() * (1 + self.WAITING)

    async def admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self.lines.get_share(get_client_key(scope)):
            await self.application(scope, receive, send)

    async def refuse(self, receive: Receive, send: Send) -> None:
        await refuse_request(send, 429, BUSY)


class AtWork(Middleware):
    """ASGI middleware that limits the requests in work at once; the others wait.

    Django gives each request a thread. 400 threads that computed statistics took 1.5 GB, and 800
    that answered path.json delayed a socket by 4 s. One address has at most half of the places, so
    that it cannot block all others. While the database is away, a request keeps its place for
    seconds, and waiting requests would reach the proxy's time-out: so they are refused.
    """

    def __init__(self, application: ASGIApplication) -> None:
        super().__init__(application)
        self.places = asyncio.Semaphore(settings.REQUESTS_AT_ONCE)
        self.shares = Shares(lambda: -(-settings.REQUESTS_AT_ONCE // 2))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        share = self.shares.get_share(get_client_key(scope))
        if logs.database.is_away and (share.locked() or self.places.locked()):
            await refuse_request(send, 503, f"{UNAVAILABLE}\n".encode())
            return
        async with AsyncExitStack() as place:
            with metrics.requests_waiting.track_inprogress():
                await place.enter_async_context(share)
                await place.enter_async_context(self.places)
            place.enter_context(metrics.requests_at_work.track_inprogress())

            async def send_and_leave(message: Event) -> None:
                await place.aclose()  # what follows goes at the reader's pace
                await send(message)

            await self.application(scope, receive, send_and_leave)


def get_client_key(scope: Scope) -> str:
    """The key under which a client is counted; `TrustedProxies` has found its address."""
    return get_address_key(get_peer(scope))


async def refuse_request(send: Send, status: int, sentence: bytes) -> None:
    """Answer before Django has seen the request."""
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"retry-after", str(RETRY_AFTER_S).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence})


async def close_socket(receive: Receive, send: Send, code: CloseCode) -> None:
    """Accept a socket before its consumer, and close it with a code.

    Without accepting it, the refusal would be an HTTP 403, which hides the code from the page.
    """
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": int(code)})
    metrics.count_close(code)
