"""Our Daphne: what it does beyond the stock one (docs/architecture.md)."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from itertools import pairwise
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from tests.client import Client, watching
from tests.raw_socket import RawSocket
from tests.servers import Daphne, Process, Site, wait_for
from tests.stage import make_motions

pytestmark = pytest.mark.server

INTERVAL_S = 0.05
STALLED_S = 1.0
GOODBYE_S = 1.0
BODY_LIMIT = 1024 * 1024
SETTINGS = {
    "MOTION_SWEEP_S": 0.5,
    "MOTION_STALLED_S": STALLED_S,
    "MOTION_GOODBYE_S": GOODBYE_S,
    "MOTION_MESSAGE_BURST": 10_000,  # so that what our Daphne bounds is what is met
    "HTTP_STALLED_S": 1.0,
}
EVERYTHING = json.dumps({"type": "sync", "epoch": 0, "step": 0})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"), settings=SETTINGS).setup()
    make_motions(site, running={"interval": INTERVAL_S}, long={"interval": 0.05, "step": 500_000})
    yield site
    site.stop()


@pytest.fixture(scope="module")
def server(site: Site) -> Daphne:
    return site.start_server()


async def test_the_worker_starts_with_the_server(site: Site) -> None:
    before = site.frontier("running")[1]

    server = site.start_server(wait=False)

    wait_for(lambda: site.frontier("running")[1] > before + 5, "steps that nobody asked for")
    assert server.process.stop(within_s=5) == 0


async def test_frames_written_straight_are_the_path_in_order(site: Site, server: Daphne) -> None:
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(watching(server, "running")) for _ in range(5)]
        for client in clients:
            await client.receive("history")
        for variance in (4.0, 0.25):  # states take the other way, and stay in their place
            await asyncio.gather(*(one.reach((one.path.step or 0) + 10) for one in clients))
            await clients[0].send("change", variance=variance)
        await asyncio.gather(*(one.reach((one.path.step or 0) + 10) for one in clients))

        for client in clients:
            client.path.assert_whole()
            client.path.assert_agrees(site.timeline("running"))


async def test_a_client_that_offers_compression_gets_the_same(site: Site, server: Daphne) -> None:
    url = server.socket_url("running")
    async with connect(url, origin=server.url, compression="deflate") as connection:
        for _ in range(10):
            assert json.loads(await connection.recv())["type"]


# --- a reader that reads nothing ---------------------------------------------------------------


def test_hints_are_left_out_for_a_reader_that_lags_and_it_can_ask(server: Daphne) -> None:
    with RawSocket(server, "long", receive_buffer=4096) as raw:
        fill(raw)
        time.sleep(0.6 * STALLED_S)
        steps = steps_read(raw)

        assert any(first > last + 1 for (_, last), (first, _) in pairwise(steps))
        raw.send_text(EVERYTHING)
        wait_for(lambda: b'"type":"history"' in raw.read_frames(1)[0], "what is missing")


async def test_a_reader_that_reads_nothing_is_closed_and_costs_nobody_a_frame(
    server: Daphne,
) -> None:
    before = resident_mb(server.process)
    async with watching(server, "long") as other:
        await other.receive("history")
        await other.receive("increments")
        with ExitStack() as stack:
            deaf = [
                stack.enter_context(RawSocket(server, "long", receive_buffer=4096))
                for _ in range(10)
            ]
            for raw in deaf:
                fill(raw)
            frames = await other.reach((other.path.step or 0) + int(2 * STALLED_S / INTERVAL_S))
            wait_for(lambda: all(raw.is_gone for raw in deaf), "the server to give them up")

        assert {len(frame["increments"]) for frame in frames} == {1}
    assert resident_mb(server.process) - before < 20


def fill(raw: RawSocket) -> None:
    """Have the server send more than fits, and read none of it."""
    for _ in range(25):
        raw.send_text(EVERYTHING)
    time.sleep(0.2)


def steps_read(raw: RawSocket) -> list[tuple[int, int]]:
    """The first and last step of the frames that come, until one is of this moment."""
    found, begun = [], time.monotonic()
    while time.monotonic() - begun < 5:
        waited = time.monotonic()
        frame = json.loads(raw.read_frames(1)[0])
        if frame["type"] == "increments" and frame["increments"]:
            found.append((frame["first_step"], frame["first_step"] + len(frame["increments"]) - 1))
        if time.monotonic() - waited > INTERVAL_S / 2:
            return found
    raise AssertionError("it never caught up")


# --- a client that sends more than is handled --------------------------------------------------


async def test_messages_that_pile_up_close_their_socket(site: Site, server: Daphne) -> None:
    locked = sqlite3.connect(site.database, isolation_level=None)
    async with watching(server, "long") as client:
        await client.receive("history")
        locked.execute("BEGIN IMMEDIATE")
        try:
            await client.send("change", variance=2.5)  # waits for the lock
            for n in range(150):
                await client.send("ping", n=n)
            assert await client.closed(within_s=3) == 4429
        finally:
            locked.execute("ROLLBACK")
            locked.close()


# --- HTTP ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_long_body_is_refused_before_it_is_read(server: Daphne, is_chunked: bool) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    piece = b"x" * 65_536
    headers = {} if is_chunked else {"Content-Length": str(64 * len(piece))}

    connection.putrequest("POST", "/join/")
    for name, value in (headers or {"Transfer-Encoding": "chunked"}).items():
        connection.putheader(name, value)
    connection.endheaders()
    sent = 0
    try:
        while sent <= 2 * BODY_LIMIT:
            connection.send(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
            sent += len(piece)
    except ConnectionError:
        pass  # it was closed meanwhile, which is what the test is about

    answer = socket_text(connection.sock)
    assert answer.startswith("HTTP/1.1 413 ") or not answer
    assert server.answers()


def socket_text(sock: socket.socket) -> str:
    try:
        return sock.recv(1000).decode()
    except ConnectionError:
        return ""


def test_a_long_answer_waits_for_its_reader_who_is_cut_off_in_the_end(server: Daphne) -> None:
    path = "/motions/long/path.csv?first=1&last=100000"
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
    whole(server, path)  # whatever is loaded once is loaded
    before = resident_mb(server.process)
    with ExitStack() as stack:
        stalled = [stack.enter_context(socket.socket()) for _ in range(10)]
        for sock in stalled:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.connect(("127.0.0.1", server.port))
            sock.sendall(request)
        time.sleep(0.8)
        assert resident_mb(server.process) - before < 20, "33 MB are on their way"
        wait_for(lambda: all(is_reset(sock) for sock in stalled), "them to be cut off")

    assert len(whole(server, path).splitlines()) == 100_001


def whole(server: Daphne, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", path)
    return connection.getresponse().read()


def is_reset(sock: socket.socket) -> bool:
    state = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return bool(state != 1)  # TCP_ESTABLISHED


# --- going down ----------------------------------------------------------------------------------


async def test_sigterm_sends_everybody_away_spread_out_and_forgets_them(site: Site) -> None:
    server = site.start_server()
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(watching(server, "running")) for _ in range(40)]
        for client in clients:
            await client.receive("history")
        wait_for(lambda: viewers(site, server), "presence to be stored")

        began = time.monotonic()
        server.process.popen.terminate()
        left = await asyncio.gather(*(time_of_close(client) for client in clients))

    assert {code for code, _ in left} == {4412}
    moments = sorted(moment - began for _, moment in left)
    assert moments[-1] - moments[0] > 0.7 * GOODBYE_S
    assert moments[-1] < GOODBYE_S + 3
    assert server.process.popen.wait(5) == 0
    assert "Traceback" not in server.process.output()
    assert "The worker has stopped." in server.process.output()
    assert not viewers(site, server)


async def time_of_close(client: Client) -> tuple[int, float]:
    code = await client.closed(within_s=10)
    return code, time.monotonic()


def viewers(site: Site, server: Daphne) -> int:
    """How many rows say that somebody watches `running`."""
    ((rows,),) = site.execute(
        "SELECT count(*) FROM motion_presence p JOIN motion_motion m ON m.id = p.motion_id"
        " WHERE m.slug = ?",
        "running",
    )
    return int(rows)


def resident_mb(process: Process) -> float:
    status = Path(f"/proc/{process.popen.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024
