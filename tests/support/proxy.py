"""A network that fails on purpose: a TCP proxy on loopback before a real server.

It reads only the first bytes of a connection, which separate sockets (`/ws/…`) from pages and
other protocols. Faults are for sockets alone, with one exception: when it goes dark, all packets
are lost. TCP loses no part of a stream, and neither does the proxy: it loses the rest of a
connection, from any byte on, with an end (`cut`) or without one (`is_silent`, `go_dark`).
"""

from __future__ import annotations

import asyncio
import ctypes
import struct
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socket import SOL_SOCKET
from typing import Any

CHUNK = 4_096
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27  # of Linux; the socket module does not name them


@dataclass
class Proxy:
    """Hands connections on to `target`, a port. What it does to sockets may be set at any time.

    Attributes:
        delay_s: asked for each piece that passes: how long to hold it, and all after it, up.
        allowance: asked for each new socket: after how many bytes from the server it is cut;
            None for never.
        is_silent: swallow what is sent, either way. A socket that lost something so stays silent.
        is_away: refuse new sockets.
        opened: how many sockets there were.
    """

    target: int
    delay_s: Callable[[], float] = lambda: 0.0
    allowance: Callable[[], int | None] = lambda: None
    is_silent: bool = False
    is_away: bool = False
    opened: int = 0
    port: int = 0
    _is_dark: bool = False
    _sockets: set[Wire] = field(default_factory=set)
    _wires: set[Wire] = field(default_factory=set)
    _door: Any = None
    _loop: asyncio.AbstractEventLoop = field(init=False)
    _ended: asyncio.Event = field(init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator[Proxy]:
        """It has a thread with a loop of its own: the test's belongs to Playwright."""
        ready = threading.Event()
        thread = threading.Thread(target=asyncio.run, args=[self._run(ready)])
        thread.start()
        ready.wait()
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._ended.set)
            thread.join()

    def heal(self) -> None:
        """From now on a network as it should be."""
        self.delay_s, self.allowance = lambda: 0.0, lambda: None
        self.is_silent = self.is_away = False
        if self._is_dark:
            self._door.setsockopt(SOL_SOCKET, SO_DETACH_FILTER, 0)
            self._is_dark = False

    def go_dark(self) -> None:
        """Lose every packet, as a firewall that forgot its state: nobody gets an answer or a reset.

        Until `heal` nobody connects; connections that stood stay lost.
        """
        self._is_dark = True
        lose_packets(self._door)
        for wire in list(self._wires):
            wire.is_dark = True
            lose_packets(wire.browser.get_extra_info("socket"))

    def cut(self) -> None:
        """Break all sockets that are open."""
        self._loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        for wire in self._sockets:
            wire.cut()

    async def _run(self, ready: threading.Event) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        async with await asyncio.start_server(self._take, "127.0.0.1", 0) as server:
            self._door = server.sockets[0]
            self.port = self._door.getsockname()[1]
            ready.set()
            await self._ended.wait()
            for wire in self._wires:
                wire.cut()

    async def _take(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.CancelledError):  # the proxy has ended
            await self._serve(reader, writer)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        head = await reader.read(CHUNK)
        is_socket = head.startswith(b"GET /ws/")
        if is_socket and self.is_away:
            writer.transport.abort()
            return
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.target)
        server_writer.write(head)
        wire = Wire(self, writer, server_writer)
        self._wires.add(wire)
        if not is_socket:
            await wire.run(wire.pass_on(reader, server_writer), wire.pass_on(server_reader, writer))
        else:
            self.opened += 1
            self._sockets.add(wire)
            await wire.run(
                wire.pass_badly(reader, server_writer, None),
                wire.pass_badly(server_reader, writer, self.allowance()),
            )
            self._sockets.discard(wire)
        self._wires.discard(wire)


@dataclass(eq=False)
class Wire:
    """One connection, both ways."""

    proxy: Proxy
    browser: StreamWriter
    server: StreamWriter
    is_silent: bool = False
    is_dark: bool = False

    async def run(self, *ways: Coroutine[None, None, None]) -> None:
        """Until one of the ways ends."""
        tasks = [asyncio.ensure_future(way) for way in ways]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        self.browser.close()
        self.server.close()

    def cut(self) -> None:
        self.browser.transport.abort()
        self.server.transport.abort()

    async def pass_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(CHUNK):
                if not self.is_dark:
                    writer.write(piece)
                    await writer.drain()
        if self.is_dark:  # the end is not passed on either
            await self.proxy._ended.wait()

    async def pass_badly(
        self, reader: StreamReader, writer: StreamWriter, allowance: int | None
    ) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(CHUNK):
                await asyncio.sleep(self.proxy.delay_s())
                self.is_silent |= self.proxy.is_silent
                if self.is_silent:
                    continue
                writer.write(piece[:allowance])
                await writer.drain()
                if allowance is not None and (allowance := allowance - len(piece)) <= 0:
                    self.cut()
                    return


def lose_packets(end: Any) -> None:
    """Have the kernel drop whatever arrives at a socket, unacknowledged; Linux alone can."""
    nothing = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF: keep 0 bytes
    end.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(nothing)))
