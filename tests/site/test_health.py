"""Answers to probes while everything runs, and while a part is away."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.conf import LazySettings

from motion.health import readiness
from motion.health.readiness import CACHE_S, Readiness, ReadinessCache
from tests.support.probing import ask, sample, scrape
from tests.support.servers import (
    Daphne,
    Postgres,
    Process,
    Site,
    Valkey,
    database_of_its_own,
    wait_for,
)
from tests.support.stage import shell

READY = {"ready": True, "database": "ok", "layer": "ok", "worker": "ok"}
TURN_LIMIT_S = 1.0


@dataclass
class Cluster:
    postgres: Postgres
    valkey: Valkey
    site: Site
    server: Daphne
    worker: Process

    def ready(self) -> tuple[int, dict[str, Any]]:
        """The answer, with the age of the last turn left out."""
        reply = ask(self.server.port, "/readyz")
        return reply.status, {k: v for k, v in reply.json.items() if k != "last_turn_s"}

    def becomes(self, **parts: Any) -> None:
        """Wait for an answer, which the metrics agree with."""
        expected = (200 if parts == READY else 503, parts)
        healthy = {part: float(parts[part] == "ok") for part in ("database", "layer", "worker")}
        wait_for(
            lambda: self.ready() == expected and self.read_healthy_parts() == healthy,
            f"{expected} and not {self.ready()}",
        )

    def read_healthy_parts(self) -> dict[str, float]:
        found = scrape(self.server.port)
        parts = ("database", "layer", "worker")
        return {part: sample(found, "brownian_ready", part=part) for part in parts}

    def is_stalled(self) -> bool:
        """It is so only until its worker is given up."""
        answer = ask(self.server.port, "/readyz").json
        if answer["worker"] != "stalled":
            return False
        assert answer["last_turn_s"] >= TURN_LIMIT_S
        assert not answer["ready"]
        return self.read_healthy_parts()["worker"] == 0.0


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A server and a worker, on a PostgreSQL and a Valkey that may be stopped."""
    folder = tmp_path_factory.mktemp("health")
    postgres, valkey = Postgres(folder).start(), Valkey(folder).start()
    site = Site(
        folder,
        redis_url=valkey.url,
        database_url=postgres.new_database(),
        settings={
            "MOTION_PROCESS_RENEW_S": 0.2,
            "MOTION_PROCESS_LASTS_S": 4.0,
            "MOTION_TURN_LIMIT_S": TURN_LIMIT_S,
            "SECURE_SSL_REDIRECT": True,
            "ALLOWED_HOSTS": ["motion.example"],
        },
    ).setup()
    server, worker = site.start_daphne(), site.start_worker()
    yield Cluster(postgres, valkey, site, server, worker)
    site.stop()
    valkey.stop()
    postgres.stop()


@pytest.mark.server
def test_probes_are_answered_by_address_without_tls_and_never_kept(cluster: Cluster) -> None:
    cluster.becomes(**READY)

    for path in ("/healthz", "/readyz"):
        reply = ask(cluster.server.port, path)
        assert reply.status == 200
        assert reply.headers["cache-control"] == "no-store"
        assert "set-cookie" not in reply.headers
    assert ask(cluster.server.port, "/motions/").status == 400  # its pages want their name


@pytest.mark.server
def test_probe_asks_by_get_or_head(cluster: Cluster) -> None:
    head = ask(cluster.server.port, "/healthz", method="HEAD")
    post = ask(cluster.server.port, "/healthz", method="POST")

    assert (head.status, head.text, head.headers["content-length"]) == (200, "", "3")
    assert (post.status, post.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.server
def test_ready_while_every_motion_is_paused(cluster: Cluster) -> None:
    shell(cluster.site, "Motion.objects.update(paused=True)")
    newest_turn = "SELECT max(turned_at) FROM motion_process"
    ((paused_at,),) = cluster.site.execute("SELECT extract(epoch FROM now())")

    def has_turned_later() -> bool:
        return cluster.site.execute(newest_turn)[0][0] > float(paused_at) + 0.1

    wait_for(has_turned_later, "a turn without any motion to move")
    cluster.becomes(**READY)


@pytest.mark.server
def test_not_ready_while_the_layer_hangs_or_is_gone(cluster: Cluster) -> None:
    silent = READY | {"ready": False, "layer": "not responding"}
    cluster.becomes(**READY)
    assert cluster.valkey.process is not None

    before = sample(scrape(cluster.server.port), "brownian_layer_errors_total", call="echo")
    with stopped(cluster.valkey.process):
        cluster.becomes(**silent)
        assert ask(cluster.server.port, "/healthz").status == 200
        found = scrape(cluster.server.port)
        assert sample(found, "brownian_layer_errors_total", call="echo") > before
    cluster.becomes(**READY)

    cluster.valkey.stop()
    cluster.becomes(**silent)
    cluster.valkey.start()
    cluster.becomes(**READY)


@pytest.mark.server
def test_not_ready_while_the_database_is_gone(cluster: Cluster) -> None:
    cluster.becomes(**READY)
    processes = [cluster.server.process, cluster.worker]
    before = [len(process.output()) for process in processes]

    cluster.postgres.stop()
    gone = {"database": "not responding", "worker": "unknown"}
    cluster.becomes(**READY | {"ready": False} | gone)
    assert "postgres" not in ask(cluster.server.port, "/readyz").text
    assert ask(cluster.server.port, "/healthz").status == 200

    cluster.postgres.start()
    cluster.becomes(**READY)

    for process, length in zip(processes, before, strict=True):
        away, back = read_outage(process, length)
        assert " WARNING motion.telemetry.logs: The database is failing: " in away
        assert " INFO motion.telemetry.logs: The database works again, after " in back


def read_outage(process: Process, start: int) -> list[str]:
    """What it has logged about the database from `start` to the end of the outage.

    Lines about another part may come between: the channel layer works again after a second
    without an error, so its line is later than the test that stopped it.
    """

    def read_lines() -> list[str]:
        return [line for line in process.output()[start:].splitlines() if "The database" in line]

    wait_for(lambda: any("works again" in line for line in read_lines()), "the end of the outage")
    return read_lines()


@pytest.mark.server
def test_database_that_hangs_holds_up_no_probe(cluster: Cluster) -> None:
    cluster.becomes(**READY)
    assert cluster.postgres.process is not None

    with stopped(cluster.postgres.process):
        end = time.monotonic() + 10
        while time.monotonic() < end:  # until all threads for the database wait for it
            status, parts = cluster.ready()
        assert (status, parts["database"], parts["layer"]) == (503, "not responding", "ok")
        assert ask(cluster.server.port, "/healthz").status == 200
        assert ask(cluster.server.port, "/metrics").status == 200

    cluster.becomes(**READY)


@contextmanager
def stopped(process: Process) -> Iterator[None]:
    """Hold a program and its children up."""
    children = Path(f"/proc/{process.popen.pid}/task/{process.popen.pid}/children")
    ids = [process.popen.pid, *map(int, children.read_text().split())]
    for pid in ids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in ids:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.server
def test_not_ready_while_the_worker_stands_still_or_none_runs(cluster: Cluster) -> None:
    cluster.becomes(**READY)

    cluster.worker.kill()
    wait_for(cluster.is_stalled, "a worker that stands still")
    cluster.becomes(**READY | {"ready": False, "worker": "none running"})
    cluster.worker = cluster.site.start_worker()
    cluster.becomes(**READY)

    cluster.worker.stop()  # in peace: it says that it goes
    cluster.becomes(**READY | {"ready": False, "worker": "none running"})


@pytest.mark.server
def test_embedded_worker_makes_one_process_ready(daphne: Daphne) -> None:
    wait_for(lambda: ask(daphne.port, "/readyz").status == 200, "the server to be ready")

    assert ask(daphne.port, "/readyz").json.keys() == {*READY, "last_turn_s"}


@pytest.mark.server
def test_not_ready_before_all_migrations_were_applied(tmp_path: Path) -> None:
    site = Site(tmp_path, database_url=database_of_its_own()).setup()
    assert site.manage("migrate", "mfa", "zero").returncode == 0  # steps can be made without it
    server = site.start_server()
    try:
        wait_for(lambda: site.frontier()[1] > 3, "steps")
        wait_for(lambda: "missing" in ask(server.port, "/readyz").json["database"], "a word of it")
        assert ask(server.port, "/readyz").status == 503

        assert site.manage("migrate").returncode == 0

        wait_for(lambda: ask(server.port, "/readyz").status == 200, "the server to be ready")
    finally:
        site.stop()


async def test_simultaneous_probes_cause_one_check(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0

    async def check() -> Readiness:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0)  # the other probes come meanwhile
        return Readiness(database="ok", layer="ok", worker="ok", last_turn_s=0.0)

    monkeypatch.setattr(readiness, "check_readiness", check)
    clock = Mock()
    clock.monotonic.return_value = 100.0
    monkeypatch.setattr(readiness, "time", clock)
    cache = ReadinessCache()

    found = await asyncio.gather(*(cache.get_readiness() for _ in range(50)))
    assert (looks, {answer.is_ready for answer in found}) == (1, {True})

    clock.monotonic.return_value += CACHE_S
    await cache.get_readiness()
    assert looks == 1

    clock.monotonic.return_value += 0.1
    await cache.get_readiness()
    assert looks == 2


def test_answer_is_json_without_surprises() -> None:
    away = Readiness(database="ok", layer="ok", worker="none running", last_turn_s=None)

    assert not away.is_ready
    assert json.loads(json.dumps(vars(away)))["last_turn_s"] is None
