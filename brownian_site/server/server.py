"""The server: what starts with it, and how it stops."""

import asyncio
import os
import random
import sys
import time
from functools import partial
from typing import Any, Final, Protocol, cast

import daphne.server  # before anything of Twisted: it chooses the reactor
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope
from daphne.cli import CommandLineInterface
from django.conf import settings
from twisted.internet import defer, reactor
from twisted.internet.error import CannotListenError
from twisted.python.failure import Failure

from brownian_site.start_errors import describe_no_listening, find_why_not_serving

from .connections import ConnectionFactory
from .frames import SHORT_WAY
from .inbox import Inbox
from .private_names import find_running
from .requests import Request
from .shutdown import end_within
from .sockets import Socket
from .systemd import feed_watchdog, notify

LAST_WORDS_S: Final = 5.0
"""How long closing sockets, and requests under way, have to end. With autobahn's own second the
answer of a busy client came too late, and the reset lost the close code."""

BACKLOG: Final = 1024
"""Connections that wait to be accepted. Twisted's 50 refuse most of a lecture hall that reconnects
at once, and a proxy then marks the server as down."""


class Application(Protocol):
    """What is served: an ASGI application that has work of its own, and counts refusals."""

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None: ...

    def start(self) -> None:
        """Begin the work; called on the loop, before the first request."""

    async def stop(self) -> None:
        """End the work; called after the last request."""

    def count_refusal(self, by: str) -> None:
        """Count a refused request or connection, by its limit: head, body or connections."""

    def count_dropped_frame(self) -> None:
        """Count a hint that was left out because its socket has a large backlog."""


class ListeningMixin:
    """Makes a Daphne that cannot listen end with a sentence.

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


class Server(ListeningMixin, daphne.server.Server):
    """A Daphne with our kinds of connection, and with an orderly start and stop."""

    application: Application

    def __init__(self, *args: Any, endpoints: list[str], **options: Any) -> None:
        described = [add_backlog(endpoint) for endpoint in endpoints]
        super().__init__(*args, endpoints=described, **options)

    def run(self) -> None:
        self.ports: list[Any] = []
        reactor.callLater(0, self.begin)  # type: ignore[arg-type]
        super().run()

    def begin(self) -> None:
        """Start the application. By the first turn of the loop, the server listens or has ended."""
        self.application.start()
        notify("READY=1")
        self.watchdog = asyncio.ensure_future(feed_watchdog())

    # Daphne assigns its factories in `run`. These properties replace or change them.

    @property
    def http_factory(self) -> ConnectionFactory:
        return self._http_factory

    @http_factory.setter
    def http_factory(self, _: object) -> None:
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

    def create_application(self, protocol: Socket | Request, scope: dict[str, Any]) -> Any:
        """Start the application of a connection. Return the queue for its messages."""
        if not isinstance(protocol, Socket):
            return super().create_application(protocol, scope)
        inbox = Inbox()
        more = {"asgi": {"version": "3.0"}, "extensions": {SHORT_WAY: protocol.short_way}}
        send = partial(self.handle_reply, protocol)
        running = self.application(cast(Scope, scope | more), inbox.get, send)
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(running)
        return inbox

    async def handle_reply(self, protocol: Socket | Request, message: dict[str, Any]) -> None:
        await super().handle_reply(protocol, message)
        if isinstance(protocol, Request) and message.get("more_body"):
            await protocol.drain()

    # --- stop ---

    def kill_all_applications(self) -> defer.Deferred[None]:
        """Stop in order; the reactor waits for this after SIGTERM."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self.stop_in_order()))

    async def stop_in_order(self) -> None:
        """Accept no connections, close all sockets, and end what still runs."""
        end_within(settings.MOTION_END_S)
        await asyncio.gather(*map(stop_listening, self.ports))
        await self.close_sockets(spread_s=settings.MOTION_GOODBYE_S)
        if running := find_running(self.connections.values()):
            await asyncio.wait(running, timeout=LAST_WORDS_S)
        await self.application.stop()
        for late in find_running(self.connections.values()):
            late.cancel()

    async def close_sockets(self, *, spread_s: float) -> None:
        """Close all sockets, spread evenly, so that their clients do not reconnect all at once."""
        leaving = [socket for socket in self.connections if isinstance(socket, Socket)]
        random.shuffle(leaving)
        begun = time.monotonic()
        for place, socket in enumerate(leaving):
            due = begun + spread_s * place / len(leaving)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            socket.send_away()
        for late in self.connections:
            if isinstance(late, Socket):  # it came over an open connection
                late.send_away()


def add_backlog(endpoint: str) -> str:
    """Add the backlog to an endpoint of Twisted's; what listens already (fd:) has its own."""
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
