"""/metrics: who may read it, and that what happens to a server stands in it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from brownian_site.middleware.probes import can_read_metrics, is_direct
from brownian_site.middleware.proxies import is_trusted
from motion.telemetry import metrics
from tests.support.client import watching
from tests.support.probing import ask, sample, scrape
from tests.support.servers import Daphne, Site, Valkey, free_port, wait_for
from tests.support.stage import make_motions

TOKEN = "a-token-of-some-length"
LOOPBACK = ("127.0.0.1", 50_000)


def make_scope(client: Any = LOOPBACK, **headers: str) -> dict[str, Any]:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "client": client, "headers": raw}


# --- who may read it -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("client", "headers", "may"),
    [
        (LOOPBACK, {}, True),
        (("::1", 50_000), {}, True),
        (LOOPBACK, {"x_forwarded_for": "203.0.113.5"}, False),
        (LOOPBACK, {"x_forwarded_proto": "https"}, False),
        (LOOPBACK, {"forwarded": "for=203.0.113.5"}, False),
        (LOOPBACK, {"x_real_ip": "127.0.0.1"}, False),
        (LOOPBACK, {"via": "1.1 proxy"}, False),
        (("203.0.113.5", 50_000), {}, False),
        (("10.0.0.7", 50_000), {}, False),
        (None, {}, False),
        (["", 0], {}, False),
    ],
)
def test_metrics_without_a_token_are_for_this_machine_only(
    settings: LazySettings, client: Any, headers: dict[str, str], may: bool
) -> None:
    settings.METRICS_TOKEN, settings.TRUSTED_PROXIES = "", []
    is_trusted.cache_clear()

    assert can_read_metrics(make_scope(client, **headers)) is may


def test_proxy_on_this_machine_is_not_this_machine(settings: LazySettings) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    is_trusted.cache_clear()

    assert not is_direct(make_scope())

    is_trusted.cache_clear()


@pytest.mark.parametrize(
    ("sent", "may"),
    [
        (f"Bearer {TOKEN}", True),
        (f"Bearer {TOKEN}x", False),
        (f"Basic {TOKEN}", False),
        (TOKEN, False),
        ("Bearer ", False),
        (None, False),
        ("Bearer ÿ", False),
    ],
)
def test_metrics_need_the_token_from_anywhere_when_one_is_set(
    settings: LazySettings, sent: str | None, may: bool
) -> None:
    settings.METRICS_TOKEN = TOKEN
    headers = {} if sent is None else {"authorization": sent}

    assert (
        can_read_metrics(make_scope(("203.0.113.5", 1), x_forwarded_for="8.8.8.8", **headers))
        is may
    )


@pytest.mark.server
def test_refusal_names_the_token_and_shows_no_metric(daphne: Daphne) -> None:
    reply = ask(daphne.port, "/metrics", X_Forwarded_For="203.0.113.5")

    assert reply.status == 403
    assert "METRICS_TOKEN" in reply.text
    assert "brownian_" not in reply.text
    assert reply.headers["cache-control"] == "no-store"


# --- what stands in it -----------------------------------------------------------------------


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Site]:
    """An installation on which no other worker makes steps."""
    site = Site(tmp_path).setup()
    yield site
    site.stop()


@pytest.mark.server
@pytest.mark.parametrize("start", [Site.start_daphne, Site.start_server])
async def test_metrics_count_sockets_and_their_frames(
    alone: Site, start: Callable[[Site], Daphne]
) -> None:
    make_motions(alone, counted={"interval": 0.05})
    daphne = start(alone)
    before = scrape(daphne.port)

    def grown(name: str, **labels: str) -> float:
        return sample(scrape(daphne.port), name, **labels) - sample(before, name, **labels)

    async with watching(daphne, "counted") as one, watching(daphne, "counted") as two:
        stood = (await one.pong())[-1]["step"]
        await two.reach(stood + 20)
        await one.send("nonsense")
        await one.receive("error")
        one.path.asked_after = 0
        await one.send("sync", epoch=one.path.epoch, step=0)
        await one.pong()
        assert grown("brownian_sockets") == 2
        assert grown("brownian_commands_refused_total", code="unknown_type") == 1
        assert grown("brownian_syncs_total") == 1
    async with watching(daphne, "no-such-motion") as lost:
        assert await lost.closed() == 4404

    wait_for(lambda: grown("brownian_sockets") == 0, "all sockets to be gone")
    assert grown("brownian_deliveries_total") >= 10
    assert grown("brownian_ticks_total") >= 10
    assert grown("brownian_steps_total") >= 10
    assert grown("brownian_tick_lateness_seconds_count") >= 10
    assert grown("brownian_delivery_seconds_count") >= 5
    assert 0 < grown("brownian_delivery_seconds_sum") < 1_000  # seconds late, and no moments
    for code, count in (("1000", 2), ("4404", 1)):
        wait_for(
            lambda code=code, count=count: (
                grown("brownian_socket_closes_total", code=code) == count
            ),
            f"{count} closes with {code}",
        )
    assert grown("brownian_query_seconds_count", operation="select") > 0


@pytest.mark.server
def test_worker_serves_metrics_with_the_token_only(site: Site, valkey: Valkey) -> None:
    port = free_port()
    other = Site(site.folder, redis_url=valkey.url, database_url=site.database_url)
    other.env = {"METRICS_TOKEN": TOKEN}
    worker = other.start_worker("--metrics-port", str(port))
    try:
        sent = {"Authorization": f"Bearer {TOKEN}"}
        wait_for(lambda: sample(scrape(port, **sent), "brownian_ticks_total") > 0, "a tick")
        refused = ask(port, "/metrics", Authorization=f"Bearer {TOKEN}x")
        assert (refused.status, ask(port, "/metrics").status) == (403, 403)
        assert "METRICS_TOKEN" in refused.text
        assert worker.stop() == 0
        assert "GET /metrics" not in worker.output()
    finally:
        worker.kill()


def test_connection_that_asks_for_no_metrics_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    assert metrics.SilentHandler.timeout == 10, "Python's own has no end"
    monkeypatch.setattr(metrics.SilentHandler, "timeout", 0.1)
    port = free_port()
    metrics.serve("127.0.0.1", port, token="")

    with socket.create_connection(("127.0.0.1", port), timeout=60) as idle:
        assert idle.recv(1) == b""


@pytest.mark.server
def test_worker_refuses_to_show_its_metrics_to_everybody(site: Site, valkey: Valkey) -> None:
    other = Site(site.folder, redis_url=valkey.url, database_url=site.database_url)

    done = other.manage("run_worker", "--metrics-port", "9101", "--metrics-bind", "0.0.0.0")

    assert done.returncode != 0
    assert done.stderr.startswith("CommandError: METRICS_TOKEN is not set, so --metrics-bind")
    assert done.stderr.count("\n") == 1


@pytest.mark.server
def test_port_that_is_taken_stops_a_worker_in_one_sentence(
    daphne: Daphne, site: Site, valkey: Valkey
) -> None:
    other = Site(site.folder, redis_url=valkey.url, database_url=site.database_url)

    done = other.manage("run_worker", "--metrics-port", str(daphne.port))

    assert done.returncode != 0
    assert done.stderr.startswith(f"CommandError: Port {daphne.port} is taken")
    assert done.stderr.count("\n") == 1
