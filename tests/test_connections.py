"""Connections to PostgreSQL: few for many requests, and new ones when it was away."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.servers import Daphne, Postgres, Site, wait_for

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL that takes ten connections."""
    server = Postgres(tmp_path_factory.mktemp("small"), settings={"max_connections": "10"})
    yield server.start()
    server.stop()


@pytest.fixture(scope="module")
def server(small: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daphne]:
    folder: Path = tmp_path_factory.mktemp("site")
    site = Site(folder, database_url=small.new_database(), env={"DATABASE_CONNECTIONS": "4"})
    yield site.setup().start_server()
    site.stop()


def status(server: Daphne) -> int:
    try:
        with urllib.request.urlopen(f"{server.url}/motions/", timeout=60) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_many_pages_at_once_share_few_connections(server: Daphne) -> None:
    with ThreadPoolExecutor(40) as browsers:
        answers = list(browsers.map(lambda _: status(server), range(40)))

    assert answers == [200] * 40


def test_pages_are_back_soon_after_the_database_was_away(server: Daphne, small: Postgres) -> None:
    small.kill()
    assert status(server) == 500

    small.start()

    wait_for(lambda: status(server) == 200, "a page", within_s=10)
