"""Clients that break a limit on purpose: what it costs the server, and everybody else."""

from __future__ import annotations

import asyncio
import json
import select
import socket
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from http.client import HTTPConnection

import pytest

from brownian_site.server.server import LAST_WORDS_S
from tests.support.client import Client, watching
from tests.support.probing import ask
from tests.support.raw_socket import CLOSE, PING, PONG, TEXT, RawSocket, client_frame, handshake
from tests.support.servers import START_S, Daphne, Site, wait_for
from tests.support.stage import make_motions

pytestmark = pytest.mark.server

EMPTY_PINGS = client_frame(opcode=PING) * 10_000
EMPTY_FRAGMENTS = client_frame(is_final=False) + client_frame(opcode=0, is_final=False) * 10_000
GROWTH_MB = 30.0
ROUND_TRIP_S = 0.25
"""By how much the median round trip may grow; on a busy machine, by five times what it was."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {"MOTION_SWEEP_S": 0.5, "MOTION_MESSAGES_PER_S": 20.0}
    env = {"TRUSTED_PROXIES": "127.0.0.1"}
    site = Site(tmp_path_factory.mktemp("site"), settings=settings, env=env).setup()
    make_motions(
        site,
        still={"paused": True, "step": 50},
        long={"paused": True, "step": 200_000, "ensemble": 1_000},
    )
    yield site
    site.stop()


@pytest.fixture(scope="module")
def server(site: Site) -> Daphne:
    return site.start_server()


@dataclass(frozen=True)
class Harm:
    """What an attack did: to the server's memory, and to the round trips of somebody else."""

    grown_mb: float
    usual_s: list[float]
    round_trips_s: list[float]

    def assert_little(self, *, grown_mb: float = GROWTH_MB) -> None:
        assert self.grown_mb < grown_mb
        assert_few_delays(self.usual_s, self.round_trips_s)


def assert_few_delays(usual_s: list[float], took_s: list[float]) -> None:
    assert statistics.median(took_s) < ROUND_TRIP_S + 6 * statistics.median(usual_s)


async def time_round_trip(client: Client) -> float:
    began = time.monotonic()
    await client.pong()
    took_s = time.monotonic() - began
    await asyncio.sleep(0.05)  # the pace of a client that keeps its limit, all along
    return took_s


async def measure_harm(server: Daphne, attack: Callable[[], None]) -> Harm:
    """Let `attack` run while somebody else's page goes on; memory is looked at all along."""
    async with watching(server, "still") as other:
        usual = [await time_round_trip(other) for _ in range(5)]
        before = server.process.resident_mb
        most, round_trips = before, []
        attacking = asyncio.create_task(asyncio.to_thread(attack))
        while not attacking.done() or len(round_trips) < 5:
            round_trips.append(await time_round_trip(other))
            most = max(most, server.process.resident_mb)
        await attacking
    print(
        f"grown {most - before:.1f} MB, median {statistics.median(round_trips) * 1000:.0f} ms,"
        f" longest {max(round_trips) * 1000:.0f} ms of {len(round_trips)}"
    )
    return Harm(most - before, usual, round_trips)


def send_until_closed(raws: list[RawSocket], data: bytes) -> None:
    """Send `data` again and again by each of `raws`, as fast as the server takes it."""
    end = time.monotonic() + START_S
    for raw in raws:
        raw.socket.setblocking(False)
    while time.monotonic() < end and (left := [raw.socket for raw in raws if not raw.is_gone]):
        _, writable, _ = select.select([], left, [], 0.1)
        for sock in writable:
            with suppress(OSError):
                sock.send(data)


@pytest.mark.fault("floods of pings, pongs, fragments; messages that never end")
async def test_flood_of_frames_is_closed_and_delays_no_other_client(server: Daphne) -> None:
    with ExitStack() as stack:
        raws = [stack.enter_context(RawSocket(server, "still")) for _ in range(20)]

        harm = await measure_harm(server, lambda: send_until_closed(raws, EMPTY_PINGS))

        assert all(raw.is_gone for raw in raws)
    harm.assert_little()


REFUSED = {
    "pings": (EMPTY_PINGS[:60_000], 4429),
    "pongs": (client_frame(opcode=PONG) * 200, 4429),
    "fragments": (EMPTY_FRAGMENTS[:60_000], 1009),
    "fragments that add up": (
        client_frame(b"x" * 10_000, is_final=False) + client_frame(b"x" * 10_000, opcode=0),
        1009,
    ),
    "a head alone": (client_frame(announced=16 * 1024 + 1), 1009),
    "a head of many TB": (client_frame(announced=1 << 50), 1009),
    "a long ping": (client_frame(opcode=PING, announced=126), 1002),
}


@pytest.mark.fault("floods of pings, pongs, fragments; messages that never end")
@pytest.mark.parametrize(("sent", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_frames_beyond_a_limit_close_their_socket_with_its_code(
    server: Daphne, sent: bytes, code: int
) -> None:
    with RawSocket(server, "still") as raw:
        raw.socket.sendall(sent)
        assert raw.closed_with() == code


def is_cut_off_at_once(server: Daphne, *answers: bytes) -> bool:
    """Whether the server, which has refused a frame, waits no longer once it gets these frames."""
    with RawSocket(server, "still") as raw:
        raw.send_frame(b"x" * 100_000)
        assert raw.closed_with() == 1009
        began = time.monotonic()
        with suppress(ConnectionError):
            for frame in answers:
                raw.socket.sendall(frame)
        wait_for(lambda: raw.is_gone, "the end")
        return time.monotonic() - began < 0.8 * LAST_WORDS_S


def test_close_is_confirmed_behind_a_frame_that_was_refused(server: Daphne) -> None:
    close = client_frame((1009).to_bytes(2, "big"), opcode=CLOSE)

    wait_for(lambda: is_cut_off_at_once(server, close), "an end at once")  # a machine may pause


def test_client_is_cut_off_when_it_sends_after_the_close(server: Daphne) -> None:
    frames = [client_frame(b"x" * 100_000)] * 3

    wait_for(lambda: is_cut_off_at_once(server, *frames), "an end at once")


def test_message_in_fragments_and_pings_between_them_are_welcome(server: Daphne) -> None:
    ping = b'{"type": "ping", "n": 5}'
    with RawSocket(server, "still") as raw:
        raw.read_frames(3)
        for at, byte in enumerate(ping):
            raw.send_frame(bytes([byte]), opcode=0 if at else TEXT, is_final=at == len(ping) - 1)
            if at == 7:
                raw.send_frame(b"hello", opcode=PING)

        pong, answer = raw.read_frames(2)
        assert pong == b"hello"
        assert json.loads(answer) == {"type": "pong", "n": 5, "step": 50}


@pytest.mark.fault("floods of pings, pongs, fragments; messages that never end")
async def test_unfinished_messages_take_no_memory(server: Daphne) -> None:
    def attack() -> None:
        with ExitStack() as stack:
            raws = [stack.enter_context(RawSocket(server, "still")) for _ in range(250)]
            for raw in raws:
                with suppress(OSError):
                    raw.socket.sendall(client_frame(b"x" * 300_000, announced=1_000_000))
            wait_for(lambda: all(raw.is_gone for raw in raws), "the server to refuse them")

    (await measure_harm(server, attack)).assert_little()


@pytest.mark.fault("many exports at once")
async def test_twenty_exports_take_no_memory_and_delay_no_client(server: Daphne) -> None:
    path = "/motions/long/path.npz?first=1&last=100000"

    (await measure_harm(server, lambda: ask_at_once(server, [path] * 20))).assert_little()


@pytest.mark.fault("many exports at once")
async def test_exports_of_an_ensemble_take_no_memory_and_delay_no_client(server: Daphne) -> None:
    paths = [f"/motions/long/ensemble.npz?first={first}&last={first + 999}" for first in range(5)]

    (await measure_harm(server, lambda: ask_at_once(server, paths))).assert_little()


@pytest.mark.fault("many who ask for the same numbers at once")
async def test_twenty_windows_of_an_ensemble_take_no_memory(server: Daphne) -> None:
    query = "first={}&last=190000&paths=1-100"
    paths = [f"/motions/long/ensemble.json?{query.format(first)}" for first in range(20)]

    harm = await measure_harm(server, lambda: ask_at_once(server, paths))

    harm.assert_little(grown_mb=50.0)  # 20 answers of 0.8 MB are on their way, 8 are cached


@pytest.mark.fault("many who ask for the same numbers at once")
async def test_statistics_that_fifty_ask_for_at_once_take_no_memory(server: Daphne) -> None:
    path = "/motions/long/statistics.json?first=1&last=190000"

    (await measure_harm(server, lambda: ask_at_once(server, [path] * 50))).assert_little()


def ask_at_once(server: Daphne, paths: Sequence[str]) -> None:
    def ask(path: str) -> int:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=START_S)
        connection.request("GET", path)
        reply = connection.getresponse()
        while reply.read(1 << 16):
            pass
        return reply.status

    with ThreadPoolExecutor(len(paths)) as pool:
        assert set(pool.map(ask, paths)) == {200}


# --- requests -------------------------------------------------------------------------------------


POST = b"POST /join/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
FORM = POST + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000000\r\n\r\n"
REFUSED_REQUESTS = {
    "chunks": (CHUNKED + b"1\r\nx\r\n", 411),
    "2 MiB": (POST + b"Content-Length: 2097152\r\nExpect: 100-continue\r\n\r\n", 413),
    "101 headers": (POST + b"A: b\r\n" * 100 + b"\r\n", 431),
    "a header of 100 lines": (POST + b"A: b\r\n" + b" c\r\n" * 99 + b"\r\n", 431),
    "101 parameters": (b"GET /join/?" + b"&" * 100 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
    "17 KiB of headers": (POST + (b"A: " + b"b" * 1_000 + b"\r\n") * 17 + b"\r\n", 400),
    "socket with a body": (b"Content-Length: 10000\r\n", 413),
}


@pytest.mark.fault("a long body, an answer that nobody reads")
@pytest.mark.parametrize(("sent", "status"), REFUSED_REQUESTS.values(), ids=REFUSED_REQUESTS.keys())
def test_request_beyond_a_limit_is_refused_at_its_head(
    server: Daphne, sent: bytes, status: int
) -> None:
    if sent.startswith(b"Content-Length"):
        sent = handshake(server, "still").removesuffix(b"\r\n") + sent + b"\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=START_S) as raw:
        raw.sendall(sent)
        answer = b""
        while piece := raw.recv(1_000):
            answer += piece

    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert answer.count(b"HTTP/1.1 ") == 1


PARAMETERS = b"GET /healthz?" + b"&" * 16_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"


DEAR = {
    "chunks": CHUNKED + b"1\r\nx\r\n" * 100_000,
    "form": FORM + b"&" * 1_000_000,
    "parameters": PARAMETERS * 50,
}


@pytest.mark.fault("a long body, an answer that nobody reads")
@pytest.mark.parametrize("sent", DEAR.values(), ids=DEAR.keys())
async def test_expensive_requests_delay_no_client(server: Daphne, sent: bytes) -> None:
    def attack() -> None:
        with ExitStack() as stack:
            for _ in range(15):
                raw = socket.create_connection(("127.0.0.1", server.port), timeout=START_S)
                stack.enter_context(raw)
                with suppress(OSError):
                    raw.sendall(sent)

    (await measure_harm(server, attack)).assert_little()


def test_address_that_asks_for_much_leaves_places_for_others(server: Daphne) -> None:
    """Others do not wait in its queue. How long they wait depends on the machine."""
    end = time.monotonic() + 3.0

    def attack(number: int) -> list[float]:
        first, took = number * 500, []
        while time.monotonic() < end:
            first += 1
            path = f"/motions/long/statistics.json?first={first}&last={first + 100_000}"
            took.append(time_request(server, path, X_Forwarded_For="203.0.113.1"))
        return took

    took: list[float] = []
    with ThreadPoolExecutor(80) as pool:
        attacks = pool.map(attack, range(80))
        while time.monotonic() < end or len(took) < 5:
            took.append(time_request(server, "/motions/long/epochs.json"))
    queued = [each for one in attacks for each in one]
    print(statistics.median(took), statistics.median(queued), len(queued))
    assert 4 * statistics.median(took) < statistics.median(queued)


def time_request(server: Daphne, path: str, **headers: str) -> float:
    began = time.monotonic()
    assert ask(server.port, path, **headers).status == 200
    return time.monotonic() - began


@pytest.mark.fault("a long body, an answer that nobody reads")
def test_bodies_of_one_address_have_a_limit_together(server: Daphne) -> None:
    head = POST + b"Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(16):
            raw = socket.create_connection(("127.0.0.1", server.port), timeout=START_S)
            stack.enter_context(raw).sendall(head)
        assert wait_for(lambda: read_status(server, head) == 429, "the next to be refused")
        assert server.answers(), "requests without a body are"
        other = head.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: 203.0.113.1\r\n\r\n")
        assert read_status(server, other) == 100, "another client of the same proxy has room"

    wait_for(lambda: read_status(server, POST + b"Content-Length: 1\r\n\r\nx") == 403, "room")


def read_status(server: Daphne, sent: bytes) -> int:
    """The status of the first answer; 100: the server waits for the body."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=START_S) as raw:
        raw.sendall(sent)
        return int(raw.recv(100).split()[1])
