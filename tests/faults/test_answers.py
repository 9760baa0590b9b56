"""Two hundred phones answer one question while connections and a server are lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
import urllib.parse
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.faults.cluster import kill_9
from tests.support.client import Client, Path, watching
from tests.support.servers import (
    START_S,
    Daphne,
    Site,
    Valkey,
    database_of_its_own,
    wait_for,
)
from tests.support.stage import make_motions, shell

pytestmark = pytest.mark.server

CUT = 10
"""One of so many phones loses socket and request in the middle."""

ANSWERING_S = 4.0
SLUG = "shared"
Ends = tuple[float, float]
FAILURES = (OSError, EOFError, ConnectionClosed, InvalidHandshake, TimeoutError)


@dataclass
class Classroom:
    """A site, its servers, and those of them that are alive."""

    site: Site
    servers: list[Daphne]
    phones: int

    def kill_a_server(self) -> None:
        """Another one takes over; a single server starts again."""
        server, *others = self.servers
        kill_9(server.process)
        self.servers = others or [self.site.start_server(server.port, wait=False)]


@dataclass(eq=False)
class Phone:
    """A guest's page: its socket, and an answer that it sends until the server confirms it."""

    room: Classroom
    number: int
    cookie: str
    client: Client | None = None
    path: Path = field(default_factory=Path)
    confirmed: Ends | None = None
    sockets: int = 0

    @property
    def server(self) -> Daphne:
        return self.room.servers[self.number % len(self.room.servers)]

    @property
    def question(self) -> dict[str, Any]:
        return self.client.question if self.client else {}

    @property
    def opened_at(self) -> str:
        return str(self.question.get("opened_at", ""))

    @property
    def shown_answer(self) -> tuple[Any, ...]:
        answer = self.client.answer if self.client else {}
        return answer.get("low"), answer.get("high")

    async def watch(self) -> None:
        """Read the socket, and open another one when it is lost."""
        while True:
            with contextlib.suppress(*FAILURES):
                query = self.path.query if self.path.step is not None else ""
                async with watching(
                    self.server, SLUG, query, path=self.path, cookie=self.cookie
                ) as client:
                    self.client, self.sockets = client, self.sockets + 1
                    while True:
                        await client.frame(within_s=60)
            self.client = None
            await asyncio.sleep(random.uniform(0.1, 0.5))

    async def answer(self, low: float, high: float, *, is_cut: bool = False) -> None:
        while True:
            with contextlib.suppress(*FAILURES, AssertionError):
                async with asyncio.timeout(10):
                    await self._post(low, high, is_cut=is_cut)
                if not is_cut:
                    self.confirmed = (low, high)
                    return
            is_cut = False
            await asyncio.sleep(random.uniform(0.1, 0.5))

    async def _post(self, low: float, high: float, *, is_cut: bool) -> None:
        """Send the answer; if `is_cut`, lose the connection before the response."""
        named = {"question": 1, "opened_at": self.opened_at, "csrfmiddlewaretoken": "a" * 32}
        fields = named | {"low": low, "high": high}
        body = urllib.parse.urlencode(fields)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        try:
            writer.write(
                f"POST /motions/{SLUG}/answers/ HTTP/1.1\r\n"
                f"Host: 127.0.0.1:{self.server.port}\r\nOrigin: {self.server.url}\r\n"
                f"Cookie: {self.cookie}; csrftoken={'a' * 32}\r\nConnection: close\r\n"
                f"Content-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            await writer.drain()
            if is_cut:
                self.lose_socket()
                return
            head, _, content = (await reader.read()).partition(b"\r\n\r\n")
        finally:
            writer.transport.abort()
        assert head.startswith(b"HTTP/1.1 200"), head
        assert json.loads(content) == {"question": 1, "low": low, "high": high}

    def lose_socket(self) -> None:
        if self.client is not None:
            self.client.connection.transport.abort()


@pytest.fixture(params=["cluster", "SQLite"])
def room(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Classroom]:
    is_cluster = request.param == "cluster"
    folder = tmp_path_factory.mktemp("room")
    valkey = Valkey(folder).start() if is_cluster else None
    site = Site(
        folder,
        redis_url=valkey.url if valkey else "",
        database_url=database_of_its_own() if is_cluster else "",
    ).setup()
    make_motions(site, **{SLUG: {"interval": 0.5}})
    servers = [site.start_server(wait=False) for _ in range(2 if is_cluster else 1)]
    for server in servers:
        wait_for(server.answers, "a server to answer")
    room = Classroom(site, servers, phones=200 if is_cluster else 50)
    yield room
    for server in room.servers:
        assert "Traceback" not in server.process.output()
        kill_9(server.process)  # a shutdown takes 5 s
    site.stop()
    if valkey:
        valkey.stop()


def let_guests_join(site: Site, count: int) -> list[str]:
    """The Cookie headers of new guests of the motion."""
    printed = shell(
        site,
        "from django.test import Client",
        "from motion.services import guests",
        f"motion = Motion.objects.get(slug={SLUG!r})",
        "token = invitations.create_invitation(motion.pk, by=None).token",
        f"for number in range({count}):",
        "    client = Client()",
        "    client.force_login(guests.join_as_guest(token, f'Mia {number}', key=str(number)))",
        "    print('sessionid=' + client.cookies['sessionid'].value)",
    )
    return printed.split()


def act(site: Site, *lines: str) -> None:
    shell(
        site,
        "from motion.core.questions import Draft, Kind",
        "from motion.services import questions",
        f"pk = Motion.objects.get(slug={SLUG!r}).pk",
        *lines,
    )


async def wait_for_all(
    phones: list[Phone], condition: Callable[[Phone], object], what: str
) -> None:
    end = time.monotonic() + START_S
    while lacking := [phone for phone in phones if not condition(phone)]:
        newest = lacking[0].question | {"results": None}
        assert time.monotonic() < end, (
            f"{len(lacking)} phones lack {what}: {newest}, {lacking[0].shown_answer}"
        )
        await asyncio.sleep(0.05)


async def answer_all(room: Classroom, phones: list[Phone]) -> None:
    """Each phone answers at its time, half of them twice; in the middle a server is killed."""
    chance = random.Random(7)

    async def answer(phone: Phone) -> None:
        await asyncio.sleep(chance.uniform(0, ANSWERING_S * 0.6))
        await phone.answer(
            phone.number, phone.number + 0.5, is_cut=phone.number < room.phones // CUT
        )
        if phone.number % 2:
            await asyncio.sleep(chance.uniform(0, ANSWERING_S * 0.3))
            await phone.answer(-phone.number, phone.number + 1.5)

    async def kill() -> None:
        await asyncio.sleep(ANSWERING_S / 2)
        await asyncio.to_thread(room.kill_a_server)

    works: list[Awaitable[None]] = [kill(), *map(answer, phones)]
    await asyncio.gather(*works)


@pytest.mark.fault("kill -9 of a server, and phones without network, while a class answers")
async def test_confirmed_answers_are_counted_once_when_a_server_is_killed(room: Classroom) -> None:
    count = room.phones
    cookies = await asyncio.to_thread(let_guests_join, room.site, room.phones)
    phones = [Phone(room, number, cookie) for number, cookie in enumerate(cookies)]
    watchers = [asyncio.create_task(phone.watch()) for phone in phones]
    try:
        await wait_for_all(phones, lambda phone: phone.path.step is not None, "the path")
        await asyncio.to_thread(
            act,
            room.site,
            "questions.ask_question(pk, Draft(kind=Kind.INTERVAL, text='How sure?', level=0.5,"
            " ahead=1_000_000))",
        )
        await wait_for_all(phones, lambda phone: phone.question.get("number") == 1, "the question")

        await answer_all(room, phones)
        stored = room.site.execute("SELECT low, high FROM motion_answer")
        await wait_for_all(
            phones,
            lambda phone: (
                (phone.question.get("answered"), phone.question.get("of")) == (count, count)
                and phone.shown_answer == phone.confirmed
            ),
            "the tally and their own answer",
        )
        assert all(phone.question["results"] is None for phone in phones)
        await asyncio.to_thread(act, room.site, "questions.reveal_question(pk, 1)")
        await wait_for_all(phones, lambda phone: phone.question.get("results"), "the results")
    finally:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)

    confirmed = sorted(phone.confirmed for phone in phones if phone.confirmed)
    assert sum(phone.sockets > 1 for phone in phones) >= count / 2 + count / CUT / 2
    assert len(confirmed) == count
    assert sorted(map(tuple, stored)) == confirmed
    for phone in phones:
        results = phone.question["results"]
        assert sorted(map(tuple, results["intervals"])) == confirmed
        assert sum(results["counts"]) == count
