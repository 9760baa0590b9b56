"""What all our sockets share: one message after the other, and a line in the log at the end."""

import logging
import time
from typing import Final

from asgiref.typing import (
    ASGIReceiveCallable,
    ASGIReceiveEvent,
    ASGISendCallable,
    WebSocketDisconnectEvent,
)
from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from brownian_site.middleware import Scope

from ..core.errors import CloseCode
from ..telemetry import logs, metrics

logger = logging.getLogger(__name__)

LEFT: Final = frozenset({1000, 1001, 1005})
"""Codes of a browser that left: its page was closed, or went elsewhere."""

REASONS: Final[dict[int | None, str]] = {
    None: "the server went down",  # the stock daphne closes no sockets first
    1006: "the connection was lost",
    1011: "an error of the server",
    **{int(code): code.name.lower().replace("_", " ") for code in CloseCode},
}


class SocketConsumer(AsyncWebsocketConsumer):
    scope: Scope

    closed_with: int | None = None
    """The code of the side that closed it first, the server or the browser."""

    received = refused = 0
    """Messages of the client, and those of them that the server answered with an error."""

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """Handle one message after the other until the socket has ended.

        Channels' own also listens to a layer, with two tasks for each message. Our sockets have no
        layer channel, because the hub hands them frames directly (docs/architecture.md).
        """
        self.scope, self.base_send, self.channel_layer = scope, send, None
        began = time.monotonic()
        with metrics.open_sockets.track_inprogress():
            try:
                while True:
                    await self.dispatch(await receive())
            except StopConsumer:
                return
            except Exception:
                self.closed_with = self.closed_with or 1011  # as the server will
                raise
            finally:
                self.leave()  # also if the server cancels the socket and reports no disconnect
                metrics.count_close(self.closed_with)
                self._log_end(time.monotonic() - began)

    def leave(self) -> None:
        """Do nothing more for this socket; called at its end, and maybe before."""

    async def dispatch(self, message: ASGIReceiveEvent) -> None:
        # Channels' own first hops to the one thread that all views share, so one slow query
        # anywhere would delay every ping. Our database work closes its own connections.
        await getattr(self, get_handler_name(message))(message)

    def _log_end(self, lived_s: float) -> None:
        """Log why the socket ended, unless its browser left and no message was refused."""
        code = self.closed_with
        if code in LEFT and not self.refused:
            return
        counts = {"messages": self.received, "refused": self.refused}
        fields = {"code": code, "lived_s": round(lived_s, 1), **counts}
        extra = {"fields": fields, "kind": ("ended", code), "most": logs.MOST_ALIKE}
        reason = "the browser left" if code in LEFT else REASONS.get(code, f"code {code}")
        logger.info("A socket ended: %s.", reason, extra=extra)

    async def websocket_disconnect(self, message: WebSocketDisconnectEvent) -> None:
        self.closed_with = self.closed_with or message["code"]
        await super().websocket_disconnect(message)

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        self.closed_with = self.closed_with or code
        # autobahn takes an int and none of its subclasses: a CloseCode raises, and closes nothing.
        await super().close(None if code is None else int(code), reason)


class NoSuchSocket(SocketConsumer):
    """Any address that no other consumer has: accepts the socket, to close it with a reason."""

    async def connect(self) -> None:
        await self.accept()
        await self.close(CloseCode.NO_SUCH_MOTION)
