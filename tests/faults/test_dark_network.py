"""A network that loses every packet between a site and its PostgreSQL, and says nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.faults.cluster import INTERVAL_S, SLUG, count_waiting_updates
from tests.support.client import watching
from tests.support.probing import ask
from tests.support.proxy import Proxy
from tests.support.servers import START_S, Daphne, Postgres, Site, wait_for
from tests.support.stage import make_motions

pytestmark = pytest.mark.server


def sees_no_database(server: Daphne) -> bool:
    return bool(ask(server.port, "/readyz").json["database"] == "not responding")


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    server = Postgres(tmp_path).start()
    yield server
    server.stop()


@pytest.fixture
def site(tmp_path: Path, postgres: Postgres) -> Iterator[Site]:
    site = Site(tmp_path, database_url=postgres.new_database()).setup()
    make_motions(site, **{SLUG: {"interval": INTERVAL_S}})
    yield site
    site.stop()


@pytest.mark.fault("a network that loses every packet between a site and PostgreSQL")
async def test_stream_recovers_in_seconds_when_the_network_goes_dark(
    postgres: Postgres, site: Site
) -> None:
    with Proxy(postgres.port).running() as proxy:
        direct = f":{postgres.port}/"
        site.env["DATABASE_URL"] = site.database_url.replace(direct, f":{proxy.port}/")
        server = site.start_server()
        async with watching(server, SLUG) as client:
            await client.receive("history")
            await client.reach(site.frontier(SLUG)[1] + 3)

            with psycopg.connect(site.database_url) as blocker:
                # A tick has locked its rows, and waits: it will never hear that it may go on.
                blocker.execute("LOCK TABLE motion_motion IN SHARE MODE")
                wait_for(lambda: count_waiting_updates(site), "a tick to wait")
                proxy.go_dark()
            stood = site.frontier(SLUG)[1]
            await asyncio.to_thread(wait_for, lambda: sees_no_database(server), "the fault")
            proxy.heal()

            await client.reach(stood + 20, within_s=START_S)
            client.path.assert_whole()
            client.path.assert_agrees(site.timeline(SLUG))
        site.stop()
