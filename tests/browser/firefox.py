"""A stock Firefox that Playwright can drive.

Playwright drives a Firefox that is not its own build by WebDriver BiDi. For each context it sends a
command that the ESR does not know yet. As a program this module is that Firefox behind a relay,
which answers "done" in place of "unknown command":

python -m tests.browser.firefox BINARY [ARGUMENT …]
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Playwright
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from tests.support.servers import ROOT

ANNOUNCEMENT: Final = re.compile(rb"(WebDriver BiDi listening on )(ws://\S+)")
DISPENSABLE: Final = "emulation.setMediaFeaturesOverride"
"""Without it, a page has the colours that the whole browser has."""


def launch(playwright: Playwright, binary: str, folder: Path, **preferences: bool | int) -> Browser:
    """Firefox, with `folder` as its home, where it downloads to.

    A download from memory (blob:) has no number by which Playwright could follow it.
    """
    program = folder / "firefox"
    command = shlex.join([sys.executable, "-m", __name__, binary])
    program.write_text(f'#!/bin/sh\ncd {shlex.quote(str(ROOT))}\nexec {command} "$@"\n')
    program.chmod(0o700)
    return playwright.firefox.launch(
        executable_path=program,
        channel="moz-firefox",
        downloads_path=folder / "downloads",
        env={"HOME": str(folder), "PATH": os.environ["PATH"]},
        firefox_user_prefs=dict(preferences),
    )


async def run(command: list[str]) -> int:
    """Start Firefox, and relay what Playwright asks of it; its exit code."""
    firefox = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    assert firefox.stderr
    async for line in firefox.stderr:
        if found := ANNOUNCEMENT.search(line):
            await serve_relay(firefox, found[2].decode())
            break
        sys.stderr.buffer.write(line)
        sys.stderr.flush()
    return await firefox.wait()


async def serve_relay(firefox: asyncio.subprocess.Process, url: str) -> None:
    """Announce the relay in Firefox's words, and serve it for as long as Firefox runs."""

    async def relay(client: ServerConnection) -> None:
        assert client.request
        async with connect(url + client.request.path, max_size=None, compression=None) as server:
            dispensable: set[int] = set()

            async def answer() -> None:
                async for message in server:
                    await client.send(forgive(message, dispensable))

            async with asyncio.TaskGroup() as tasks:
                answering = tasks.create_task(answer())
                async for message in client:
                    command = json.loads(message)
                    if command["method"] == DISPENSABLE:
                        dispensable.add(command["id"])
                    await server.send(message)
                answering.cancel()

    async with serve(relay, "127.0.0.1", 0, max_size=None, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        print(f"WebDriver BiDi listening on ws://127.0.0.1:{port}", file=sys.stderr, flush=True)
        await drain(firefox)


async def drain(firefox: asyncio.subprocess.Process) -> None:
    """Until it has ended: a full pipe would stop it."""
    assert firefox.stderr
    async for line in firefox.stderr:
        sys.stderr.buffer.write(line)
        sys.stderr.flush()


def forgive(message: str | bytes, dispensable: set[int]) -> str | bytes:
    """The answer to a command that Firefox need not know: done, if it does not know it."""
    if not dispensable:
        return message
    answer = json.loads(message)
    if answer.get("id") not in dispensable:
        return message
    dispensable.remove(answer["id"])
    if answer.get("error") != "unknown command":
        return message
    return json.dumps({"type": "success", "id": answer["id"], "result": {}})


if __name__ == "__main__":
    sys.exit(asyncio.run(run(sys.argv[1:])))
