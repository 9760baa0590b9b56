"""Connections to the database: few for many requests, none left open, new ones after a fault."""

from __future__ import annotations

import resource
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.servers import Daphne, Postgres, Site, wait_for
from tests.support.stage import sign_in
from tests.support.traffic import CLIENTS, Held, send_requests

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


def get_status(server: Daphne) -> int:
    try:
        with urllib.request.urlopen(f"{server.url}/motions/", timeout=60) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_many_pages_at_once_share_few_connections(server: Daphne) -> None:
    with ThreadPoolExecutor(40) as browsers:
        answers = list(browsers.map(lambda _: get_status(server), range(40)))

    assert answers == [200] * 40


def test_pages_are_back_soon_after_the_database_was_away(server: Daphne, small: Postgres) -> None:
    small.kill()
    assert get_status(server) == 503

    small.start()

    wait_for(lambda: get_status(server) == 200, "a page")


def test_open_files_stay_flat_over_all_requests_on_sqlite(tmp_path: Path) -> None:
    """Of 256 files, as many as a Mac lets a process have, one a request would not last long."""
    site = Site(tmp_path).setup()
    server = site.start_server()
    try:
        pid = server.process.popen.pid
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (256, 256))
        cookie = sign_in(server, "admin", site.admin_password)
        answers = Counter(send_requests(server, cookie, 200))
        before = Held.by(pid)

        for _ in range(2):
            answers += Counter(send_requests(server, cookie, 200))

            assert Held.by(pid).files <= before.files + CLIENTS
    finally:
        site.stop()
    assert answers.keys() <= {0, 1, 200, 302, 400, 404, 429, 503}
