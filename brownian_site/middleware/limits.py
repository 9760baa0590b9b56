"""How many sockets and requests one address, and one person, may have through this process."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any, Final
from weakref import WeakValueDictionary

from django.conf import settings

from motion.core.errors import CloseCode
from motion.telemetry import logs, metrics

from ..errors import RETRY_AFTER_S, UNAVAILABLE
from .proxies import counted_as, peer_of

logger = logging.getLogger(__name__)

REFUSED: Final = "A socket or a request was refused: there are too many."
BUSY: Final = b"Too many requests from your address. Try again in a moment.\n"


class Limit:
    """ASGI middleware that refuses a socket, or a request, beyond a limit.

    A page that is refused comes back later, with backoff.
    """

    name: str
    """In the metrics and in the log."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.open: Counter[Hashable] = Counter()

    @property
    def most(self) -> int:
        """How many each may have."""
        raise NotImplementedError

    def whose(self, scope: Any) -> Hashable | None:
        """Under whose count this one falls; None: under nobody's."""
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
            logger.info(REFUSED, extra={"about": {"by": self.name}, "most": logs.MOST_ALIKE})
            await self.refuse(receive, send)

    async def refuse(self, receive: Any, send: Any) -> None:
        await close_socket(receive, send, CloseCode.TOO_FAST)

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


class Shares:
    """How much each address may have at once of something; the rest of it waits its turn."""

    def __init__(self, size: Callable[[], int]) -> None:
        self.size = size
        self.shares: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, address: str) -> asyncio.Semaphore:
        """Its share, which is forgotten with the last request that has it."""
        return self.shares.setdefault(address, asyncio.Semaphore(self.size()))


class RequestsByAddress(LimitByAddress):
    """Requests of one address: some are under way, more wait, and what is beyond is refused.

    One is under way until its answer is sent: what a slow reader has not taken yet is in memory.
    """

    name = "requests-of-address"
    WAITING: Final = 19
    """For each one under way so many wait."""

    def __init__(self, application: Any) -> None:
        super().__init__(self.in_line(application))
        self.lines = Shares(lambda: settings.REQUESTS_PER_ADDRESS)

    @property
    def most(self) -> int:
        return int(settings.REQUESTS_PER_ADDRESS) * (1 + self.WAITING)

    def in_line(self, application: Any) -> Any:
        async def wait(scope: Any, receive: Any, send: Any) -> None:
            async with self.lines.of(address_of(scope)):
                await application(scope, receive, send)

        return wait

    async def refuse(self, receive: Any, send: Any) -> None:
        await refuse_request(send, 429, BUSY)


class AtWork:
    """ASGI middleware that lets so many requests be worked on at once; the others wait their turn.

    Django gives each request a thread. 400 threads that computed statistics took 1.5 GB, and 800
    that answered path.json let a socket wait for 4 s. One address has half of the places at most,
    or whatever it asks for would stand before all others. While the database is away a request
    holds its place for seconds, and a line would end in the proxy's time-out: nobody waits then.
    """

    def __init__(self, application: Any) -> None:
        self.application = application
        self.places = asyncio.Semaphore(settings.REQUESTS_AT_ONCE)
        self.shares = Shares(lambda: -(-settings.REQUESTS_AT_ONCE // 2))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        share = self.shares.of(address_of(scope))
        if logs.database.is_away and (share.locked() or self.places.locked()):
            await refuse_request(send, 503, f"{UNAVAILABLE}\n".encode())
            return
        async with AsyncExitStack() as place:
            with metrics.requests_waiting.track_inprogress():
                await place.enter_async_context(share)
                await place.enter_async_context(self.places)
            place.enter_context(metrics.requests_at_work.track_inprogress())

            async def send_and_leave(message: Any) -> None:
                await place.aclose()  # what follows goes at the reader's pace
                await send(message)

            await self.application(scope, receive, send_and_leave)


def address_of(scope: Any) -> str:
    """What a client is counted as; `TrustedProxies` has found it."""
    return counted_as(peer_of(scope))


async def refuse_request(send: Any, status: int, sentence: bytes) -> None:
    """Answer before Django has seen the request."""
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"retry-after", str(RETRY_AFTER_S).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence})


async def close_socket(receive: Any, send: Any, code: CloseCode) -> None:
    """Close a socket that no consumer has seen, with a code that its page understands.

    Accepted first: a refusal before that is an HTTP 403, which hides the reason.
    """
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": int(code)})
    metrics.closed(code)
