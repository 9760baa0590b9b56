"""A server on a socket file: the proxy in front of it speaks for its clients."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.asyncio.client import unix_connect
from websockets.exceptions import ConnectionClosedError

from brownian_site.server.socket_file import remove_stale_socket
from tests.support.servers import START_S, Process, Site, wait_for

pytestmark = pytest.mark.server

NAME = "motion.example"


class Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__(NAME, timeout=START_S)
        self.path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(START_S)
        self.sock.connect(self.path)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site behind a proxy that ends TLS; TRUSTED_PROXIES names none."""
    env = {"DJANGO_HTTPS": "on", "DJANGO_ALLOWED_HOSTS": NAME, "EMBEDDED_WORKER": "off"}
    env["SOCKETS_PER_ADDRESS"] = "1"
    settings = {"MOTION_GOODBYE_S": 0.1}
    site = Site(tmp_path_factory.mktemp("unix"), env=env, settings=settings).setup()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run") / "brownian:8000.sock"


@pytest.fixture(scope="module")
def server(site: Site, path: Path) -> Process:
    return start(site, path)


def start(site: Site, path: Path) -> Process:
    command = [sys.executable, "manage.py", "serve", "--unix-socket", str(path)]
    process = Process(command, site.environment(), site.folder / f"{len(site.processes)}.log")
    site.processes.append(process)
    wait_for(lambda: answers(path), "the server to answer")
    return process


def answers(path: Path) -> bool:
    try:
        return get(path, "/healthz").status == 200
    except OSError:
        return False


def get(path: Path, address: str, **headers: str) -> http.client.HTTPResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection = Connection(path)
    connection.request("GET", address, headers=named)
    return connection.getresponse()


def open_socket(path: Path, client: str) -> unix_connect:
    return unix_connect(
        str(path),
        f"ws://{NAME}/ws/motions/brownian/",
        origin=f"https://{NAME}",  # type: ignore[arg-type]
        additional_headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": client},
    )


def test_page_is_answered_over_https_as_its_proxy_says(server: Process, path: Path) -> None:
    def get_status(**headers: str) -> int:
        with suppress(OSError):  # the connection before this one may count until it is gone
            return get(path, "/join/", **headers).status
        return 0

    for headers, status in (
        ({"X_Forwarded_Proto": "https"}, 200),
        ({"X_Forwarded_Proto": "http"}, 301),
        ({}, 301),
    ):
        found = wait_for(lambda headers=headers: get_status(**headers), "an answer")
        assert found == status


async def test_sockets_are_counted_by_the_client_that_the_proxy_names(
    server: Process, path: Path
) -> None:
    async with (
        open_socket(path, "203.0.113.7:5000") as one,
        open_socket(path, "203.0.113.8") as other,
    ):
        assert await one.recv()
        assert await other.recv()

        async with open_socket(path, "203.0.113.7:5001") as again:
            with pytest.raises(ConnectionClosedError):
                await again.recv()

    assert again.close_code == 4429


def test_second_server_on_a_socket_file_is_refused(server: Process, path: Path) -> None:
    with pytest.raises(SystemExit, match=f"^Another server listens on {path}: stop it first.$"):
        remove_stale_socket(path)

    # Not at once: the limit of one connection per address holds for the one that has looked, too.
    wait_for(lambda: answers(path), "the first server to answer")


def test_file_that_is_no_socket_is_kept(tmp_path: Path) -> None:
    mistyped = tmp_path / "db.sqlite3"
    mistyped.write_text("precious")

    with pytest.raises(SystemExit, match="is not a socket file"):
        remove_stale_socket(mistyped)

    assert mistyped.read_text() == "precious"


def test_server_starts_when_a_killed_server_left_its_socket_file(
    site: Site, tmp_path: Path
) -> None:
    path = tmp_path / "killed.sock"
    start(site, path).kill()
    assert path.is_socket()
    os.symlink(str(os.getpid()), f"{path}.lock")  # Twisted's, whose process number lives on

    again = start(site, path)

    assert again.stop(signal.SIGTERM) == 0
    assert not path.exists()
