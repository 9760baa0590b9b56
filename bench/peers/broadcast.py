"""`websockets.broadcast`: as fast as a WebSocket library in Python fans a frame out."""

from __future__ import annotations

import asyncio
import json
import os
import sys

from websockets.asyncio.server import ServerConnection, broadcast, serve

from .frames import increments


async def main(port: int) -> None:
    connections: set[ServerConnection] = set()
    frames = increments()

    async def handler(connection: ServerConnection) -> None:
        connections.add(connection)
        try:
            await connection.wait_closed()
        finally:
            connections.remove(connection)

    def publish() -> None:
        if os.read(0, 1):
            broadcast(connections, json.dumps(next(frames), separators=(",", ":")))
        else:
            loop.remove_reader(0)

    loop = asyncio.get_running_loop()
    loop.add_reader(0, publish)
    async with serve(handler, "127.0.0.1", port, compression=None) as server:
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))
