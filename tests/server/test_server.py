"""Our Daphne: what it does beyond the stock one (docs/architecture.md)."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import replace

import pytest

from tests.support.client import Client, watching
from tests.support.probing import sample, scrape
from tests.support.raw_socket import PING, RawSocket, client_frame
from tests.support.servers import START_S, Daphne, Site, wait_for
from tests.support.stage import make_motions

pytestmark = pytest.mark.server

INTERVAL_S = 0.05
STALLED_S = 2.0
GOODBYE_S = 1.0
REQUEST_S = 1.5
IDLE_S = 4.0
BODY_LIMIT = 1024 * 1024
SWEEP_S = 0.1
SETTINGS = {
    "MOTION_SWEEP_S": SWEEP_S,
    "MOTION_STALLED_S": STALLED_S,
    "MOTION_GOODBYE_S": GOODBYE_S,
    "MOTION_MESSAGE_BURST": 10_000,  # so that what our Daphne bounds is what is met
    "HTTP_STALLED_S": 1.0,
    "HTTP_REQUEST_S": REQUEST_S,
    "HTTP_IDLE_S": IDLE_S,
}
EVERYTHING = json.dumps({"type": "sync", "epoch": 0, "step": 0})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"), settings=SETTINGS).setup()
    make_motions(
        site,
        running={"interval": INTERVAL_S},
        long={"interval": INTERVAL_S, "step": 500_000},
        still={"paused": True, "step": 50},
    )
    yield site
    site.stop()


@pytest.fixture(scope="module")
def server(site: Site) -> Daphne:
    return site.start_server()


async def test_worker_starts_with_the_server(site: Site) -> None:
    before = site.frontier("running")[1]

    server = site.start_server(wait=False)

    wait_for(lambda: site.frontier("running")[1] > before + 5, "steps that nobody asked for")
    assert server.process.stop(within_s=START_S) == 0


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


async def test_server_sends_the_path_uncompressed_when_compression_is_offered(
    site: Site, server: Daphne
) -> None:
    async with watching(server, "running", compression="deflate") as client:
        assert client.connection.protocol.extensions == []
        await client.receive("history")
        await client.reach((client.path.step or 0) + 10)

        client.path.assert_whole()
        client.path.assert_agrees(site.timeline("running"))


# --- a reader that reads nothing ---------------------------------------------------------------


def test_hints_are_left_out_when_a_reader_lags(server: Daphne) -> None:
    with RawSocket(server, "long", receive_buffer=4096) as raw:
        before = count_dropped(server)
        fill(server, raw)
        wait_for(lambda: count_dropped(server) > before, "a hint to be left out")

        assert read_to_a_gap(raw)
        raw.send_text(EVERYTHING)
        wait_for(lambda: b'"type":"history"' in raw.read_frames(1)[0], "what is missing")


async def test_frame_that_the_kernel_takes_in_part_arrives_whole(
    site: Site, server: Daphne
) -> None:
    async with watching(server, "still") as other:
        await other.receive("increments")
        with RawSocket(server, "still", receive_buffer=4096) as raw:
            step = json.loads(raw.read_frames(3)[0])["step"]
            for _ in range(14):  # 30 KB each: more than the kernel holds
                site.execute("UPDATE motion_motion SET step = step + 1500 WHERE slug = 'still'")
                await other.reach((other.path.step or 0) + 1500)

            frames = [json.loads(text) for text in raw.read_frames(8)]

    assert [frame["first_step"] for frame in frames] == [step + 1 + 1500 * k for k in range(8)]


@pytest.mark.fault("a reader that stops reading, silent or still talking")
async def test_stalled_reader_is_closed_and_delays_no_other_client(
    server: Daphne,
) -> None:
    before = server.process.resident_mb
    async with watching(server, "long") as other:
        await other.receive("history")
        await other.receive("increments")
        with ExitStack() as stack:
            deaf = [
                stack.enter_context(RawSocket(server, "long", receive_buffer=4096))
                for _ in range(10)
            ]
            for raw in deaf:
                fill(server, raw)
            frames = await other.reach((other.path.step or 0) + int(STALLED_S / INTERVAL_S))
            wait_for(lambda: all(raw.is_gone for raw in deaf), "the server to give them up")

        # A busy machine may be late, but nobody waits until clients that read nothing are closed.
        assert max(len(frame["increments"]) for frame in frames) <= 0.5 * STALLED_S / INTERVAL_S
    assert server.process.resident_mb - before < 20
    wait_for(lambda: count_stalled(server) >= len(deaf), "all to be counted")


@pytest.mark.fault("floods of pings, pongs, fragments; messages that never end")
def test_unread_pongs_close_the_socket_and_take_no_memory(
    server: Daphne,
) -> None:
    before, stalled = server.process.resident_mb, count_stalled(server)
    ping = client_frame(b"x" * 125, opcode=PING)
    with RawSocket(server, "still", receive_buffer=4096) as raw:
        raw.socket.sendall(ping * 5_000)  # 640 KB of pongs: more than both kernels hold
        end = time.monotonic() + STALLED_S + 0.5
        while time.monotonic() < end:
            raw.send_frame(b"", opcode=PING)
            time.sleep(0.1)  # the pace of a client that stays, for as long as it may stall

        # The close lies behind all pongs: on a busy machine, its reader may come too late for it.
        wait_for(lambda: count_stalled(server) > stalled, "the server to close the socket")
        wait_for(lambda: raw.is_gone, "its end")
    assert server.process.resident_mb - before < 5


def count_stalled(server: Daphne) -> float:
    return sample(scrape(server.port), "brownian_socket_closes_total", code="4408")


def test_slow_reader_stays_when_it_reads_steadily(server: Daphne) -> None:
    with RawSocket(server, "long", receive_buffer=32_768) as raw:
        fill(server, raw)  # 750 KB: something waits, for longer than one may let everything lie
        read, end = b"", time.monotonic() + 2 * STALLED_S
        while time.monotonic() < end:
            time.sleep(0.1)  # the pace of a slow reader
            read += raw.socket.recv(20_000)
        raw.send_text(json.dumps({"type": "ping", "n": 7}))
        while b'"type":"pong"' not in read[-100_000:]:
            read += raw.socket.recv(65_536) or pytest.fail("it was closed")


def fill(server: Daphne, raw: RawSocket) -> None:
    """Have the server send more than fits, and read none of it."""
    answered = count_syncs(server)
    for _ in range(25):
        raw.send_text(EVERYTHING)
    wait_for(lambda: count_syncs(server) >= answered + 25, "the server to answer")


def count_syncs(server: Daphne) -> float:
    return sample(scrape(server.port), "brownian_syncs_total")


def count_dropped(server: Daphne) -> float:
    """How many frames it has left out, on all of its sockets."""
    return sample(scrape(server.port), "brownian_frames_dropped_total")


def read_to_a_gap(raw: RawSocket, within_s: float = START_S) -> bool:
    """Read until steps are missing between two frames; whether there were such."""
    last, end = None, time.monotonic() + within_s
    while time.monotonic() < end:
        frame = json.loads(raw.read_frames(1)[0])
        if frame["type"] == "history":
            last = None
        elif frame["type"] == "increments":
            if last is not None and frame["first_step"] > last + 1:
                return True
            last = frame["first_step"] + len(frame["increments"]) - 1
    return False


# --- a client that sends more than is handled --------------------------------------------------


@pytest.mark.fault("a flood of messages")
async def test_messages_that_pile_up_close_their_socket(site: Site, server: Daphne) -> None:
    locked = sqlite3.connect(site.database, isolation_level=None)
    async with watching(server, "long") as client:
        await client.receive("history")
        locked.execute("BEGIN IMMEDIATE")
        try:
            await client.send("change", variance=2.5)  # waits for the lock
            for n in range(150):
                await client.send("ping", n=n)
            assert await client.closed() == 4429
        finally:
            locked.execute("ROLLBACK")
            locked.close()


# --- HTTP ---------------------------------------------------------------------------------------


@pytest.mark.fault("a long body, an answer that nobody reads")
@pytest.mark.parametrize("is_chunked", [False, True])
def test_long_body_is_refused_before_it_is_read(server: Daphne, is_chunked: bool) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=START_S)
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

    answer = read_socket_text(connection.sock)
    assert answer.startswith("HTTP/1.1 411 " if is_chunked else "HTTP/1.1 413 ") or not answer
    assert server.answers()


def read_socket_text(sock: socket.socket) -> str:
    try:
        return sock.recv(1000).decode()
    except ConnectionError:
        return ""


@pytest.mark.fault("a long body, an answer that nobody reads")
def test_long_response_is_cut_off_when_its_reader_stalls(server: Daphne) -> None:
    path = "/motions/long/path.csv?first=1&last=100000"
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
    download(server, path)  # whatever is loaded once is loaded
    before = server.process.resident_mb
    with ExitStack() as stack:
        stalled = [stack.enter_context(socket.socket()) for _ in range(10)]
        for sock in stalled:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.connect(("127.0.0.1", server.port))
            sock.sendall(request)
        grown = []

        def are_cut_off() -> bool:
            grown.append(server.process.resident_mb - before)
            return all(is_reset(sock) for sock in stalled)

        wait_for(are_cut_off, "them to be cut off")
        assert max(grown) < 20, "33 MB are on their way"

    *_, before_last, last = download(server, path).splitlines()
    assert before_last.startswith(b"99999,")
    assert last.startswith(b"100000,")


# --- requests that come slowly -------------------------------------------------------------------

HEAD = b"POST /join/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
BODY = HEAD + b"Content-Type: text/plain\r\nContent-Length: 1000\r\n\r\n"


@pytest.mark.fault("a request that drips byte by byte, many connections without one")
@pytest.mark.parametrize("begun", [b"", b"PO", HEAD, BODY], ids=["none", "line", "head", "body"])
def test_request_that_drips_is_cut_off(server: Daphne, begun: bytes) -> None:
    began = time.monotonic()
    with open_connection(server) as slow:
        slow.sendall(begun)
        while not is_reset(slow) and time.monotonic() - began < START_S:
            time.sleep(0.1)  # the pace of the drips
            if begun:
                drip(slow)

        assert REQUEST_S - 0.1 <= time.monotonic() - began < START_S


@pytest.mark.fault("a request that drips byte by byte, many connections without one")
def test_connection_lives_between_requests_and_closes_when_idle(
    server: Daphne,
) -> None:
    request = f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
    with open_connection(server) as kept:
        for pause_s in (REQUEST_S + 0.5, 0.0):
            kept.sendall(request)
            assert kept.recv(4096).startswith(b"HTTP/1.1 200 ")
            time.sleep(pause_s)  # longer than a request may take: it does not count as one
        kept.sendall(request[:10])  # and a request that begins late has its own time
        time.sleep(0.2 * REQUEST_S)  # a part of that time
        idle_since = time.monotonic()
        kept.sendall(request[10:])
        assert kept.recv(4096).startswith(b"HTTP/1.1 200 ")

        wait_for(lambda: is_reset(kept), "the server to close it")
        assert time.monotonic() - idle_since >= IDLE_S - 0.1


@pytest.mark.fault("a request that drips byte by byte, many connections without one")
def test_idle_connections_of_one_address_are_limited(site: Site) -> None:
    crowded = replace(site, settings=SETTINGS | {"SOCKETS_PER_ADDRESS": 5, "HTTP_REQUEST_S": 30.0})
    server = crowded.start_server()
    with ExitStack() as stack:
        held = [stack.enter_context(open_connection(server)) for _ in range(5)]
        for one in held:
            one.sendall(b"P")
        wait_for(lambda: not server.answers(), "the sixth to be refused")
        assert not any(is_reset(one) for one in held)

        held.pop().close()
        wait_for(server.answers, "room for a request")
    assert server.process.stop(within_s=START_S) == 0


def open_connection(server: Daphne) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=START_S)


def drip(sock: socket.socket) -> None:
    with suppress(ConnectionError):
        sock.send(b"x")


def download(server: Daphne, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=START_S)
    connection.request("GET", path)
    return connection.getresponse().read()


def is_reset(sock: socket.socket) -> bool:
    state = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return bool(state != 1)  # TCP_ESTABLISHED


# --- going down ----------------------------------------------------------------------------------


@pytest.mark.fault("SIGTERM to a server, and a rolling restart, with 500 clients")
async def test_sigterm_closes_sockets_spread_out_and_deletes_presence(site: Site) -> None:
    server = site.start_server()
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(watching(server, "running")) for _ in range(40)]
        for client in clients:
            await client.receive("history")
        wait_for(lambda: count_viewer_rows(site, server), "presence to be stored")

        began = time.monotonic()
        server.process.popen.terminate()
        left = await asyncio.gather(*(wait_for_close(client) for client in clients))

    assert {code for code, _ in left} == {4412}
    moments = sorted(moment - began for _, moment in left)
    assert moments[-1] - moments[0] > 0.25 * GOODBYE_S  # on a busy machine the first comes late
    assert server.process.popen.wait(START_S) == 0
    assert "Traceback" not in server.process.output()
    assert "The worker has stopped." in server.process.output()
    assert not count_viewer_rows(site, server)


async def wait_for_close(client: Client) -> tuple[int, float]:
    code = await client.closed()
    return code, time.monotonic()


def count_viewer_rows(site: Site, server: Daphne) -> int:
    """How many rows say that somebody watches `running`."""
    ((rows,),) = site.execute(
        "SELECT count(*) FROM motion_presence p JOIN motion_motion m ON m.id = p.motion_id"
        " WHERE m.slug = ?",
        "running",
    )
    return int(rows)
