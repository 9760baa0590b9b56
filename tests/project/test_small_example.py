"""The example of docs/small-example.md, taken from the page and run under the stock Daphne."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from tests.support.client import ANSWER_S
from tests.support.doc_pages import DOCS, Page
from tests.support.servers import (
    BIN,
    ROOT,
    SECRET_KEY,
    Daphne,
    Process,
    free_port,
    is_listening,
    wait_for,
)

pytestmark = pytest.mark.server

HINTED = """
import asyncio
from pathlib import Path

import push
from django.contrib.auth.models import User
from django.test import Client


async def count(scope, receive, send):
    body = f"[{len(push.hub.sockets)}, {len(asyncio.all_tasks())}]".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


client = Client()
client.force_login(User.objects.create_user("ada", is_staff=True))
Path("cookie").write_text(client.cookies["sessionid"].value)
push.SWEEP_S = 600.0  # so that only hints bring frames
push.application.application_mapping["http"] = count
application = push.application
"""

SWEPT = """
import push

push.SWEEP_S = 0.2
application = push.application
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the page, and two ways to start them."""
    folder, page = tmp_path_factory.mktemp("example"), Page(DOCS / "small-example.md")
    for name in ("project.py", "push.py"):
        (code,) = page.take(name)
        (folder / name).write_text(code)
    (folder / "hinted.py").write_text(HINTED)
    (folder / "swept.py").write_text(SWEPT)
    return folder


def start(folder: Path, module: str) -> Daphne:
    port, log = free_port(), folder / f"{module}.log"
    command = [str(BIN / "daphne"), "-b", "127.0.0.1", "-p", str(port), f"{module}:application"]
    env = {"PATH": os.environ["PATH"], "SECRET_KEY": SECRET_KEY}
    server = Daphne(port, Process(command, env, log, cwd=folder))
    wait_for(lambda: is_listening(port), "the example to listen")
    return server


@pytest.fixture(scope="module")
def hinted(folder: Path) -> Iterator[Daphne]:
    """A server whose sweep does not run."""
    server = start(folder, "hinted")
    yield server
    server.process.stop()


@pytest.fixture(scope="module")
def swept(folder: Path, hinted: Daphne) -> Iterator[Daphne]:
    """A second process on the same row. Its in-memory layer gets none of the first one's hints."""
    server = start(folder, "swept")
    yield server
    server.process.stop()


@pytest.fixture(scope="module")
def cookie(folder: Path, hinted: Daphne) -> str:
    """The session of a person of the staff."""
    return (folder / "cookie").read_text()


class Sockets(AsyncExitStack):
    """Open sockets, closed at the end."""

    async def open(self, server: Daphne, cookie: str = "", origin: str = "") -> ClientConnection:
        return await self.enter_async_context(
            connect(
                f"ws://127.0.0.1:{server.port}/ws/",
                origin=origin or server.url,  # type: ignore[arg-type]
                additional_headers={"Cookie": f"sessionid={cookie}"},
                compression=None,
                proxy=None,
                open_timeout=ANSWER_S,
                close_timeout=1,
            )
        )


async def read_state(socket: ClientConnection) -> dict[str, float]:
    async with asyncio.timeout(ANSWER_S):
        return json.loads(await socket.recv())


async def read_close_code(socket: ClientConnection) -> int | None:
    async with asyncio.timeout(ANSWER_S):
        await socket.wait_closed()
    return socket.close_code


def count(server: Daphne) -> list[int]:
    """The sockets of the hub, and the tasks of the process."""
    with urllib.request.urlopen(server.url, timeout=ANSWER_S) as response:
        return json.load(response)


@pytest.mark.parametrize("command", ["check", "format --check"])
def test_example_is_lint_clean(folder: Path, command: str) -> None:
    ruff = [str(BIN / "ruff"), *command.split(), "--config", str(ROOT / "pyproject.toml")]
    done = subprocess.run([*ruff, "project.py", "push.py"], cwd=folder, capture_output=True)

    assert done.returncode == 0, done.stdout.decode()


async def test_change_reaches_all_sockets_and_sweep_repairs_a_lost_hint(
    hinted: Daphne, swept: Daphne, cookie: str
) -> None:
    async with Sockets() as sockets:
        ada = await sockets.open(hinted, cookie)
        visitor = await sockets.open(hinted)
        elsewhere = await sockets.open(swept)
        first = [await read_state(socket) for socket in (ada, visitor, elsewhere)]

        await ada.send('{"variance": 4}')
        second = [await read_state(socket) for socket in (ada, visitor, elsewhere)]

    assert first == [first[0]] * 3
    assert second == [{"type": "state", "revision": first[0]["revision"] + 1, "variance": 4.0}] * 3


@pytest.mark.parametrize(
    ("is_staff", "message", "code"),
    [
        (False, '{"variance": 4}', 4403),
        (True, '{"variance": 10001}', 4400),
        (True, '{"variance": NaN}', 4400),
        (True, '{"variance": "a"}', 4400),
        (True, "[]", 4400),
        (True, b"4", 4400),
        (True, "[" * 100_000, 1011),  # it raises: RecursionError
    ],
)
async def test_refused_message_closes_its_socket_alone(
    hinted: Daphne, cookie: str, is_staff: bool, message: str | bytes, code: int
) -> None:
    async with Sockets() as sockets:
        other = await sockets.open(hinted)
        before = await read_state(other)
        socket = await sockets.open(hinted, cookie if is_staff else "")
        await socket.send(message)
        assert await read_close_code(socket) == code

        ada = await sockets.open(hinted, cookie)
        await ada.send('{"variance": 9}')
        assert await read_state(other) == before | {
            "revision": before["revision"] + 1,
            "variance": 9.0,
        }


async def test_sockets_that_ended_leave_nothing_behind(hinted: Daphne, cookie: str) -> None:
    async with Sockets() as sockets:
        await read_state(await sockets.open(hinted))
        _, tasks_of_one = await asyncio.to_thread(count, hinted)
        for _ in range(5):
            await read_state(await sockets.open(hinted))
        crashed = await sockets.open(hinted, cookie)
        await crashed.send("[" * 100_000)
        await read_close_code(crashed)

    def is_empty() -> bool:
        sockets, tasks = count(hinted)
        return sockets == 0 and tasks < tasks_of_one

    await asyncio.to_thread(wait_for, is_empty, "the sockets to be forgotten", ANSWER_S)


async def test_page_of_another_site_opens_no_socket(hinted: Daphne, cookie: str) -> None:
    async with Sockets() as sockets:
        with pytest.raises(InvalidStatus) as refused:
            await sockets.open(hinted, cookie, origin="http://other.example")

    assert refused.value.response.status_code == 403


def test_page_opens_a_socket(swept: Daphne) -> None:
    with urllib.request.urlopen(swept.url, timeout=ANSWER_S) as response:
        assert "new WebSocket(" in response.read().decode()
