"""The socket of one motion: what a browser sends, checked, executed and answered."""

import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypedDict
from urllib.parse import parse_qs

from asgiref.typing import WebSocketSendEvent
from django.conf import settings
from django.db import DatabaseError

from brownian_site.server.budgets import TokenBucket
from brownian_site.server.frames import SHORT_WAY

from ..core import limits
from ..core.errors import (
    CloseCode,
    ForbiddenError,
    MalformedError,
    MotionError,
    NoPresenterError,
    NoSuchMotionError,
    UnavailableError,
)
from ..core.presented_view import PresentedView
from ..core.timeline import UnknownAlgorithmError
from ..models import make_person_id
from ..protocol import messages
from ..protocol.budgets import ErrorBudget
from ..protocol.messages import NamedPerson, Ping, Restart, Sync
from ..publishing import publish_view
from ..queries import permissions
from ..queries.permissions import Person
from ..queries.threads import run_in_thread
from ..services import motions
from ..telemetry import logs, metrics
from .feed import Feed, build_message
from .hub import get_hub
from .presence import hash_cookie
from .recovery import Frame
from .sessions import Login, read_login
from .socket_consumer import SocketConsumer

logger = logging.getLogger(__name__)

REFUSALS_LOGGED: Final = 5
"""Of one socket at once, and one more each minute; the line of its end has their number."""


Work = Callable[[], Awaitable[None]]


class WorkMessage(TypedDict):
    type: str
    work: Work


async def _do_nothing() -> None:
    """Work for a socket that is closing."""


async def _fail(error: Exception) -> None:
    raise error


def _write_no_hint(frame: bytes) -> bool:
    """The `write_hint` of a server that is not ours."""
    return False


class MotionConsumer(SocketConsumer):
    """/ws/motions/<slug>/: shows one motion and takes commands for it.

    A new socket is accepted, gets its feed, and is greeted. Each message passes five steps:
    limit, parse, authorise, execute, reply.
    """

    feed: Feed | None = None
    person = Person()
    login: Login | None = None
    viewer: str | None = None
    seat_frame: str | None = None
    follows = False
    refusals: TokenBucket | None = None
    drag: tuple[int | None, int | None] = (None, None)
    """The newest drag of the slider: its number, and the revision of its newest change."""

    write_hint: Callable[[bytes], bool] = staticmethod(_write_no_hint)

    async def connect(self) -> None:
        # Accept first: a refusal before that is an HTTP 403, which hides the reason.
        await self.accept()
        if SHORT_WAY in self.scope.get("extensions", {}):  # our own Daphne
            way = self.scope["extensions"][SHORT_WAY]
            self.write_hint = way["write_hint"]
            way["hand_over_with"](self.take_over)
        try:
            feed = await self._open_feed()
        except NoSuchMotionError:
            await self.close(CloseCode.NO_SUCH_MOTION)
        except (DatabaseError, UnknownAlgorithmError) as error:
            if isinstance(error, UnknownAlgorithmError):
                logger.warning("A motion cannot be shown: %s", error)
            await self._refuse(error, re=None)
            await self.close(CloseCode.RESTARTING)
        else:
            await self._greet(feed)

    async def _open_feed(self) -> Feed:
        """The motion's feed; also sets `person`, from rights at least as new as the feed's."""
        slug = self.scope["url_route"]["kwargs"]["slug"]
        self.login = read_login(self.scope)
        while True:
            visible = await run_in_thread(permissions.get_visible_motion, slug, self.scope["user"])
            feed = await get_hub().open_feed(visible.motion.pk)
            if feed.snapshot.access_version <= visible.motion.access_version:
                self.person = visible.person
                return feed

    async def _greet(self, feed: Feed) -> None:
        """Join the feed and send its state, with no wait in between that a step could use."""
        now = time.monotonic()
        self.bucket = TokenBucket(
            rate=settings.MOTION_MESSAGES_PER_S, burst=settings.MOTION_MESSAGE_BURST, now=now
        )
        self.error_budget = ErrorBudget(limit=settings.MOTION_ERRORS_PER_MINUTE)
        self.reported_at = now
        self.feed = feed
        query = parse_qs(self.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        # The same key in all tabs of a browser that keeps the cookie of our pages.
        cookie = self.scope["cookies"].get(settings.VIEWER_COOKIE) or secrets.token_hex()
        self.viewer = None if "preview" in query else hash_cookie(cookie)
        feed.add(self)
        epoch, step = (query.get(name, [None])[0] for name in ("epoch", "step"))
        cursor = messages.parse_cursor(epoch, step)
        await self._send_frames(feed.greet(self, epoch=cursor.epoch, step=cursor.step))
        if feed.presence.sent_frame:
            await self._send(feed.presence.sent_frame)
        get_hub().send_answers(feed)

    async def disconnect(self, code: int) -> None:
        self.leave()

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        self.leave()  # nothing more is sent to it, or done for it
        await super().close(code, reason)

    def leave(self) -> None:
        if self.feed is not None:
            self.feed.remove(self)
            self.feed = None

    # --- messages ---

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        answer = self.handle(text_data)
        await (self._send(answer) if isinstance(answer, str) else answer())

    def take_over(self, text: str) -> str | WorkMessage:
        """Handle a text as soon as it arrives: the short way of our Daphne.

        Returns:
            The answer; or a message to queue, with the work that `motion_work` then does.
        """
        try:
            answer = self.handle(text)
        except Exception as error:  # it ends the consumer, as it would in `receive`
            answer = partial(_fail, error)
        return answer if isinstance(answer, str) else {"type": "motion.work", "work": answer}

    async def motion_work(self, message: WorkMessage) -> None:
        await message["work"]()

    def handle(self, text: str | None) -> str | Work:
        """Limit and parse a message, and answer a ping; a text of None is a message of bytes.

        Returns:
            The answer; or the work that is left, because only a ping never waits.
        """
        if self.feed is None:
            return _do_nothing  # it is closing
        self.received += 1
        now = time.monotonic()
        if not self.bucket.take(now):
            return partial(self.close, CloseCode.TOO_FAST)
        try:
            if text is None:
                raise MalformedError("A message must be text, not bytes.")
            message = messages.parse_message(text)
        except MotionError as error:
            return partial(self._finish, partial(_fail, error), text, now)
        if not isinstance(message, Ping):
            return partial(self._finish, partial(self._execute, message, now), text, now)
        if message.step is not None:
            self._note_drawn_step(message.step, now)
        pong = messages.encode_pong(n=message.n, step=self._feed.snapshot.step)
        if self._is_behind(now):
            return partial(self._finish, partial(self._send, pong), text, now)
        return pong

    async def _finish(self, work: Work, text: str | None, now: float) -> None:
        """Do the work for a message, and answer an error of it."""
        if self.feed is None:
            return  # it was closed before the work began
        try:
            await work()
        except (MotionError, DatabaseError) as error:
            await self._refuse(error, re=messages.find_type(text or ""))
        if self.feed is not None and self._is_behind(now):
            await self.close(CloseCode.TOO_SLOW)

    async def _execute(self, message: messages.Message, now: float) -> None:
        match message:
            case Sync(epoch=epoch, step=step):
                if not self.bucket.take(now, limits.SYNC_MESSAGES - 1):
                    await self.close(CloseCode.TOO_FAST)
                    return
                metrics.syncs.inc()
                await self._send_frames(self._feed.recover(self, epoch=epoch, step=step))
            case messages.Change():
                self._authorise()
                await run_in_thread(self._change_motion, self._feed.motion_id, message)
            case Restart(revision=revision, paused=paused):
                self._authorise()
                await run_in_thread(self._restart_motion, self._feed.motion_id, revision, paused)
            case messages.Present(view=view):
                await self._present(view)
            case messages.Follow(on=on):
                self.follows = on
                self._feed.presence.has_changed = True

    async def _present(self, view: PresentedView | None) -> None:
        """Send a view to all; one too many is left out, and the others do not count as messages."""
        user_id, name, motion_id = self.person.user_id, self.person.name, self._feed.motion_id
        if self.viewer is None or user_id is None or not permissions.can_manage(self.person):
            raise NoPresenterError
        if view is not None and not self._feed.presentation.may_relay():
            return
        if self.person.role != permissions.Role.OWNER:  # no hint says that staff lost a permission
            person = await run_in_thread(permissions.load_person, motion_id, self.scope["user"])
            if not permissions.can_manage(person):
                raise NoPresenterError
        if view is not None:
            self.bucket.give_back()
        publish_view(motion_id, NamedPerson(make_person_id(motion_id, user_id), name or ""), view)

    def _authorise(self) -> None:
        """Refuse early; the service checks again with the row locked.

        A socket that is not counted as a viewer only watches: others see everyone who controls.
        """
        if self.viewer is None or not self._feed.can_control(self):
            raise ForbiddenError

    def _change_motion(self, motion_id: int, command: messages.Change) -> None:
        """Only this socket continues its own drag: no other socket, so no other person, can."""
        drag, newest = self.drag
        change = motions.change_motion(
            motion_id,
            by=self.scope["user"],
            expected_revision=command.revision,
            values=command.values,
            goes_on_from=newest if command.drag == drag else None,
        )
        if change is not None:
            self.drag = (command.drag, None if command.drag is None else change.revision)

    def _restart_motion(self, motion_id: int, revision: int | None, paused: bool | None) -> None:
        motions.restart_motion(
            motion_id, by=self.scope["user"], expected_revision=revision, paused=paused
        )

    async def _refuse(self, error: Exception, *, re: str | None) -> None:
        """Answer with an `error` frame, and close the socket after too many of them."""
        if isinstance(error, DatabaseError):
            logs.database.warn(error)
        refusal = error if isinstance(error, MotionError) else UnavailableError()
        metrics.refused.labels(refusal.code).inc()
        self._log_refusal(refusal, re)
        await self._send(messages.encode_error(refusal, re=re))
        if self.feed is not None and self.error_budget.count_error(time.monotonic()):
            await self.close(CloseCode.MALFORMED)

    def _log_refusal(self, error: MotionError, re: str | None) -> None:
        self.refused += 1
        now = time.monotonic()
        if self.refusals is None:  # most sockets never need it
            self.refusals = TokenBucket(rate=1 / 60, burst=REFUSALS_LOGGED, now=now)
        if self.refusals.take(now):
            extra = {"fields": {"refusal": error.code, "re": re}, "most": logs.MOST_ALIKE}
            logger.info("A message was refused: %s", error, extra=extra)

    # --- how far behind the reader is ---

    def _note_drawn_step(self, step: int, now: float) -> None:
        """The client has drawn `step`; a step that is long past does not count as a report."""
        due = self._feed.frontiers.find_past_step(now)
        if due is None or step >= due:
            self.reported_at = now

    def _is_behind(self, now: float) -> bool:
        """Whether the client got frames for long, sends messages, and does not report drawing."""
        since = now - settings.MOTION_BEHIND_S
        return self.reported_at < since and self._feed.frontiers.has_moved_since(since)

    # --- sending ---

    @property
    def _feed(self) -> Feed:
        assert self.feed is not None
        return self.feed

    async def _send_frames(self, frames: list[Frame]) -> None:
        for frame in frames:
            text = frame if isinstance(frame, str) else frame.encode(self._feed.can_control(self))
            await self._send(text)

    async def _send(self, text: str) -> None:
        await self.push(build_message(text))

    async def push(self, message: WebSocketSendEvent) -> None:
        """Send an ASGI message; a socket that has just gone is not an error."""
        try:
            await self.base_send(message)
        except Exception as error:  # the server's own classes, which we do not import
            logger.debug("A frame could not be sent: %r", error)
