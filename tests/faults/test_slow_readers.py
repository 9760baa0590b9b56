"""Readers that fall behind, or do not read at all, cost themselves their socket and nobody else."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.faults.cluster import absorb
from tests.support.client import Client, watching
from tests.support.raw_socket import RawSocket
from tests.support.servers import (
    BIN,
    START_S,
    Daphne,
    Process,
    Site,
    free_port,
    wait_for,
    wait_until,
)
from tests.support.stage import make_motions

pytestmark = pytest.mark.server

BEHIND_S = 1.0
PING_S = 0.2


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    # A burst that no test uses up, so that what ends a socket is how it reads.
    settings = {"MOTION_SWEEP_S": 0.5, "MOTION_BEHIND_S": BEHIND_S, "MOTION_MESSAGE_BURST": 10_000}
    site = Site(tmp_path_factory.mktemp("site"), settings=settings).setup()
    make_motions(
        site,
        running={"interval": 0.05},
        restarted={"interval": 0.05, "step": 500},
        long={"interval": 0.05, "step": 500_000},
        still={"paused": True, "step": 50},
    )
    yield site
    site.stop()


@pytest.fixture(scope="module")
def daphne(site: Site) -> Daphne:
    """A server that asks every second whether a silent client is still there."""
    port = free_port()
    process = Process(
        [
            *(str(BIN / "daphne"), "-v", "0", "-b", "127.0.0.1", "-p", str(port)),
            *("--ping-interval", "1", "--ping-timeout", "2", "brownian_site.asgi:application"),
        ],
        site.environment(port),
        site.folder / "daphne.log",
    )
    site.processes.append(process)
    server = Daphne(port, process)
    wait_for(server.answers, "daphne to answer")
    return server


async def talk(
    client: Client,
    step: Callable[[], int | None],
    for_s: float,
    has_begun: Callable[[], bool] = lambda: True,
) -> None:
    """Ping and read on, reporting what `step` says, until so long after it has begun."""
    end = None
    while end is None or time.monotonic() < end:
        if end is None and has_begun():
            end = time.monotonic() + for_s
        # The pace of a page; after a pause of the machine, what has come is read before it reports.
        await absorb([client], PING_S)
        await absorb([client], PING_S / 10)
        reported = step()
        await client.send("ping", n=0, **({} if reported is None else {"step": reported}))
        await client.receive("pong")


async def test_client_is_closed_when_its_pings_report_no_step(daphne: Daphne) -> None:
    async with watching(daphne, "running") as client:
        began = time.monotonic()

        talking = asyncio.create_task(keep_pinging(client))
        assert await client.closed() == 4408
        talking.cancel()

        assert time.monotonic() - began >= BEHIND_S


async def test_client_is_closed_when_it_reports_an_old_step(daphne: Daphne) -> None:
    began = time.monotonic()
    async with watching(daphne, "running") as client:
        await client.receive("history")
        step = client.path.step or 0

        talking = asyncio.create_task(keep_pinging(client, step=step))
        assert await client.closed() == 4408
        talking.cancel()

        assert (client.path.step or 0) > step
        assert time.monotonic() - began >= 0.8 * BEHIND_S  # no sooner than that step was that old


async def keep_pinging(client: Client, **fields: int) -> None:
    while True:
        await client.send("ping", n=0, **fields)
        await asyncio.sleep(PING_S)  # the pace of a page


async def test_client_stays_when_it_reports_or_is_silent_or_waits(daphne: Daphne) -> None:
    async with (
        watching(daphne, "running") as reporting,
        watching(daphne, "running") as silent,
        watching(daphne, "still") as waiting,
        watching(daphne, "restarted") as restarting,
    ):
        for client in (reporting, silent, waiting, restarting):
            await client.receive("history")

        def is_restarted() -> bool:
            return (restarting.path.step or 0) < 500

        await asyncio.gather(
            talk(reporting, lambda: reporting.path.step, 3 * BEHIND_S),
            talk(waiting, lambda: None, 3 * BEHIND_S),
            talk(restarting, lambda: restarting.path.step, BEHIND_S, has_begun=is_restarted),
            restart_at(restarting, 500 + int(BEHIND_S / 0.05)),
        )

        for client in (reporting, waiting, restarting):
            await client.pong()
        await silent.pong()
        assert is_restarted()


async def restart_at(client: Client, step: int) -> None:
    """Restart the motion when the client, which reads elsewhere, has come to `step`."""
    await wait_until(lambda: (client.path.step or 0) >= step, f"step {step}")
    await client.send("restart")


@pytest.mark.fault("a reader that stops reading, silent or still talking")
async def test_readers_that_stop_reading_but_talk_on_are_closed(daphne: Daphne) -> None:
    everything = json.dumps({"type": "sync", "epoch": 0, "step": 0}).encode()
    async with watching(daphne, "long") as other:
        await other.receive("history")
        before = daphne.process.resident_mb
        with ExitStack() as stack:
            deaf = [
                stack.enter_context(RawSocket(daphne, "long", receive_buffer=4096))
                for _ in range(6)
            ]
            async with asyncio.timeout(START_S):
                while not all(raw.is_gone for raw in deaf):
                    for raw in deaf:
                        send_unless_gone(raw, everything)
                    await asyncio.sleep(0.12)  # the pace that the server allows
        assert daphne.process.resident_mb - before < 30
        await other.reach((other.path.step or 0) + 20)


def send_unless_gone(raw: RawSocket, payload: bytes) -> None:
    raw.socket.settimeout(1)
    try:
        raw.send_frame(payload)
    except (ConnectionError, TimeoutError):
        return


@pytest.mark.fault("a reader that stops reading, silent or still talking")
async def test_silent_reader_that_stops_reading_is_closed(daphne: Daphne) -> None:
    with RawSocket(daphne, "running", receive_buffer=4096) as raw:
        wait_for(lambda: raw.is_gone, "the server to give the socket up")
