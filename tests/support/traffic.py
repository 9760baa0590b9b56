"""Requests and sockets of every kind, as browsers and scripts send them, and what they cost."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import urlencode

from tests.support.raw_socket import RawSocket
from tests.support.servers import Daphne

CLIENTS = 8
"""Connections that send requests at one time."""

MOTION = "/motions/brownian"
ANYONE = (
    "/",
    "/motions/",
    f"{MOTION}/changes/",
    f"{MOTION}/reproduce/changes.csv",
    f"{MOTION}/path.json",
    f"{MOTION}/path.csv",
    f"{MOTION}/path.npz",
    f"{MOTION}/statistics.json",
    f"{MOTION}/epochs.json",
    f"{MOTION}/path.json?first=x",
    "/motions/no-such-motion/",
    "/accounts/login/",
    "/join/",
    "/healthz",
    "/readyz",
    "/metrics",
)
STAFF = ("/admin/", "/admin/motion/motion/", "/admin/motion/process/", "/accounts/")
TOKEN = "a" * 32  # any 32 letters do, in the cookie and in the form


@dataclass(frozen=True)
class Held:
    """What a process holds."""

    memory_mb: float
    files: int
    threads: int

    @classmethod
    def by(cls, pid: int) -> Held:
        status = Path(f"/proc/{pid}/status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines())
        return cls(
            memory_mb=int(fields["VmRSS"].split()[0]) / 1024,
            files=len(os.listdir(f"/proc/{pid}/fd")),
            threads=int(fields["Threads"]),
        )


class Visitor:
    """One client that sends requests over one connection, as a browser does."""

    def __init__(self, server: Daphne, cookie: str) -> None:
        self._server, self._cookie = server, cookie
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=30)

    def get(self, path: str) -> int:
        return self._ask("GET", path, headers={"Cookie": self._cookie} if path in STAFF else {})

    def fail_to_sign_in(self) -> int:
        fields = {"login": "nobody", "password": "wrong", "csrfmiddlewaretoken": TOKEN}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"csrftoken={TOKEN}",
            "Referer": self._server.url,
        }
        return self._ask("POST", "/accounts/login/", urlencode(fields), headers)

    def hang_up(self) -> int:
        """Leave without waiting for the answer."""
        with socket.create_connection(("127.0.0.1", self._server.port)) as raw:
            raw.sendall(f"GET {MOTION}/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        return 0

    def open_a_socket(self) -> int:
        """Take the first frames, and leave without a word."""
        with contextlib.closing(RawSocket(self._server, "brownian").socket) as raw:
            return len(raw.recv(1))

    def _ask(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> int:
        self._connection.request(method, path, body, headers or {})
        response: HTTPResponse = self._connection.getresponse()
        response.read()
        return response.status


def deeds(visitor: Visitor) -> Iterable[Callable[[], int]]:
    """Requests of every kind in turn, without end."""
    pages = [lambda path=path: visitor.get(path) for path in ANYONE + STAFF]
    return cycle([*pages, visitor.fail_to_sign_in, visitor.hang_up, visitor.open_a_socket])


def send_requests(server: Daphne, cookie: str, count: int) -> list[int]:
    """Send `count` requests of every kind from `CLIENTS` clients at once; what they got."""

    def one_after_the_other(_: int) -> list[int]:
        visitor = Visitor(server, cookie)
        return [deed() for deed in islice(deeds(visitor), count // CLIENTS)]

    with ThreadPoolExecutor(CLIENTS) as clients:
        return [
            code for codes in clients.map(one_after_the_other, range(CLIENTS)) for code in codes
        ]
