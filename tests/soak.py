"""make soak: requests and sockets that come and go, then ten minutes of faults at random.

First, 5,000 requests of every kind and six times 1,000 sockets on one server: after each round it
must hold the memory, files and threads of the first. Then faults under watching clients: at the
end every client's path must equal the server's, and the server that no fault ended must hold the
memory and the open files that it held when it began.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import resource
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from deploy.cluster import Cluster
from tests.faults.pupil import Pupil
from tests.support.client import watching
from tests.support.probing import sample, scrape
from tests.support.raw_socket import RawSocket
from tests.support.servers import SECRET_KEY, Daphne, Site, free_port, wait_for
from tests.support.stage import sign_in
from tests.support.traffic import CLIENTS, Held, send_requests

PUPILS = 40
STEADY = "server-1"
"""No fault ends this one, so that what it holds can be compared."""

MEMORY_MB = 25.0
FILES = 15

REQUESTS, REQUEST_ROUNDS = 1_000, 5
SOCKETS, SOCKET_ROUNDS = 1_000, 6
REQUESTS_MB = 8.0
"""Of the 4,000 after the first round: a kept answer of 10 KB each would be 40."""

SOCKETS_MB = 4.0
"""Of the 5,000 after the first round: one in forty kept, at 33 KB, would be more."""


@dataclass
class Soak:
    """A cluster, the clients of its default motion, and what is done to them."""

    cluster: Cluster
    pupils: list[Pupil]
    chance: random.Random
    lesson: asyncio.Future[Any] | None = None

    @property
    def front(self) -> Daphne:
        return self.pupils[0].front

    @property
    def site(self) -> Site:
        """What the database says, read without the program."""
        url = f"postgresql:///postgres?host={self.cluster.database}&user=postgres"
        return Site(self.cluster.folder, database_url=url)

    # --- faults: each leaves the parts running, or about to ---

    def kill_a_worker(self) -> None:
        self._signal(self.chance.choice(["worker-1", "worker-2"]), signal.SIGKILL)

    def end_a_worker(self) -> None:
        self._signal(self.chance.choice(["worker-1", "worker-2"]), signal.SIGTERM)

    def kill_a_server(self) -> None:
        self._signal("server-2", signal.SIGKILL)

    def end_a_server(self) -> None:
        self._signal("server-2", signal.SIGTERM)

    def stop_a_worker_for_a_while(self) -> None:
        self._halt(self.chance.choice(["worker-1", "worker-2"]))

    def stop_the_layer_for_a_while(self) -> None:
        self._halt("valkey")

    def restart_the_layer(self) -> None:
        self.cluster.restart("valkey")

    def restart_the_database(self) -> None:
        self.cluster.restart("postgresql")

    def end_nginx(self) -> None:
        self.cluster.restart("nginx")

    def edit_by_sql(self) -> None:
        variance = self.chance.choice([0.5, 1.0, 2.0])
        self.site.execute("UPDATE motion_motion SET variance = ?", variance)

    def hang_up_without_a_word(self) -> None:
        with contextlib.suppress(OSError, AssertionError):
            raw = RawSocket(self.front, "brownian", receive_buffer=4096)
            raw.socket.sendall(self.chance.randbytes(50))
            raw.socket.close()

    def _signal(self, name: str, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid(name), number)

    def _halt(self, name: str) -> None:
        pid = self.pid(name)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            time.sleep(self.chance.uniform(0.5, 4.0))  # until the next fault
            os.kill(pid, signal.SIGCONT)

    def pid(self, name: str) -> int:
        popen = self.cluster.processes[name].popen
        assert popen is not None
        return popen.pid

    # --- what people do meanwhile ---

    async def command(self) -> None:
        """Change something through a socket, as a page does; nobody may be there to take it."""
        kind, fields = self.chance.choice(
            [
                ("change", {"variance": self.chance.uniform(0.1, 9.0)}),
                ("change", {"drift": self.chance.uniform(-1.0, 1.0)}),
                ("change", {"interval": self.chance.choice([0.05, 0.1, 0.2])}),
                ("change", {"paused": True}),
                ("change", {"paused": False}),
                ("restart", {}),
            ]
        )
        with contextlib.suppress(Exception):
            async with watching(self.front) as client:
                await client.send(kind, **fields)
                await client.pong()

    async def rage(self, seconds: float) -> Counter[str]:
        """Faults and commands in turn, with pauses of chance's length."""
        faults: list[Callable[[], None]] = [
            getattr(self, name) for name, what in vars(Soak).items() if is_fault(name, what)
        ]
        done: Counter[str] = Counter()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            fault = self.chance.choice(faults)
            print(f"{end - time.monotonic():5.0f} s to go: {fault.__name__}", flush=True)
            done[fault.__name__] += 1
            await asyncio.to_thread(fault)
            for _ in range(self.chance.randrange(4)):
                await self.command()
            await asyncio.sleep(self.chance.uniform(0.5, 6.0))  # until the next command
        return done

    async def heal(self) -> None:
        """A running motion, and everybody at its frontier."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(Exception):
                async with watching(self.front) as client:
                    await client.receive("state")
                    await client.send("change", paused=False, interval=0.1)
                    await client.until(lambda path: not path.state["paused"], "it to run")
                    break
            await asyncio.sleep(1)
        epoch, step = self.site.frontier()
        while not all(
            p.path.state and p.path.epoch == epoch and (p.path.step or 0) > step
            for p in self.pupils
        ):
            assert time.monotonic() < deadline, f"left behind {epoch}, {step}: {self.standing()}"
            if self.lesson is not None and self.lesson.done():
                await self.lesson  # raises what a pupil did not expect
            await asyncio.sleep(0.2)

    def standing(self) -> dict[tuple[int, int | None, float], int]:
        """How many pupils stand where, with what their last socket ended."""
        return Counter(
            (p.path.state.get("epoch"), p.path.step, (p.codes or [0])[-1]) for p in self.pupils
        )


def is_fault(name: str, what: object) -> bool:
    words = ("kill_", "end_", "stop_", "restart_", "edit_", "hang_")
    return name.startswith(words) and callable(what)


async def run_soak(cluster: Cluster, *, seconds: float, chance: random.Random) -> None:
    front = Daphne(cluster.port, None)  # type: ignore[arg-type]
    work = Soak(cluster, [Pupil(front) for _ in range(PUPILS)], chance)
    stopping = asyncio.Event()
    work.lesson = asyncio.gather(*(pupil.watch(stopping) for pupil in work.pupils))
    await work.heal()
    await work.rage(20)  # what is loaded once is loaded
    await work.heal()
    before = Held.by(work.pid(STEADY))
    done = await work.rage(seconds)
    await work.heal()
    stopping.set()
    await work.lesson
    after = Held.by(work.pid(STEADY))
    timeline = work.site.timeline()
    for pupil in work.pupils:
        pupil.path.assert_whole()
        pupil.path.assert_agrees(timeline)
    print(f"Faults: {dict(done)}")
    print(f"Sockets ended: {dict(Counter(c for pupil in work.pupils for c in pupil.codes))}")
    print(f"{STEADY}: {before} → {after}")
    assert after.memory_mb - before.memory_mb < MEMORY_MB, "memory was kept"
    assert after.files - before.files < FILES, "files were kept open"
    print(f"{PUPILS} clients hold the server's path: {work.site.frontier()[1]:,} steps.")


# --- what comes and goes ------------------------------------------------------------------------


async def come_and_go(server: Daphne) -> None:
    """Open `SOCKETS` sockets, take their first frames, and leave: half of them without a word."""
    gate, opened = asyncio.Semaphore(50), []

    async def come() -> None:
        async with gate:
            connection = await connect(
                server.socket_url(), origin=server.url, compression=None, proxy=None
            )
            for _ in ("state", "history", "increments"):
                await connection.recv()
            opened.append(connection)

    async def go(number: int, connection: ClientConnection) -> None:
        async with gate:
            if number % 2:
                connection.transport.abort()
            else:
                await connection.close()

    await asyncio.gather(*(come() for _ in range(SOCKETS)))
    await asyncio.gather(*(go(*each) for each in enumerate(opened)))


def has_no_sockets(server: Daphne) -> bool:
    return sample(scrape(server.port), "brownian_sockets") == 0


def assert_flat(rounds: list[Held], *, memory_mb: float) -> None:
    """What is loaded once is loaded in the first round; none after it adds anything."""
    first, *later = rounds
    for held in later:
        assert held.files <= first.files + CLIENTS, "files were kept open"
        assert held.threads <= first.threads + CLIENTS, "threads were kept"
        assert held.memory_mb <= first.memory_mb + memory_mb, "memory was kept"


def come_and_go_again_and_again(site: Site) -> None:
    server = site.start_server()
    pid, cookie = server.process.popen.pid, sign_in(server, "admin", site.admin_password)
    requests, sockets = [], []
    for _ in range(REQUEST_ROUNDS):
        send_requests(server, cookie, REQUESTS)
        requests.append(Held.by(pid))
        print(f"{REQUESTS:,} requests: {requests[-1]}", flush=True)
    for _ in range(SOCKET_ROUNDS):
        asyncio.run(come_and_go(server))
        wait_for(lambda: has_no_sockets(server), "all sockets to be gone")
        sockets.append(Held.by(pid))
        print(f"{SOCKETS:,} sockets: {sockets[-1]}", flush=True)
    assert_flat(requests, memory_mb=REQUESTS_MB)
    assert_flat(sockets, memory_mb=SOCKETS_MB)


# --- both ---------------------------------------------------------------------------------------


def show_that_all_is_flat() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        site = Site(Path(folder)).setup()
        try:
            come_and_go_again_and_again(site)
        finally:
            site.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of chance")
    parser.add_argument("--flat", action="store_true", help="only requests and sockets, no faults")
    options = parser.parse_args()
    show_that_all_is_flat()
    if not options.flat:
        rage_on_a_cluster(60 * options.minutes, options.seed)


def rage_on_a_cluster(seconds: float, seed: int) -> None:
    print(f"Chance has the seed {seed}.")
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    folder.chmod(0o755)  # PostgreSQL's user has to get in
    env = {"DJANGO_SECRET_KEY": SECRET_KEY}
    cluster = Cluster(folder=folder / "site", port=free_port(), env=env)
    ended = threading.Event()
    keeper = threading.Thread(target=cluster.supervise, args=[ended])
    try:
        cluster.start()
        keeper.start()
        asyncio.run(run_soak(cluster, seconds=seconds, chance=random.Random(seed)))
    finally:
        ended.set()
        if keeper.is_alive():
            keeper.join()
        cluster.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
