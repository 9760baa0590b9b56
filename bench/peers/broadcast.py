"""`websockets`: a frame to everybody by its `broadcast`, and a pong for each ping.

That is as fast as a WebSocket library in Python fans a frame out.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from websockets.asyncio.server import ServerConnection, broadcast, serve

from .frames import increments


def encode(frame: dict[str, Any]) -> str:
    return json.dumps(frame, separators=(",", ":"))


async def main(port: int) -> None:
    connections: set[ServerConnection] = set()
    frames = increments()
    step = 0

    async def handler(connection: ServerConnection) -> None:
        connections.add(connection)
        try:
            async for text in connection:
                ping = json.loads(text)
                await connection.send(encode({"type": "pong", "n": ping["n"], "step": step}))
        finally:
            connections.remove(connection)

    def publish() -> None:
        nonlocal step
        if os.read(0, 1):
            frame = next(frames)
            step = frame["first_step"]
            broadcast(connections, encode(frame))
        else:
            loop.remove_reader(0)

    loop = asyncio.get_running_loop()
    loop.add_reader(0, publish)
    async with serve(handler, "127.0.0.1", port, compression=None) as server:
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))
