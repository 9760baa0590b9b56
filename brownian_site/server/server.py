"""The server itself: what starts with it, and how it goes down."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from typing import Any, Final, Protocol

import daphne.server  # before anything of Twisted: it chooses the reactor
from daphne.cli import CommandLineInterface
from django.conf import settings
from twisted.internet import defer, reactor
from twisted.internet.error import CannotListenError
from twisted.python.failure import Failure

from brownian_site.start_errors import describe_no_listening, find_why_not_serving

from .connections import ConnectionFactory
from .frames import HINT
from .requests import Request
from .shutdown import end_within
from .sockets import Socket
from .systemd import keep_watchdog_quiet, notify

LAST_WORDS_S: Final = 5.0
"""How long sockets that were told to go, and requests under way, have to end. With autobahn's own
second a busy client's answer came too late, and the reset took the close code away with it."""


BACKLOG: Final = 1024
"""Connections that wait to be taken: Twisted's 50 refuse most of a lecture hall that comes back at
once, and a proxy then takes the server for dead."""


class Application(Protocol):
    """What is served: an ASGI application that also has work of its own."""

    def __call__(self, scope: Any, receive: Any, send: Any) -> Any: ...

    def start(self) -> None:
        """Begin that work; called on the loop, before the first request."""

    async def stop(self) -> None:
        """End it; nothing is asked of the application afterwards."""


class NeedsItsPort:
    """A Daphne that ends with a sentence where it cannot listen.

    Daphne logs a line and ends with code 0; under Django's autoreloader it does not even end.
    """

    def listen_error(self, failure: Failure) -> None:
        """End at once: nothing has begun yet."""
        error: Any = failure.value
        if isinstance(error, CannotListenError):
            error = describe_no_listening(error.socketError, error.interface, error.port)
        print(error, file=sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)  # under the autoreloader this is a thread, which cannot exit otherwise


class Server(NeedsItsPort, daphne.server.Server):
    """Daphne's own, with our kinds of connection, a beginning and an end."""

    application: Application

    def __init__(self, *args: Any, endpoints: list[str], **options: Any) -> None:
        described = [with_backlog(endpoint) for endpoint in endpoints]
        super().__init__(*args, endpoints=described, **options)

    def run(self) -> None:
        self.ports: list[Any] = []
        reactor.callLater(0, self.begin)  # type: ignore[arg-type]
        super().run()

    def begin(self) -> None:
        """The first thing on the loop: by then it listens, or it has ended."""
        self.application.start()
        notify("READY=1")
        self.watchdog = asyncio.ensure_future(keep_watchdog_quiet())

    # Daphne assigns its factories when it runs; these take their place, or make what they make.

    @property
    def http_factory(self) -> ConnectionFactory:
        return self._http_factory

    @http_factory.setter
    def http_factory(self, _: Any) -> None:
        self._http_factory = ConnectionFactory(self)

    @property
    def ws_factory(self) -> Any:
        return self._ws_factory

    @ws_factory.setter
    def ws_factory(self, factory: Any) -> None:
        factory.protocol = Socket
        factory.setProtocolOptions(closeHandshakeTimeout=LAST_WORDS_S)
        self._ws_factory = factory

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self.ports.append(port)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if isinstance(protocol, Socket):
            scope["extensions"] = {HINT: {"write": protocol.write_hint}}
        return super().create_application(protocol, scope)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        await super().handle_reply(protocol, message)
        if isinstance(protocol, Request) and message.get("more_body"):
            await protocol.drained()

    # --- going down ---

    def kill_all_applications(self) -> defer.Deferred[None]:
        """What the reactor waits for after SIGTERM."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self.go_down()))

    async def go_down(self) -> None:
        """Take nobody in any more, send everybody to another server, and end what runs."""
        end_within(settings.MOTION_END_S)
        await asyncio.gather(*map(stop_listening, self.ports))
        await self.send_away(spread_s=settings.MOTION_GOODBYE_S)
        await self.applications_end(within_s=LAST_WORDS_S)
        await self.application.stop()
        for running in self.running_applications():
            running.cancel()

    async def send_away(self, *, spread_s: float) -> None:
        """Close all sockets, evenly spread: those who come back do not come all at once."""
        leaving = [socket for socket in self.connections if isinstance(socket, Socket)]
        random.shuffle(leaving)
        begun = time.monotonic()
        for place, socket in enumerate(leaving):
            due = begun + spread_s * place / len(leaving)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            socket.send_away()
        for late in self.connections:
            if isinstance(late, Socket):  # it came over a connection that stood already
                late.send_away()

    async def applications_end(self, *, within_s: float) -> None:
        if running := self.running_applications():
            await asyncio.wait(running, timeout=within_s)

    def running_applications(self) -> list[asyncio.Future[Any]]:
        found = [details.get("application_instance") for details in self.connections.values()]
        return [running for running in found if running is not None and not running.done()]


def with_backlog(endpoint: str) -> str:
    """A description of Twisted's; what listens already (fd:) has its backlog."""
    return f"{endpoint}:backlog={BACKLOG}" if endpoint.startswith(("tcp:", "unix:")) else endpoint


async def stop_listening(port: Any) -> None:
    await defer.maybeDeferred(port.stopListening).asFuture(asyncio.get_running_loop())


class CommandLine(CommandLineInterface):
    """The `daphne` command with our server."""

    server_class = Server


def serve(*arguments: str) -> None:
    """Serve the site until SIGTERM or SIGINT; `arguments` are those of the `daphne` command."""
    if sentence := find_why_not_serving():
        sys.exit(sentence)
    module, _, name = settings.ASGI_APPLICATION.rpartition(".")
    CommandLine().run(["--verbosity", "0", *arguments, f"{module}:{name}"])
