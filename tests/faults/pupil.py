"""A client that comes back by itself, as a page does."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field

from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.client import Client, Path, watching
from tests.support.servers import Daphne

COMES_BACK = frozenset({1000, 1001, 1006, 4408, 4412, 4429})
FIRST_S = 0.5


@dataclass(eq=False)
class Pupil:
    """Watches one motion through `front` until it is stopped, whatever happens to its sockets.

    Attributes:
        codes: with what each of its sockets ended that it did not end itself.
        away_s: how long it was without frames each time.
    """

    front: Daphne
    slug: str = "brownian"
    path: Path = field(default_factory=Path)
    codes: list[int] = field(default_factory=list)
    away_s: list[float] = field(default_factory=list)
    left_at: list[float] = field(default_factory=list)

    async def watch(self, stopping: asyncio.Event) -> None:
        tries = 0
        while not stopping.is_set():
            try:
                await self._watch_once(stopping)
                tries = 0
            except (OSError, InvalidStatus, TimeoutError):  # nobody there, or nginx says 502
                tries += 1
            # The backoff of a page.
            await asyncio.sleep(random.uniform(0, min(5.0, FIRST_S * 2**tries)))

    async def _is_up_to_date(self, client: Client) -> bool:
        """Whether this server has come as far as the one before, or says what is older.

        It may be a sweep behind after a fault: the page drops what it says until it has caught up,
        and this client comes again.
        """
        try:
            await client.frame()
        except AssertionError:
            return False
        return True

    async def _watch_once(self, stopping: asyncio.Event) -> None:
        query = self.path.query if self.path.step is not None else ""
        async with watching(self.front, self.slug, query, path=self.path) as client:
            try:
                if not await self._is_up_to_date(client):
                    return
                if len(self.left_at) > len(self.away_s):
                    self.away_s.append(time.monotonic() - self.left_at[-1])
                while not stopping.is_set():
                    try:
                        await client.frame(within_s=1.0)
                    except TimeoutError:
                        continue  # nothing happened for a second
            except ConnectionClosed as closed:
                code = closed.rcvd.code if closed.rcvd else 1006
                assert code in COMES_BACK, f"closed with {code}"
                self.codes.append(code)
                self.left_at.append(time.monotonic())
