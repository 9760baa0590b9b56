"""A browser's socket on one motion: parse → authorise → call → reply, and nothing else."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError

from brownian_site.server.frames import HINT

from ..core import limits
from ..core.errors import (
    CloseCode,
    ForbiddenError,
    MalformedError,
    MotionError,
    NoSuchMotionError,
    UnavailableError,
)
from ..core.timeline import UnknownAlgorithmError
from ..protocol import messages
from ..protocol.budgets import ErrorBudget, TokenBucket
from ..protocol.messages import Change, Ping, Restart, Sync
from ..queries import permissions
from ..queries.permissions import Person
from ..queries.threads import in_thread
from ..services import motions
from ..telemetry import logs, metrics
from . import hub
from .feed import Feed, text_message
from .presence import browser_key
from .recovery import Frame
from .sessions import Login, login_of

logger = logging.getLogger(__name__)


def _no_short_way(frame: bytes) -> bool:
    """What a server offers that is not ours."""
    return False


LEFT: Final = frozenset({1000, 1001, 1005})
"""Codes of a browser that left: its page was closed, or went elsewhere."""

REASONS: Final[dict[int | None, str]] = {
    None: "the server went down",  # and its sockets with it, as the stock daphne has it
    1006: "the connection was lost",
    1011: "an error of the server",
    **{int(code): code.name.lower().replace("_", " ") for code in CloseCode},
}

REFUSALS_LOGGED: Final = 5
"""Of one socket at once, and one more each minute; the line of its end has their number."""


class SocketConsumer(AsyncWebsocketConsumer):
    """What all our sockets share."""

    closed_with: int | None = None
    """What the first to close it said: we, or the browser."""

    received = refused = 0
    """Messages of the client, and those of them that were answered with an error."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One message after the other, until the socket has ended.

        Channels' own listens to a layer as well, with two tasks for each message; ours has no
        layer channel, since the hub hands it frames directly (docs/architecture.md).
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
                metrics.closed(self.closed_with)
                self._log_end(time.monotonic() - began)

    def _log_end(self, lived_s: float) -> None:
        """Say why a socket ended, unless its browser just left and was refused nothing."""
        code = self.closed_with
        if code in LEFT and not self.refused:
            return
        counts = {"messages": self.received, "refused": self.refused}
        about = {"code": code, "lived_s": round(lived_s, 1), **counts}
        extra = {"about": about, "kind": ("ended", code), "most": logs.MOST_ALIKE}
        reason = "the browser left" if code in LEFT else REASONS.get(code, f"code {code}")
        logger.info("A socket ended: %s.", reason, extra=extra)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        self.closed_with = self.closed_with or message["code"]
        await super().websocket_disconnect(message)

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        self.closed_with = self.closed_with or code
        # autobahn takes an int and none of its subclasses: a CloseCode raises, and closes nothing.
        await super().close(None if code is None else int(code), reason)


class MotionConsumer(SocketConsumer):
    """/ws/motions/<slug>/: shows one motion and takes commands for it."""

    feed: Feed | None = None
    person = Person()
    login: Login | None = None
    viewer: str | None = None
    refusals: TokenBucket | None = None
    drag: tuple[int | None, int | None] = (None, None)
    """The newest drag of the slider: its number, and the revision of its newest change."""

    write_hint: Callable[[bytes], bool] = staticmethod(_no_short_way)

    async def __call__(self, *arguments: Any) -> None:
        """However it ends (a server may cancel it, and tell it of no disconnect), it leaves."""
        try:
            await super().__call__(*arguments)
        finally:
            self._leave()

    async def connect(self) -> None:
        # Accepted first: a refusal before that is an HTTP 403, which hides the reason.
        await self.accept()
        if HINT in self.scope.get("extensions", {}):  # our own Daphne
            self.write_hint = self.scope["extensions"][HINT]["write"]
        try:
            feed = await self._find_feed()
        except NoSuchMotionError:
            await self.close(CloseCode.NO_SUCH_MOTION)
        except (DatabaseError, UnknownAlgorithmError) as error:
            if isinstance(error, DatabaseError):
                logs.database.warn(error)
            else:
                logger.warning("A motion cannot be shown: %s", error)
            await self._refuse(UnavailableError(), re=None)
            await self.close(CloseCode.RESTARTING)
        else:
            await self._start(feed)

    async def _find_feed(self) -> Feed:
        """The motion's feed, and who this is to the motion, the one not older than the other."""
        slug = self.scope["url_route"]["kwargs"]["slug"]
        self.login = login_of(self.scope)
        while True:
            sight = await in_thread(permissions.find, slug, self.scope["user"])
            feed = await hub.get_hub().join(sight.motion.pk)
            if feed.snapshot.access_version <= sight.motion.access_version:
                self.person = sight.person
                return feed

    async def _start(self, feed: Feed) -> None:
        """Greet and join, with no wait in between that could let a step slip through."""
        now = time.monotonic()
        self.bucket = TokenBucket(
            rate=settings.MOTION_MESSAGES_PER_S, burst=settings.MOTION_MESSAGE_BURST, now=now
        )
        self.error_budget = ErrorBudget(limit=settings.MOTION_ERRORS_PER_MINUTE)
        self.reported_at = now
        self.feed = feed
        query = parse_qs(self.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        self.viewer = None if "preview" in query else _viewer(self.scope["cookies"])
        feed.join(self)
        standing = _standing(query)
        await self._tell(feed.greeting(epoch=standing.epoch, step=standing.step))
        if feed.attendance.told:
            await self._send(feed.attendance.told)

    async def disconnect(self, code: int) -> None:
        self._leave()

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        self._leave()  # nothing more is sent to it, or done for it
        await super().close(code, reason)

    def _leave(self) -> None:
        if self.feed is not None:
            self.feed.leave(self)
            self.feed = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        # Channels' own would first hop to the one thread that all views share, so that one slow
        # query anywhere would hold up every ping. Our database work closes its connections.
        await getattr(self, get_handler_name(message))(message)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.feed is None:
            return  # its close is on the way
        self.received += 1
        now = time.monotonic()
        if not self.bucket.take(now):
            await self.close(CloseCode.TOO_FAST)
            return
        try:
            if text_data is None:
                raise MalformedError("A message must be text, not bytes.")
            await self._handle(messages.parse(text_data), now)
        except MotionError as error:
            await self._refuse(error, re=messages.type_of(text_data or ""))
        except DatabaseError as error:
            logs.database.warn(error)
            await self._refuse(UnavailableError(), re=messages.type_of(text_data or ""))
        if self.feed is not None and self._is_behind(now):
            await self.close(CloseCode.TOO_SLOW)

    # --- messages ---

    async def _handle(self, message: messages.Message, now: float) -> None:
        match message:
            case Ping(n=n, step=step):
                if step is not None:
                    self._report(step, now)
                await self._send(messages.encode_pong(n=n, step=self._feed.snapshot.step))
            case Sync(epoch=epoch, step=step):
                if not self.bucket.take(now, limits.SYNC_MESSAGES - 1):
                    await self.close(CloseCode.TOO_FAST)
                    return
                metrics.syncs.inc()
                await self._tell(self._feed.missing(epoch=epoch, step=step))
            case Change():
                self._authorise()
                await in_thread(self._change, self._feed.motion_id, message)
            case Restart(revision=revision, paused=paused):
                self._authorise()
                await in_thread(self._restart, self._feed.motion_id, revision, paused)

    def _authorise(self) -> None:
        """The quick no; `control` asks again with the row locked.

        A socket that is not counted as a viewer's only looks: who controls is seen by others.
        """
        if self.viewer is None or not self._feed.can_control(self):
            raise ForbiddenError

    def _change(self, motion_id: int, asked: Change) -> None:
        """A socket alone goes on with its own drag: no other, so no other person, can."""
        drag, newest = self.drag
        change = motions.change_motion(
            motion_id,
            by=self.scope["user"],
            expected_revision=asked.revision,
            values=asked.values,
            goes_on_from=newest if asked.drag == drag else None,
        )
        if change is not None:
            self.drag = (asked.drag, None if asked.drag is None else change.revision)

    def _restart(self, motion_id: int, revision: int | None, paused: bool | None) -> None:
        motions.restart_motion(
            motion_id, by=self.scope["user"], expected_revision=revision, paused=paused
        )

    async def _refuse(self, error: MotionError, *, re: str | None) -> None:
        metrics.refused.labels(error.code).inc()
        self._log_refusal(error, re)
        await self._send(messages.encode_error(error, re=re))
        if self.feed is not None and self.error_budget.count_error(time.monotonic()):
            await self.close(CloseCode.MALFORMED)

    def _log_refusal(self, error: MotionError, re: str | None) -> None:
        self.refused += 1
        now = time.monotonic()
        if self.refusals is None:  # most sockets are never refused anything
            self.refusals = TokenBucket(rate=1 / 60, burst=REFUSALS_LOGGED, now=now)
        if self.refusals.take(now):
            extra = {"about": {"refusal": error.code, "re": re}, "most": logs.MOST_ALIKE}
            logger.info("A message was refused: %s", error, extra=extra)

    # --- how far behind the reader is ---

    def _report(self, step: int, now: float) -> None:
        """The client has drawn `step`; one that is long behind counts as not having reported."""
        due = self._feed.frontiers.find_past_step(now)
        if due is None or step >= due:
            self.reported_at = now

    def _is_behind(self, now: float) -> bool:
        """Whether frames went out for long to a client that talks but does not say it drew them."""
        since = now - settings.MOTION_BEHIND_S
        return self.reported_at < since and self._feed.frontiers.has_moved_since(since)

    # --- sending ---

    @property
    def _feed(self) -> Feed:
        assert self.feed is not None
        return self.feed

    async def _tell(self, frames: list[Frame]) -> None:
        for frame in frames:
            text = frame if isinstance(frame, str) else frame.encode(self._feed.can_control(self))
            await self._send(text)

    async def _send(self, text: str) -> None:
        await self.push(text_message(text))

    async def push(self, message: dict[str, Any]) -> None:
        """Pass an ASGI message on; a socket that has just gone is not an error."""
        try:
            await self.base_send(message)
        except Exception as error:  # the server's own classes, which we do not import
            logger.debug("A frame could not be sent: %r", error)


class NoSuchSocket(SocketConsumer):
    """Any other address: says why it closes."""

    async def connect(self) -> None:
        await self.accept()
        await self.close(CloseCode.NO_SUCH_MOTION)


def _viewer(cookies: dict[str, str]) -> str:
    """The key of a browser: the same in all its tabs, where it keeps the cookie of our pages."""
    return browser_key(cookies.get(settings.VIEWER_COOKIE) or secrets.token_hex())


def _standing(query: dict[str, list[str]]) -> Sync:
    epoch, step = (query.get(name, [None])[0] for name in ("epoch", "step"))
    return messages.parse_standing(epoch, step)
